//! `cluster` on AWS: EKS with secrets encrypted by a key of its own, and nodes without public addresses.

use super::{
    Writer, internet, machine, naming, nodes,
    place::{self, Place},
    policy, tree,
};
use crate::{api::resource::Cluster, terraform::render::attach::Attachment};
use hcl::{Block, Expression};
use serde_json::json;

/// What the control plane and the nodes may do: label and managed policy.
const CONTROL: [(&str, &str); 1] = [("cluster", "arn:aws:iam::aws:policy/AmazonEKSClusterPolicy")];
pub(super) const NODES: [(&str, &str); 3] = [
    ("node", "arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy"),
    ("network", "arn:aws:iam::aws:policy/AmazonEKS_CNI_Policy"),
    ("registry", "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPullOnly"),
];
const LOGS: [&str; 5] = ["api", "audit", "authenticator", "controllerManager", "scheduler"];

/// Adds one cluster to the draft.
pub(super) fn render(writer: &mut Writer<'_, '_>, cluster: &Cluster) {
    writer.ranges("cluster.authorizedNetworks", &cluster.authorized_networks);
    let machine = cluster.machine_type.as_deref().unwrap_or("t3.large");
    check_version(writer, cluster);
    let region = writer.region();
    let Some(place) = place::place(writer) else { return };
    check_way(writer, &place, cluster);
    let Some(subnets) = place.two_zones(writer, "cluster.network") else { return };
    let count = cluster.node_count.unwrap_or(2);
    let (min, max) = (cluster.min_nodes.unwrap_or(count), cluster.max_nodes.unwrap_or(count));
    let image = if machine::is_arm(machine) { "AL2023_ARM_64_STANDARD" } else { "AL2023_x86_64_STANDARD" };
    let mut values = json!({
        "name": writer.name(),
        "region": region,
        "machine_type": machine,
        "image": image,
        "disk_gb": cluster.disk_gb,
        "min_nodes": min,
        "max_nodes": max,
        "control_role": naming::unique(writer, "control", "", 64),
        "nodes_role": naming::unique(writer, "nodes", "", 64),
        "template": naming::unique(writer, "nodes", "", 128),
        "public_endpoint": !cluster.authorized_networks.is_empty(),
        "deletion_protection": writer.resource.is_protected(),
        "tags": naming::tags(writer),
        "all_tags": naming::all_tags(writer),
    });
    if let Some(version) = &cluster.version {
        tree::insert(&mut values, "version", json!(version));
    }
    if !cluster.authorized_networks.is_empty() {
        let mut networks = cluster.authorized_networks.clone();
        networks.sort();
        tree::insert(&mut values, "authorized_networks", json!(networks));
    }
    place.values(&mut values);
    writer.declare(values);
    place.data(writer);
    place.all_subnets(writer);
    roles(writer);
    let blocks = [
        key(writer),
        control_plane(writer, &place, cluster, subnets.clone()),
        nodes::template(writer),
        nodes::group(writer, &place, cluster, subnets),
    ];
    for block in blocks {
        writer.add(block);
    }
    let endpoint = tree::path("aws_eks_cluster", &[writer.name(), "endpoint"]);
    writer.output("endpoint", endpoint);
}

fn check_version(writer: &mut Writer<'_, '_>, cluster: &Cluster) {
    if let Some(version) = cluster.version.as_ref().filter(|version| version.split('.').count() != 2) {
        let short: Vec<&str> = version.split('.').take(2).collect();
        writer.refuse(
            "cluster.version",
            format!("AWS chooses the last part of a version itself. Give it as {}", short.join(".")),
        );
    }
}

/// Nodes have no public address, so a subnet whose way out is for such alone leaves them without images.
fn check_way(writer: &mut Writer<'_, '_>, place: &Place<'_>, cluster: &Cluster) {
    let Attachment::Own { network, block, .. } = &place.attachment else {
        writer.warn("cluster.network", "the nodes fetch their images from the internet: the existing subnet must have a way there by NAT, which is not made here");
        return;
    };
    let public = internet::public(writer.scope, network, block);
    if let Some(subnet) = nodes::subnets(place, cluster).into_iter().find(|subnet| public.contains(subnet)) {
        writer.refuse("cluster.network", format!("subnet \"{subnet}\" of network \"{network}\" holds something public, so the nodes, which have no public addresses, could not reach the internet and fetch their images. Set subnet to one without, or add one to network.subnets of \"{network}\""));
    }
}

