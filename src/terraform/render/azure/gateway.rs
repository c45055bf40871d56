//! Load balancers for http and https: application gateways in a subnet that they share.

use super::{
    Writer, groups,
    head::{self, Head},
    load_balancer,
    place::Place,
    services::{ASSOCIATION, Service},
    tree, vault, vm as machine,
};
use crate::{
    api::resource::{ListenProtocol, LoadBalancer},
    terraform::render::{Scope, attach::Attachment, writer::label},
};
use hcl::{Block, Expression};
use serde_json::json;
use std::collections::BTreeSet;

const GATEWAY: &str = "azurerm_application_gateway";
/// Instances by load: from, to.
const CAPACITY: [(&str, i32); 2] = [("min_capacity", 1), ("max_capacity", 3)];
/// TLS 1.2 and newer with forward secrecy.
const TLS: &str = "AppGwSslPolicy20220101S";

/// Adds one gateway to the draft.
pub(super) fn render(
    writer: &mut Writer<'_, '_>,
    head: &Head,
    place: &Place<'_>,
    balancer: &LoadBalancer,
    machines: &[&str],
) {
    let Attachment::Own { network, .. } = place.attachment else {
        return writer.refuse("loadBalancer.backends", "for http and https azure wants a subnet of its own, and an existing network is not changed. Set listen.protocol: tcp, or put the machines into a network of the stack");
    };
    if balancer.listen.port > 64_999 {
        writer.refuse(
            "loadBalancer.listen.port",
            "azure keeps the ports from 65000 for itself. Choose a lower one",
        );
    }
    let certificate = balancer.certificate.as_ref().map(|id| (id, vault::parse(id, "secrets")));
    if let Some((id, None)) = &certificate {
        writer.refuse("loadBalancer.certificate", format!("{id} is no certificate's id. Give that of its secret, as /subscriptions/SUBSCRIPTION/resourceGroups/GROUP/providers/Microsoft.KeyVault/vaults/VAULT/secrets/CERTIFICATE"));
    }
    let mut values = load_balancer::values(writer, head, place, balancer);
    tree::insert(&mut values, "health_path", json!(balancer.health_path));
    let certificate = certificate.and_then(|(_, item)| item);
    if let Some(item) = &certificate {
        item.values(&mut values);
        head::names(writer, &mut values, std::iter::once(load_balancer::ip(balancer)).chain(vault::ROLES));
        vault::warn(writer, "loadBalancer.certificate");
    }
    writer.declare(values);
    if certificate.is_some() {
        vault::identity(writer, head, "Key Vault Secrets User");
    }
    let address = load_balancer::address(writer, head, load_balancer::ip(balancer));
    // Azure looks at the rules around the subnet before it makes a gateway in it.
    let guard = label(network, Service::Gateways.role());
    let grant = certificate.as_ref().map(|_| vault::grant(writer));
    let mut after = vec![(ASSOCIATION, guard.as_str())];
    after.extend(grant.as_ref().map(|(type_, label)| (*type_, label.as_str())));
    let subnet = Service::Gateways.subnet_id(network);
    let block = gateway(writer, head, [subnet, address], machines, grant.is_some(), &after);
    writer.add(block);
}

