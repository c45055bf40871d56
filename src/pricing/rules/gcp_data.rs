//! Databases and buckets of Google Cloud.

use super::{Gap, Item, Part, Reason, Sheet, View, gcp, last};
use crate::pricing::assumptions;
use rust_decimal::Decimal;

pub(super) const RULES: [(&str, &[Part]); 2] = [
    ("google_sql_database_instance", &[standby, database, database_disk]),
    ("google_storage_bucket", &[bucket]),
];

/// Service of Cloud SQL.
const SQL: &str = "sql";
/// MB of a GB.
const MB: Decimal = Decimal::from_parts(1024, 0, 0, false, 0);

fn settings<'a>(sheet: &Sheet<'a>) -> Result<View<'a>, Gap> {
    sheet.values().need_block("settings")
}

/// A regional instance has a second of everything.
fn standby(sheet: &mut Sheet) -> Result<(), Gap> {
    if settings(sheet)?.text("availability_type")? == Some("REGIONAL") {
        sheet.set_copies(Decimal::TWO);
    }
    Ok(())
}

fn database(sheet: &mut Sheet) -> Result<(), Gap> {
    let (values, settings) = (sheet.values(), settings(sheet)?);
    if values.text("database_version")?.is_some_and(|version| version.starts_with("SQLSERVER")) {
        return Err(Gap::option("licence of SQL Server"));
    }
    // Unknown where nobody names it: then the price is not known either.
    match settings.text("edition")? {
        None | Some("ENTERPRISE") => {}
        Some(other) => return Err(Gap::option(other)),
    }
    let (region, tier) = (gcp::region(values)?, settings.need_text("tier")?);
    let Some((vcpu, mb)) = custom(tier) else {
        return sheet.buy(region, Item::new(SQL, tier));
    };
    sheet.buy(region, Item::new(SQL, "vcpu").times(vcpu.into()))?;
    let Some(gb) = Decimal::from(mb).checked_div(MB) else { return Ok(()) };
    sheet.buy(region, Item::new(SQL, "ram-gb").times(gb))
}

/// vCPU and MB of memory of a size such as `db-custom-2-7680`.
fn custom(tier: &str) -> Option<(u32, u32)> {
    let (vcpu, mb) = tier.strip_prefix("db-custom-")?.split_once('-')?;
    Some((vcpu.parse().ok()?, mb.parse().ok()?))
}

fn database_disk(sheet: &mut Sheet) -> Result<(), Gap> {
    let (values, settings) = (sheet.values(), settings(sheet)?);
    let kind = match settings.text("disk_type") {
        // Where nobody names one, custom sizes of the edition get PD_SSD. Source: the provider's documentation.
        Err(_) if custom(settings.need_text("tier")?).is_some() => None,
        other => other?,
    };
    let sku = match kind {
        None | Some("PD_SSD") => "storage-ssd",
        Some("PD_HDD") => "storage-hdd",
        Some(other) => return Err(Gap::option(other)),
    };
    let gb = settings.need_number("disk_size")?;
    sheet.buy(gcp::region(values)?, Item::new(SQL, sku).times(gb))
}

fn bucket(sheet: &mut Sheet) -> Result<(), Gap> {
    let values = sheet.values();
    let location = last(super::region(values, "location")?).to_ascii_lowercase();
    let region = match location.as_str() {
        "us" => "us-multi",
        "eu" => "europe-multi",
        "asia" => "asia-multi",
        one => one,
    };
    let sku = match values.text("storage_class")? {
        None | Some("STANDARD" | "MULTI_REGIONAL" | "REGIONAL") => "standard",
        Some("NEARLINE") => "nearline",
        Some("COLDLINE") => "coldline",
        Some("ARCHIVE") => "archive",
        Some("DURABLE_REDUCED_AVAILABILITY") => "dra",
        Some(other) => return Err(Gap::new(Reason::UnknownSku, other)),
    };
    sheet.buy(region, Item::new("storage", sku).assumed(assumptions::BUCKET))
}
