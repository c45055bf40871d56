//! Networks and subnets that the kinds stand in.

use super::{Writer, head::Head, tree};
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
    let place = of(writer, attachment);
    if place.is_none() {
        let field = reference(writer.resource).map_or("network", |(field, _)| field);
        let field = [field, ".existing.network"].concat();
        writer.refuse(
            &field,
            "a network on azure is named with its resource group. Give it as RESOURCE-GROUP/NAME",
        );
    }
    place
}

/// An attachment as the resource that is being written refers to it; `None` when it cannot be read.
pub(super) fn of<'d>(writer: &Writer<'_, '_>, attachment: Attachment<'d>) -> Option<Place<'d>> {
    let place = Place { attachment, existing: writer.label("existing") };
    let readable = match &place.attachment {
        Attachment::Own { .. } => true,
        Attachment::Existing(existing) => split(&existing.network).is_some(),
    };
    readable.then_some(place)
}

/// Resource group and name of an existing network.
fn split(network: &str) -> Option<(&str, &str)> {
    let (group, name) = network.split_once('/')?;
    (!group.is_empty() && !name.is_empty() && !name.contains('/')).then_some((group, name))
}

impl Place<'_> {
    /// Adds the values that the data sources need to those of the resource.
    pub(super) fn values(&self, values: &mut Value) {
        if let Attachment::Existing(existing) = &self.attachment
            && let Some((group, name)) = split(&existing.network)
        {
            let read = json!({"group": group, "network": name, "subnet": existing.subnet});
            tree::insert(values, "existing", read);
        }
    }

    /// Adds the data source that reads the subnet of an existing network.
    pub(super) fn data(&self, writer: &mut Writer<'_, '_>) {
        if let Attachment::Existing(_) = &self.attachment {
            let block = tree::data("azurerm_subnet", &self.existing)
                .add_attribute(from(writer, "name", "subnet"))
                .add_attribute(from(writer, "virtual_network_name", "network"))
                .add_attribute(from(writer, "resource_group_name", "group"));
            writer.add(block.build());
        }
    }

    /// Adds the data source that reads an existing network itself.
    pub(super) fn network_data(&self, writer: &mut Writer<'_, '_>) {
        if let Attachment::Existing(_) = &self.attachment {
            let block = tree::data("azurerm_virtual_network", &self.existing)
                .add_attribute(from(writer, "name", "network"))
                .add_attribute(from(writer, "resource_group_name", "group"));
            writer.add(block.build());
        }
    }

    /// Id of the network; of an existing one after [`Place::network_data`].
    pub(super) fn network(&self) -> Expression {
        match &self.attachment {
            Attachment::Own { network, .. } => tree::path("azurerm_virtual_network", &[network, "id"]),
            Attachment::Existing(_) => tree::path("data", &["azurerm_virtual_network", &self.existing, "id"]),
        }
    }

    /// Id of the subnet.
    pub(super) fn subnet(&self) -> Expression {
        match &self.attachment {
            Attachment::Own { network, subnet, .. } => {
                tree::path("azurerm_subnet", &[&label(network, subnet), "id"])
            }
            Attachment::Existing(_) => tree::path("data", &["azurerm_subnet", &self.existing, "id"]),
        }
    }

    /// Waits until the subnet reaches the internet, where its network has a NAT: what starts wants to load things.
    pub(super) fn nat_ready(&self) -> Option<Attribute> {
        match &self.attachment {
            Attachment::Own { network, block, subnet } if block.nat => Some(tree::depends_on(&[
                ("azurerm_nat_gateway_public_ip_association", network),
                ("azurerm_subnet_nat_gateway_association", &label(network, subnet)),
            ])),
            _ => None,
        }
    }
}

fn from(writer: &Writer<'_, '_>, to: &str, key: &str) -> Attribute {
    tree::attr(to, tree::path("var", &[writer.name(), "existing", key]))
}

/// The region of the resource, or a finding, and what everything in it begins with.
pub(super) fn head(writer: &mut Writer<'_, '_>) -> Head {
    let region = writer.region();
    Head::new(writer, region)
}
