//! A real engine against the sandbox, from init to destroy.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod bench;

use bench::{Bench, Run, actions, change, holds};
use serde_json::json;

const NETWORK: &str = r#"
resource "google_compute_network" "main" {
  name                    = "main"
  auto_create_subnetworks = false
}

resource "google_compute_subnetwork" "a" {
  name                     = "main-a"
  network                  = google_compute_network.main.id
  ip_cidr_range            = "10.0.0.0/20"
  private_ip_google_access = true
  log_config {}
}
"#;

fn web(machine_type: &str, more: &str) -> String {
    format!(
        r#"
resource "google_compute_instance" "web" {{
  name                      = "web"
  machine_type              = "{machine_type}"
  allow_stopping_for_update = true
  boot_disk {{
    initialize_params {{
      image = "debian-cloud/debian-12"
      size  = 20
    }}
  }}
  network_interface {{
    subnetwork = google_compute_subnetwork.a.id
  }}
  {more}
}}
"#
    )
}

fn bucket(location: &str) -> String {
    format!(
        r#"
resource "google_storage_bucket" "data" {{
  name                        = "data-0123abcd"
  location                    = "{location}"
  uniform_bucket_level_access = true
  versioning {{
    enabled = true
  }}
  lifecycle_rule {{
    action {{
      type = "Delete"
    }}
    condition {{
      num_newer_versions = 3
    }}
  }}
}}
"#
    )
}

const WEB: &str = "google/google_compute_instance/projects/demo/zones/europe-west1-b/instances/web";

#[test]
fn a_stack_lives_from_init_to_destroy() {
    let bench = Bench::new();
    bench.write(&(NETWORK.to_owned() + &web("e2-small", "") + &bucket("EU")));
    bench.init();
    bench.run(&["validate"]).must(0);
    let plan = bench.plan(true);
    let new = change(&plan, "google_compute_instance.web");
    assert_eq!(new["after_unknown"]["scheduling"], json!(true));
    assert_eq!(new["after"]["effective_labels"]["managed-by"], json!("cloud-engine"));
    bench.run(&["apply", "-input=false", "p"]).must(0).says("4 added, 0 changed, 0 destroyed");
    bench.plan(false);
    assert_eq!(bench.existing().len(), 4);

    // In place, and only what changed.
    bench.write(&(NETWORK.to_owned() + &web("e2-medium", "labels = { a = \"1\" }") + &bucket("EU")));
    let plan = bench.plan(true);
    assert_eq!(actions(&plan, "google_compute_instance.web"), "update");
    bench.run(&["apply", "p"]).must(0);
    bench.plan(false);
    let (_, record) = bench.store("GET", WEB, &json!(null));
    assert_eq!(record["attributes"]["machine_type"], json!("e2-medium"));
    assert_eq!(record["attributes"]["labels"]["a"], json!("1"));
    assert_eq!(bench.effects().last().unwrap(), "update google_compute_instance");

    // By replacement.
    bench.write(&(NETWORK.to_owned() + &web("e2-medium", "labels = { a = \"1\" }") + &bucket("US")));
    let plan = bench.plan(true);
    assert_eq!(actions(&plan, "google_storage_bucket.data"), "delete+create");
    assert_eq!(change(&plan, "google_storage_bucket.data")["replace_paths"], json!([["location"]]));
    bench.run(&["apply", "p"]).must(0);
    bench.plan(false);
    assert_eq!(bench.effects().len(), 7);

    bench.run(&["destroy", "-auto-approve"]).must(0).says("4 destroyed");
    assert!(bench.existing().is_empty());
    assert_eq!(bench.effects().len(), 11);
}

#[test]
fn drift_is_seen_and_mended() {
    let bench = Bench::new();
    bench.write(&(NETWORK.to_owned() + &web("e2-small", "")));
    bench.init();
    bench.apply().must(0);

    let edit = json!({"attributes": {"machine_type": "e2-micro", "labels": {"by": "hand"}}});
    assert_eq!(bench.store("PATCH", WEB, &edit).0, 200);
    let plan = bench.plan(true);
    assert_eq!(change(&plan, "google_compute_instance.web")["before"]["machine_type"], json!("e2-micro"));
    bench.apply().must(0);
    bench.plan(false);
    // A label nobody configured stays.
    let (_, record) = bench.store("GET", WEB, &json!(null));
    assert_eq!(record["attributes"]["labels"]["by"], json!("hand"));

    assert_eq!(bench.store("DELETE", WEB, &json!(null)).0, 200);
    let plan = bench.plan(true);
    assert_eq!(actions(&plan, "google_compute_instance.web"), "create");
}

#[test]
fn what_exists_can_be_imported() {
    let bench = Bench::new();
    let network = json!({"attributes": {
        "name": "main", "project": "demo", "auto_create_subnetworks": false,
    }});
    let key = "google/google_compute_network/projects/demo/global/networks/main";
    assert_eq!(bench.store("PUT", key, &network).0, 201);
    bench.write(NETWORK);
    bench.init();
    bench.run(&["import", "google_compute_network.main", "main"]).must(0);
    bench.run(&["import", "google_compute_network.other", "gone"]).must(1);
    let plan = bench.plan(true);
    // Arguments only the provider knows of come with the first apply.
    assert_eq!(actions(&plan, "google_compute_network.main"), "update");
    bench.apply().must(0);
    bench.plan(false);
    assert_eq!(bench.effects(), ["create google_compute_subnetwork"]);
}

