//! Data disks of machines: volumes of their own in the zone of the subnet, so that they outlive the machine.

use super::{Writer, place::Place, tree};
use crate::api::resource::Vm;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};

/// Names of devices that are free for data disks.
/// Source: docs.aws.amazon.com/AWSEC2/latest/UserGuide/device_naming.html, as of 2025.
const DEVICES: &[u8] = b"fghijklmnop";

/// Adds the values of the data disks by name.
pub(super) fn values(writer: &mut Writer<'_, '_>, vm: &Vm, values: &mut Value) {
    if vm.data_disks.is_empty() {
        return;
    }
    for disk in &vm.data_disks {
        writer.plain("vm.dataDisks", &disk.name);
    }
    let sizes: BTreeMap<&str, i32> = vm.data_disks.iter().map(|disk| (disk.name.as_str(), disk.gb)).collect();
    if sizes.len() < vm.data_disks.len() {
        writer.refuse("vm.dataDisks", "two of them have the same name. Give one of them another");
    }
    let disks: Map<String, Value> = devices(sizes.keys().copied())
        .into_iter()
        .map(|(name, device)| {
            let full = [writer.name(), "-", name].concat();
            (name.to_owned(), json!({"name": full, "gb": sizes.get(name), "device": device}))
        })
        .collect();
    tree::insert(values, "data_disks", Value::Object(disks));
}

/// A device for each disk, which hangs on its name: another disk that comes or goes moves it only where both
/// want the same.
fn devices<'n>(names: impl Iterator<Item = &'n str>) -> BTreeMap<&'n str, String> {
    let mut free: BTreeSet<usize> = (0..DEVICES.len()).collect();
    let mut found = BTreeMap::new();
    for name in names {
        let wish =
            Sha256::digest(name.as_bytes()).first().map_or(0, |byte| usize::from(*byte) % DEVICES.len());
        let next = free.range(wish..).next().or_else(|| free.first()).copied();
        let Some(index) = next else { break };
        free.remove(&index);
        let letter = DEVICES.get(index).copied().unwrap_or(b'f');
        found.insert(name, format!("/dev/sd{}", char::from(letter)));
    }
    found
}

/// Adds the data disks and attaches them.
pub(super) fn attach(writer: &mut Writer<'_, '_>, place: &Place<'_>, vm: &Vm) {
    let name = writer.name();
    let names: BTreeSet<&str> = vm.data_disks.iter().map(|disk| disk.name.as_str()).collect();
    for disk in names {
        let value = |key: &str| tree::member("var", &[name, "data_disks"], disk, key);
        let title = tree::object([("Name", value("name"))]);
        let volume = writer
            .companion("aws_ebs_volume", disk)
            .add_attributes(writer.same(["region"]))
            .add_attribute(tree::attr("availability_zone", place.zone()))
            .add_attribute(tree::attr("size", value("gb")))
            .add_attribute(tree::attr("type", "gp3"))
            .add_attribute(tree::attr("encrypted", true))
            .add_attribute(tree::attr("tags", tree::call("merge", [writer.var("tags"), title])));
        let label = writer.label(disk);
        let attached = writer
            .companion("aws_volume_attachment", disk)
            .add_attributes(writer.same(["region"]))
            .add_attribute(tree::attr("device_name", value("device")))
            .add_attribute(tree::attr("volume_id", tree::path("aws_ebs_volume", &[&label, "id"])))
            .add_attribute(tree::attr("instance_id", tree::path("aws_instance", &[name, "id"])));
        writer.add(volume.build());
        writer.add(attached.build());
    }
}

#[cfg(test)]
mod tests {
    use super::devices;

    #[test]
    fn devices_differ_and_stay_when_others_come() {
        let eight = devices(["a", "b", "c", "d", "e", "f", "g", "h"].into_iter());
        let different: std::collections::BTreeSet<_> = eight.values().collect();
        assert_eq!(different.len(), 8, "{eight:?}");
        let one = devices(["data"].into_iter());
        let two = devices(["data", "log"].into_iter());
        assert_eq!(one["data"], two["data"]);
    }
}
