//! `vm` on Azure: `azurerm_linux_virtual_machine` behind a network interface of its own, with keys alone, and a
//! public address only where asked for.

use super::{
    Writer, disks, groups,
    head::{self, Head, names},
    ids,
    image::{self, Image},
    place::{self, Place},
    sizes::Size,
    ssh, tree,
};
use crate::{api::resource::Vm, domain::catalogue};
use hcl::{Block, Expression};
use serde_json::{Value, json};

/// Smallest and largest boot disk, in GB: the images' own size, and what machines start from.
const BOOT_GB: std::ops::RangeInclusive<i32> = 30..=4095;
const ZONES: [&str; 3] = ["1", "2", "3"];
/// Accounts that Azure does not make. Source: learn.microsoft.com/azure/virtual-machines/linux/faq, as of 2025.
const RESERVED: [&str; 30] = [
    "1",
    "123",
    "a",
    "actuser",
    "adm",
    "admin",
    "admin1",
    "admin2",
    "administrator",
    "aspnet",
    "backup",
    "console",
    "david",
    "guest",
    "john",
    "owner",
    "root",
    "server",
    "sql",
    "support",
    "support_388945a0",
    "sys",
    "test",
    "test1",
    "test2",
    "test3",
    "user",
    "user1",
    "user2",
    "user3",
];
const IDENTITY: &str =
    "subscriptions/*/resourceGroups/*/providers/Microsoft.ManagedIdentity/userAssignedIdentities/*";

/// Role of the network interface: `<name>_nic`.
pub(super) const NIC: &str = "nic";
/// Name of the one address configuration of a network interface.
pub(super) const ADDRESS: &str = "main";

/// Adds one machine to the draft.
pub(super) fn render(writer: &mut Writer<'_, '_>, vm: &Vm) {
    check(writer, vm);
    let head = place::head(writer);
    let size = Size::of(&vm.machine_type);
    let image = image::choose(writer, vm, size);
    let disk = size.disk(writer, "vm.diskType", vm.disk_type);
    let data = disks::data(writer, vm, size);
    let (Some(image), Some(disk), Some(data), Some(place)) = (image, disk, data, place::place(writer)) else {
        return;
    };
    let own = json!({
        "machine_type": vm.machine_type,
        "disk_gb": vm.disk_gb.unwrap_or(*BOOT_GB.start()),
        "disk_type": disk,
        "secure_boot": image.secure_boot(size),
        "priority": if vm.spot { "Spot" } else { "Regular" },
        "ssh_user": vm.ssh_user,
    });
    let mut values = head.values(writer, own);
    optional(vm, &mut values);
    if !vm.data_disks.is_empty() {
        tree::insert(&mut values, "data_disks", data);
    }
    image.values(&mut values);
    place.values(&mut values);
    let guarded = groups::guards(writer, &place, vm);
    let mut roles = vec![NIC];
    roles.extend(vm.public_ip.then_some("ip"));
    roles.extend(guarded.then_some(groups::GUARD));
    names(writer, &mut values, roles);
    writer.declare(values);
    place.data(writer);
    interface(writer, &head, &place, vm);
    groups::join(writer, &head, &place, vm);
    let block = machine(writer, &head, &place, vm, &image);
    writer.add(block);
    disks::attach(writer, &head, vm);
}

fn check(writer: &mut Writer<'_, '_>, vm: &Vm) {
    for tag in &vm.tags {
        writer.plain("vm.tags", tag);
    }
    if let Some(gb) = vm.disk_gb.filter(|gb| !BOOT_GB.contains(gb)) {
        let (least, most) = (BOOT_GB.start(), BOOT_GB.end());
        writer.refuse(
            "vm.diskGb",
            format!(
                "azure's boot disks have {least} to {most} GB, not {gb}. Choose {}",
                gb.clamp(*least, *most)
            ),
        );
    }
    if let Some(zone) = vm.zone.as_deref().filter(|zone| !ZONES.contains(zone)) {
        writer.refuse(
            "vm.zone",
            format!("azure has no zone {zone}: choose {}, or drop vm.zone", catalogue::nearest(zone, &ZONES)),
        );
    }
    if RESERVED.contains(&vm.ssh_user.as_str()) {
        writer.refuse(
            "vm.sshUser",
            format!("{} is an account that azure does not make. Choose another, such as ops", vm.ssh_user),
        );
    }
    ssh::check(writer, vm);
    if let Some(identity) = &vm.identity
        && ids::parts(identity, IDENTITY).is_none()
    {
        writer.refuse("vm.identity", format!("{identity} is no identity's id. Give it as /subscriptions/SUBSCRIPTION/resourceGroups/GROUP/providers/Microsoft.ManagedIdentity/userAssignedIdentities/NAME"));
    }
}

