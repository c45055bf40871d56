//! Security groups and their rules.

use super::{Writer, place::Place, tree};
use hcl::{Expression, structure::BlockBuilder};

/// Adds the security group of the resource, named `var.<name>.group`. A group that machines refer to is made
/// anew before the old one goes, so that none of them holds on to it.
pub(super) fn add(writer: &mut Writer<'_, '_>, place: &Place<'_>, what: &str) {
    let block = writer
        .main("aws_security_group")
        .add_attributes(writer.same(["region"]))
        .add_attribute(tree::attr("name", writer.var("group")))
        .add_attribute(tree::attr("description", what))
        .add_attribute(tree::attr("vpc_id", place.network()))
        .add_attributes(writer.same(["tags"]))
        .add_block(tree::block("lifecycle", [tree::attr("create_before_destroy", true)]));
    writer.add(block.build());
}

/// Id of the security group of a resource.
pub(super) fn id(name: &str) -> Expression {
    tree::path("aws_security_group", &[name, "id"])
}

/// Which way traffic goes.
#[derive(Clone, Copy)]
pub(super) enum Way {
    In,
    Out,
}

/// The other side of a rule.
pub(super) enum Peer {
    /// A range of addresses.
    Range(Expression),
    /// Whatever is in a security group.
    Group(Expression),
}

/// What a rule lets pass.
pub(super) enum Traffic {
    /// Everything.
    All,
    /// TCP to a port.
    Port(Expression),
    /// A protocol, and its first and last port.
    Ports(Expression, Expression, Expression),
}

/// A rule of a security group.
pub(super) struct Rule<'r> {
    /// Its label is `<name>_<role>`, without a role `<name>`.
    pub(super) role: Option<&'r str>,
    /// Its description.
    pub(super) what: &'r str,
    pub(super) way: Way,
    /// Id of its group.
    pub(super) group: Expression,
    pub(super) traffic: Traffic,
    pub(super) peer: Peer,
}

/// Adds a rule.
pub(super) fn rule(writer: &mut Writer<'_, '_>, rule: Rule<'_>) {
    let Rule { role, what, way, group, traffic, peer } = rule;
    let type_ = match way {
        Way::In => "aws_vpc_security_group_ingress_rule",
        Way::Out => "aws_vpc_security_group_egress_rule",
    };
    let block = role.map_or_else(|| writer.main(type_), |role| writer.companion(type_, role));
    let block = block
        .add_attributes(writer.same(["region"]))
        .add_attribute(tree::attr("security_group_id", group))
        .add_attribute(tree::attr("description", what));
    let block = match traffic {
        Traffic::All => block.add_attribute(tree::attr("ip_protocol", "-1")),
        Traffic::Port(port) => ports(block, "tcp".into(), port.clone(), port),
        Traffic::Ports(protocol, first, last) => ports(block, protocol, first, last),
    };
    let block = match peer {
        Peer::Range(range) => block.add_attribute(tree::attr("cidr_ipv4", range)),
        Peer::Group(group) => block.add_attribute(tree::attr("referenced_security_group_id", group)),
    };
    let block = block.add_attributes(writer.same(["tags"])).build();
    writer.add(block);
}

fn ports(block: BlockBuilder, protocol: Expression, first: Expression, last: Expression) -> BlockBuilder {
    block
        .add_attribute(tree::attr("ip_protocol", protocol))
        .add_attribute(tree::attr("from_port", first))
        .add_attribute(tree::attr("to_port", last))
}
