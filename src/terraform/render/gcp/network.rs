//! `network` on Google Cloud: a network without automatic subnets, its subnets with flow logs, and a router
//! with NAT where asked for.

use super::{Writer, tree};
use crate::api::resource::Network;
use hcl::{Block, Expression};
use serde_json::json;
use std::collections::BTreeMap;

/// Adds one network to the draft.
pub(super) fn render(writer: &mut Writer<'_, '_>, network: &Network) {
    let name = writer.name();
    let cidrs = writer.cidrs(network, 8..=28, 29);
    let names: BTreeMap<&String, String> =
        cidrs.keys().map(|subnet| (subnet, [name, "-", subnet].concat())).collect();
    for (subnet, full) in &names {
        let owner = ["subnet \"", subnet, "\" of network \"", name, "\""].concat();
        if full.len() > 63 {
            writer.refuse("network.subnets", format!("{owner} would be called \"{full}\", but 63 characters are the most. Shorten one of both names"));
        }
        writer.draft.claim("subnet", full, owner);
    }
    let region = writer.region();
    writer.declare(json!({"name": name, "region": region, "cidrs": cidrs, "names": names}));
    let block = writer
        .main("google_compute_network")
        .add_attributes(writer.same(["name"]))
        .add_attribute(tree::attr("auto_create_subnetworks", false));
    writer.add(block.build());
    for subnet in cidrs.keys() {
        let block = subnetwork(writer, subnet, network.flow_logs.unwrap_or(true));
        writer.add(block);
    }
    if network.nat {
        nat(writer);
    }
}

fn subnetwork(writer: &Writer<'_, '_>, subnet: &str, logs: bool) -> Block {
    let name = writer.name();
    let value = |key: &str| -> Expression { tree::index("var", &[name, key], subnet) };
    let block = writer
        .companion("google_compute_subnetwork", subnet)
        .add_attribute(tree::attr("name", value("names")))
        .add_attribute(tree::attr("ip_cidr_range", value("cidrs")))
        .add_attributes(writer.same(["region"]))
        .add_attribute(tree::attr("network", tree::path("google_compute_network", &[name, "id"])))
        .add_attribute(tree::attr("private_ip_google_access", true));
    if !logs {
        return block.build();
    }
    let log = [
        tree::attr("aggregation_interval", "INTERVAL_5_SEC"),
        tree::attr("flow_sampling", 0.5),
        tree::attr("metadata", "INCLUDE_ALL_METADATA"),
    ];
    block.add_block(tree::block("log_config", log)).build()
}

fn nat(writer: &mut Writer<'_, '_>) {
    let name = writer.name();
    let router = writer
        .main("google_compute_router")
        .add_attributes(writer.same(["name", "region"]))
        .add_attribute(tree::attr("network", tree::path("google_compute_network", &[name, "id"])));
    let nat = writer
        .main("google_compute_router_nat")
        .add_attributes(writer.same(["name", "region"]))
        .add_attribute(tree::attr("router", tree::path("google_compute_router", &[name, "name"])))
        .add_attribute(tree::attr("nat_ip_allocate_option", "AUTO_ONLY"))
        .add_attribute(tree::attr("source_subnetwork_ip_ranges_to_nat", "ALL_SUBNETWORKS_ALL_IP_RANGES"));
    writer.add(router.build());
    writer.add(nat.build());
}
