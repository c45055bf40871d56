//! Lists of Google Cloud's prices, in the form of Cyclenerd/google-cloud-pricing-cost-calculator.

use super::{Arch, Draft, Found, Key, Machine, Term, Unit, is_region, machine_key, money};
use crate::pricing::money::HOURS_PER_MONTH;
use rust_decimal::Decimal;

/// First line of the list of machine types.
pub(super) const COMPUTE: &str = "region,machine_type,vcpu,ram_gb,usd_hour,usd_hour_spot,usd_month_with_sustained_use,usd_month_1y_commit,usd_month_3y_commit";
/// First line of the list of everything else.
pub(super) const OTHER: &str = "region,item,unit_or_variant,usd";

/// What the guest of a shared-core type sees, where the list gives the share that is billed. Source: Google
/// Cloud, machine families, shared-core machine types; f1-micro and g1-small are listed by their guest's.
const SHARED: [(&str, u32, &str); 5] = [
    ("e2-micro", 2, "0.25"),
    ("e2-small", 2, "0.5"),
    ("e2-medium", 2, "1"),
    ("f1-micro", 1, "0.2"),
    ("g1-small", 1, "0.5"),
];
/// Families with ARM processors.
const ARM: [&str; 4] = ["t2a-", "c4a-", "n4a-", "a4x-"];
/// Service of what a machine costs in a month when it runs all of it, where that is less without asking.
pub(in crate::pricing) const SUSTAINED: &str = "sustained-use";

/// Reads the list of machine types.
pub(super) fn compute(draft: &mut Draft) -> Found {
    for (line, cells) in draft.records() {
        let [region, name, vcpu, ram, hour, spot, sustained, one, three] = cells[..] else {
            draft.fault(line, &cells.join(","), "it has not 9 columns");
            continue;
        };
        let row = [region, name].join(",");
        if !is_region(region) {
            draft.fault(line, &row, "the region is no region");
            continue;
        }
        let machine = match machine(name, vcpu, ram) {
            Ok(machine) => machine,
            Err(what) => {
                draft.fault(line, &row, what);
                continue;
            }
        };
        let key = |service, term| Key::new("gcp", region, service, name, term);
        if !draft.add(line, machine_key("gcp", region, "compute", name), Unit::Hour, hour, Some(&machine)) {
            continue;
        }
        match spot {
            "" => draft.fault(line, &row, "there is no spot price"),
            _ => _ = draft.add(line, key("compute", Term::Spot), Unit::Hour, spot, Some(&machine)),
        }
        let listed = money::parse(hour).map(|hour| hour * HOURS_PER_MONTH);
        if money::parse(sustained) < listed {
            draft.add(line, key(SUSTAINED, Term::OnDemand), Unit::Month, sustained, None);
        }
        if one.is_empty() || three.is_empty() {
            draft.fault(line, &row, "there are no commitments");
        } else if money::parse(one) == money::parse(sustained) {
            draft.fault(line, &row, "the commitment costs what sustained use does, so there is none");
        } else {
            draft.add(line, key("compute", Term::OneYear), Unit::Month, one, Some(&machine));
            draft.add(line, key("compute", Term::ThreeYears), Unit::Month, three, Some(&machine));
        }
    }
    draft.finish()
}

fn machine(name: &str, vcpu: &str, ram: &str) -> Result<Machine, &'static str> {
    let share = money::parse(vcpu).ok_or("vcpu is not a number")?;
    let mem_gib = money::parse(ram).filter(|n| !n.is_zero()).ok_or("the memory is not known")?;
    let arch = if ARM.iter().any(|family| name.starts_with(family)) { Arch::Arm64 } else { Arch::X86_64 };
    if let Some((_, vcpu, billed)) = SHARED.iter().find(|(shared, ..)| *shared == name) {
        return Ok(Machine { vcpu: *vcpu, billed: money::parse(billed), mem_gib, arch });
    }
    let whole = share.normalize().to_string().parse().ok().filter(|n| *n > 0);
    let vcpu = whole.ok_or("vcpu is the share that is billed, and what the guest sees is not known")?;
    Ok(Machine { vcpu, billed: None, mem_gib, arch })
}

/// Reads the list of disks, network and storage.
pub(super) fn other(draft: &mut Draft) -> Found {
    let records = draft.records();
    for (line, cells) in &records {
        let [region, item, variant, price] = cells[..] else {
            draft.fault(*line, &cells.join(","), "it has not 4 columns");
            continue;
        };
        let row = [region, item, variant].join(",");
        if !is_region(region) {
            let swapped = is_region(variant) && variant.contains('-');
            let what = if swapped { "region and variant are swapped" } else { "the region is no region" };
            draft.fault(*line, &row, what);
            continue;
        }
        let Some((service, sku, unit)) = sku(item, variant) else {
            draft.fault(*line, &row, "what it is the price of is not known");
            continue;
        };
        // The list gives an hour and a month of the same thing; the hour counts when they agree.
        if unit == Unit::Month {
            let hour = records.iter().find_map(|(_, other)| match other[..] {
                [r, i, "hour", price] if r == region && i == item => money::parse(price),
                _ => None,
            });
            let agrees = |hour: Decimal| money::parse(price) == Some(hour * HOURS_PER_MONTH);
            match hour {
                Some(hour) if agrees(hour) => continue,
                Some(_) => {
                    draft.fault(*line, &row, "the month is not 730 hours");
                    continue;
                }
                None => {}
            }
        }
        draft.add(*line, Key::new("gcp", region, service, &sku, Term::OnDemand), unit, price, None);
    }
    draft.finish()
}

/// Service, name and unit of an item of the list.
fn sku(item: &str, variant: &str) -> Option<(&'static str, String, Unit)> {
    if let Some(disk) = item.strip_prefix("disk/") {
        let replicated = if variant.ends_with("-replicated") { "-replicated" } else { "" };
        return Some(("disk", [disk, replicated].concat(), Unit::GbMonth));
    }
    if let Some(class) = item.strip_prefix("storage/bucket/") {
        // The region says whether it is one place or several.
        let class = class.trim_end_matches("-multi").trim_end_matches("-dual");
        let class = if class == "archiv" { "archive" } else { class };
        return Some(("storage", class.to_owned(), Unit::GbMonth));
    }
    if let Some(class) = item.strip_prefix("storage/retrieval/") {
        let class = class.trim_end_matches("-multi").trim_end_matches("-dual");
        let class = if class == "archiv" { "archive" } else { class };
        return Some(("storage-retrieval", class.to_owned(), Unit::Gb));
    }
    let network = item.strip_prefix("network/")?;
    let unit = match (network, variant) {
        ("nat/data", "month") => Unit::Gb,
        ("ip/vm" | "ip/unused" | "nat/gateway" | "vpn/tunnel", "hour") => Unit::Hour,
        ("ip/vm" | "ip/unused" | "nat/gateway" | "vpn/tunnel", "month") => Unit::Month,
        _ => return None,
    };
    Some(("network", network.to_owned(), unit))
}
