//! `cluster` on Azure: AKS with nodes without public addresses, whose identities come from the cluster.

use super::{
    Writer,
    head::Head,
    place::{self, Place},
    tree,
};
use crate::{api::resource::Cluster, terraform::render::attach::Attachment};
use hcl::{Block, Expression};
use serde_json::json;

const CLUSTER: &str = "azurerm_kubernetes_cluster";
/// Ranges inside the cluster. They lie in 100.64.0.0/10, which no network of a stack can meet (the usual
/// 10.0.0.0/16 is our networks' own); each node takes a /24 of the pods'.
const PODS: &str = "100.64.0.0/13";
const SERVICES: &str = "100.72.0.0/16";
const DNS: &str = "100.72.0.10";

/// As everywhere with Kubernetes; the nodes' ranges have room for twice as many.
const PODS_PER_NODE: i32 = 110;

/// Adds one cluster to the draft.
pub(super) fn render(writer: &mut Writer<'_, '_>, cluster: &Cluster) {
    writer.longest(54, "the name of a cluster");
    writer.ranges("cluster.authorizedNetworks", &cluster.authorized_networks);
    check_version(writer, cluster);
    let head = place::head(writer);
    let machine = cluster.machine_type.as_deref().unwrap_or("Standard_D2s_v5");
    let Some(place) = place::place(writer) else { return };
    let own = json!({
        "machine_type": machine,
        "disk_gb": cluster.disk_gb,
        "private": cluster.authorized_networks.is_empty(),
    });
    let mut values = head.values(writer, own);
    if let Some(version) = &cluster.version {
        tree::insert(&mut values, "version", json!(version));
    }
    match (cluster.min_nodes, cluster.max_nodes) {
        (Some(min), Some(max)) => {
            tree::insert(&mut values, "min_nodes", json!(min));
            tree::insert(&mut values, "max_nodes", json!(max));
        }
        _ => tree::insert(&mut values, "node_count", json!(cluster.node_count.unwrap_or(2))),
    }
    if !cluster.authorized_networks.is_empty() {
        let mut networks = cluster.authorized_networks.clone();
        networks.sort();
        tree::insert(&mut values, "authorized_networks", json!(networks));
    }
    if let Attachment::Own { network, .. } = place.attachment {
        writer.warn("cluster.network", format!("network \"{network}\" lets nothing in from the internet: a public service of the cluster needs a firewall for its ports"));
    }
    place.values(&mut values);
    writer.declare(values);
    place.data(writer);
    let block = control_plane(writer, &head, &place, cluster);
    writer.add(block);
    let grant = grant(writer, &place);
    writer.add(grant);
    let endpoint = if cluster.authorized_networks.is_empty() { "private_fqdn" } else { "fqdn" };
    writer.output("endpoint", tree::path(CLUSTER, &[writer.name(), endpoint]));
}

fn check_version(writer: &mut Writer<'_, '_>, cluster: &Cluster) {
    let Some(version) = &cluster.version else { return };
    let parts: Vec<&str> = version.split('.').collect();
    let numbers = parts.iter().all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()));
    if !numbers || !(2..=3).contains(&parts.len()) {
        writer.refuse("cluster.version", format!("{version} is no version of azure's Kubernetes. Give it as MAJOR.MINOR, for its newest patch, or MAJOR.MINOR.PATCH"));
    }
}

/// True when patches come by themselves: a version that names its patch would be undone by the next plan.
fn is_patched(cluster: &Cluster) -> bool {
    cluster.version.as_ref().is_none_or(|version| version.split('.').count() < 3)
}

