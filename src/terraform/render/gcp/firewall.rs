//! `firewall` on Google Cloud: `google_compute_firewall`, with its log.

use super::{
    Writer,
    place::{self, Place},
    tree,
};
use crate::api::resource::{Direction, Firewall, FirewallAction, Protocol};
use hcl::Block;
use serde_json::{Value, json};

/// Adds one firewall to the draft.
pub(super) fn render(writer: &mut Writer<'_, '_>, firewall: &Firewall) {
    writer.traffic(firewall);
    let region = writer.region();
    let Some(place) = place::place(writer) else { return };
    let rules: Vec<Value> = firewall
        .rules
        .iter()
        .map(|rule| json!({"protocol": protocol(rule.protocol), "ports": rule.ports}))
        .collect();
    let mut ranges = firewall.sources.clone();
    ranges.sort();
    let mut values = json!({
        "name": writer.name(),
        "direction": match firewall.direction {
            Direction::Ingress => "INGRESS",
            Direction::Egress => "EGRESS",
        },
        "priority": firewall.priority,
        "rules": rules,
        "ranges": ranges,
    });
    if !firewall.target_tags.is_empty() {
        tree::insert(&mut values, "target_tags", json!(firewall.target_tags));
    }
    writer.draft.claim("firewall", writer.name(), ["firewall \"", writer.name(), "\""].concat());
    place.values(&mut values, region);
    writer.declare(values);
    place.data(writer);
    let block = block(writer, &place, firewall);
    writer.add(block);
}

const fn protocol(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::Tcp => "tcp",
        Protocol::Udp => "udp",
        Protocol::Icmp => "icmp",
        Protocol::All => "all",
    }
}

fn block(writer: &Writer<'_, '_>, place: &Place<'_>, firewall: &Firewall) -> Block {
    let ranges = match firewall.direction {
        Direction::Ingress => "source_ranges",
        Direction::Egress => "destination_ranges",
    };
    let action = match firewall.action {
        FirewallAction::Allow => "allow",
        FirewallAction::Deny => "deny",
    };
    let mut block = writer
        .main("google_compute_firewall")
        .add_attributes(writer.same(["name"]))
        .add_attribute(tree::attr("network", place.network()))
        .add_attributes(writer.same(["direction", "priority"]))
        .add_attribute(tree::attr(ranges, writer.var("ranges")));
    if !firewall.target_tags.is_empty() {
        block = block.add_attributes(writer.same(["target_tags"]));
    }
    for index in 0..firewall.rules.len() {
        let rule =
            |key: &str| tree::attr(key, tree::nth_member("var", &[writer.name(), "rules"], index, key));
        block = block.add_block(tree::block(action, [rule("protocol"), rule("ports")]));
    }
    block.add_block(tree::block("log_config", [tree::attr("metadata", "INCLUDE_ALL_METADATA")])).build()
}
