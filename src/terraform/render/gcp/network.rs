//! `network` on Google Cloud: a network without automatic subnets, its subnets with flow logs, and a router
//! with NAT where asked for.

use super::{Draft, RenderInput, declare, region, tree, var};
use crate::api::{Resource, resource::Network};
use crate::terraform::render::cidr::Cidr;
use hcl::{Block, Expression};
use serde_json::json;
use std::collections::BTreeMap;

/// Names of the halves that a network without subnets is cut in.
const HALVES: [&str; 2] = ["a", "b"];

/// Adds one network to the draft.
pub(in super::super) fn render(
    draft: &mut Draft,
    input: &RenderInput,
    resource: &Resource,
    network: &Network,
) {
    let name = resource.name.as_str();
    let cidrs = cidrs(draft, name, network);
    let names: BTreeMap<&String, String> =
        cidrs.keys().map(|subnet| (subnet, [name, "-", subnet].concat())).collect();
    for (subnet, full) in &names {
        let owner = ["subnet \"", subnet, "\" of network \"", name, "\""].concat();
        if full.len() > 63 {
            draft.findings.push(format!("{owner} would be called \"{full}\", but 63 characters are the most. Shorten one of both names"));
        }
        draft.taken.entry(full.clone()).or_default().push(owner);
    }
    let place = region(draft, input, resource);
    declare(draft, name, json!({"name": name, "region": place, "cidrs": cidrs, "names": names}));
    draft.blocks.push(
        Block::builder("resource")
            .add_labels(["google_compute_network", name])
            .add_attribute(tree::attr("name", var(name, "name")))
            .add_attribute(tree::attr("auto_create_subnetworks", false))
            .build(),
    );
    draft.blocks.extend(cidrs.keys().map(|subnet| subnetwork(name, subnet)));
    if network.nat {
        draft.blocks.extend(nat(name));
    }
}

/// The subnets of a network in the order people gave them: the first is where machines go.
pub(super) fn subnets(network: &Network) -> Vec<String> {
    if network.subnets.is_empty() {
        return HALVES.map(str::to_owned).to_vec();
    }
    network.subnets.iter().map(|subnet| subnet.name.clone()).collect()
}

/// Label of a subnet. Names hold no `_`.
pub(super) fn label(network: &str, subnet: &str) -> String {
    [network, "_", subnet].concat()
}

fn cidrs(draft: &mut Draft, name: &str, network: &Network) -> BTreeMap<String, String> {
    let Some(whole) = Cidr::parse(&network.cidr).filter(|c| c.is_private() && (8..=28).contains(&c.bits()))
    else {
        draft.findings.push(format!(
            "network \"{name}\" has the range {}, which is no private range of /8 to /28 given by its first address. Choose one inside 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16",
            network.cidr
        ));
        return BTreeMap::new();
    };
    if network.subnets.is_empty() {
        return HALVES
            .iter()
            .zip(whole.halves())
            .map(|(n, half)| ((*n).to_owned(), half.to_string()))
            .collect();
    }
    let mut found: BTreeMap<String, Cidr> = BTreeMap::new();
    for subnet in &network.subnets {
        let place = ["subnet \"", &subnet.name, "\" of network \"", name, "\""].concat();
        let Some(range) = Cidr::parse(&subnet.cidr).filter(|c| whole.holds(*c) && c.bits() <= 29) else {
            draft.findings.push(format!("{place} has the range {}, which does not lie in {whole} or is smaller than /29. Choose one inside, by its first address", subnet.cidr));
            continue;
        };
        if let Some((other, _)) = found.iter().find(|(_, other)| other.overlaps(range)) {
            draft.findings.push(format!(
                "{place} overlaps subnet \"{other}\". Give them ranges without common addresses"
            ));
        }
        if found.insert(subnet.name.clone(), range).is_some() {
            draft.findings.push(format!("{place} is there twice. Give one of them another name"));
        }
    }
    found.into_iter().map(|(subnet, range)| (subnet, range.to_string())).collect()
}

fn subnetwork(name: &str, subnet: &str) -> Block {
    let value = |key: &str| -> Expression { tree::index("var", &[name, key], subnet) };
    Block::builder("resource")
        .add_labels(["google_compute_subnetwork".to_owned(), label(name, subnet)])
        .add_attribute(tree::attr("name", value("names")))
        .add_attribute(tree::attr("ip_cidr_range", value("cidrs")))
        .add_attribute(tree::attr("region", var(name, "region")))
        .add_attribute(tree::attr("network", tree::path("google_compute_network", &[name, "id"])))
        .add_attribute(tree::attr("private_ip_google_access", true))
        .add_block(tree::block(
            "log_config",
            [
                tree::attr("aggregation_interval", "INTERVAL_5_SEC"),
                tree::attr("flow_sampling", 0.5),
                tree::attr("metadata", "INCLUDE_ALL_METADATA"),
            ],
        ))
        .build()
}

fn nat(name: &str) -> [Block; 2] {
    let router = |key: &str| tree::path("google_compute_router", &[name, key]);
    [
        Block::builder("resource")
            .add_labels(["google_compute_router", name])
            .add_attribute(tree::attr("name", var(name, "name")))
            .add_attribute(tree::attr("region", var(name, "region")))
            .add_attribute(tree::attr("network", tree::path("google_compute_network", &[name, "id"])))
            .build(),
        Block::builder("resource")
            .add_labels(["google_compute_router_nat", name])
            .add_attribute(tree::attr("name", var(name, "name")))
            .add_attribute(tree::attr("region", var(name, "region")))
            .add_attribute(tree::attr("router", router("name")))
            .add_attribute(tree::attr("nat_ip_allocate_option", "AUTO_ONLY"))
            .add_attribute(tree::attr("source_subnetwork_ip_ranges_to_nat", "ALL_SUBNETWORKS_ALL_IP_RANGES"))
            .build(),
    ]
}