#[test]
fn every_type_applies_and_plans_empty() {
    let bench = Bench::new();
    let more = include_str!("fixtures/every_type.tf");
    let block = r#"
  service_account {
    email  = google_service_account.s.email
    scopes = ["cloud-platform"]
  }
  lifecycle {
    ignore_changes = [attached_disk]
  }
"#;
    bench.write(&(NETWORK.to_owned() + &web("e2-small", block) + &bucket("EU") + more));
    bench.init();
    bench.run(&["validate"]).must(0);
    bench.apply().must(0);
    bench.plan(false);
    let outputs = bench.json(&["output", "-json"]);
    assert_eq!(outputs["zones"]["value"][0], json!("europe-west1-b"));
    assert_eq!(outputs["subnetworks"]["value"], json!(1));

    // A write-only argument arrives and is kept nowhere.
    let key = "google/google_compute_disk/projects/demo/zones/europe-west1-b/disks/web-data";
    let (_, disk) = bench.store("GET", key, &json!(null));
    assert!(disk["secrets"]["disk_encryption_key.raw_key_wo"].as_str().unwrap().starts_with("sha256:"));
    assert!(!holds(&bench.work().join("terraform.tfstate"), "do-not-keep-this"));
    assert!(!holds(&bench.folder.join("cloud.json"), "do-not-keep-this"));

    bench.run(&["destroy", "-auto-approve"]).must(0);
    assert!(bench.existing().is_empty());
}

#[test]
fn configurations_the_provider_refuses() {
    let bench = Bench::new();
    bench.write(
        r#"
resource "google_compute_instance" "web" {
  name         = "web"
  machine_type = "e2-small"
}
"#,
    );
    bench.init();
    bench.run(&["validate"]).must(1).says("Insufficient boot_disk blocks");
    bench.write("resource \"google_compute_network\" \"n\" {\n  name = \"Main_1\"\n}\n");
    bench.run(&["validate"]).must(1).says("doesn't match regexp");
    bench.write("resource \"google_compute_firewall\" \"f\" {\n  name = \"f\"\n  network = \"n\"\n}\n");
    bench.run(&["validate"]).must(1).says("one of `allow,deny` must be specified");
    bench.write("resource \"google_compute_network\" \"n\" {\n  name = \"n\"\n  nam = 1\n}\n");
    bench.run(&["validate"]).must(1).says("An argument named \"nam\" is not expected here");
}

#[test]
fn configurations_the_other_providers_refuse() {
    let bench = Bench::new();
    bench.write_for("aws", "resource \"aws_route\" \"r\" {\n  route_table_id = \"rtb-1\"\n}\n");
    bench.init();
    bench.run(&["validate"]).must(1).says("must be specified");
    let pins = std::fs::read_to_string(bench.work().join("main.tf")).unwrap();
    let pins = pins.split("provider \"aws\"").next().unwrap().to_owned();
    let vpc = "provider \"aws\" {}\n\nresource \"aws_vpc\" \"n\" {\n  cidr_block = \"10.0.0.0/16\"\n}\n";
    std::fs::write(bench.work().join("main.tf"), pins + vpc).unwrap();
    bench.run(&["plan"]).must(1).says("invalid AWS Region");

    let bench = Bench::new();
    let cluster = "resource \"azurerm_kubernetes_cluster\" \"k\" {\n  name                = \"k\"\n  location            = \"westeurope\"\n  resource_group_name = \"g\"\n\n  default_node_pool {\n    name = \"main\"\n  }\n}\n";
    bench.write_for("azurerm", cluster);
    bench.init();
    bench.run(&["validate"]).must(1).says("Insufficient node_provisioning_profile blocks");
    let text = std::fs::read_to_string(bench.work().join("main.tf")).unwrap();
    std::fs::write(bench.work().join("main.tf"), text.replace("  features {}\n", "")).unwrap();
    bench.run(&["plan"]).must(1).says("Insufficient features blocks");
}

#[test]
fn without_a_store_the_error_names_the_variable() {
    let bench = Bench::new();
    bench.write(NETWORK);
    bench.init();
    Run::of(bench.command_without_store(&["plan"])).must(1).says("set CLOUD_ENGINE_SANDBOX_URL");
    let mut command = bench.command_without_store(&["apply", "-auto-approve"]);
    command.env("CLOUD_ENGINE_SANDBOX_FILE", bench.folder.join("alone.json"));
    Run::of(command).must(0);
    assert!(holds(&bench.folder.join("alone.json"), "networks/main"));
    let mut command = bench.command_without_store(&["plan"]);
    command.env("CLOUD_ENGINE_SANDBOX_URL", "http://127.0.0.1:1");
    Run::of(command).must(1).says("the sandbox cloud at http://127.0.0.1:1 does not answer");
}
