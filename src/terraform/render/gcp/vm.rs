//! `vm` on Google Cloud: `google_compute_instance` in a subnet, shielded, without a service account unless
//! asked for; its data disks are resources of their own.

use super::{
    Writer, disks,
    place::{self, Place},
    tree,
};
use crate::{
    api::{Provider, resource::Vm},
    domain::catalogue,
};
use hcl::{
    Block, Expression,
    expr::{BinaryOp, BinaryOperator, Conditional},
};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Adds one machine to the draft.
pub(super) fn render(writer: &mut Writer<'_, '_>, vm: &Vm) {
    let region = writer.region();
    let zone = zone(writer, region, vm);
    let image = image(writer, vm);
    let disk_type = disks::kind(writer, "vm.diskType", &vm.machine_type, vm.disk_type);
    let data = disks::data(writer, vm);
    let (Some(image), Some(disk_type), Some(data), Some(place)) =
        (image, disk_type, data, place::place(writer))
    else {
        return;
    };
    let mut values = json!({
        "name": writer.name(),
        "machine_type": vm.machine_type,
        "zone": zone,
        "image": image,
        "disk_gb": vm.disk_gb.unwrap_or(20),
        "disk_type": disk_type,
        "tags": tags(writer, vm),
        "labels": writer.labels(),
        "metadata": metadata(vm),
        "deletion_protection": writer.resource.is_protected(),
    });
    if vm.ssh_public_keys.is_empty() {
        tree::insert(&mut values, "ssh_user", json!(vm.ssh_user));
    }
    if let Some(identity) = &vm.identity {
        tree::insert(&mut values, "identity", json!(identity));
    }
    if !vm.data_disks.is_empty() {
        tree::insert(&mut values, "data_disks", data);
    }
    place.values(&mut values, region);
    writer.declare(values);
    place.data(writer);
    let block = block(writer, &place, vm);
    writer.add(block);
    disks::attach(writer, vm);
    let interface = |key: &str| tree::at("google_compute_instance", writer.name(), "network_interface", key);
    let (inner, outer) = (interface("network_ip"), tree::at_first(interface("access_config"), "nat_ip"));
    writer.output("ip", inner);
    if vm.public_ip {
        writer.output("public_ip", outer);
    }
}

fn zone(writer: &mut Writer<'_, '_>, region: &str, vm: &Vm) -> String {
    let zone = zone_of(region, vm);
    let inside = zone.strip_prefix(region).and_then(|rest| rest.strip_prefix('-'));
    if !inside.is_some_and(|rest| rest.len() == 1 && rest.bytes().all(|b| b.is_ascii_lowercase())) {
        writer.refuse(
            "vm.zone",
            format!("{zone} does not lie in region {region}. Choose a zone of the region, or drop vm.zone"),
        );
    }
    zone
}

/// The zone of a machine: its own, or the region's `-b`.
pub(super) fn zone_of(region: &str, vm: &Vm) -> String {
    vm.zone.clone().unwrap_or_else(|| [region, "-b"].concat())
}

/// Tags of a machine: the user's, and one for each load balancer it stands behind.
fn tags(writer: &Writer<'_, '_>, vm: &Vm) -> Vec<String> {
    let balancers =
        writer.scope.balancers_of(writer.name()).map(|(balancer, _)| ["lb-", &balancer.name].concat());
    let mut tags: Vec<String> = vm.tags.iter().cloned().chain(balancers).collect();
    tags.sort();
    tags.dedup();
    tags
}

fn image(writer: &mut Writer<'_, '_>, vm: &Vm) -> Option<String> {
    if vm.image.contains('/') {
        return Some(vm.image.clone());
    }
    match catalogue::image(Provider::Gcp, &vm.image, disks::is_arm(&vm.machine_type)) {
        Ok(image) => Some(image.to_owned()),
        Err(finding) => {
            writer.refuse("vm.image", finding);
            None
        }
    }
}

/// Keys that are given log in by metadata; without any, people log in by their rights (OS Login).
fn metadata(vm: &Vm) -> BTreeMap<&'static str, Value> {
    let mut metadata = BTreeMap::from([("block-project-ssh-keys", json!("TRUE"))]);
    let keys: Vec<String> = vm.ssh_public_keys.iter().map(|key| [&vm.ssh_user, ":", key].concat()).collect();
    metadata.insert("enable-oslogin", if keys.is_empty() { json!("TRUE") } else { json!("FALSE") });
    if !keys.is_empty() {
        metadata.insert("ssh-keys", json!(keys.join("\n")));
    }
    if let Some(script) = &vm.startup_script {
        metadata.insert("startup-script", json!(script));
    }
    metadata
}

/// The metadata, and where no key is given the one of the credentials Secret, if there is one.
fn metadata_value(writer: &mut Writer<'_, '_>, vm: &Vm) -> Expression {
    let metadata = writer.var("metadata");
    if !vm.ssh_public_keys.is_empty() {
        return metadata;
    }
    let key = writer.ssh_public_key();
    let none = BinaryOp::new(key.clone(), BinaryOperator::Eq, "");
    let login = tree::call("join", [":".into(), vec![writer.var("ssh_user"), key].into()]);
    let with = tree::object([("enable-oslogin", "FALSE".into()), ("ssh-keys", login)]);
    let more = Conditional::new(Expression::from(none), tree::object([]), with);
    tree::call("merge", [metadata, more.into()])
}

fn block(writer: &mut Writer<'_, '_>, place: &Place<'_>, vm: &Vm) -> Block {
    let metadata = metadata_value(writer, vm);
    let disk = [("image", "image"), ("size", "disk_gb"), ("type", "disk_type")];
    let disk = disk.map(|(to, from)| tree::attr(to, writer.var(from)));
    let mut interface =
        Block::builder("network_interface").add_attribute(tree::attr("subnetwork", place.subnet()));
    if vm.public_ip {
        interface = interface.add_block(Block::builder("access_config").build());
    }
    let mut block = writer
        .main("google_compute_instance")
        .add_attributes(writer.same(["name", "machine_type", "zone", "tags", "labels"]))
        .add_attribute(tree::attr("metadata", metadata))
        .add_attributes(writer.same(["deletion_protection"]))
        .add_attribute(tree::attr("allow_stopping_for_update", true))
        .add_block(
            Block::builder("boot_disk")
                .add_attribute(tree::attr("auto_delete", true))
                .add_block(tree::block("initialize_params", disk))
                .build(),
        )
        .add_block(interface.build())
        .add_block(tree::block("shielded_instance_config", SHIELD.map(|key| tree::attr(key, true))));
    if vm.identity.is_some() {
        let scopes: Vec<Expression> = vec!["cloud-platform".into()];
        let account = [tree::attr("email", writer.var("identity")), tree::attr("scopes", scopes)];
        block = block.add_block(tree::block("service_account", account));
    }
    if vm.spot {
        block = block.add_block(tree::block(
            "scheduling",
            [
                tree::attr("provisioning_model", "SPOT"),
                tree::attr("preemptible", true),
                tree::attr("automatic_restart", false),
                tree::attr("instance_termination_action", "STOP"),
            ],
        ));
    }
    if !vm.data_disks.is_empty() {
        // Disks are attached by resources of their own; without this both would fight over them.
        block = block.add_block(tree::ignore(&["attached_disk"]));
    }
    block.build()
}

const SHIELD: [&str; 3] = ["enable_secure_boot", "enable_vtpm", "enable_integrity_monitoring"];