fn control_plane(writer: &Writer<'_, '_>, head: &Head, place: &Place<'_>, cluster: &Cluster) -> Block {
    let version = cluster.version.as_ref().map(|_| tree::attr("kubernetes_version", writer.var("version")));
    let channel = is_patched(cluster).then(|| tree::attr("automatic_upgrade_channel", "patch"));
    let mut block = head
        .main(writer, CLUSTER)
        .add_attribute(tree::attr("dns_prefix", writer.var("name")))
        .add_attributes(version)
        .add_attributes(channel)
        .add_attribute(tree::attr("sku_tier", if cluster.ha { "Standard" } else { "Free" }))
        .add_attribute(tree::attr("private_cluster_enabled", writer.var("private")))
        .add_attribute(tree::attr("role_based_access_control_enabled", true))
        .add_attribute(tree::attr("oidc_issuer_enabled", true))
        .add_attribute(tree::attr("workload_identity_enabled", true))
        .add_attributes(place.nat_ready())
        .add_block(pool(writer, place, cluster))
        .add_block(tree::block("identity", [tree::attr("type", "SystemAssigned")]))
        .add_block(network(place))
        .add_block(tree::block("node_provisioning_profile", [tree::attr("mode", "Manual")]));
    if !cluster.authorized_networks.is_empty() {
        let ranges = [tree::attr("authorized_ip_ranges", writer.var("authorized_networks"))];
        block = block.add_block(tree::block("api_server_access_profile", ranges));
    }
    if cluster.max_nodes.is_some() {
        // The number is the autoscaler's.
        let count = vec![tree::nth_member("default_node_pool", &[], 0, "node_count")];
        block = block.add_block(tree::block("lifecycle", [tree::attr("ignore_changes", count)]));
    }
    block.build()
}

fn pool(writer: &Writer<'_, '_>, place: &Place<'_>, cluster: &Cluster) -> Block {
    let from = |to: &str, key: &str| tree::attr(to, writer.var(key));
    let count = match cluster.max_nodes {
        Some(_) => vec![
            tree::attr("auto_scaling_enabled", true),
            from("min_count", "min_nodes"),
            from("max_count", "max_nodes"),
        ],
        None => vec![from("node_count", "node_count")],
    };
    let zones: Vec<Expression> = ["1", "2", "3"].map(Expression::from).into();
    Block::builder("default_node_pool")
        .add_attribute(tree::attr("name", "main"))
        .add_attribute(from("vm_size", "machine_type"))
        .add_attributes(count)
        .add_attribute(from("os_disk_size_gb", "disk_gb"))
        .add_attribute(tree::attr("max_pods", PODS_PER_NODE))
        .add_attribute(tree::attr("vnet_subnet_id", place.subnet()))
        .add_attributes(cluster.ha.then(|| tree::attr("zones", zones)))
        .add_attribute(tree::attr("temporary_name_for_rotation", "rotation"))
        .add_attribute(from("tags", "labels"))
        // The default, written out: without it each plan would take it away.
        .add_block(tree::block("upgrade_settings", [tree::attr("max_surge", "10%")]))
        .build()
}

/// Pods have addresses of the cluster's own and policies in the nodes' kernel; nodes go out by the network's NAT
/// where it has one, else by an address of the cluster.
fn network(place: &Place<'_>) -> Block {
    let nat = matches!(place.attachment, Attachment::Own { block, .. } if block.nat);
    let out = if nat { "userAssignedNATGateway" } else { "loadBalancer" };
    tree::block(
        "network_profile",
        [
            tree::attr("network_plugin", "azure"),
            tree::attr("network_plugin_mode", "overlay"),
            tree::attr("network_data_plane", "cilium"),
            tree::attr("network_policy", "cilium"),
            tree::attr("load_balancer_sku", "standard"),
            tree::attr("outbound_type", out),
            tree::attr("pod_cidr", PODS),
            tree::attr("service_cidr", SERVICES),
            tree::attr("dns_service_ip", DNS),
        ],
    )
}

/// The right to put the cluster's load balancers into its subnet.
fn grant(writer: &Writer<'_, '_>, place: &Place<'_>) -> Block {
    let principal = tree::at(CLUSTER, writer.name(), "identity", "principal_id");
    writer
        .companion("azurerm_role_assignment", "subnet")
        .add_attribute(tree::attr("scope", place.subnet()))
        .add_attribute(tree::attr("role_definition_name", "Network Contributor"))
        .add_attribute(tree::attr("principal_id", principal))
        .build()
}
