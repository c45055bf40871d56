//! `network` on Azure: `azurerm_virtual_network` with subnets that reach the internet by a NAT alone, and one
//! security group around them, whose rules are the firewalls.

use super::{
    Writer, gateway, groups,
    head::{self, Head},
    place,
    services::{self, Service},
    tree,
};
use crate::api::resource::Network;
use hcl::{Block, Expression};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

const NETWORK: &str = "azurerm_virtual_network";
/// Days that flow logs are kept.
const LOG_DAYS: i32 = 90;
/// Group that Azure itself puts the watcher of each region in.
const WATCHERS: &str = "NetworkWatcherRG";

/// Adds one network to the draft.
pub(super) fn render(writer: &mut Writer<'_, '_>, network: &Network) {
    let cidrs = writer.cidrs(network, 8..=28, 29);
    let head = place::head(writer);
    let services = services::needed(writer.scope, writer.name());
    let tags: Vec<String> =
        groups::tags(writer.scope, writer.name()).iter().map(|tag| groups::tag_role(tag)).collect();
    let logs = network.flow_logs.unwrap_or(false);
    let mut values = values(writer, &head, network, &cidrs, &services);
    if logs {
        log_values(writer, &mut values);
    }
    let mut roles: BTreeSet<&str> = services::roles(&services);
    roles.extend(tags.iter().map(String::as_str));
    roles.extend(network.nat.then_some("nat"));
    roles.extend(logs.then_some("flow"));
    head::names(writer, &mut values, roles);
    writer.declare(values);
    let block = head.main(writer, NETWORK).add_attribute(tree::attr("address_space", writer.var("ranges")));
    writer.add(block.build());
    let group = head.main(writer, groups::GROUP);
    writer.add(group.build());
    for role in &tags {
        let block = head.companion(writer, groups::TAG, role).add_block(head::goes_last());
        writer.add(block.build());
    }
    for subnet in cidrs.keys() {
        subnetwork(writer, &head, subnet);
    }
    if network.nat {
        nat(writer, &head, cidrs.keys());
    }
    services::render(writer, &head, &services);
    if logs {
        flow_logs(writer, &head);
    }
}

fn values(
    writer: &Writer<'_, '_>,
    head: &Head,
    network: &Network,
    cidrs: &BTreeMap<String, String>,
    services: &BTreeSet<Service>,
) -> Value {
    let subnet = |(name, range): (&String, &String)| (name.clone(), json!({"name": name, "cidr": range}));
    let subnets: Map<String, Value> = cidrs.iter().map(subnet).collect();
    let mut ranges = vec![network.cidr.clone()];
    let mut values = head.values(writer, json!({"subnets": subnets}));
    if !services.is_empty() {
        let (beside, inner) = services::ranges(network, services);
        ranges.push(beside);
        tree::insert(&mut values, "services", inner);
    }
    tree::insert(&mut values, "ranges", json!(ranges));
    for service in services {
        if *service == Service::Gateways {
            let ports = gateway::ports(writer.scope, writer.name());
            let ports: Vec<String> = ports.iter().map(ToString::to_string).collect();
            tree::insert(&mut values, "gateway_ports", json!(ports));
        } else {
            services::zone_value(writer, *service, &mut values);
        }
    }
    values
}

fn subnetwork(writer: &mut Writer<'_, '_>, head: &Head, subnet: &str) {
    let name = writer.name();
    let value = |key: &str| -> Expression { tree::member("var", &[name, "subnets"], subnet, key) };
    let block = writer
        .companion("azurerm_subnet", subnet)
        .add_attribute(tree::attr("name", value("name")))
        .add_attribute(head.group())
        .add_attribute(tree::attr("virtual_network_name", tree::path(NETWORK, &[name, "name"])))
        .add_attribute(tree::attr("address_prefixes", vec![value("cidr")]))
        .add_attribute(tree::attr("default_outbound_access_enabled", false));
    let association = writer
        .companion("azurerm_subnet_network_security_group_association", subnet)
        .add_attribute(subnet_id(writer, subnet))
        .add_attribute(tree::attr("network_security_group_id", tree::path(groups::GROUP, &[name, "id"])));
    writer.add(block.build());
    writer.add(association.build());
}

