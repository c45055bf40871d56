//! Groups of machines that firewalls aim at: by tag in a network of the stack, by machine in an existing one.

use super::{Writer, head::Head, place::Place, tree, vm as machine};
use crate::{
    api::{Resource, resource::Vm},
    terraform::render::{Scope, attach::Attachment, writer::label},
};
use hcl::Expression;
use std::collections::BTreeSet;

/// Role of the security group of a machine in an existing network: `<name>_guard`.
pub(super) const GUARD: &str = "guard";
/// Type of the groups that hold rules.
pub(super) const GROUP: &str = "azurerm_network_security_group";
/// Type of the groups of a tag.
pub(super) const TAG: &str = "azurerm_application_security_group";

/// Ids of the groups of these tags, sorted.
pub(super) fn ids(network: &str, tags: &[String]) -> Vec<Expression> {
    let tags: BTreeSet<&String> = tags.iter().collect();
    let id = |tag: &&String| tree::path(TAG, &[&label(network, &tag_role(tag)), "id"]);
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
pub(super) fn aimed<'a>(scope: &Scope<'a>, firewall: &Resource) -> Vec<&'a str> {
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
    let interface = tree::attr("network_interface_id", machine::interface_id(&writer.label(machine::NIC)));
    if let Attachment::Own { network, .. } = place.attachment {
        let aimed = tags(writer.scope, network);
        let own: BTreeSet<&str> =
            vm.tags.iter().map(String::as_str).filter(|tag| aimed.contains(tag)).collect();
        for tag in own {
            let group = label(network, &tag_role(tag));
            let block = writer
                .companion("azurerm_network_interface_application_security_group_association", tag)
                .add_attribute(interface.clone())
                .add_attribute(tree::attr("application_security_group_id", tree::path(TAG, &[&group, "id"])));
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
