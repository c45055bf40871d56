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

/// Arguments that hold objects, and may be written as blocks.
#[test]
fn objects_may_be_written_as_blocks() {
    let bench = Bench::new();
    let stack = r#"
resource "aws_vpc" "n" {
  cidr_block = "10.0.0.0/16"
}

resource "aws_default_security_group" "n" {
  vpc_id  = aws_vpc.n.id
  ingress = []

  egress {
    protocol    = "-1"
    from_port   = 0
    to_port     = 0
    cidr_blocks = ["0.0.0.0/0"]
  }
}

resource "aws_route_table" "n" {
  vpc_id = aws_vpc.n.id
  route  = []
}
"#;
    bench.write_for("aws", stack);
    bench.init();
    bench.apply().must(0);
    bench.plan(false);
    bench.run(&["destroy", "-auto-approve"]).must(0);

    let bench = Bench::new();
    let stack = kinds("azurerm", &["group"])
        + r#"
resource "azurerm_network_security_group" "n" {
  name                = "n"
  location            = "westeurope"
  resource_group_name = azurerm_resource_group.main.name

  security_rule {
    name                       = "ssh"
    priority                   = 100
    direction                  = "Inbound"
    access                     = "Allow"
    protocol                   = "Tcp"
    source_port_range          = "*"
    destination_port_range     = "22"
    source_address_prefix      = "10.0.0.0/8"
    destination_address_prefix = "*"
  }
}
"#;
    bench.write_for("azurerm", &stack);
    bench.init();
    bench.apply().must(0);
    bench.plan(false);
    bench.run(&["destroy", "-auto-approve"]).must(0);
}
