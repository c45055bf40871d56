//! `cluster` on Google Cloud: GKE with private nodes under an account of their own.

use super::{
    Writer, disks,
    place::{self, Place},
    tree,
};
use crate::{
    api::resource::{Cluster, DiskType},
    terraform::render::attach::Attachment,
};
use hcl::{Block, Expression};
use serde_json::json;
use sha2::{Digest, Sha256};

/// What the nodes may do: report logs and metrics, pull images.
const ROLES: [(&str, &str); 2] =
    [("node", "roles/container.defaultNodeServiceAccount"), ("registry", "roles/artifactregistry.reader")];

/// Adds one cluster to the draft.
pub(super) fn render(writer: &mut Writer<'_, '_>, cluster: &Cluster) {
    writer.longest(40, "the name of a cluster");
    writer.ranges("cluster.authorizedNetworks", &cluster.authorized_networks);
    let region = writer.region();
    let machine = cluster.machine_type.as_deref().unwrap_or("e2-standard-2");
    let disk = disks::kind(writer, "cluster.machineType", machine, DiskType::Balanced);
    let counts = counts(writer, cluster);
    let (Some(disk), Some(counts), Some(place)) = (disk, counts, place::place(writer)) else { return };
    let mut values = json!({
        "name": writer.name(),
        "location": if cluster.ha { region.to_owned() } else { [region, "-b"].concat() },
        "machine_type": machine,
        "disk_gb": cluster.disk_gb,
        "disk_type": disk,
        "private_endpoint": cluster.authorized_networks.is_empty(),
        "deletion_protection": writer.resource.is_protected(),
        // The provider does not add the project's labels to those of nodes.
        "labels": writer.all_labels(),
    });
    for (key, count) in counts {
        tree::insert(&mut values, key, json!(count));
    }
    if let Some(version) = &cluster.version {
        tree::insert(&mut values, "version", json!(version));
    }
    if !cluster.authorized_networks.is_empty() {
        let mut networks = cluster.authorized_networks.clone();
        networks.sort();
        tree::insert(&mut values, "authorized_networks", json!(networks));
    }
    if let Attachment::Own { network, block, .. } = &place.attachment
        && !block.nat
    {
        writer.warn("cluster.network", format!("nodes have no public addresses, and network \"{network}\" has no nat: images from elsewhere than Google cannot be pulled. Set network.nat: true on it if they should be"));
    }
    let account = account(writer.name());
    writer.draft.claim("account", &account, ["the account of cluster \"", writer.name(), "\""].concat());
    tree::insert(&mut values, "account", json!(account));
    place.values(&mut values, region);
    writer.declare(values);
    place.data(writer);
    identity(writer);
    let block = control_plane(writer, &place, cluster);
    writer.add(block);
    let block = pool(writer, cluster);
    writer.add(block);
    let endpoint = tree::path("google_container_cluster", &[writer.name(), "endpoint"]);
    writer.output("endpoint", endpoint);
}

/// Numbers of nodes as the provider counts them: the fixed number is per zone, the bounds are in total.
fn counts(writer: &mut Writer<'_, '_>, cluster: &Cluster) -> Option<Vec<(&'static str, i32)>> {
    let zones = if cluster.ha { 3 } else { 1 };
    if let (Some(min), Some(max)) = (cluster.min_nodes, cluster.max_nodes) {
        let first = (min + zones - 1) / zones;
        return Some(vec![("min_nodes", min), ("max_nodes", max), ("first_nodes", first)]);
    }
    let count = cluster.node_count.unwrap_or(if cluster.ha { 3 } else { 2 });
    if count % zones != 0 {
        let (below, above) = ((count / zones).max(1) * zones, (count / zones + 1) * zones);
        writer.refuse("cluster.nodeCount", format!("{count} nodes cannot be spread evenly over {zones} zones, as ha asks for. Choose {below} or {above}, or set ha: false"));
        return None;
    }
    Some(vec![("nodes_per_zone", count / zones)])
}

/// Name of the nodes' account: 6 to 30 characters, so a long name is cut and told apart by its digest.
fn account(name: &str) -> String {
    let full = ["nodes-", name].concat();
    if full.len() <= 30 {
        return full;
    }
    let digest = hex::encode(Sha256::digest(name.as_bytes()));
    let (head, tail) = (name.get(..15).unwrap_or(name), digest.get(..8).unwrap_or_default());
    ["nodes-", head.trim_end_matches('-'), "-", tail].concat()
}

fn identity(writer: &mut Writer<'_, '_>) {
    let label = writer.label("nodes");
    let account = writer
        .companion("google_service_account", "nodes")
        .add_attribute(tree::attr("account_id", writer.var("account")));
    writer.add(account.build());
    for (role, full) in ROLES {
        let member = writer
            .companion("google_project_iam_member", role)
            .add_attribute(tree::attr("project", super::value("project")))
            .add_attribute(tree::attr("role", full))
            .add_attribute(tree::attr("member", tree::path("google_service_account", &[&label, "member"])));
        writer.add(member.build());
    }
}

