//! Data disks of machines: resources of their own, attached under numbers that stay.

use super::{
    Writer,
    head::{Head, tags},
    sizes::Size,
    tree,
};
use crate::api::resource::Vm;
use hcl::Expression;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// Largest disk. Source: learn.microsoft.com/azure/virtual-machines/disks-types, as of 2025.
const LARGEST_GB: i32 = 32_767;
/// Numbers that disks can be attached under.
const SLOTS: usize = 64;

/// Values of the data disks by name, or findings.
pub(super) fn data(writer: &mut Writer<'_, '_>, vm: &Vm, size: Size) -> Option<Value> {
    let names: Vec<&str> = vm.data_disks.iter().map(|disk| disk.name.as_str()).collect();
    let slots = slots(&names);
    let mut found = Map::new();
    for disk in &vm.data_disks {
        if !writer.plain("vm.dataDisks", &disk.name) {
            return None;
        }
        let field = ["vm.dataDisks[", &disk.name, "]"].concat();
        let full = writer.label(&disk.name);
        if full.len() > 80 {
            writer.refuse(
                &field,
                format!(
                    "it would be called \"{full}\", but 80 characters are the most. Shorten one of both names"
                ),
            );
        }
        if disk.gb > LARGEST_GB {
            writer.refuse(
                &[&field, ".gb"].concat(),
                format!("{} GB is more than azure's largest disk. Choose up to {LARGEST_GB}", disk.gb),
            );
        }
        let type_ = size.disk(writer, &[&field, ".type"].concat(), disk.type_)?;
        let slot = slots.get(disk.name.as_str());
        let values = json!({"name": full, "gb": disk.gb, "type": type_, "lun": slot});
        if found.insert(disk.name.clone(), values).is_some() {
            writer.refuse(
                "vm.dataDisks",
                format!("\"{}\" is there twice. Give one of them another name", disk.name),
            );
        }
    }
    Some(Value::Object(found))
}

/// A number for each disk that follows from its name: one that comes or goes leaves the others where they are,
/// as another number would detach and attach a disk in use.
fn slots<'n>(names: &[&'n str]) -> BTreeMap<&'n str, usize> {
    let mut sorted = names.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    let mut slots: BTreeMap<&str, usize> = BTreeMap::new();
    for name in sorted {
        let first = Sha256::digest(name.as_bytes()).first().copied().map_or(0, usize::from) % SLOTS;
        // Eight disks are the most, so one of the numbers is free.
        let free =
            (0..SLOTS).map(|step| (first + step) % SLOTS).find(|slot| slots.values().all(|s| s != slot));
        slots.insert(name, free.unwrap_or(first));
    }
    slots
}

/// Adds the data disks and attaches them.
pub(super) fn attach(writer: &mut Writer<'_, '_>, head: &Head, vm: &Vm) {
    let name = writer.name();
    let mut names: Vec<&str> = vm.data_disks.iter().map(|disk| disk.name.as_str()).collect();
    names.sort_unstable();
    let mut outputs = Vec::new();
    for disk in names {
        let value = |key: &str| -> Expression { tree::member("var", &[name, "data_disks"], disk, key) };
        let mut block = writer
            .companion("azurerm_managed_disk", disk)
            .add_attribute(tree::attr("name", value("name")))
            .add_attribute(head.group())
            .add_attributes(writer.same(["location"]))
            .add_attribute(tags(writer))
            .add_attribute(tree::attr("create_option", "Empty"))
            .add_attribute(tree::attr("disk_size_gb", value("gb")))
            .add_attribute(tree::attr("storage_account_type", value("type")))
            .add_attribute(tree::attr("public_network_access_enabled", false));
        if vm.zone.is_some() {
            block = block.add_attributes(writer.same(["zone"]));
        }
        let label = writer.label(disk);
        let attached = writer
            .companion("azurerm_virtual_machine_data_disk_attachment", disk)
            .add_attribute(tree::attr("managed_disk_id", tree::path("azurerm_managed_disk", &[&label, "id"])))
            .add_attribute(tree::attr(
                "virtual_machine_id",
                tree::path("azurerm_linux_virtual_machine", &[name, "id"]),
            ))
            .add_attribute(tree::attr("lun", value("lun")))
            .add_attribute(tree::attr("caching", "None"));
        writer.add(block.build());
        writer.add(attached.build());
        outputs.push((disk, value("lun")));
    }
    if !outputs.is_empty() {
        writer.output("luns", tree::object(outputs));
    }
}

#[cfg(test)]
mod tests {
    use super::slots;

    #[test]
    fn a_disk_keeps_its_number_when_others_come_and_go() {
        let all = slots(&["data", "logs", "cache"]);
        assert_eq!(all, slots(&["cache", "logs", "data"]));
        assert_eq!(slots(&["logs"])["logs"], all["logs"]);
        let names: Vec<String> = (0..8).map(|i| format!("d{i}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let mut numbers: Vec<usize> = slots(&names).into_values().collect();
        numbers.sort_unstable();
        numbers.dedup();
        assert_eq!(numbers.len(), 8);
    }
}
