//! `loadBalancer` on Google Cloud: passed through in the region for tcp, by the global proxies for http and
//! https; machines in groups by zone, probes let in by a rule of their own.

use super::{
    Writer,
    place::{Place, of},
    tree, vm,
};
use crate::{
    api::resource::{ListenProtocol, LoadBalancer, Scheme},
    terraform::render::stack::Backends,
};
use hcl::{Attribute, Block, Expression};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Where probes come from. Source: cloud.google.com/load-balancing/docs/health-check-concepts, as of 2025.
const PROBES: [&str; 2] = ["130.211.0.0/22", "35.191.0.0/16"];
/// The same for tcp from the internet.
const PROBES_EXTERNAL: [&str; 3] = ["35.191.0.0/16", "209.85.152.0/22", "209.85.204.0/22"];

/// Adds one load balancer to the draft.
pub(super) fn render<'d>(writer: &mut Writer<'d, '_>, balancer: &'d LoadBalancer) {
    let tcp = balancer.listen.protocol == ListenProtocol::Tcp;
    // The longest name that follows from it is `<name>-<zone>`, the tag of its machines `lb-<name>`.
    writer.longest(37, "the name of a load balancer");
    if !tcp && balancer.scheme == Scheme::Internal {
        writer.refuse("loadBalancer.scheme", "http and https inside the network are sold on aws alone. Set scheme: external, or listen.protocol: tcp");
    }
    let port = balancer.target_port.unwrap_or(balancer.listen.port);
    if tcp && port != balancer.listen.port {
        writer.refuse(
            "loadBalancer.targetPort",
            format!(
                "Google passes tcp on to the port it came to. Set it to {}, or drop it",
                balancer.listen.port
            ),
        );
    }
    let probe_rule = [writer.name(), "-probes"].concat();
    writer.draft.claim(
        "firewall",
        &probe_rule,
        ["the probes' rule of load balancer \"", writer.name(), "\""].concat(),
    );
    let region = writer.region();
    let Some(backends) = writer.backends(balancer) else { return };
    let zones = zones(writer, region, &backends);
    let place = of(writer, backends.attachment);
    let member = |zone: &String| json!({"name": format!("{}-{zone}", writer.name()), "zone": zone});
    let groups: BTreeMap<&String, Value> = zones.keys().map(|zone| (zone, member(zone))).collect();
    let mut values = json!({
        "name": writer.name(),
        "region": region,
        "port": port,
        "listen_port": balancer.listen.port.to_string(),
        "probes": if tcp && balancer.scheme == Scheme::External { json!(PROBES_EXTERNAL) } else { json!(PROBES) },
        "probe_rule": probe_rule,
        "tag": format!("lb-{}", writer.name()),
        "labels": writer.labels(),
        "groups": groups,
    });
    if !tcp {
        tree::insert(&mut values, "health_path", json!(balancer.health_path));
    }
    if let Some(certificate) = &balancer.certificate {
        tree::insert(&mut values, "certificate", json!(certificate));
    }
    place.values(&mut values, region);
    writer.declare(values);
    place.data(writer);
    for (zone, machines) in &zones {
        group(writer, zone, machines);
    }
    probes(writer, &place);
    if tcp {
        passed(writer, balancer.scheme, &place, &zones);
        writer
            .warn("loadBalancer", "machines see the addresses of the clients: a firewall must let these in");
    } else {
        proxied(writer, balancer, &zones);
    }
}

/// Machines by zone: a group holds those of one. A machine stands in one such group at most.
fn zones<'d>(
    writer: &mut Writer<'d, '_>,
    region: &str,
    backends: &Backends<'d>,
) -> BTreeMap<String, Vec<&'d str>> {
    let mut zones: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for (resource, machine) in &backends.machines {
        if !writer.draft.once(&["balanced ", &resource.name].concat()) {
            writer.refuse("loadBalancer.backends", format!("vm \"{}\" stands behind another load balancer already, and Google takes one for each machine. Take it out of one of them", resource.name));
        }
        zones.entry(vm::zone_of(region, machine)).or_default().push(&resource.name);
    }
    zones
}

