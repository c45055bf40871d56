//! The nodes of a cluster: what one of them is, and the group of them.

use super::{Writer, cluster, internet, place::Place, tree};
use crate::{api::resource::Cluster, terraform::render::attach::Attachment};
use hcl::{Block, Expression};

/// Subnets of the nodes, where they are ours: with ha of two zones.
pub(super) fn subnets(place: &Place<'_>, cluster: &Cluster) -> Vec<String> {
    match &place.attachment {
        Attachment::Own { block, subnet, .. } if cluster.ha => internet::pair(block, subnet),
        _ => place.subnets(),
    }
}

/// What a node is. A new version of it rolls the nodes; it does not replace the group. Pods do not reach the
/// metadata of their node.
pub(super) fn template(writer: &Writer<'_, '_>) -> Block {
    let from = |to: &str, key: &str| tree::attr(to, writer.var(key));
    let tagged = |type_: &str| {
        tree::block("tag_specifications", [tree::attr("resource_type", type_), from("tags", "all_tags")])
    };
    let disk = tree::block(
        "ebs",
        [
            from("volume_size", "disk_gb"),
            tree::attr("volume_type", "gp3"),
            tree::attr("encrypted", true),
            tree::attr("delete_on_termination", true),
        ],
    );
    writer
        .main("aws_launch_template")
        .add_attributes(writer.same(["region"]))
        .add_attribute(from("name", "template"))
        .add_attribute(from("instance_type", "machine_type"))
        .add_attribute(tree::attr("update_default_version", true))
        .add_attributes(writer.same(["tags"]))
        .add_block(tree::block(
            "metadata_options",
            [
                tree::attr("http_endpoint", "enabled"),
                tree::attr("http_tokens", "required"),
                tree::attr("http_put_response_hop_limit", 1),
            ],
        ))
        .add_block(
            Block::builder("block_device_mappings")
                .add_attribute(tree::attr("device_name", "/dev/xvda"))
                .add_block(disk)
                .build(),
        )
        .add_block(tagged("instance"))
        .add_block(tagged("volume"))
        .build()
}

/// The group of nodes; `all` are subnets in two zones.
pub(super) fn group(writer: &Writer<'_, '_>, place: &Place<'_>, cluster: &Cluster, all: Expression) -> Block {
    let name = writer.name();
    let from = |to: &str, key: &str| tree::attr(to, writer.var(key));
    let template = |key: &str| tree::path("aws_launch_template", &[name, key]);
    let stand = if cluster.ha { all } else { vec![place.subnet()].into() };
    let ways = match &place.attachment {
        Attachment::Own { network, block, .. } => {
            internet::ways(writer.scope, network, block, &subnets(place, cluster))
        }
        Attachment::Existing(_) => Vec::new(),
    };
    let mut block = writer
        .main("aws_eks_node_group")
        .add_attributes(writer.same(["region"]))
        .add_attribute(tree::attr("cluster_name", tree::path("aws_eks_cluster", &[name, "name"])))
        .add_attribute(tree::attr("node_group_name", "main"))
        .add_attribute(tree::attr(
            "node_role_arn",
            tree::path("aws_iam_role", &[&writer.label("nodes"), "arn"]),
        ))
        .add_attribute(tree::attr("subnet_ids", stand))
        .add_attribute(from("ami_type", "image"));
    if cluster.version.is_some() {
        block = block.add_attribute(tree::attr("version", tree::path("aws_eks_cluster", &[name, "version"])));
    }
    block = block
        .add_attributes(writer.same(["tags"]))
        .add_attribute(cluster::after(writer, &cluster::NODES, &ways))
        .add_block(tree::block(
            "scaling_config",
            [from("desired_size", "min_nodes"), from("min_size", "min_nodes"), from("max_size", "max_nodes")],
        ))
        .add_block(tree::block("update_config", [tree::attr("max_unavailable", 1)]))
        .add_block(tree::block(
            "launch_template",
            [tree::attr("id", template("id")), tree::attr("version", template("latest_version"))],
        ));
    if cluster.max_nodes.is_some() {
        // An autoscaler in the cluster says how many there are.
        let desired = tree::nth_member("scaling_config", &[], 0, "desired_size");
        let ignored: Vec<Expression> = vec![desired];
        block = block.add_block(tree::block("lifecycle", [tree::attr("ignore_changes", ignored)]));
    }
    block.build()
}