fn gateway(
    writer: &Writer<'_, '_>,
    head: &Head,
    [subnet, address]: [Expression; 2],
    machines: &[&str],
    secure: bool,
    after: &[(&str, &str)],
) -> Block {
    let named = |block: &str, name: &str, more: Vec<hcl::Attribute>| {
        tree::block(block, std::iter::once(tree::attr("name", name)).chain(more))
    };
    let inner = |name: &&str| {
        tree::path("azurerm_network_interface", &[&label(name, machine::NIC), "private_ip_address"])
    };
    let addresses: Vec<Expression> = machines.iter().map(inner).collect();
    let sku = [tree::attr("name", "Standard_v2"), tree::attr("tier", "Standard_v2")];
    let mut block = head
        .main(writer, GATEWAY)
        .add_attribute(tree::attr("http2_enabled", true))
        .add_attribute(tree::depends_on(after))
        .add_block(tree::block("sku", sku))
        .add_block(tree::block(
            "autoscale_configuration",
            CAPACITY.map(|(key, count)| tree::attr(key, count)),
        ))
        .add_block(named("gateway_ip_configuration", "subnet", vec![tree::attr("subnet_id", subnet)]))
        .add_block(named(
            "frontend_ip_configuration",
            "public",
            vec![tree::attr("public_ip_address_id", address)],
        ))
        .add_block(named("frontend_port", "listen", vec![tree::attr("port", writer.var("listen_port"))]))
        .add_block(named("backend_address_pool", "machines", vec![tree::attr("ip_addresses", addresses)]))
        .add_block(named("backend_http_settings", "app", settings(writer)))
        .add_block(named("probe", "health", probe(writer)))
        .add_block(named("http_listener", "listen", listener(secure)))
        .add_block(named("request_routing_rule", "all", rule()));
    if secure {
        let secret = vec![tree::attr("key_vault_secret_id", vault::address(writer))];
        block = block.add_block(named("ssl_certificate", "main", secret)).add_block(vault::block(writer));
    }
    let policy = [tree::attr("policy_type", "Predefined"), tree::attr("policy_name", TLS)];
    block.add_block(tree::block("ssl_policy", policy)).build()
}

fn settings(writer: &Writer<'_, '_>) -> Vec<hcl::Attribute> {
    vec![
        tree::attr("protocol", "Http"),
        tree::attr("port", writer.var("port")),
        tree::attr("cookie_based_affinity", "Disabled"),
        tree::attr("request_timeout", 30),
        tree::attr("probe_name", "health"),
    ]
}

fn probe(writer: &Writer<'_, '_>) -> Vec<hcl::Attribute> {
    vec![
        tree::attr("protocol", "Http"),
        tree::attr("host", "127.0.0.1"),
        tree::attr("path", writer.var("health_path")),
        tree::attr("interval", 30),
        tree::attr("timeout", 30),
        tree::attr("unhealthy_threshold", 3),
    ]
}

fn listener(secure: bool) -> Vec<hcl::Attribute> {
    let mut all = vec![
        tree::attr("frontend_ip_configuration_name", "public"),
        tree::attr("frontend_port_name", "listen"),
        tree::attr("protocol", if secure { "Https" } else { "Http" }),
    ];
    all.extend(secure.then(|| tree::attr("ssl_certificate_name", "main")));
    all
}

fn rule() -> Vec<hcl::Attribute> {
    vec![
        tree::attr("rule_type", "Basic"),
        tree::attr("priority", 100),
        tree::attr("http_listener_name", "listen"),
        tree::attr("backend_address_pool_name", "machines"),
        tree::attr("backend_http_settings_name", "app"),
    ]
}

/// Ports that the gateways of a network listen to.
pub(super) fn ports(scope: &Scope<'_>, network: &str) -> BTreeSet<i32> {
    let balancers = scope.in_network(network).filter_map(|resource| resource.load_balancer.as_ref());
    balancers.filter(|b| b.listen.protocol != ListenProtocol::Tcp).map(|b| b.listen.port).collect()
}

/// What gateways need: their own management, and their clients. Source: learn.microsoft.com/azure/
/// application-gateway/configuration-infrastructure (network security groups), as of 2025.
pub(super) fn guard_rule(writer: &Writer<'_, '_>, head: &Head, role: &str, priority: i32) -> Block {
    let (source, ports) = match role {
        "manager" => ("GatewayManager", tree::attr("destination_port_range", "65200-65535")),
        _ => ("Internet", tree::attr("destination_port_ranges", writer.var("gateway_ports"))),
    };
    let group = tree::path(groups::GROUP, &[&writer.label(Service::Gateways.guard()), "name"]);
    writer
        .companion("azurerm_network_security_rule", role)
        .add_attribute(tree::attr("name", role))
        .add_attribute(head.group())
        .add_attribute(tree::attr("network_security_group_name", group))
        .add_attribute(tree::attr("priority", priority))
        .add_attribute(tree::attr("direction", "Inbound"))
        .add_attribute(tree::attr("access", "Allow"))
        .add_attribute(tree::attr("protocol", "Tcp"))
        .add_attribute(tree::attr("source_address_prefix", source))
        .add_attribute(tree::attr("source_port_range", "*"))
        .add_attribute(tree::attr("destination_address_prefix", "*"))
        .add_attribute(ports)
        .build()
}