fn group(writer: &mut Writer<'_, '_>, zone: &str, machines: &[&str]) {
    let value = |key: &str| tree::attr(key, tree::member("var", &[writer.name(), "groups"], zone, key));
    let instances: Vec<Expression> =
        machines.iter().map(|name| tree::path("google_compute_instance", &[name, "self_link"])).collect();
    let port = [tree::attr("name", "app"), tree::attr("port", writer.var("port"))];
    let block = writer
        .companion("google_compute_instance_group", zone)
        .add_attributes([value("name"), value("zone")])
        .add_attribute(tree::attr("instances", instances))
        .add_block(tree::block("named_port", port));
    writer.add(block.build());
}

/// Lets the probes, and for http the proxies, reach the machines.
fn probes(writer: &mut Writer<'_, '_>, place: &Place<'_>) {
    let ports = vec![tree::call("tostring", [writer.var("port")])];
    let block = writer
        .companion("google_compute_firewall", "probes")
        .add_attribute(tree::attr("name", writer.var("probe_rule")))
        .add_attribute(tree::attr("network", place.network()))
        .add_attribute(tree::attr("direction", "INGRESS"))
        .add_attribute(tree::attr("source_ranges", writer.var("probes")))
        .add_attribute(tree::attr("target_tags", vec![writer.var("tag")]))
        .add_block(tree::block("allow", [tree::attr("protocol", "tcp"), tree::attr("ports", ports)]))
        .add_block(tree::block("log_config", [tree::attr("metadata", "INCLUDE_ALL_METADATA")]));
    writer.add(block.build());
}

/// Groups as backends of a service.
fn members(writer: &Writer<'_, '_>, zones: &BTreeMap<String, Vec<&str>>, mode: &str) -> Vec<Block> {
    let member = |zone: &String| {
        let label = writer.label(zone);
        tree::block(
            "backend",
            [
                tree::attr("group", tree::path("google_compute_instance_group", &[&label, "id"])),
                tree::attr("balancing_mode", mode),
            ],
        )
    };
    zones.keys().map(member).collect()
}

fn health(type_: &str, name: &str) -> Attribute {
    tree::attr("health_checks", vec![tree::path(type_, &[name, "id"])])
}

fn passed(
    writer: &mut Writer<'_, '_>,
    scheme: Scheme,
    place: &Place<'_>,
    zones: &BTreeMap<String, Vec<&str>>,
) {
    let name = writer.name();
    let scheme_attr = tree::attr(
        "load_balancing_scheme",
        match scheme {
            Scheme::Internal => "INTERNAL",
            Scheme::External => "EXTERNAL",
        },
    );
    let check = writer
        .main("google_compute_region_health_check")
        .add_attributes(writer.same(["name", "region"]))
        .add_block(tree::block("tcp_health_check", writer.same(["port"])));
    let service = writer
        .main("google_compute_region_backend_service")
        .add_attributes(writer.same(["name", "region"]))
        .add_attribute(tree::attr("protocol", "TCP"))
        .add_attribute(scheme_attr.clone())
        .add_attribute(health("google_compute_region_health_check", name))
        .add_blocks(members(writer, zones, "CONNECTION"));
    let mut rule = writer
        .main("google_compute_forwarding_rule")
        .add_attributes(writer.same(["name", "region"]))
        .add_attribute(tree::attr("ip_protocol", "TCP"))
        .add_attribute(scheme_attr)
        .add_attribute(tree::attr("ports", vec![writer.var("listen_port")]))
        .add_attribute(tree::attr(
            "backend_service",
            tree::path("google_compute_region_backend_service", &[name, "id"]),
        ))
        .add_attributes(writer.same(["labels"]));
    if scheme == Scheme::Internal {
        rule = rule
            .add_attribute(tree::attr("network", place.network()))
            .add_attribute(tree::attr("subnetwork", place.subnet()));
    }
    writer.add(check.build());
    writer.add(service.build());
    writer.add(rule.build());
    writer.output("address", tree::path("google_compute_forwarding_rule", &[name, "ip_address"]));
}

