//! Kubernetes clusters of Google Cloud.

use super::gcp::{contains_accelerators, disk_line, machine_line};
use super::{Gap, Item, Nodes, Part, Reason, Sheet, View, last};
use rust_decimal::Decimal;

/// Zones of a regional cluster that names none. Source: Google Cloud, GKE, regional clusters.
const ZONES_OF_A_REGION: usize = 3;

pub(super) const RULES: [(&str, &[Part]); 2] = [
    ("google_container_cluster", &[fee, default_pool, inline_pools]),
    ("google_container_node_pool", &[pool]),
];

/// Region and number of zones of a cluster or pool: a location that ends in a letter is one zone.
fn place(values: View<'_>) -> Result<(&str, Decimal), Gap> {
    let location = last(super::region(values, "location")?);
    let zone = location.rsplit_once('-').filter(|(_, end)| end.len() == 1);
    let region = zone.map_or(location, |(region, _)| region);
    // Unknown until the apply where nobody names them: then the default holds.
    let named = values.count("node_locations").unwrap_or_default();
    let zones = match (zone, named) {
        // Of a zonal cluster these are zones beside its own; of its pools, all.
        (_, named) if named > 0 => named,
        (Some(_), _) => 1,
        (None, _) => ZONES_OF_A_REGION,
    };
    Ok((region, zones.into()))
}

fn fee(sheet: &mut Sheet) -> Result<(), Gap> {
    let values = sheet.values();
    if values.flag("enable_autopilot")? {
        return Err(Gap::option("enable_autopilot"));
    }
    sheet.buy(place(values)?.0, Item::new("gke", "cluster"))
}

fn default_pool(sheet: &mut Sheet) -> Result<(), Gap> {
    let values = sheet.values();
    if values.flag("enable_autopilot")? || values.flag("remove_default_node_pool")? {
        return Ok(());
    }
    let count = match values.number("initial_node_count")? {
        Some(count) if !count.is_zero() => count,
        _ => return Ok(()),
    };
    let (region, mut zones) = place(values)?;
    if values.text("location")?.is_some_and(|l| l.rsplit('-').next().is_some_and(|end| end.len() == 1)) {
        zones = Decimal::from(values.count("node_locations").unwrap_or_default() + 1);
    }
    nodes(sheet, region, values, Nodes::fixed(count * zones))
}

fn inline_pools(sheet: &mut Sheet) -> Result<(), Gap> {
    let values = sheet.values();
    if values.flag("enable_autopilot")? || values.flag("remove_default_node_pool")? {
        return Ok(());
    }
    // Where pools are resources of their own the provider leaves this unknown.
    let Ok(pools) = values.blocks("node_pool") else { return Ok(()) };
    let (region, zones) = place(values)?;
    for pool in pools {
        nodes(sheet, region, pool, count(pool, zones)?)?;
    }
    Ok(())
}

fn pool(sheet: &mut Sheet) -> Result<(), Gap> {
    let values = sheet.values();
    let (region, zones) = place(values)?;
    nodes(sheet, region, values, count(values, zones)?)
}

/// With autoscaling the least counts, and the most is what it can grow to.
fn count(pool: View, zones: Decimal) -> Result<Nodes, Gap> {
    if let Some(scaling) = pool.block("autoscaling")? {
        let total = scaling.number("total_max_node_count")?.filter(|n| !n.is_zero());
        if let Some(most) = total {
            let counted = scaling.number("total_min_node_count")?.unwrap_or_default();
            return Ok(Nodes { counted, most: Some(most) });
        }
        let counted = scaling.number("min_node_count")?.unwrap_or_default();
        let most = Some(scaling.need_number("max_node_count")?);
        return Ok(Nodes { counted, most }.times(zones));
    }
    let count = match pool.number("node_count") {
        Ok(Some(count)) => count,
        _ => pool.need_number("initial_node_count")?,
    };
    Ok(Nodes::fixed(count).times(zones))
}

fn nodes(sheet: &mut Sheet, region: &str, pool: View, nodes: Nodes) -> Result<(), Gap> {
    let config = pool.need_block("node_config")?;
    let machine = config.need_text("machine_type")?;
    let spot = config.flag("spot")? || config.flag("preemptible")?;
    let done = machine_line(sheet, region, machine, spot, nodes);
    sheet.part(done);
    if config.count("guest_accelerator").is_ok_and(|n| n > 0) && !contains_accelerators(machine) {
        sheet.gap(Gap::option("guest_accelerator"));
    }
    let disk = config.need_number("disk_size_gb").and_then(|gb| Ok((config.need_text("disk_type")?, gb)));
    match disk {
        Ok((kind, gb)) => disk_line(sheet, region, kind, gb, nodes),
        Err(_) => Err(Gap::new(Reason::UnknownValue, "node_config.disk_size_gb, disk_type")),
    }
}
