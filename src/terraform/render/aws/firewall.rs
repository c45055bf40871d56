//! `firewall` on AWS: a security group on the machines it aims at, with one rule for each range and range of
//! ports.

use super::{
    Writer, group,
    group::{Peer, Traffic, Way},
    naming, place, tree,
};
use crate::{
    api::resource::{Direction, Firewall, FirewallAction, Protocol},
    terraform::render::{attach::Attachment, check::ports},
};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Rules that a group takes in a direction, unless the account's quota was raised.
/// Source: docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html, as of 2025.
const RULES: usize = 60;

/// A rule as AWS counts it: one protocol, one range of ports, one range of addresses.
struct Rule<'f> {
    protocol: Protocol,
    ports: Option<(u16, u16)>,
    range: &'f str,
}

/// Adds one firewall to the draft.
pub(super) fn render(writer: &mut Writer<'_, '_>, firewall: &Firewall) {
    writer.traffic(firewall);
    for tag in &firewall.target_tags {
        writer.plain("firewall.targetTags", tag);
    }
    if firewall.action == FirewallAction::Deny {
        writer.refuse("firewall.action", "security groups of AWS only allow: what no rule allows is dropped. Set action: allow, or take the firewall out");
    }
    let region = writer.region();
    let Some(place) = place::place(writer) else { return };
    let rules = rules(firewall);
    if rules.len() > RULES {
        writer.warn("firewall.rules", format!("that is {} rules, one for each range and range of ports, but AWS takes {RULES} in a security group, unless the account's quota was raised", rules.len()));
    }
    if matches!(place.attachment, Attachment::Existing(_)) {
        writer.warn(
            "firewall.network",
            "it reaches the machines of this stack alone, not others in the existing network",
        );
    }
    if firewall.direction == Direction::Egress {
        writer.warn("firewall.direction", "machines that it aims at may open connections only where firewalls allow it, since AWS knows no other way to restrict them");
    }
    let written: BTreeMap<&String, Value> = rules.iter().map(|(key, rule)| (key, value(rule))).collect();
    let mut values = json!({
        "region": region,
        "group": naming::unique(writer, "firewall", "", 255),
        "rules": written,
        "tags": naming::tags(writer),
    });
    place.values(&mut values);
    writer.declare(values);
    place.data(writer);
    group::add(writer, &place, "Lets pass what a firewall allows");
    let way = match firewall.direction {
        Direction::Ingress => Way::In,
        Direction::Egress => Way::Out,
    };
    for (key, rule) in &rules {
        let of = |member: &str| tree::member("var", &[writer.name(), "rules"], key, member);
        let traffic = match rule.protocol {
            Protocol::All => Traffic::All,
            _ => Traffic::Ports(of("protocol"), of("first"), of("last")),
        };
        let peer = Peer::Range(of("range"));
        let group = group::id(writer.name());
        group::rule(
            writer,
            group::Rule { role: Some(key), what: "What a firewall allows", way, group, traffic, peer },
        );
    }
}

/// The rules, each once, by a key that says what it is: one that comes or goes leaves the others alone.
fn rules(firewall: &Firewall) -> BTreeMap<String, Rule<'_>> {
    let mut found = BTreeMap::new();
    for rule in &firewall.rules {
        let given = rule.ports.iter().map(|text| ports(text));
        let all: Vec<Option<(u16, u16)>> = if rule.ports.is_empty() { vec![None] } else { given.collect() };
        for ports in all {
            for range in &firewall.sources {
                let key = [name(rule.protocol), &text(ports), &range.replace(['.', '/'], "-")].join("-");
                found.insert(key, Rule { protocol: rule.protocol, ports, range });
            }
        }
    }
    found
}

fn text(ports: Option<(u16, u16)>) -> String {
    match ports {
        None => "all".to_owned(),
        Some((first, last)) if first == last => first.to_string(),
        Some((first, last)) => format!("{first}-{last}"),
    }
}

const fn name(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::Tcp => "tcp",
        Protocol::Udp => "udp",
        Protocol::Icmp => "icmp",
        Protocol::All => "any",
    }
}

/// Values of a rule. For ICMP ports are types, and -1 is all of them.
fn value(rule: &Rule<'_>) -> Value {
    let (first, last) = match (rule.protocol, rule.ports) {
        (Protocol::Tcp | Protocol::Udp, Some((first, last))) => (i32::from(first), i32::from(last)),
        (Protocol::Tcp | Protocol::Udp, None) => (0, 65_535),
        (Protocol::Icmp | Protocol::All, _) => (-1, -1),
    };
    let protocol = match rule.protocol {
        Protocol::All => "-1",
        other => name(other),
    };
    json!({"protocol": protocol, "first": first, "last": last, "range": rule.range})
}