fn roles(writer: &mut Writer<'_, '_>) {
    for (label, value, service, policies) in [
        ("control", "control_role", "eks.amazonaws.com", CONTROL.as_slice()),
        ("nodes", "nodes_role", "ec2.amazonaws.com", NODES.as_slice()),
    ] {
        let role = policy::role(writer, label, value, service);
        writer.add(role.build());
        for (role, arn) in policies {
            let of = tree::path("aws_iam_role", &[&writer.label(label), "name"]);
            let may = writer
                .companion("aws_iam_role_policy_attachment", role)
                .add_attribute(tree::attr("role", of))
                .add_attribute(tree::attr("policy_arn", *arn));
            writer.add(may.build());
        }
    }
}

/// `depends_on` these policies: without them what runs under the role cannot be taken down again.
pub(super) fn after(
    writer: &Writer<'_, '_>,
    policies: &[(&str, &str)],
    ways: &[(&str, String)],
) -> hcl::Attribute {
    let labels: Vec<String> = policies.iter().map(|(role, _)| writer.label(role)).collect();
    let policies = labels.iter().map(|label| ("aws_iam_role_policy_attachment", label.as_str()));
    let ways = ways.iter().map(|(type_, label)| (*type_, label.as_str()));
    tree::depends_on(&policies.chain(ways).collect::<Vec<_>>())
}

fn key(writer: &Writer<'_, '_>) -> Block {
    writer
        .main("aws_kms_key")
        .add_attributes(writer.same(["region"]))
        .add_attribute(tree::attr("description", "Encrypts the secrets of a cluster"))
        .add_attribute(tree::attr("enable_key_rotation", true))
        .add_attribute(tree::attr("deletion_window_in_days", 30))
        .add_attributes(writer.same(["tags"]))
        .build()
}

fn control_plane(
    writer: &Writer<'_, '_>,
    place: &Place<'_>,
    cluster: &Cluster,
    subnets: Expression,
) -> Block {
    let name = writer.name();
    let role = tree::path("aws_iam_role", &[&writer.label("control"), "arn"]);
    let logs: Vec<Expression> = LOGS.into_iter().map(Expression::from).collect();
    let mut block = writer
        .main("aws_eks_cluster")
        .add_attributes(writer.same(["region", "name"]))
        .add_attribute(tree::attr("role_arn", role));
    if cluster.version.is_some() {
        block = block.add_attributes(writer.same(["version"]));
    }
    let mut reach = Block::builder("vpc_config")
        .add_attribute(tree::attr("subnet_ids", subnets))
        .add_attribute(tree::attr("endpoint_private_access", true))
        .add_attribute(tree::attr("endpoint_public_access", writer.var("public_endpoint")));
    if !cluster.authorized_networks.is_empty() {
        reach = reach.add_attribute(tree::attr("public_access_cidrs", writer.var("authorized_networks")));
    }
    let secrets: Vec<Expression> = vec!["secrets".into()];
    let key = tree::attr("key_arn", tree::path("aws_kms_key", &[name, "arn"]));
    block
        .add_attribute(tree::attr("enabled_cluster_log_types", logs))
        .add_attributes(writer.same(["deletion_protection", "tags"]))
        .add_attribute(after(writer, &CONTROL, &[]))
        .add_block(tree::block("access_config", [tree::attr("authentication_mode", "API")]))
        .add_block(
            Block::builder("encryption_config")
                .add_attribute(tree::attr("resources", secrets))
                .add_block(tree::block("provider", [key]))
                .build(),
        )
        .add_block(reach.build())
        .add_blocks(with_network(place))
        .build()
}

/// A cluster moves to no other network: where the network is made anew, so is the cluster.
fn with_network(place: &Place<'_>) -> Option<Block> {
    let Attachment::Own { network, .. } = &place.attachment else { return None };
    let id: Vec<Expression> = vec![tree::path("aws_vpc", &[network, "id"])];
    Some(tree::block("lifecycle", [tree::attr("replace_triggered_by", id)]))
}
