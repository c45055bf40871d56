//! `firewall` on Azure: `azurerm_network_security_rule`, one for each protocol, in the security group of the
//! network. Tags are application security groups. In an existing network, which is never changed, the rules stand
//! in groups of the stack's own machines there.

use super::{
    Writer,
    head::{self, Head, names},
    place::{self, Place},
    tree, vm as machine,
};
use crate::{
    api::{
        Resource,
        resource::{Direction, Firewall, FirewallAction, Protocol, Vm},
    },
    terraform::render::{Draft, Scope, attach::Attachment, writer::label},
};
use hcl::{Attribute, Expression, structure::BlockBuilder};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Role of the security group of a machine in an existing network: `<name>_guard`.
pub(super) const GUARD: &str = "guard";
const RULE: &str = "azurerm_network_security_rule";
const GROUP: &str = "azurerm_network_security_group";
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
    names(writer, &mut values, rules.iter().map(|rule| rule.role()));
    writer.declare(values);
    match &place.attachment {
        Attachment::Own { network, .. } => {
            let targets = groups(network, &firewall.target_tags);
            add(writer, &head, firewall, &rules, None, network, &targets);
        }
        Attachment::Existing(_) => {
            writer.warn("firewall.network", "an existing network is not changed: the rules are for the machines of this stack that stand in it");
            for name in aimed(writer.scope, writer.resource) {
                let group = label(name, GUARD);
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
            .add_attribute(tree::attr("network_security_group_name", tree::path(GROUP, &[group, "name"])))
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

/// Ids of the groups of these tags, sorted.
fn groups(network: &str, tags: &[String]) -> Vec<Expression> {
    let tags: BTreeSet<&String> = tags.iter().collect();
    let id = |tag: &&String| {
        tree::path("azurerm_application_security_group", &[&label(network, &tag_role(tag)), "id"])
    };
    tags.iter().map(id).collect()
}

/// Role of the group of a tag in a network.
pub(super) fn tag_role(tag: &str) -> String {
    ["tag_", tag].concat()
}

/// Tags that firewalls of a network of the stack aim at.
pub(super) fn tags<'a>(scope: &Scope<'a>, network: &str) -> BTreeSet<&'a str> {
    let firewalls = scope.in_network(network).filter_map(|resource| resource.firewall.as_ref());
    firewalls.flat_map(|firewall| firewall.target_tags.iter().map(String::as_str)).collect()
}

/// Machines of the stack that a firewall of an existing network aims at, by name.
fn aimed<'a>(scope: &Scope<'a>, firewall: &Resource) -> Vec<&'a str> {
    let machines = scope.resources.iter().filter_map(|r| Some((*r, r.vm.as_ref()?)));
    machines
        .filter(|(resource, vm)| {
            scope.firewalls_of(resource, vm).iter().any(|found| found.name == firewall.name)
        })
        .map(|(resource, _)| resource.name.as_str())
        .collect()
}

/// True for a machine in an existing network that firewalls of the stack aim at: it has a security group.
pub(super) fn guards(writer: &Writer<'_, '_>, place: &Place<'_>, vm: &Vm) -> bool {
    matches!(place.attachment, Attachment::Existing(_))
        && !writer.scope.firewalls_of(writer.resource, vm).is_empty()
}

/// Puts a machine's network interface into the groups of its tags, or under the group of its own.
pub(super) fn join(writer: &mut Writer<'_, '_>, head: &Head, place: &Place<'_>, vm: &Vm) {
    let interface = || tree::attr("network_interface_id", machine::interface_id(&writer.label(machine::NIC)));
    let interface = interface();
    if let Attachment::Own { network, .. } = place.attachment {
        let aimed = tags(writer.scope, network);
        let own: BTreeSet<&str> =
            vm.tags.iter().map(String::as_str).filter(|tag| aimed.contains(tag)).collect();
        for tag in own {
            let group = label(network, &tag_role(tag));
            let block = writer
                .companion("azurerm_network_interface_application_security_group_association", tag)
                .add_attribute(interface.clone())
                .add_attribute(tree::attr(
                    "application_security_group_id",
                    tree::path("azurerm_application_security_group", &[&group, "id"]),
                ));
            writer.add(block.build());
        }
    } else if guards(writer, place, vm) {
        let group = head.companion(writer, GROUP, GUARD);
        let block = writer
            .companion("azurerm_network_interface_security_group_association", GUARD)
            .add_attribute(interface)
            .add_attribute(tree::attr(
                "network_security_group_id",
                tree::path(GROUP, &[&writer.label(GUARD), "id"]),
            ));
        writer.add(group.build());
        writer.add(block.build());
    }
}

/// Findings on firewalls whose further protocols take a number that another of the same network and direction has.
/// Equal priorities have a finding already.
pub(super) fn order(draft: &mut Draft, scope: &Scope) {
    let mut seen: Vec<(&str, (bool, &str), &Firewall, std::ops::Range<i32>)> = Vec::new();
    for resource in &scope.resources {
        let (Some(firewall), Some(Ok(place))) = (&resource.firewall, scope.attachment(resource)) else {
            continue;
        };
        let key = place.key();
        let end = firewall.priority + i32::try_from(rules(firewall).len()).unwrap_or_default();
        for (other, at, first, taken) in &seen {
            let apart = *at != key || first.direction != firewall.direction;
            let overlap = taken.start < end && firewall.priority < taken.end;
            if !apart && overlap && first.priority != firewall.priority {
                draft.findings.push(format!(
                    "\"{}\", firewall.priority: each protocol takes a number of its own on azure, so it has {} to {}, and firewall \"{other}\" of the same network and direction {} to {}. Move one of them to a number between 100 and {LAST} where they do not meet",
                    resource.name, firewall.priority, end - 1, taken.start, taken.end - 1
                ));
            }
        }
        seen.push((&resource.name, key, firewall, firewall.priority..end));
    }
}