fn proxied(writer: &mut Writer<'_, '_>, balancer: &LoadBalancer, zones: &BTreeMap<String, Vec<&str>>) {
    let name = writer.name();
    let scheme = || tree::attr("load_balancing_scheme", "EXTERNAL_MANAGED");
    let probe =
        [tree::attr("port", writer.var("port")), tree::attr("request_path", writer.var("health_path"))];
    let check = writer
        .main("google_compute_health_check")
        .add_attributes(writer.same(["name"]))
        .add_block(tree::block("http_health_check", probe));
    let service = writer
        .main("google_compute_backend_service")
        .add_attributes(writer.same(["name"]))
        .add_attribute(tree::attr("protocol", "HTTP"))
        .add_attribute(tree::attr("port_name", "app"))
        .add_attribute(scheme())
        .add_attribute(health("google_compute_health_check", name))
        .add_blocks(members(writer, zones, "UTILIZATION"))
        .add_block(tree::block("log_config", [tree::attr("enable", true)]));
    let service_id = tree::path("google_compute_backend_service", &[name, "id"]);
    let map = writer
        .main("google_compute_url_map")
        .add_attributes(writer.same(["name"]))
        .add_attribute(tree::attr("default_service", service_id));
    writer.add(check.build());
    writer.add(service.build());
    writer.add(map.build());
    let proxy = proxy(writer, balancer);
    let rule = writer
        .main("google_compute_global_forwarding_rule")
        .add_attributes(writer.same(["name"]))
        .add_attribute(tree::attr("target", tree::path(proxy, &[name, "id"])))
        .add_attribute(tree::attr("ip_protocol", "TCP"))
        .add_attribute(tree::attr("port_range", writer.var("listen_port")))
        .add_attribute(scheme())
        .add_attributes(writer.same(["labels"]));
    writer.add(rule.build());
    writer.output("address", tree::path("google_compute_global_forwarding_rule", &[name, "ip_address"]));
}

/// Adds the proxy, for https with its certificate and nothing older than TLS 1.2; gives its type.
fn proxy(writer: &mut Writer<'_, '_>, balancer: &LoadBalancer) -> &'static str {
    let name = writer.name();
    let map = tree::attr("url_map", tree::path("google_compute_url_map", &[name, "id"]));
    let Some(certificate) = &balancer.certificate else {
        let proxy = writer
            .main("google_compute_target_http_proxy")
            .add_attributes(writer.same(["name"]))
            .add_attribute(map);
        writer.add(proxy.build());
        return "google_compute_target_http_proxy";
    };
    let policy = writer
        .main("google_compute_ssl_policy")
        .add_attributes(writer.same(["name"]))
        .add_attribute(tree::attr("profile", "MODERN"))
        .add_attribute(tree::attr("min_tls_version", "TLS_1_2"));
    writer.add(policy.build());
    let id = if certificate.contains('/') {
        writer.var("certificate")
    } else {
        let domains = [tree::attr("domains", vec![writer.var("certificate")])];
        let made = writer
            .main("google_compute_managed_ssl_certificate")
            .add_attributes(writer.same(["name"]))
            .add_block(tree::block("managed", domains));
        writer.add(made.build());
        tree::path("google_compute_managed_ssl_certificate", &[name, "id"])
    };
    let proxy = writer
        .main("google_compute_target_https_proxy")
        .add_attributes(writer.same(["name"]))
        .add_attribute(map)
        .add_attribute(tree::attr("ssl_certificates", vec![id]))
        .add_attribute(tree::attr("ssl_policy", tree::path("google_compute_ssl_policy", &[name, "id"])));
    writer.add(proxy.build());
    "google_compute_target_https_proxy"
}
