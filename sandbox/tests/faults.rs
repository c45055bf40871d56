//! What goes wrong in the sandbox, seen through a real engine.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod bench;

use std::io::{BufRead as _, BufReader};
use std::os::unix::process::CommandExt as _;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use bench::{Bench, Run, actions};
use serde_json::json;

fn network(name: &str) -> String {
    format!("resource \"google_compute_network\" \"n\" {{\n  name = \"{name}\"\n}}\n")
}

const ADDRESS: &str = "google_compute_network.n";

#[test]
fn names_steer_faults() {
    let bench = Bench::new();
    bench.write(&network("web-fail"));
    bench.init();
    bench.apply().must(1).says("Quota 'SANDBOX' exceeded");
    assert!(bench.existing().is_empty());
    assert_eq!(actions(&bench.plan(true), ADDRESS), "create");

    bench.write(&network("web-partial"));
    bench.apply().must(1).says("failed after the resource was made");
    assert_eq!(bench.existing(), ["google_compute_network web-partial"]);
    assert_eq!(actions(&bench.plan(true), ADDRESS), "delete+create");
    bench.run(&["destroy", "-auto-approve"]).must(0);

    bench.write(&network("web-crash"));
    bench.apply().must(1).says("did not respond");
    assert_eq!(bench.existing(), ["google_compute_network web-crash"]);
    // Nothing of it is in the state, so it is in the way.
    bench.apply().must(1).says("already exists");
}

#[test]
fn names_steer_on_every_cloud() {
    for (cloud, resource, says) in [
        (
            "aws",
            "resource \"aws_vpc\" \"n\" {\n  cidr_block = \"10.0.0.0/16\"\n  tags       = { Name = \"web-WORD\" }\n}\n",
            "api error LimitExceeded",
        ),
        (
            "aws",
            "resource \"aws_eip\" \"n\" {\n  tags = { ce-resource = \"web-WORD\" }\n}\n",
            "api error LimitExceeded",
        ),
        (
            "azurerm",
            "resource \"azurerm_resource_group\" \"n\" {\n  name     = \"web-WORD\"\n  location = \"westeurope\"\n}\n",
            "QuotaExceeded",
        ),
    ] {
        let bench = Bench::new();
        bench.write_for(cloud, &resource.replace("WORD", "fail"));
        bench.init();
        bench.apply().must(1).says(says);
        assert!(bench.existing().is_empty());
        bench.write_for(cloud, &resource.replace("WORD", "partial"));
        bench.apply().must(1);
        assert_eq!(bench.existing().len(), 1);
        let address = resource.split('"').nth(1).unwrap().to_owned() + ".n";
        assert_eq!(actions(&bench.plan(true), &address), "delete+create");
    }
}

#[test]
fn an_interrupt_ends_a_slow_operation_gracefully() {
    let bench = Bench::new();
    bench.write(&network("slow-60s"));
    bench.init();
    let started = Instant::now();
    let mut command = bench.command(&["apply", "-input=false", "-auto-approve"]);
    // The whole group gets the signal, as at a terminal.
    command.process_group(0).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let mut said = String::new();
    while !said.contains("Creating...") {
        assert_ne!(output.read_line(&mut said).unwrap(), 0, "{said}");
    }
    while bench.existing().is_empty() {
        assert!(started.elapsed() < Duration::from_secs(30), "nothing is made: {said}");
    }
    let kill = format!("kill -INT -{}", child.id());
    assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
    let ended = Run::from(child.wait_with_output().unwrap());
    assert!(started.elapsed() < Duration::from_secs(40));
    ended.must(1).says("context canceled");

    // Half made, so tainted: the next plan replaces it.
    let state = bench.json(&["show", "-json"]);
    assert_eq!(state["values"]["root_module"]["resources"][0]["tainted"], json!(true));
    assert_eq!(actions(&bench.plan(true), ADDRESS), "delete+create");
}

