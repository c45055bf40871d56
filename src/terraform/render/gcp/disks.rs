//! Types of disks, and the data disks of machines.

use super::{Writer, tree};
use crate::api::resource::{DiskType, Vm};
use serde_json::{Map, Value, json};

/// Families of machines with ARM processors.
const ARM: [&str; 3] = ["t2a-", "c4a-", "n4a-"];
/// Families of machines that take hyperdisks only.
const HYPERDISK: [&str; 6] = ["n4-", "c4-", "c4a-", "n4a-", "c4d-", "n4d-"];

/// True for machines with ARM processors.
pub(super) fn is_arm(machine: &str) -> bool {
    ARM.iter().any(|family| machine.starts_with(family))
}

/// The provider's name of a type of disk for a machine, or a finding.
pub(super) fn kind(
    writer: &mut Writer<'_, '_>,
    field: &str,
    machine: &str,
    wanted: DiskType,
) -> Option<&'static str> {
    let hyperdisk = HYPERDISK.iter().any(|family| machine.starts_with(family));
    match (wanted, hyperdisk) {
        (DiskType::Balanced, true) => Some("hyperdisk-balanced"),
        (_, true) => {
            writer.refuse(
                field,
                format!(
                    "{machine} does not take this type. Set it to balanced, or choose another machine type"
                ),
            );
            None
        }
        (DiskType::Balanced, false) => Some("pd-balanced"),
        (DiskType::Standard, false) => Some("pd-standard"),
        (DiskType::Ssd, false) => Some("pd-ssd"),
    }
}

/// Values of the data disks by name, or findings.
pub(super) fn data(writer: &mut Writer<'_, '_>, vm: &Vm) -> Option<Value> {
    let mut found = Map::new();
    for disk in &vm.data_disks {
        if !writer.plain("vm.dataDisks", &disk.name) {
            return None;
        }
        let field = ["vm.dataDisks[", &disk.name, "]"].concat();
        let full = [writer.name(), "-", &disk.name].concat();
        if full.len() > 63 {
            writer.refuse(
                &field,
                format!(
                    "it would be called \"{full}\", but 63 characters are the most. Shorten one of both names"
                ),
            );
        }
        writer.draft.claim("disk", &full, format!("disk \"{}\" of vm \"{}\"", disk.name, writer.name()));
        let type_ = kind(writer, &[&field, ".type"].concat(), &vm.machine_type, disk.type_)?;
        found.insert(disk.name.clone(), json!({"name": full, "gb": disk.gb, "type": type_}));
    }
    // The boot disk is called like its machine.
    let name = writer.name();
    writer.draft.claim("disk", name, format!("the boot disk of vm \"{name}\""));
    Some(Value::Object(found))
}

/// Adds the data disks and attaches them.
pub(super) fn attach(writer: &mut Writer<'_, '_>, vm: &Vm) {
    let name = writer.name();
    let mut names: Vec<&str> = vm.data_disks.iter().map(|disk| disk.name.as_str()).collect();
    names.sort_unstable();
    for disk in names {
        let value = |key: &str| tree::member("var", &[name, "data_disks"], disk, key);
        let block = writer
            .companion("google_compute_disk", disk)
            .add_attribute(tree::attr("name", value("name")))
            .add_attributes(writer.same(["zone"]))
            .add_attribute(tree::attr("size", value("gb")))
            .add_attribute(tree::attr("type", value("type")))
            .add_attributes(writer.same(["labels"]));
        let label = writer.label(disk);
        let attached = writer
            .companion("google_compute_attached_disk", disk)
            .add_attribute(tree::attr("disk", tree::path("google_compute_disk", &[&label, "id"])))
            .add_attribute(tree::attr("instance", tree::path("google_compute_instance", &[name, "id"])))
            .add_attribute(tree::attr("device_name", value("name")));
        writer.add(block.build());
        writer.add(attached.build());
    }
}
