//! Networks and subnets that the kinds stand in.

use super::{Writer, tree};
use crate::terraform::render::{attach::Attachment, writer::label};
use hcl::Expression;
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
    if let Attachment::Existing(existing) = &attachment
        && existing.network.contains('/')
    {
        writer.refuse("network.existing.network", format!("{} is no name of a network of the project's own Google Cloud project. Networks of other projects are refused: name one of its own", existing.network));
        return None;
    }
    Some(of(writer, attachment))
}

/// An attachment as the resource that is being written refers to it.
pub(super) fn of<'d>(writer: &Writer<'_, '_>, attachment: Attachment<'d>) -> Place<'d> {
    Place { attachment, existing: writer.label("existing") }
}

impl Place<'_> {
    /// Adds the values that [`Place::data`] needs to those of the resource.
    pub(super) fn values(&self, values: &mut Value, region: &str) {
        if let Attachment::Existing(existing) = &self.attachment {
            let read = json!({"network": existing.network, "subnet": existing.subnet, "region": region});
            tree::insert(values, "existing", read);
        }
    }

    /// Adds the data sources that read an existing network.
    pub(super) fn data(&self, writer: &mut Writer<'_, '_>) {
        if let Attachment::Existing(_) = &self.attachment {
            let from =
                |to: &str, key: &str| tree::attr(to, tree::path("var", &[writer.name(), "existing", key]));
            let network =
                tree::data("google_compute_network", &self.existing).add_attribute(from("name", "network"));
            let subnet = tree::data("google_compute_subnetwork", &self.existing)
                .add_attributes([from("name", "subnet"), from("region", "region")]);
            writer.add(network.build());
            writer.add(subnet.build());
        }
    }

    /// Id of the network.
    pub(super) fn network(&self) -> Expression {
        match &self.attachment {
            Attachment::Own { network, .. } => tree::path("google_compute_network", &[network, "id"]),
            Attachment::Existing(_) => tree::path("data", &["google_compute_network", &self.existing, "id"]),
        }
    }

    /// Id of the subnet.
    pub(super) fn subnet(&self) -> Expression {
        match &self.attachment {
            Attachment::Own { network, subnet, .. } => {
                tree::path("google_compute_subnetwork", &[&label(network, subnet), "id"])
            }
            Attachment::Existing(_) => {
                tree::path("data", &["google_compute_subnetwork", &self.existing, "id"])
            }
        }
    }
}
