//! `vm` on Google Cloud: `google_compute_instance` in a subnet of the stack, shielded, without a service
//! account.

use super::{
    Writer,
    place::{self, Place},
    tree,
};
use crate::{
    api::{
        Provider,
        resource::{DiskType, Vm},
    },
    domain::catalogue,
};
use hcl::{Block, Expression};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Families of machines with ARM processors.
const ARM: [&str; 3] = ["t2a-", "c4a-", "n4a-"];
/// Families of machines that take hyperdisks only.
const HYPERDISK: [&str; 5] = ["n4-", "c4-", "c4a-", "n4a-", "c4d-"];

/// Adds one machine to the draft.
pub(super) fn render(writer: &mut Writer<'_, '_>, vm: &Vm) {
    let region = writer.region();
    let zone = vm.zone.clone().unwrap_or_else(|| [region, "-b"].concat());
    if !zone.strip_prefix(region).is_some_and(|rest| rest.starts_with('-')) {
        writer.refuse(
            "vm.zone",
            format!("{zone} does not lie in region {region}. Choose a zone of the region, or drop vm.zone"),
        );
    }
    let (Some(image), Some(disk), Some(place)) = (image(writer, vm), disk(writer, vm), place::place(writer))
    else {
        return;
    };
    let mut values = json!({
        "name": writer.name(),
        "machine_type": vm.machine_type,
        "zone": zone,
        "image": image,
        "disk_gb": vm.disk_gb.unwrap_or(20),
        "disk_type": disk,
        "tags": vm.tags,
        "labels": writer.labels(),
        "metadata": metadata(vm),
        "deletion_protection": writer.resource.is_protected(),
        "region": region,
    });
    place.values(&mut values);
    writer.declare(values);
    place.data(writer, writer.var("region"));
    let block = block(writer, &place, vm.public_ip);
    writer.add(block);
}

fn image(writer: &mut Writer<'_, '_>, vm: &Vm) -> Option<String> {
    if vm.image.contains('/') {
        return Some(vm.image.clone());
    }
    let arm = ARM.iter().any(|family| vm.machine_type.starts_with(family));
    match catalogue::image(Provider::Gcp, &vm.image, arm) {
        Ok(image) => Some(image.to_owned()),
        Err(finding) => {
            writer.refuse("vm.image", finding);
            None
        }
    }
}

fn disk(writer: &mut Writer<'_, '_>, vm: &Vm) -> Option<&'static str> {
    let hyperdisk = HYPERDISK.iter().any(|family| vm.machine_type.starts_with(family));
    match (vm.disk_type, hyperdisk) {
        (DiskType::Balanced, true) => Some("hyperdisk-balanced"),
        (_, true) => {
            writer.refuse(
                "vm.diskType",
                format!(
                    "{} does not take this type. Set vm.diskType to balanced, or choose another machine type",
                    vm.machine_type
                ),
            );
            None
        }
        (DiskType::Balanced, false) => Some("pd-balanced"),
        (DiskType::Standard, false) => Some("pd-standard"),
        (DiskType::Ssd, false) => Some("pd-ssd"),
    }
}

fn metadata(vm: &Vm) -> BTreeMap<&'static str, Value> {
    let mut metadata =
        BTreeMap::from([("block-project-ssh-keys", json!("TRUE")), ("enable-oslogin", json!("TRUE"))]);
    if let Some(script) = &vm.startup_script {
        metadata.insert("startup-script", json!(script));
    }
    metadata
}

fn block(writer: &Writer<'_, '_>, place: &Place<'_>, public: bool) -> Block {
    let value = |key: &str| -> Expression { writer.var(key) };
    let disk = ["image", "size", "type"].into_iter().zip(["image", "disk_gb", "disk_type"]);
    let mut interface =
        Block::builder("network_interface").add_attribute(tree::attr("subnetwork", place.subnet()));
    if public {
        interface = interface.add_block(Block::builder("access_config").build());
    }
    let same = ["name", "machine_type", "zone", "tags", "labels", "metadata", "deletion_protection"];
    writer
        .main("google_compute_instance")
        .add_attributes(writer.same(same))
        .add_attribute(tree::attr("allow_stopping_for_update", true))
        .add_block(
            Block::builder("boot_disk")
                .add_attribute(tree::attr("auto_delete", true))
                .add_block(tree::block(
                    "initialize_params",
                    disk.map(|(to, from)| tree::attr(to, value(from))),
                ))
                .build(),
        )
        .add_block(interface.build())
        .add_block(tree::block(
            "shielded_instance_config",
            ["enable_secure_boot", "enable_vtpm", "enable_integrity_monitoring"]
                .map(|key| tree::attr(key, true)),
        ))
        .build()
}