fn optional(vm: &Vm, values: &mut Value) {
    if let Some(zone) = &vm.zone {
        tree::insert(values, "zone", json!(zone));
    }
    if !vm.ssh_public_keys.is_empty() {
        tree::insert(values, "ssh_keys", json!(vm.ssh_public_keys));
    }
    if let Some(script) = &vm.startup_script {
        tree::insert(values, "startup_script", json!(script));
    }
    if let Some(identity) = &vm.identity {
        tree::insert(values, "identity", json!(identity));
    }
}

/// Id of a machine's network interface.
pub(super) fn interface_id(label: &str) -> Expression {
    tree::path("azurerm_network_interface", &[label, "id"])
}

fn interface(writer: &mut Writer<'_, '_>, head: &Head, place: &Place<'_>, vm: &Vm) {
    let mut address = Block::builder("ip_configuration")
        .add_attribute(tree::attr("name", ADDRESS))
        .add_attribute(tree::attr("subnet_id", place.subnet()))
        .add_attribute(tree::attr("private_ip_address_allocation", "Dynamic"));
    if vm.public_ip {
        let block = head::address(writer, head, "ip");
        writer.add(block);
        let label = writer.label("ip");
        let public = |key| tree::path("azurerm_public_ip", &[&label, key]);
        address = address.add_attribute(tree::attr("public_ip_address_id", public("id")));
        writer.output("public_ip", public("ip_address"));
    }
    let block = head.companion(writer, "azurerm_network_interface", NIC).add_block(address.build());
    writer.add(block.build());
    let inner = tree::path("azurerm_network_interface", &[&writer.label(NIC), "private_ip_address"]);
    writer.output("ip", inner);
}

fn machine(writer: &mut Writer<'_, '_>, head: &Head, place: &Place<'_>, vm: &Vm, image: &Image) -> Block {
    let from = |writer: &Writer<'_, '_>, to: &str, key: &str| tree::attr(to, writer.var(key));
    let (own_image, listed_image) = image.reference(writer);
    let script = vm
        .startup_script
        .as_ref()
        .map(|_| tree::attr("custom_data", tree::call("base64encode", [writer.var("startup_script")])));
    let zone = vm.zone.as_ref().map(|_| from(writer, "zone", "zone"));
    let spot = vm.spot.then(|| tree::attr("eviction_policy", "Deallocate"));
    let disk = [
        tree::attr("caching", "ReadWrite"),
        from(writer, "storage_account_type", "disk_type"),
        from(writer, "disk_size_gb", "disk_gb"),
    ];
    let mut block = head
        .main(writer, "azurerm_linux_virtual_machine")
        .add_attribute(from(writer, "size", "machine_type"))
        .add_attributes(zone)
        .add_attributes(writer.same(["priority"]))
        .add_attributes(spot)
        .add_attribute(tree::attr("network_interface_ids", vec![interface_id(&writer.label(NIC))]))
        .add_attribute(from(writer, "admin_username", "ssh_user"))
        .add_attribute(tree::attr("disable_password_authentication", true))
        .add_attribute(tree::attr("allow_extension_operations", false))
        .add_attribute(from(writer, "secure_boot_enabled", "secure_boot"))
        .add_attribute(from(writer, "vtpm_enabled", "secure_boot"))
        .add_attributes(own_image)
        .add_attributes(script)
        .add_attributes(place.nat_ready())
        .add_blocks(ssh::keys(writer, vm))
        .add_block(tree::block("os_disk", disk))
        .add_blocks(listed_image);
    if vm.identity.is_some() {
        let ids = vec![writer.var("identity")];
        let identity = [tree::attr("type", "UserAssigned"), tree::attr("identity_ids", ids)];
        block = block.add_block(tree::block("identity", identity));
    }
    if vm.ssh_public_keys.is_empty() {
        block = block.add_block(Block::builder("lifecycle").add_block(ssh::needed(writer)).build());
    }
    block.build()
}
