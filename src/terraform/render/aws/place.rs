//! Networks and subnets that the kinds stand in.

use super::{Writer, internet, tree};
use crate::terraform::render::{
    attach::{Attachment, reference},
    writer::label,
};
use hcl::{Attribute, Expression};
use serde_json::{Value, json};

/// Where a resource stands.
pub(super) struct Place<'a> {
    /// What it stands in.
    pub(super) attachment: Attachment<'a>,
    /// Label of the data sources that read an existing network.
    existing: String,
}

/// Where the resource stands, or a finding.
pub(super) fn place<'d>(writer: &mut Writer<'d, '_>) -> Option<Place<'d>> {
    let attachment = writer.attachment()?;
    if let (Attachment::Existing(existing), Some((field, _))) = (&attachment, reference(writer.resource)) {
        for (key, id, prefix) in
            [("network", &existing.network, "vpc-"), ("subnet", &existing.subnet, "subnet-")]
        {
            if !is_id(id, prefix) {
                let field = [field, ".existing.", key].concat();
                writer.refuse(
                    &field,
                    format!("{id} is no id of AWS. Give it as {prefix} and 8 or 17 hexadecimal digits"),
                );
            }
        }
    }
    Some(of(writer, attachment))
}

fn is_id(text: &str, prefix: &str) -> bool {
    text.strip_prefix(prefix).is_some_and(|digits| {
        [8, 17].contains(&digits.len())
            && digits.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
    })
}

/// An attachment as the resource that is being written refers to it.
pub(super) fn of<'d>(writer: &Writer<'_, '_>, attachment: Attachment<'d>) -> Place<'d> {
    Place { attachment, existing: writer.label("existing") }
}

/// `aws_subnet.<network>_<subnet>.<key>`
pub(super) fn subnet(network: &str, subnet: &str, key: &str) -> Expression {
    tree::path("aws_subnet", &[&label(network, subnet), key])
}

impl Place<'_> {
    /// Adds the values that [`Place::data`] needs to those of the resource.
    pub(super) fn values(&self, values: &mut Value) {
        if let Attachment::Existing(existing) = &self.attachment {
            tree::insert(values, "existing", json!({"network": existing.network, "subnet": existing.subnet}));
        }
    }

    /// Adds the data sources that read an existing network.
    pub(super) fn data(&self, writer: &mut Writer<'_, '_>) {
        if let Attachment::Existing(_) = &self.attachment {
            let id = |key: &str| tree::attr("id", tree::path("var", &[writer.name(), "existing", key]));
            let network = tree::data("aws_vpc", &self.existing)
                .add_attributes(writer.same(["region"]))
                .add_attribute(id("network"));
            let subnet = tree::data("aws_subnet", &self.existing)
                .add_attributes(writer.same(["region"]))
                .add_attribute(id("subnet"))
                .add_attribute(tree::attr("vpc_id", self.network()));
            writer.add(network.build());
            writer.add(subnet.build());
        }
    }

    /// The same for the same network, unless that is made anew for another range.
    pub(super) fn key(&self) -> String {
        match &self.attachment {
            Attachment::Own { network, block, .. } => [network, "/", &block.cidr].concat(),
            Attachment::Existing(existing) => existing.network.clone(),
        }
    }

    /// Id of the network.
    pub(super) fn network(&self) -> Expression {
        self.of_network("id")
    }

    /// Range of the network.
    pub(super) fn range(&self) -> Expression {
        self.of_network("cidr_block")
    }

    fn of_network(&self, key: &str) -> Expression {
        match &self.attachment {
            Attachment::Own { network, .. } => tree::path("aws_vpc", &[network, key]),
            Attachment::Existing(_) => tree::path("data", &["aws_vpc", &self.existing, key]),
        }
    }

    /// Id of the subnet.
    pub(super) fn subnet(&self) -> Expression {
        self.of_subnet("id")
    }

    /// Zone of the subnet.
    pub(super) fn zone(&self) -> Expression {
        self.of_subnet("availability_zone")
    }

    fn of_subnet(&self, key: &str) -> Expression {
        match &self.attachment {
            Attachment::Own { network, subnet: name, .. } => subnet(network, name, key),
            Attachment::Existing(_) => tree::path("data", &["aws_subnet", &self.existing, key]),
        }
    }

    /// Ids of subnets in two zones, the resource's own among them, or a finding on the field. Of an existing
    /// network these are all it has.
    pub(super) fn two_zones(&self, writer: &mut Writer<'_, '_>, field: &str) -> Option<Expression> {
        let Attachment::Own { network, block, subnet: own } = &self.attachment else {
            writer.warn(field, "it has to span two zones, so it is put into all subnets of the existing network, which must have some in two zones");
            return Some(tree::path("data", &["aws_subnets", &self.existing, "ids"]));
        };
        let pair = internet::pair(block, own);
        if pair.len() < 2 {
            writer.refuse(field, format!("it has to span two zones, but network \"{network}\" has one subnet, which lies in one. Add a second to network.subnets of \"{network}\""));
            return None;
        }
        let ids: Vec<Expression> = pair.iter().map(|name| subnet(network, name, "id")).collect();
        Some(ids.into())
    }

    /// Adds the data source that [`Place::two_zones`] refers to.
    pub(super) fn all_subnets(&self, writer: &mut Writer<'_, '_>) {
        if let Attachment::Existing(_) = &self.attachment {
            let filter = [tree::attr("name", "vpc-id"), tree::attr("values", vec![self.network()])];
            let block = tree::data("aws_subnets", &self.existing)
                .add_attributes(writer.same(["region"]))
                .add_block(tree::block("filter", filter));
            writer.add(block.build());
        }
    }

    /// `depends_on` the way out of these subnets; nothing where they have none, or the network is not ours.
    pub(super) fn ways(&self, writer: &Writer<'_, '_>, subnets: &[String]) -> Option<Attribute> {
        let Attachment::Own { network, block, .. } = &self.attachment else { return None };
        let ways = internet::ways(writer.scope, network, block, subnets);
        let ways: Vec<(&str, &str)> = ways.iter().map(|(type_, label)| (*type_, label.as_str())).collect();
        (!ways.is_empty()).then(|| tree::depends_on(&ways))
    }

    /// Name of the subnet, where it is ours.
    pub(super) fn subnets(&self) -> Vec<String> {
        match &self.attachment {
            Attachment::Own { subnet, .. } => vec![subnet.clone()],
            Attachment::Existing(_) => Vec::new(),
        }
    }
}
