//! The kinds on Azure.

mod bucket;
mod cluster;
mod database;
mod firewall;
mod load_balancer;
mod network;
mod vm;

use super::{Writer, cloud::Cloud, tree};
use hcl::Block;
use serde_json::Map;

/// Azure.
pub(super) const CLOUD: Cloud = Cloud {
    name: "azure",
    local: "azurerm",
    source: "hashicorp/azurerm",
    version: "5.10.0",
    ordered_firewalls: true,
    values: |_| Ok(Map::new()),
    block,
    vm: vm::render,
    database: database::render,
    network: network::render,
    bucket: bucket::render,
    cluster: cluster::render,
    firewall: firewall::render,
    load_balancer: load_balancer::render,
    finish: |_, _| {},
};

/// A plan registers nothing: the missing registration is an error that says which.
fn block() -> Block {
    Block::builder("provider")
        .add_label("azurerm")
        .add_attribute(tree::attr("resource_provider_registrations", "none"))
        .add_block(Block::builder("features").build())
        .build()
}
