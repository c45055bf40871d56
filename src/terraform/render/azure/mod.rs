//! The kinds on Azure.

mod bucket;
mod cluster;
mod contents;
mod database;
mod disks;
mod firewall;
mod gateway;
mod groups;
mod head;
mod ids;
mod image;
mod load_balancer;
mod network;
mod place;
mod services;
mod sizes;
mod ssh;
#[cfg(test)]
mod tests;
mod tiers;
mod vault;
mod vm;

use super::{Writer, cloud::Cloud, provider::value, tree};
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
    finish: firewall::order,
};

/// A plan registers nothing: the missing registration is an error that says which. Data of storage accounts is
/// reached by rights, since their keys are off.
fn block() -> Block {
    Block::builder("provider")
        .add_label("azurerm")
        .add_attribute(tree::attr("resource_provider_registrations", "none"))
        .add_attribute(tree::attr("storage_use_azuread", true))
        .add_block(Block::builder("features").build())
        .build()
}
