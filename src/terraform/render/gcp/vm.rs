//! `vm` on Google Cloud: `google_compute_instance` in a subnet of the stack, shielded, without a service
//! account.

use super::{Draft, RenderInput, declare, labels, network, region, tree, var};
use crate::api::{
    Resource,
    resource::{DiskType, Vm},
};
use hcl::{Block, Expression};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Families of machines with ARM processors.
const ARM: [&str; 3] = ["t2a-", "c4a-", "n4a-"];
/// Families of machines that take hyperdisks only.
const HYPERDISK: [&str; 5] = ["n4-", "c4-", "c4a-", "n4a-", "c4d-"];

/// Adds one machine to the draft.
pub(in super::super) fn render(draft: &mut Draft, input: &RenderInput, resource: &Resource, vm: &Vm) {
    let name = resource.name.as_str();
    let place = region(draft, input, resource);
    let zone = vm.zone.clone().unwrap_or_else(|| [place, "-b"].concat());
    if !zone.strip_prefix(place).is_some_and(|rest| rest.starts_with('-')) {
        draft.findings.push(format!("vm \"{name}\" asks for zone {zone}, which does not lie in region {place}. Choose a zone of the region, or drop vm.zone"));
    }
    let (Some(image), Some(disk), Some(subnet)) =
        (image(draft, name, vm), disk(draft, name, vm), subnet(draft, input, name, place, vm))
    else {
        return;
    };
    let values = json!({
        "name": name,
        "machine_type": vm.machine_type,
        "zone": zone,
        "image": image,
        "disk_gb": vm.disk_gb,
        "disk_type": disk,
        "tags": vm.tags,
        "labels": labels(resource),
        "metadata": metadata(vm),
        "deletion_protection": resource.deletion_protection,
    });
    declare(draft, name, values);
    draft.blocks.push(block(name, &subnet, vm.public_ip));
}

fn image(draft: &mut Draft, name: &str, vm: &Vm) -> Option<String> {
    let arm = ARM.iter().any(|family| vm.machine_type.starts_with(family));
    let known = match (vm.image.as_str(), arm) {
        ("ubuntu-24.04", false) => "projects/ubuntu-os-cloud/global/images/family/ubuntu-2404-lts-amd64",
        ("ubuntu-24.04", true) => "projects/ubuntu-os-cloud/global/images/family/ubuntu-2404-lts-arm64",
        ("debian-12", false) => "projects/debian-cloud/global/images/family/debian-12",
        ("debian-12", true) => "projects/debian-cloud/global/images/family/debian-12-arm64",
        (id, _) if id.contains('/') => id,
        (other, _) => {
            draft.findings.push(format!("vm \"{name}\" asks for image {other}, which is not known: choose ubuntu-24.04, debian-12, or an image by its id, such as projects/PROJECT/global/images/NAME"));
            return None;
        }
    };
    Some(known.to_owned())
}

fn disk(draft: &mut Draft, name: &str, vm: &Vm) -> Option<&'static str> {
    let hyperdisk = HYPERDISK.iter().any(|family| vm.machine_type.starts_with(family));
    match (vm.disk_type, hyperdisk) {
        (DiskType::Balanced, true) => Some("hyperdisk-balanced"),
        (_, true) => {
            draft.findings.push(format!("vm \"{name}\" asks for a disk type that {} does not take. Set vm.diskType to balanced, or choose another machine type", vm.machine_type));
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

/// Label of the subnet that the machine stands in: of the network it names, or of the only one in its region.
fn subnet(draft: &mut Draft, input: &RenderInput, name: &str, place: &str, vm: &Vm) -> Option<String> {
    let here =
        |r: &&Resource| r.network.is_some() && r.region.as_deref().unwrap_or(&input.spec.region) == place;
    let networks: Vec<&Resource> = input.resources.iter().filter(here).collect();
    let wanted = vm.network.as_ref();
    let found = match (wanted, networks.as_slice()) {
        (Some(wanted), all) => all.iter().find(|n| n.name == wanted.name),
        (None, [only]) => Some(only),
        (None, _) => None,
    };
    let Some((network, block)) = found.and_then(|n| Some((n.name.as_str(), n.network.as_ref()?))) else {
        let what = match wanted {
            Some(wanted) => {
                format!("names network \"{}\", which the stack does not hold in region {place}", wanted.name)
            }
            None => format!("names no network, and the stack holds {} in region {place}", networks.len()),
        };
        draft.findings.push(format!("vm \"{name}\" {what}. Add a network there with changes.upsert, or set vm.network.name to one of the region"));
        return None;
    };
    let subnets = network::subnets(block);
    let subnet = wanted.and_then(|w| w.subnet.as_ref()).or(subnets.first())?;
    if !subnets.contains(subnet) {
        draft.findings.push(format!("vm \"{name}\" names subnet \"{subnet}\", which network \"{network}\" does not have (it has {}). Correct vm.network.subnet", subnets.join(", ")));
        return None;
    }
    Some(network::label(network, subnet))
}

fn block(name: &str, subnet: &str, public: bool) -> Block {
    let value = |key: &str| -> Expression { var(name, key) };
    let disk = ["image", "size", "type"].into_iter().zip(["image", "disk_gb", "disk_type"]);
    let mut interface = Block::builder("network_interface")
        .add_attribute(tree::attr("subnetwork", tree::path("google_compute_subnetwork", &[subnet, "id"])));
    if public {
        interface = interface.add_block(Block::builder("access_config").build());
    }
    let same = ["name", "machine_type", "zone", "tags", "labels", "metadata", "deletion_protection"];
    Block::builder("resource")
        .add_labels(["google_compute_instance", name])
        .add_attributes(same.map(|key| tree::attr(key, value(key))))
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
