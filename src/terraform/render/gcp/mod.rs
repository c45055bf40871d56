//! The kinds on Google Cloud.

mod bucket;
mod cluster;
mod database;
mod disks;
mod firewall;
mod load_balancer;
mod network;
mod place;
#[cfg(test)]
mod tests;
mod vm;

use super::{RenderInput, Writer, cloud::Cloud, provider::value, tree};
use hcl::Block;
use serde_json::{Map, Value};

/// Google Cloud.
pub(super) const CLOUD: Cloud = Cloud {
    name: "gcp",
    local: "google",
    source: "hashicorp/google",
    version: "8.7.0",
    ordered_firewalls: true,
    values,
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

fn values(input: &RenderInput) -> Result<Map<String, Value>, String> {
    let id = match (&input.spec.gcp, input.spec.sandbox) {
        (Some(gcp), _) => gcp.project_id.as_str(),
        (None, true) => "sandbox",
        (None, false) => {
            return Err("the project names no Google Cloud project, so nothing can be made in it: set spec.gcp.projectId of the CloudProject".to_owned());
        }
    };
    Ok(Map::from_iter([("project".to_owned(), id.into())]))
}

fn block() -> Block {
    Block::builder("provider")
        .add_label("google")
        .add_attribute(tree::attr("project", value("project")))
        .add_attribute(tree::attr("region", value("region")))
        .add_attribute(tree::attr("default_labels", value("labels")))
        .build()
}