#[test]
fn a_short_wait_ends_well() {
    let bench = Bench::new();
    bench.write(&network("slow-1s"));
    bench.init();
    let started = Instant::now();
    bench.apply().must(0);
    assert!(started.elapsed() >= Duration::from_secs(1));
    bench.plan(false);
}

#[test]
fn protection_and_use_refuse_deletion() {
    let bench = Bench::new();
    let instance = |protected: bool| {
        format!(
            r#"
resource "google_compute_instance" "web" {{
  name                = "web"
  machine_type        = "e2-small"
  deletion_protection = {protected}
  boot_disk {{}}
  network_interface {{
    network = "net"
  }}
}}
"#
        )
    };
    let net = "resource \"google_compute_network\" \"n\" {\n  name = \"net\"\n}\n";
    bench.write(net);
    bench.init();
    bench.apply().must(0);
    bench.write(&(net.to_owned() + &instance(true)));
    bench.apply().must(0);
    // The instance names its network by text, so the engine knows no order.
    bench
        .run(&["destroy", "-auto-approve", "-target=google_compute_network.n"])
        .must(1)
        .says("is already being used by 'projects/demo/zones/europe-west1-b/instances/web'");
    bench
        .run(&["destroy", "-auto-approve", "-target=google_compute_instance.web"])
        .must(1)
        .says("deletion protection is enabled");
    bench.write(&(net.to_owned() + &instance(false)));
    bench.apply().must(0);
    bench.run(&["destroy", "-auto-approve", "-target=google_compute_instance.web"]).must(0);
    bench.run(&["destroy", "-auto-approve"]).must(0);
    assert!(bench.existing().is_empty());
}

#[test]
fn the_cloud_refuses_what_the_plan_allowed() {
    let bench = Bench::new();
    let instance = |size: u32, machine_type: &str| {
        format!(
            r#"
resource "google_compute_instance" "web" {{
  name         = "web"
  machine_type = "{machine_type}"
  boot_disk {{
    initialize_params {{
      size = {size}
    }}
  }}
  network_interface {{}}
}}
"#
        )
    };
    bench.write(&instance(20, "e2-small"));
    bench.init();
    bench.apply().must(0);
    bench.write(&instance(30, "e2-small"));
    bench.apply().must(0).says("1 changed");
    bench.write(&instance(10, "e2-small"));
    assert_eq!(actions(&bench.plan(true), "google_compute_instance.web"), "update");
    bench.apply().must(1).says("the size cannot be decreased");
    bench.write(&instance(30, "e2-medium"));
    bench.apply().must(1).says("set allow_stopping_for_update = true");

    let subnet = |name: &str, range: &str, network: &str| {
        format!(
            "resource \"google_compute_subnetwork\" \"{name}\" {{\n  name = \"{name}\"\n  ip_cidr_range = \"{range}\"\n  network = {network}\n}}\n"
        )
    };
    let id = "google_compute_network.n.id";
    let two = network("net") + &subnet("a", "10.0.0.0/20", id) + &subnet("b", "10.0.1.0/24", id);
    bench.write(&two);
    bench.apply().must(1).says("Invalid IPCidrRange: it conflicts with existing");
    bench.write(&(network("net") + &subnet("c", "10.9.0.0/24", "\"gone\"")));
    bench.apply().must(1).says("'projects/demo/global/networks/gone' was not found");
}

#[test]
fn abandoned_and_prevented_resources_stay() {
    let bench = Bench::new();
    bench.write_with("deletion_policy = \"ABANDON\"", &network("kept"));
    bench.init();
    bench.apply().must(0);
    bench.run(&["destroy", "-auto-approve"]).must(0);
    assert_eq!(bench.existing(), ["google_compute_network kept"]);
    bench.write_with("deletion_policy = \"PREVENT\"", &network("held"));
    bench.apply().must(0);
    bench.run(&["destroy", "-auto-approve"]).must(1).says("deletion_policy is set to PREVENT");
}
