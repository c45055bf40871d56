//! Images of machines.

use super::{Writer, sizes::Size, tree};
use crate::{
    api::{Provider, resource::Vm},
    domain::catalogue,
};
use hcl::{Attribute, Block};
use serde_json::{Value, json};

/// Where images of one's own lie.
const GALLERIES: [&str; 3] = ["/subscriptions/", "/communityGalleries/", "/sharedGalleries/"];
const PARTS: [&str; 4] = ["publisher", "offer", "sku", "version"];

/// An image.
pub(super) enum Image {
    /// One of the marketplace: publisher, offer, sku, version.
    Listed {
        /// The four parts by name.
        parts: Value,
        /// True for those of our own table, which are made for secure boot.
        known: bool,
    },
    /// One by its id.
    Own(String),
}

/// The image of a machine, or a finding.
pub(super) fn choose(writer: &mut Writer<'_, '_>, vm: &Vm, size: Size) -> Option<Image> {
    if GALLERIES.iter().any(|head| vm.image.starts_with(head)) {
        return Some(Image::Own(vm.image.clone()));
    }
    if vm.image.contains(':') {
        let listed = split(&vm.image).map(|parts| Image::Listed { parts, known: false });
        if listed.is_none() {
            writer.refuse(
                "vm.image",
                format!(
                    "{} is no image of the marketplace. Give it as PUBLISHER:OFFER:SKU:VERSION",
                    vm.image
                ),
            );
        }
        return listed;
    }
    match catalogue::image(Provider::Azure, &vm.image, size.arm) {
        Ok(image) => split(image).map(|parts| Image::Listed { parts, known: true }),
        Err(finding) => {
            writer.refuse("vm.image", finding);
            None
        }
    }
}

fn split(image: &str) -> Option<Value> {
    let parts: Vec<&str> = image.split(':').collect();
    let [publisher, offer, sku, version] = parts.as_slice() else { return None };
    let full = parts.iter().all(|part| !part.is_empty());
    full.then(|| json!({"publisher": publisher, "offer": offer, "sku": sku, "version": version}))
}

impl Image {
    /// True when a machine of this size starts only what is signed: ARM sizes do not offer it, and of images that
    /// are not ours nobody knows.
    pub(super) fn secure_boot(&self, size: Size) -> bool {
        matches!(self, Self::Listed { known: true, .. }) && !size.arm
    }

    /// Adds its values to those of the machine.
    pub(super) fn values(&self, values: &mut Value) {
        match self {
            Self::Listed { parts, .. } => tree::insert(values, "image", parts.clone()),
            Self::Own(id) => tree::insert(values, "image_id", json!(id)),
        }
    }

    /// How the machine names it: an argument, or a block.
    pub(super) fn reference(&self, writer: &Writer<'_, '_>) -> (Option<Attribute>, Option<Block>) {
        match self {
            Self::Listed { .. } => {
                let part = |key| tree::attr(key, tree::path("var", &[writer.name(), "image", key]));
                (None, Some(tree::block("source_image_reference", PARTS.map(part))))
            }
            Self::Own(_) => (Some(tree::attr("source_image_id", writer.var("image_id"))), None),
        }
    }
}
