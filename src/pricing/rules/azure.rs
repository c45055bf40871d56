//! Machines, disks and clusters of Azure.

use super::{Gap, Item, Nodes, Part, Reason, Sheet, View};
use crate::pricing::money;
use rust_decimal::Decimal;

pub(super) const RULES: [(&str, &[Part]); 4] = [
    ("azurerm_linux_virtual_machine", &[machine, os_disk, licence]),
    ("azurerm_managed_disk", &[disk]),
    ("azurerm_kubernetes_cluster", &[fee, default_pool]),
    ("azurerm_kubernetes_cluster_node_pool", &[pool]),
];

/// Service of disks: a row per step, named by type and size (`Premium_LRS/128`).
const DISK: &str = "disk";
/// Publishers whose images cost more than the machine.
const LICENSED: [&str; 3] = ["RedHat", "SUSE", "MicrosoftWindowsServer"];

/// Region of a resource, as tables spell it: `West Europe` is `westeurope`.
pub(super) fn region(values: View) -> Result<String, Gap> {
    let location = super::region(values, "location")?;
    Ok(location.chars().filter(|c| !c.is_whitespace()).map(|c| c.to_ascii_lowercase()).collect())
}

fn machine(sheet: &mut Sheet) -> Result<(), Gap> {
    let values = sheet.values();
    let spot = values.text("priority")? == Some("Spot");
    let name = values.need_text("size")?;
    machine_line(sheet, &region(values)?, name, spot, Nodes::fixed(Decimal::ONE))
}

/// Spot has no rows: the list price is the most that it can cost.
fn machine_line(sheet: &mut Sheet, region: &str, name: &str, spot: bool, nodes: Nodes) -> Result<(), Gap> {
    sheet.buy(region, nodes.of(Item::new("vm", name).ceiling(spot), Decimal::ONE))
}

fn os_disk(sheet: &mut Sheet) -> Result<(), Gap> {
    let values = sheet.values();
    let disk = values.need_block("os_disk")?;
    if disk.block("diff_disk_settings")?.is_some() {
        // On the machine's own disk: no charge.
        return Ok(());
    }
    let kind = disk.need_text("storage_account_type")?;
    disk_line(sheet, &region(values)?, kind, disk.need_number("disk_size_gb")?, Nodes::fixed(Decimal::ONE))
}

fn licence(sheet: &mut Sheet) -> Result<(), Gap> {
    let Ok(Some(image)) = sheet.values().block("source_image_reference") else { return Ok(()) };
    let licensed = image.text("publisher")?.is_some_and(|publisher| LICENSED.contains(&publisher));
    if licensed { Err(Gap::option("licence of the image")) } else { Ok(()) }
}

fn disk(sheet: &mut Sheet) -> Result<(), Gap> {
    let values = sheet.values();
    if values.text("tier").is_ok_and(|tier| tier.is_some()) {
        return Err(Gap::option("tier"));
    }
    let kind = values.need_text("storage_account_type")?;
    disk_line(sheet, &region(values)?, kind, values.need_number("disk_size_gb")?, Nodes::fixed(Decimal::ONE))
}

/// Disks are sold in steps: the smallest one that is large enough.
fn disk_line(sheet: &mut Sheet, region: &str, kind: &str, gb: Decimal, nodes: Nodes) -> Result<(), Gap> {
    let steps = sheet.book.skus(sheet.change.cloud, region, DISK).into_iter().filter_map(|sku| {
        let size = sku.strip_prefix(kind)?.strip_prefix('/').and_then(money::parse)?;
        (size >= gb).then_some((size, sku))
    });
    match steps.min() {
        Some((_, sku)) => sheet.buy(region, nodes.of(Item::new(DISK, &sku), Decimal::ONE)),
        None => sheet.buy(region, Item::new(DISK, &format!("{kind}/{}", gb.normalize()))),
    }
}

fn fee(sheet: &mut Sheet) -> Result<(), Gap> {
    let values = sheet.values();
    // The provider's documented default.
    let tier = values.text("sku_tier")?.unwrap_or("Free");
    sheet.buy(&region(values)?, Item::new("aks", tier))
}

fn default_pool(sheet: &mut Sheet) -> Result<(), Gap> {
    let values = sheet.values();
    nodes(sheet, &region(values)?, values.need_block("default_node_pool")?, false)
}

/// A pool of its own carries no location: it is that of the cluster it names.
fn pool(sheet: &mut Sheet) -> Result<(), Gap> {
    let values = sheet.values();
    let cluster = sheet.plan.named_by(sheet.change, &["kubernetes_cluster_id"]);
    let cluster = cluster.ok_or_else(|| Gap::new(Reason::UnknownRegion, "kubernetes_cluster_id"))?;
    let spot = values.text("priority")? == Some("Spot");
    nodes(sheet, &region(cluster.view(sheet.side))?, values, spot)
}

fn nodes(sheet: &mut Sheet, region: &str, pool: View, spot: bool) -> Result<(), Gap> {
    let count = if pool.flag("auto_scaling_enabled")? {
        let (least, most) = (pool.need_number("min_count")?, pool.need_number("max_count")?);
        Nodes { counted: least, most: Some(most) }
    } else {
        Nodes::fixed(pool.need_number("node_count")?)
    };
    let machines = machine_line(sheet, region, pool.need_text("vm_size")?, spot, count);
    sheet.part(machines);
    if pool.text("os_disk_type")? == Some("Ephemeral") {
        return Ok(());
    }
    // Managed disks of nodes are premium where the machine takes them, and all that are offered do. Source:
    // Microsoft Learn, storage options for applications in AKS.
    disk_line(sheet, region, "Premium_LRS", pool.need_number("os_disk_size_gb")?, count)
}
