//! The part of `loadBalancer` on Google Cloud that http and https are proxied by.

use super::{
    Writer,
    load_balancer::{health, members},
    tree,
};
use crate::api::resource::LoadBalancer;
use std::collections::BTreeMap;

/// Adds the global proxy and what it sends its traffic to.
pub(super) fn render(
    writer: &mut Writer<'_, '_>,
    balancer: &LoadBalancer,
    zones: &BTreeMap<String, Vec<&str>>,
) {
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