fn control_plane(writer: &Writer<'_, '_>, place: &Place<'_>, cluster: &Cluster) -> Block {
    let mut block = writer.main("google_container_cluster").add_attributes(writer.same(["name", "location"]));
    if cluster.version.is_some() {
        block = block.add_attribute(tree::attr("min_master_version", writer.var("version")));
    }
    let mut authorized = Block::builder("master_authorized_networks_config");
    for index in 0..cluster.authorized_networks.len() {
        let value = tree::nth("var", &[writer.name(), "authorized_networks"], index);
        authorized = authorized.add_block(tree::block("cidr_blocks", [tree::attr("cidr_block", value)]));
    }
    let pool = tree::call("join", ["".into(), vec![super::value("project"), ".svc.id.goog".into()].into()]);
    block
        .add_attribute(tree::attr("network", place.network()))
        .add_attribute(tree::attr("subnetwork", place.subnet()))
        .add_attribute(tree::attr("networking_mode", "VPC_NATIVE"))
        .add_attribute(tree::attr("datapath_provider", "ADVANCED_DATAPATH"))
        .add_attribute(tree::attr("enable_intranode_visibility", true))
        .add_attribute(tree::attr("enable_shielded_nodes", true))
        .add_attribute(tree::attr("remove_default_node_pool", true))
        .add_attribute(tree::attr("initial_node_count", 1))
        .add_attributes(writer.same(["deletion_protection"]))
        .add_attribute(tree::attr("resource_labels", writer.var("labels")))
        .add_block(tree::block("release_channel", [tree::attr("channel", "REGULAR")]))
        .add_block(tree::block("workload_identity_config", [tree::attr("workload_pool", pool)]))
        .add_block(tree::block(
            "private_cluster_config",
            [
                tree::attr("enable_private_nodes", true),
                tree::attr("enable_private_endpoint", writer.var("private_endpoint")),
            ],
        ))
        .add_block(authorized.build())
        .add_block(Block::builder("ip_allocation_policy").build())
        .add_block(
            Block::builder("master_auth")
                .add_block(tree::block(
                    "client_certificate_config",
                    [tree::attr("issue_client_certificate", false)],
                ))
                .build(),
        )
        // The first nodes are removed at once; until then they stand under the same account.
        .add_block(tree::block(
            "node_config",
            [tree::attr(
                "service_account",
                tree::path("google_service_account", &[&writer.label("nodes"), "email"]),
            )],
        ))
        .add_block(tree::ignore(&["node_config"]))
        .build()
}

fn pool(writer: &Writer<'_, '_>, cluster: &Cluster) -> Block {
    let name = writer.name();
    let from = |to: &str, key: &str| tree::attr(to, writer.var(key));
    let mut block = writer
        .main("google_container_node_pool")
        .add_attribute(tree::attr("name", "main"))
        .add_attribute(tree::attr("cluster", tree::path("google_container_cluster", &[name, "id"])))
        .add_attributes(writer.same(["location"]));
    let scaled = cluster.max_nodes.is_some();
    block = if scaled {
        block.add_attribute(from("initial_node_count", "first_nodes")).add_block(tree::block(
            "autoscaling",
            [from("total_min_node_count", "min_nodes"), from("total_max_node_count", "max_nodes")],
        ))
    } else {
        block.add_attribute(from("node_count", "nodes_per_zone"))
    };
    let scopes: Vec<Expression> = vec!["https://www.googleapis.com/auth/cloud-platform".into()];
    let nodes = Block::builder("node_config")
        .add_attributes(writer.same(["machine_type"]))
        .add_attribute(from("disk_size_gb", "disk_gb"))
        .add_attributes(writer.same(["disk_type"]))
        .add_attribute(tree::attr(
            "service_account",
            tree::path("google_service_account", &[&writer.label("nodes"), "email"]),
        ))
        .add_attribute(tree::attr("oauth_scopes", scopes))
        .add_attribute(from("resource_labels", "labels"))
        .add_block(tree::block("workload_metadata_config", [tree::attr("mode", "GKE_METADATA")]))
        .add_block(tree::block(
            "shielded_instance_config",
            [tree::attr("enable_secure_boot", true), tree::attr("enable_integrity_monitoring", true)],
        ));
    let repair = [tree::attr("auto_repair", true), tree::attr("auto_upgrade", true)];
    block = block.add_block(tree::block("management", repair)).add_block(nodes.build());
    if scaled {
        // A later number of first nodes would make the pool anew.
        block = block.add_block(tree::ignore(&["initial_node_count"]));
    }
    block.build()
}