fn subnet_id(writer: &Writer<'_, '_>, subnet: &str) -> hcl::Attribute {
    tree::attr("subnet_id", tree::path("azurerm_subnet", &[&writer.label(subnet), "id"]))
}

fn nat<'s>(writer: &mut Writer<'_, '_>, head: &Head, subnets: impl Iterator<Item = &'s String>) {
    let gateway = tree::attr("nat_gateway_id", tree::path("azurerm_nat_gateway", &[writer.name(), "id"]));
    let address = head::address(writer, head, "nat");
    let nat = head.main(writer, "azurerm_nat_gateway").add_attribute(tree::attr("sku_name", "Standard"));
    let address_id = tree::path("azurerm_public_ip", &[&writer.label("nat"), "id"]);
    let association = writer
        .main("azurerm_nat_gateway_public_ip_association")
        .add_attribute(gateway.clone())
        .add_attribute(tree::attr("public_ip_address_id", address_id));
    writer.add(address);
    writer.add(nat.build());
    writer.add(association.build());
    for subnet in subnets {
        let association = writer
            .companion("azurerm_subnet_nat_gateway_association", subnet)
            .add_attribute(subnet_id(writer, subnet))
            .add_attribute(gateway.clone());
        writer.add(association.build());
    }
}

fn log_values(writer: &mut Writer<'_, '_>, values: &mut Value) {
    let plain: String = writer.name().chars().filter(|c| *c != '-').take(12).collect();
    let account = [&plain, "flow", &writer.scope.short_uid()].concat();
    let owner = ["the flow logs of network \"", writer.name(), "\""].concat();
    writer.draft.claim("storage-account", &account, owner);
    tree::insert(values, "flow_account", json!(account));
    tree::insert(
        values,
        "watcher",
        json!(["NetworkWatcher_", writer.scope.region_of(writer.resource)].concat()),
    );
    writer.warn("network.flowLogs", format!("they are written by the region's network watcher, which azure makes in the resource group {WATCHERS} with the first network there, unless the subscription has opted out"));
}

/// Flow logs, in a storage account of their own. The service writes with the account's keys, so these stay on.
fn flow_logs(writer: &mut Writer<'_, '_>, head: &Head) {
    let account = writer
        .companion("azurerm_storage_account", "flow")
        .add_attribute(tree::attr("name", writer.var("flow_account")))
        .add_attribute(head.group())
        .add_attributes(writer.same(["location"]))
        .add_attribute(head::tags(writer))
        .add_attribute(tree::attr("account_tier", "Standard"))
        .add_attribute(tree::attr("account_replication_type", "LRS"))
        .add_attribute(tree::attr("min_tls_version", "TLS1_2"))
        .add_attribute(tree::attr("https_traffic_only_enabled", true))
        .add_attribute(tree::attr("allow_nested_items_to_be_public", false))
        .add_attribute(tree::attr("shared_access_key_enabled", true));
    let kept: Block =
        tree::block("retention_policy", [tree::attr("enabled", true), tree::attr("days", LOG_DAYS)]);
    let log = writer
        .main("azurerm_network_watcher_flow_log")
        .add_attribute(tree::attr("name", head::name(writer, "flow")))
        .add_attribute(tree::attr("resource_group_name", WATCHERS))
        .add_attribute(tree::attr("network_watcher_name", writer.var("watcher")))
        .add_attributes(writer.same(["location"]))
        .add_attribute(head::tags(writer))
        .add_attribute(tree::attr("target_resource_id", tree::path(NETWORK, &[writer.name(), "id"])))
        .add_attribute(tree::attr(
            "storage_account_id",
            tree::path("azurerm_storage_account", &[&writer.label("flow"), "id"]),
        ))
        .add_attribute(tree::attr("enabled", true))
        .add_attribute(tree::attr("version", 2))
        .add_block(kept);
    writer.add(account.build());
    writer.add(log.build());
}
