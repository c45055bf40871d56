//! `network` on Google Cloud: a network without automatic subnets, its subnets with flow logs, and a router
//! with NAT where asked for.

use super::{Writer, tree};
use crate::{api::resource::Network, terraform::render::writer::label};
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
    let mut values = json!({"name": name, "region": region, "cidrs": cidrs, "names": names});
    let databases = writer.scope.in_network(name).any(|resource| resource.database.is_some());
    if databases {
        let full = [name, "-services"].concat();
        if full.len() > 63 {
            writer.refuse("name", format!("the range of its databases would be called \"{full}\", but 63 characters are the most. Shorten the name"));
        }
        tree::insert(&mut values, "services", json!(full));
    }
    writer.declare(values);
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
    if databases {
        peering(writer);
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

/// Label of what databases of a network are reached by.
pub(super) fn services(network: &str) -> String {
    label(network, "services")
}

/// A range of the network for managed services, and the peering with them. A delete leaves the peering: the
/// cloud holds on to it for days after the last database.
fn peering(writer: &mut Writer<'_, '_>) {
    let name = writer.name();
    let network = || tree::attr("network", tree::path("google_compute_network", &[name, "id"]));
    let address = writer
        .companion("google_compute_global_address", "services")
        .add_attribute(tree::attr("name", writer.var("services")))
        .add_attribute(network())
        .add_attribute(tree::attr("purpose", "VPC_PEERING"))
        .add_attribute(tree::attr("address_type", "INTERNAL"))
        .add_attribute(tree::attr("prefix_length", 16));
    let range = tree::path("google_compute_global_address", &[&services(name), "name"]);
    let connection = writer
        .companion("google_service_networking_connection", "services")
        .add_attribute(network())
        .add_attribute(tree::attr("service", "servicenetworking.googleapis.com"))
        .add_attribute(tree::attr("reserved_peering_ranges", vec![range]))
        .add_attribute(tree::attr("deletion_policy", "ABANDON"));
    writer.add(address.build());
    writer.add(connection.build());
}
