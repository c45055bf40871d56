//! Machines and disks of Google Cloud.

use super::{Gap, Item, Nodes, Part, Reason, Sheet, Term, View, last};
use rust_decimal::Decimal;

/// Service of machine types.
pub(super) const COMPUTE: &str = "compute";
/// Service of disks.
const DISK: &str = "disk";
/// Families whose price contains their accelerators.
const WITH_ACCELERATORS: [&str; 5] = ["a2-", "a3-", "a4-", "g2-", "g4-"];
/// Size of a local SSD that names none, in GB.
const LOCAL_SSD_GB: u32 = 375;
/// Words in an image's address whose licence costs more than the machine.
const LICENSED: [&str; 4] = ["windows", "rhel", "sles", "suse"];

pub(super) const RULES: [(&str, &[Part]); 3] = [
    ("google_compute_instance", &[machine, boot_disk, local_disks, addresses, accelerators]),
    ("google_compute_disk", &[disk]),
    ("google_compute_region_disk", &[replicated_disk]),
];

/// Region of a resource: its zone without the last part, else its region.
pub(super) fn region(values: View<'_>) -> Result<&str, Gap> {
    if let Some(zone) = values.text("zone")? {
        let zone = last(zone);
        return zone
            .rsplit_once('-')
            .map(|(region, _)| region)
            .ok_or_else(|| Gap::new(Reason::UnknownRegion, zone));
    }
    Ok(last(super::region(values, "region")?))
}

fn machine(sheet: &mut Sheet) -> Result<(), Gap> {
    let values = sheet.values();
    // Whoever asks for spot writes so: without, the provider leaves the block and its arguments unknown.
    let scheduling = values.blocks("scheduling").unwrap_or_default();
    let spot = scheduling.first().is_some_and(|block| {
        block.text("provisioning_model").is_ok_and(|model| model == Some("SPOT"))
            || block.flag("preemptible").unwrap_or_default()
    });
    let name = last(values.need_text("machine_type")?);
    machine_line(sheet, region(values)?, name, spot, Nodes::fixed(Decimal::ONE))
}

/// The line of machines of a type.
pub(super) fn machine_line(
    sheet: &mut Sheet,
    region: &str,
    name: &str,
    spot: bool,
    nodes: Nodes,
) -> Result<(), Gap> {
    let term = if spot { Term::Spot } else { Term::OnDemand };
    sheet.buy(region, nodes.of(Item::new(COMPUTE, name).term(term), Decimal::ONE))
}

/// The line of disks of a type and size.
pub(super) fn disk_line(
    sheet: &mut Sheet,
    region: &str,
    kind: &str,
    gb: Decimal,
    nodes: Nodes,
) -> Result<(), Gap> {
    sheet.buy(region, nodes.of(Item::new(DISK, kind), gb))
}

fn boot_disk(sheet: &mut Sheet) -> Result<(), Gap> {
    let values = sheet.values();
    let boot = values.need_block("boot_disk")?;
    let Some(params) = boot.block("initialize_params")? else {
        // An existing disk is a resource of its own, and priced there.
        return boot.need_text("source").map(|_| ());
    };
    if let Ok(Some(image)) = params.text("image") {
        let image = image.to_ascii_lowercase();
        if LICENSED.iter().any(|word| image.contains(word)) {
            sheet.gap(Gap::option("licence of the image"));
        }
    }
    let (kind, gb) = (last(params.need_text("type")?), params.need_number("size")?);
    tuned(sheet, params);
    disk_line(sheet, region(values)?, kind, gb, Nodes::fixed(Decimal::ONE))
}

/// Performance that is bought apart has no rows.
fn tuned(sheet: &mut Sheet, disk: View) {
    for option in ["provisioned_iops", "provisioned_throughput"] {
        // On the disk types that have no such option the provider leaves it 0 or unknown.
        if disk.number(option).is_ok_and(|n| n.is_some_and(|n| !n.is_zero())) {
            sheet.gap(Gap::option(option));
        }
    }
}

fn local_disks(sheet: &mut Sheet) -> Result<(), Gap> {
    let values = sheet.values();
    for disk in values.blocks("scratch_disk")? {
        let gb = disk.number("size")?.unwrap_or_else(|| LOCAL_SSD_GB.into());
        disk_line(sheet, region(values)?, "pd-local", gb, Nodes::fixed(Decimal::ONE))?;
    }
    Ok(())
}

fn addresses(sheet: &mut Sheet) -> Result<(), Gap> {
    let values = sheet.values();
    let mut count = 0;
    for interface in values.blocks("network_interface")? {
        count += interface.count("access_config")?;
    }
    if count == 0 {
        return Ok(());
    }
    sheet.buy(region(values)?, Item::new("network", "ip/vm").times(count.into()))
}

fn accelerators(sheet: &mut Sheet) -> Result<(), Gap> {
    let values = sheet.values();
    let contained = values.text("machine_type")?.is_some_and(|name| contains_accelerators(last(name)));
    // Without accelerators the provider may still leave the list unknown.
    match values.count("guest_accelerator") {
        Ok(count) if count > 0 && !contained => Err(Gap::option("guest_accelerator")),
        _ => Ok(()),
    }
}

/// The price of the type contains its accelerators.
pub(super) fn contains_accelerators(machine: &str) -> bool {
    WITH_ACCELERATORS.iter().any(|family| machine.starts_with(family))
}

fn disk(sheet: &mut Sheet) -> Result<(), Gap> {
    disk_resource(sheet, "")
}

fn replicated_disk(sheet: &mut Sheet) -> Result<(), Gap> {
    disk_resource(sheet, "-replicated")
}

fn disk_resource(sheet: &mut Sheet, suffix: &str) -> Result<(), Gap> {
    let values = sheet.values();
    // The provider's documented default.
    let kind = [last(values.text("type")?.unwrap_or("pd-standard")), suffix].concat();
    tuned(sheet, values);
    disk_line(sheet, region(values)?, &kind, values.need_number("size")?, Nodes::fixed(Decimal::ONE))
}
