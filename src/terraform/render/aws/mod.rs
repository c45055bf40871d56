//! The kinds on AWS.

mod bucket;
mod cluster;
mod database;
mod firewall;
mod load_balancer;
mod network;
mod vm;

use super::{Writer, cloud::Cloud, provider::value, tree};
use hcl::Block;
use serde_json::Map;

/// AWS.
pub(super) const CLOUD: Cloud = Cloud {
    name: "aws",
    local: "aws",
    source: "hashicorp/aws",
    version: "6.69.1",
    ordered_firewalls: false,
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

fn block() -> Block {
    Block::builder("provider")
        .add_label("aws")
        .add_attribute(tree::attr("region", value("region")))
        .add_block(tree::block("default_tags", [tree::attr("tags", value("labels"))]))
        .build()
}
