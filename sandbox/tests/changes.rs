//! What an edit of a made stack plans: in place, by replacement, or refused.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod bench;

use bench::{Bench, actions, kinds};
use serde_json::json;

/// An edit of the fixtures, the resource it is about, and what the plan does to it.
type Edit<'a> = (&'a str, &'a str, &'a str, &'a str);

const UPDATE: &str = "update";
const REPLACE: &str = "delete+create";

fn made(cloud: &str, names: &[&str]) -> (Bench, String) {
    let bench = Bench::new();
    let stack = kinds(cloud, names);
    bench.write_for(cloud, &stack);
    bench.init();
    bench.apply().must(0);
    (bench, stack)
}

/// The stack with the text changed at one place.
fn edited(stack: &str, from: &str, to: &str) -> String {
    assert!(stack.contains(from), "no {from} in the fixture");
    stack.replacen(from, to, 1)
}

/// Each edit alone plans what it should.
fn plans(cloud: &str, names: &[&str], edits: &[Edit<'_>]) {
    let (bench, stack) = made(cloud, names);
    for (from, to, address, wanted) in edits {
        bench.write_for(cloud, &edited(&stack, from, to));
        assert_eq!(actions(&bench.plan(true), address), *wanted, "{from} -> {to}: {address}");
    }
}

/// While an argument is true, neither a replacement nor an end is done.
fn protected(cloud: &str, names: &[&str], (off, on): (&str, &str), address: &str, says: &str) {
    let bench = Bench::new();
    let stack = kinds(cloud, names);
    bench.write_for(cloud, &edited(&stack, off, on));
    bench.init();
    bench.apply().must(0);
    let target = format!("-target={address}");
    bench.run(&["destroy", "-auto-approve", &target]).must(1).says(says);
    bench.write_for(cloud, &stack);
    assert_eq!(actions(&bench.plan(true), address), UPDATE);
    bench.run(&["apply", "p"]).must(0);
    bench.run(&["destroy", "-auto-approve"]).must(0);
    assert!(bench.existing().is_empty());
}

/// What others need cannot be taken away behind the engine's back, and what is missing comes again.
fn in_use(cloud: &str, names: &[&str], used: &str, free: &str, address: &str) {
    let (bench, _) = made(cloud, names);
    let key = |r#type: &str| {
        let (_, found) = bench.store("GET", &format!("resources?type={type}"), &json!(null));
        format!("{cloud}/{type}/{}", found["resources"][0]["id"].as_str().unwrap())
    };
    let (status, refusal) = bench.store("DELETE", &key(used), &json!(null));
    assert_eq!((status, &refusal["error"]), (409, &json!("in-use")), "{refusal}");
    assert_eq!(bench.store("DELETE", &key(free), &json!(null)).0, 200);
    assert_eq!(actions(&bench.plan(true), address), "create");
}

/// A data source writes a file at the plan, and the apply cannot do without it.
fn file_of_the_plan(cloud: &str, object: &str, needs: &[&str]) {
    let bench = Bench::new();
    let file = format!(
        "data \"{cloud}_sandbox_file\" \"f\" {{\n  filename = \"made/f.txt\"\n  content  = \"hello\"\n}}\n"
    );
    bench.write_for(cloud, &(kinds(cloud, needs) + &file + object));
    bench.init();
    bench.plan(true);
    let made = bench.work().join("made/f.txt");
    assert_eq!(std::fs::read_to_string(&made).unwrap(), "hello");
    std::fs::remove_file(&made).unwrap();
    bench.run(&["apply", "p"]).must(1).says("open made/f.txt: No such file");
    bench.apply().must(0);
}

#[test]
fn google_edits() {
    let web = "google_compute_instance.web";
    plans(
        "google",
        &["network", "vm", "firewall"],
        &[
            ("e2-medium", "e2-small", web, UPDATE),
            ("size  = 20", "size  = 30", web, UPDATE),
            ("family/ubuntu-2404-lts-amd64", "family/debian-12", web, REPLACE),
            ("size = 50", "size = 40", "google_compute_disk.web_data", REPLACE),
            ("10.20.0.0/17", "10.20.0.0/18", "google_compute_subnetwork.main_a", REPLACE),
            ("\"22\", ", "", "google_compute_firewall.ssh", UPDATE),
            ("name          = \"ssh\"", "name          = \"sh\"", "google_compute_firewall.ssh", REPLACE),
        ],
    );
    let db = "google_sql_database_instance.db";
    plans(
        "google",
        &["network", "database"],
        &[
            ("db-custom-1-3840", "db-custom-2-7680", db, UPDATE),
            ("disk_size                   = 20", "disk_size                   = 10", db, REPLACE),
            ("name                = \"db\"", "name                = \"db2\"", db, REPLACE),
            ("name                = \"db\"", "name                = \"db2\"", "google_sql_user.db", REPLACE),
            ("password_wo_version = 1", "password_wo_version = 2", "google_sql_user.db", UPDATE),
        ],
    );
    let nodes = "google_container_node_pool.k8s";
    plans(
        "google",
        &["network", "cluster"],
        &[
            ("node_count = 2", "node_count = 3", nodes, UPDATE),
            (
                "    machine_type    = \"e2-standard-2\"",
                "    machine_type    = \"e2-standard-4\"",
                nodes,
                UPDATE,
            ),
            ("europe-west1-b", "europe-west1-c", "google_container_cluster.k8s", REPLACE),
        ],
    );
}

#[test]
fn google_refusals() {
    let off = "deletion_protection = false";
    let on = "deletion_protection = true";
    let db = "google_sql_database_instance.db";
    protected("google", &["network", "database"], (off, on), db, "deletion_protection is set to true");
    let off = "deletion_protection_enabled = false";
    let on = "deletion_protection_enabled = true";
    protected("google", &["network", "database"], (off, on), db, "The instance is protected");
    let off = "deletion_protection      = false";
    let on = "deletion_protection      = true";
    let k8s = "google_container_cluster.k8s";
    protected("google", &["network", "cluster"], (off, on), k8s, "Cannot destroy cluster");
    let names = ["network", "vm", "load_balancer"];
    let free = "google_compute_forwarding_rule";
    in_use("google", &names, "google_compute_url_map", free, "google_compute_forwarding_rule.inner");
}

#[test]
fn google_file_of_the_plan() {
    let object = "resource \"google_storage_bucket_object\" \"f\" {\n  bucket = google_storage_bucket.files.name\n  name   = \"f\"\n  source = data.google_sandbox_file.f.filename\n}\n";
    file_of_the_plan("google", object, &["bucket"]);
}
