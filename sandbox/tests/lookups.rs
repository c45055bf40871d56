//! Data sources that look for what exists, made here or by others.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod bench;

use bench::{Bench, kinds};
use serde_json::Value as Json;

/// What another configuration finds of a made network: outputs by name.
fn found(cloud: &str, names: &[&str], data: &str) -> Json {
    let bench = Bench::new();
    bench.write_for(cloud, &kinds(cloud, names));
    bench.init();
    bench.apply().must(0);
    std::fs::remove_file(bench.work().join("terraform.tfstate")).unwrap();
    bench.write_for(cloud, data);
    bench.apply().must(0);
    bench.json(&["output", "-json"])
}

/// What is not there is an error that names what was asked for.
fn missing(cloud: &str, data: &str, says: &str) {
    let bench = Bench::new();
    bench.write_for(cloud, data);
    bench.init();
    bench.run(&["plan"]).must(1).says(says);
}

#[test]
fn google_finds_what_exists() {
    let data = r#"
data "google_compute_subnetwork" "a" {
  name = "main-a"
}

data "google_compute_network" "n" {
  name = "main"
}

data "google_client_config" "c" {}

output "range" {
  value = data.google_compute_subnetwork.a.ip_cidr_range
}

output "network" {
  value = data.google_compute_subnetwork.a.network == data.google_compute_network.n.id
}

output "subnets" {
  value = length(data.google_compute_network.n.subnetworks_self_links)
}

output "project" {
  value = data.google_client_config.c.project
}
"#;
    let outputs = found("google", &["network"], data);
    assert_eq!(outputs["range"]["value"], "10.20.0.0/17");
    assert_eq!(outputs["network"]["value"], true);
    assert_eq!(outputs["subnets"]["value"], 2);
    assert_eq!(outputs["project"]["value"], "sandbox");
    let gone = "data \"google_compute_network\" \"n\" {\n  name = \"gone\"\n}\n";
    missing("google", gone, "0 results for name = \"gone\"");
}

#[test]
fn aws_finds_what_exists() {
    let data = r#"
data "aws_vpc" "n" {
  filter {
    name   = "tag:Name"
    values = ["main"]
  }
}

data "aws_subnet" "a" {
  vpc_id = data.aws_vpc.n.id
  tags   = { Name = "main-a" }
}

data "aws_subnets" "all" {
  filter {
    name   = "vpc-id"
    values = [data.aws_vpc.n.id]
  }
}

data "aws_caller_identity" "me" {}

data "aws_region" "here" {}

data "aws_ami" "debian" {
  most_recent = true
  owners      = ["136693071363"]

  filter {
    name   = "name"
    values = ["debian-12-*"]
  }

  filter {
    name   = "architecture"
    values = ["arm64"]
  }
}

output "range" {
  value = data.aws_subnet.a.cidr_block
}

output "subnets" {
  value = contains(data.aws_subnets.all.ids, data.aws_subnet.a.id) ? length(data.aws_subnets.all.ids) : 0
}

output "account" {
  value = data.aws_caller_identity.me.account_id
}

output "region" {
  value = data.aws_region.here.region
}

output "image" {
  value = data.aws_ami.debian.name
}
"#;
    let outputs = found("aws", &["network"], data);
    assert_eq!(outputs["range"]["value"], "10.20.0.0/17");
    assert_eq!(outputs["subnets"]["value"], 2);
    assert_eq!(outputs["account"]["value"], "123456789012");
    assert_eq!(outputs["region"]["value"], "eu-west-1");
    assert_eq!(outputs["image"]["value"], "debian-12-arm64-20260112-1993");
    missing("aws", "data \"aws_vpc\" \"n\" {\n  id = \"vpc-1\"\n}\n", "no matching aws_vpc found");
    let beos =
        "data \"aws_ami\" \"n\" {\n  filter {\n    name   = \"name\"\n    values = [\"beos-*\"]\n  }\n}\n";
    missing("aws", beos, "no matching aws_ami found");
}

#[test]
fn azurerm_finds_what_exists() {
    let data = r#"
data "azurerm_resource_group" "g" {
  name = "shop-main-westeurope"
}

data "azurerm_virtual_network" "n" {
  name                = "main"
  resource_group_name = data.azurerm_resource_group.g.name
}

data "azurerm_subnet" "a" {
  name                 = "a"
  virtual_network_name = data.azurerm_virtual_network.n.name
  resource_group_name  = data.azurerm_resource_group.g.name
}

data "azurerm_client_config" "me" {}

output "range" {
  value = data.azurerm_subnet.a.address_prefixes
}

output "subnets" {
  value = sort(data.azurerm_virtual_network.n.subnets)
}

output "location" {
  value = data.azurerm_resource_group.g.location
}

output "tenant" {
  value = length(data.azurerm_client_config.me.tenant_id)
}
"#;
    let outputs = found("azurerm", &["group", "network"], data);
    assert_eq!(outputs["range"]["value"][0], "10.20.0.0/17");
    assert_eq!(outputs["subnets"]["value"], serde_json::json!(["a", "b"]));
    assert_eq!(outputs["location"]["value"], "westeurope");
    assert_eq!(outputs["tenant"]["value"], 36);
    let gone = "data \"azurerm_resource_group\" \"n\" {\n  name = \"gone\"\n}\n";
    missing("azurerm", gone, "azurerm_resource_group was not found");
}
