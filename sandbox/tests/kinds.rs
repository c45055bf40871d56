//! Each resource kind in the shape it is rendered in: made, planned again, removed.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod bench;

use bench::{Bench, holds, kinds};
use serde_json::Value as Json;

/// A stack of these fixtures is made, has nothing left to do, and is removed without a trace.
fn lives(cloud: &str, names: &[&str]) {
    let bench = Bench::new();
    let stack = kinds(cloud, names);
    bench.write_for(cloud, &stack);
    bench.init();
    bench.run(&["validate"]).must(0);
    bench.apply().must(0);
    bench.plan(false);
    for file in [bench.work().join("terraform.tfstate"), bench.folder.join("cloud.json")] {
        assert!(!holds(&file, "do-not-keep-this"), "a write-only argument is kept in {}", file.display());
    }
    // Another output is no reason to touch a resource.
    bench.write_for(cloud, &(stack + "\noutput \"more\" {\n  value = 1\n}\n"));
    let plan = bench.plan(true);
    for change in plan["resource_changes"].as_array().unwrap() {
        assert_eq!(change["change"]["actions"][0], "no-op", "{}", change["address"]);
    }
    bench.run(&["destroy", "-auto-approve"]).must(0);
    assert!(bench.existing().is_empty());
}

macro_rules! kinds {
    ($($test:ident: $cloud:literal $names:expr;)*) => {
        $(#[test]
        fn $test() {
            lives($cloud, &$names);
        })*
    };
}

kinds! {
    google_network: "google" ["network"];
    google_vm: "google" ["network", "vm"];
    google_bucket: "google" ["bucket"];
    google_database: "google" ["network", "database"];
    google_cluster: "google" ["network", "cluster"];
    google_firewall: "google" ["network", "firewall"];
    google_load_balancer: "google" ["network", "vm", "load_balancer"];
    aws_network: "aws" ["network"];
    aws_vm: "aws" ["network", "vm"];
    aws_bucket: "aws" ["bucket"];
    aws_database: "aws" ["network", "database"];
    aws_cluster: "aws" ["network", "cluster"];
    aws_firewall: "aws" ["network", "vm", "firewall"];
    aws_load_balancer: "aws" ["network", "vm", "load_balancer"];
    azurerm_network: "azurerm" ["group", "network"];
    azurerm_vm: "azurerm" ["group", "network", "vm"];
    azurerm_bucket: "azurerm" ["group", "bucket"];
    azurerm_database: "azurerm" ["group", "network", "database"];
    azurerm_cluster: "azurerm" ["group", "network", "cluster"];
    azurerm_firewall: "azurerm" ["group", "network", "vm", "firewall"];
    azurerm_load_balancer: "azurerm" ["group", "network", "vm", "load_balancer"];
}

/// Every type of a provider is in some fixture, but those that only people's own modules use.
fn covers(cloud: &str, others: &[&str]) {
    let schema = format!("{}/data/{cloud}/schema.json", env!("CARGO_MANIFEST_DIR"));
    let schema: Json = serde_json::from_str(&std::fs::read_to_string(schema).unwrap()).unwrap();
    let names = ["group", "network", "vm", "bucket", "database", "cluster", "firewall", "load_balancer"];
    let all = kinds(cloud, &names);
    for name in schema["resources"].as_object().unwrap().keys() {
        let there = all.contains(&format!("resource \"{name}\""));
        assert!(there != others.contains(&name.as_str()), "{name}: in a fixture: {there}");
    }
}

#[test]
fn google_types_are_all_tried() {
    covers(
        "google",
        &["google_compute_address", "google_storage_bucket_iam_member", "google_storage_bucket_object"],
    );
}

#[test]
fn aws_types_are_all_tried() {
    covers("aws", &["aws_s3_object"]);
}

#[test]
fn azurerm_types_are_all_tried() {
    covers("azurerm", &["azurerm_network_watcher", "azurerm_storage_blob"]);
}
