//! `firewall` on Azure: `azurerm_network_security_rule`, one for each protocol, in the security group of the
//! network. Tags are application security groups. In an existing network, which is never changed, the rules stand
//! in groups of the stack's own machines there.

use super::{
    Writer, groups,
    head::{self, Head, names},
    place, tree,
};
use crate::{
    api::resource::{Direction, Firewall, FirewallAction, Protocol},
    terraform::render::{Draft, Scope, attach::Attachment, writer::label},
};
use hcl::{Attribute, Expression, structure::BlockBuilder};
use serde_json::{Value, json};
use std::collections::BTreeSet;

const RULE: &str = "azurerm_network_security_rule";
/// Largest priority.
const LAST: i32 = 4096;

/// Adds one firewall to the draft.
pub(super) fn render(writer: &mut Writer<'_, '_>, firewall: &Firewall) {
    writer.traffic(firewall);
    let mut plain = true;
    for tag in &firewall.target_tags {
        plain &= writer.plain("firewall.targetTags", tag);
    }
    let head = place::head(writer);
    let Some(place) = place::place(writer) else { return };
    let rules = rules(firewall);
    let last = i32::try_from(rules.len()).unwrap_or(i32::MAX) + firewall.priority - 1;
    if last > LAST {
        writer.refuse("firewall.priority", format!("each protocol takes a number of its own, so it would reach {last}, but {LAST} is the last. Choose {} or less", LAST + firewall.priority - last));
    }
    if !plain {
        return;
    }
    let mut ranges = firewall.sources.clone();
    ranges.sort();
    let mut values = json!({
        "direction": match firewall.direction {
            Direction::Ingress => "Inbound",
            Direction::Egress => "Outbound",
        },
        "access": match firewall.action {
            FirewallAction::Allow => "Allow",
            FirewallAction::Deny => "Deny",
        },
        "ranges": ranges,
        "rules": (firewall.priority..).zip(&rules).map(|(priority, rule)| rule.value(priority)).collect::<Vec<_>>(),
    });
    names(writer, &mut values, rules.iter().map(Rule::role));
    writer.declare(values);
    match &place.attachment {
        Attachment::Own { network, .. } => {
            let targets = groups::ids(network, &firewall.target_tags);
            add(writer, &head, firewall, &rules, None, network, &targets);
        }
        Attachment::Existing(_) => {
            writer.warn("firewall.network", "an existing network is not changed: the rules are for the machines of this stack that stand in it");
            for name in groups::aimed(writer.scope, writer.resource) {
                let group = label(name, groups::GUARD);
                add(writer, &head, firewall, &rules, Some(name), &group, &[]);
            }
        }
    }
}

/// What the rules of one protocol come to.
struct Rule {
    protocol: Protocol,
    /// None: all.
    ports: BTreeSet<String>,
}

impl Rule {
    const fn role(&self) -> &'static str {
        match self.protocol {
            Protocol::Tcp => "tcp",
            Protocol::Udp => "udp",
            Protocol::Icmp => "icmp",
            Protocol::All => "all",
        }
    }

    fn value(&self, priority: i32) -> Value {
        let protocol = match self.protocol {
            Protocol::Tcp => "Tcp",
            Protocol::Udp => "Udp",
            Protocol::Icmp => "Icmp",
            Protocol::All => "*",
        };
        json!({"protocol": protocol, "ports": self.ports, "priority": priority})
    }
}

/// One rule for each protocol, in the order in which they come first: so one that is added at the end leaves the
/// others their priority.
fn rules(firewall: &Firewall) -> Vec<Rule> {
    if firewall.rules.iter().any(|rule| rule.protocol == Protocol::All) {
        return vec![Rule { protocol: Protocol::All, ports: BTreeSet::new() }];
    }
    let mut found: Vec<Rule> = Vec::new();
    for rule in &firewall.rules {
        let protocol = rule.protocol;
        if found.iter().any(|other| other.protocol == protocol) {
            continue;
        }
        let same = || firewall.rules.iter().filter(|other| other.protocol == protocol);
        let all = same().any(|other| other.ports.is_empty());
        let ports =
            if all { BTreeSet::new() } else { same().flat_map(|other| other.ports.clone()).collect() };
        found.push(Rule { protocol, ports });
    }
    found
}

/// Adds the rules to a security group; `machine` when the group is that of one machine.
fn add(
    writer: &mut Writer<'_, '_>,
    head: &Head,
    firewall: &Firewall,
    rules: &[Rule],
    machine: Option<&str>,
    group: &str,
    targets: &[Expression],
) {
    for (index, rule) in rules.iter().enumerate() {
        let value =
            |key: &str| tree::attr(key, tree::nth_member("var", &[writer.name(), "rules"], index, key));
        let role = machine.map_or_else(|| rule.role().to_owned(), |name| [rule.role(), "_", name].concat());
        let mut block = writer
            .companion(RULE, &role)
            .add_attribute(tree::attr("name", head::name(writer, rule.role())))
            .add_attribute(head.group())
            .add_attribute(tree::attr(
                "network_security_group_name",
                tree::path(groups::GROUP, &[group, "name"]),
            ))
            .add_attribute(value("priority"))
            .add_attributes(writer.same(["direction", "access"]))
            .add_attribute(value("protocol"))
            .add_attribute(tree::attr("source_port_range", "*"));
        block = if rule.ports.is_empty() {
            block.add_attribute(tree::attr("destination_port_range", "*"))
        } else {
            let ports = tree::nth_member("var", &[writer.name(), "rules"], index, "ports");
            block.add_attribute(tree::attr("destination_port_ranges", ports))
        };
        let block = ends(block, firewall.direction, writer.var("ranges"), targets);
        writer.add(block.build());
    }
}

/// Both ends of the traffic: the ranges, and the machines.
fn ends(
    block: BlockBuilder,
    direction: Direction,
    ranges: Expression,
    targets: &[Expression],
) -> BlockBuilder {
    let (far, near) = match direction {
        Direction::Ingress => ("source", "destination"),
        Direction::Egress => ("destination", "source"),
    };
    let key = |side: &str, key: &str| [side, "_", key].concat();
    let machines: Attribute = if targets.is_empty() {
        tree::attr(&key(near, "address_prefix"), "*")
    } else {
        tree::attr(&key(near, "application_security_group_ids"), targets.to_vec())
    };
    block.add_attribute(tree::attr(&key(far, "address_prefixes"), ranges)).add_attribute(machines)
}

/// Findings on firewalls whose further protocols take a number that another of the same network and direction has.
/// Equal priorities have a finding already.
pub(super) fn order(draft: &mut Draft, scope: &Scope) {
    let mut seen = Vec::new();
    for resource in &scope.resources {
        let (Some(firewall), Some(Ok(place))) = (&resource.firewall, scope.attachment(resource)) else {
            continue;
        };
        let key = (place.key(), firewall.direction);
        let (first, count) = (firewall.priority, i32::try_from(rules(firewall).len()).unwrap_or_default());
        for (other, other_key, from, to) in &seen {
            if *other_key == key && *from < first + count && first < *to && *from != first {
                draft.findings.push(format!(
                    "\"{}\", firewall.priority: each protocol takes a number of its own on azure, so it has {first} to {}, and firewall \"{other}\" of the same network and direction {from} to {}. Move one of them to a number between 100 and {LAST} where they do not meet",
                    resource.name, first + count - 1, to - 1
                ));
            }
        }
        seen.push((&resource.name, key, first, first + count));
    }
}
