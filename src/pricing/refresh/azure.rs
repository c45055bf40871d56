//! Lists of Azure's prices of virtual machines, in the form of Azure/karpenter-provider-azure. They name no
//! sizes, and some of their prices are wrong; both are made good here.

use super::{Arch, Draft, Found, Key, Machine, Row, Unit, is_region, machine_key, money};
use rust_decimal::Decimal;
use std::collections::{BTreeMap, BTreeSet};

/// First line of the list.
pub(super) const HEADER: &str = "region,vm_size,usd_hour";
/// vCPU, memory and architecture of the sizes that can be offered. Source: Microsoft Learn, Sizes for virtual
/// machines in Azure, the pages of each series.
const SIZES: &str = include_str!("../data/azure_sizes.csv");

/// Reads the list: sizes that are not known and prices of 0 are left out, then prices that are 1.9 times off
/// the size's median over the regions, then what costs more per vCPU than its family, or more than a larger size of it.
pub(super) fn read(draft: &mut Draft) -> Found {
    let sizes = sizes();
    let mut lines = BTreeMap::new();
    for (line, cells) in draft.records() {
        let [region, name, hour] = cells[..] else {
            draft.fault(line, &cells.join(","), "it has not 3 columns");
            continue;
        };
        let row = [region, name].join(",");
        if !is_region(region) {
            draft.fault(line, &row, "the region is no region");
        } else if money::parse(hour).is_some_and(|price| price.is_zero()) {
            draft.fault(line, &row, "the price is 0");
        } else if let Some(machine) = sizes.get(name) {
            let key = machine_key("azure", region, "vm", name);
            if draft.add(line, key.clone(), Unit::Hour, hour, Some(machine)) {
                lines.insert(key, line);
            }
        } else {
            draft.fault(line, &row, "vCPU and memory are not known");
        }
    }
    judge(draft, &lines);
    draft.finish()
}

/// Leaves out list prices that cannot be right. `lines` says where each row stood.
pub(super) fn judge(draft: &mut Draft, lines: &BTreeMap<Key, u64>) {
    let medians = medians(draft, lines);
    let listed = |(key, _): &(&Key, &Row)| lines.contains_key(*key);
    let off =
        |(key, row): &(&Key, &Row)| medians.get(key.column(3)).is_none_or(|m| factor(row.price, *m) > most());
    let far: Vec<Key> =
        draft.found.rows.iter().filter(listed).filter(off).map(|(key, _)| key.clone()).collect();
    for key in far {
        leave_out(draft, lines, &key, "the price is 1.9 times off the median of the size");
    }
    for key in licensed(draft, lines) {
        leave_out(draft, lines, &key, "it costs more per vCPU than its family does in that region");
    }
    for key in inverted(draft, lines) {
        leave_out(
            draft,
            lines,
            &key,
            "it costs more than a larger size of the family, or less than a smaller one",
        );
    }
}

fn leave_out(draft: &mut Draft, lines: &BTreeMap<Key, u64>, key: &Key, what: &str) {
    draft.found.rows.remove(key);
    let row = [key.column(1), key.column(3)].join(",");
    draft.fault(lines.get(key).copied().unwrap_or_default(), &row, what);
}

pub(super) fn sizes() -> BTreeMap<&'static str, Machine> {
    let known = |line: &'static str| {
        let mut cells = line.split(',');
        let (name, vcpu, mem, arch) = (cells.next()?, cells.next()?, cells.next()?, cells.next()?);
        let machine = Machine {
            vcpu: vcpu.parse().ok()?,
            billed: None,
            mem_gib: money::parse(mem)?,
            arch: Arch::parse(arch)?,
        };
        Some((name, machine))
    };
    SIZES.lines().filter_map(known).collect()
}

/// 1.9: the most that a price may be off its size's median.
fn most() -> Decimal {
    Decimal::new(19, 1)
}

/// Median price of each size over the regions.
fn medians(draft: &Draft, lines: &BTreeMap<Key, u64>) -> BTreeMap<String, Decimal> {
    let mut prices: BTreeMap<String, Vec<Decimal>> = BTreeMap::new();
    for (key, row) in draft.found.rows.iter().filter(|(key, _)| lines.contains_key(*key)) {
        prices.entry(key.column(3).to_owned()).or_default().push(row.price);
    }
    prices.into_iter().filter_map(|(name, all)| median(all).map(|price| (name, price))).collect()
}

/// Series whose sizes cost the same per vCPU where memory per vCPU is the same.
const LINEAR: [&str; 3] = ["Standard_D", "Standard_E", "Standard_F"];

/// Sizes that cost over 1.2 times what the cheapest of the family does per vCPU in that region: some rows of the list
/// hold the licence of Windows (0.046 an hour and vCPU, on `Das_v5` and `Eas_v5` about every other one).
fn licensed(draft: &Draft, lines: &BTreeMap<Key, u64>) -> BTreeSet<Key> {
    /// Region, family and memory for each core.
    type Family = (String, String, Decimal);
    let mut families: BTreeMap<Family, Vec<(Decimal, &Key)>> = BTreeMap::new();
    for (key, row) in draft.found.rows.iter().filter(|(key, _)| lines.contains_key(*key)) {
        let Some((vcpu, mem)) = row.vcpu.map(Decimal::from).zip(row.mem_gib) else { continue };
        let Some((price, mem)) = row.price.checked_div(vcpu).zip(mem.checked_div(vcpu)) else { continue };
        if LINEAR.iter().any(|series| key.column(3).starts_with(series)) {
            let family = (key.column(1).to_owned(), family(key.column(3)), mem.normalize());
            families.entry(family).or_default().push((price, key));
        }
    }
    let mut far = BTreeSet::new();
    for family in families.into_values() {
        let least = family.iter().map(|(price, _)| *price).min().unwrap_or_default();
        let most = least * Decimal::new(12, 1);
        far.extend(family.into_iter().filter(|(price, _)| *price > most).map(|(_, key)| key.clone()));
    }
    far
}

/// The middle one, the lower of two.
fn median(mut all: Vec<Decimal>) -> Option<Decimal> {
    all.sort();
    all.get(all.len().saturating_sub(1) / 2).copied()
}

/// How far two prices are apart, as a factor of at least 1.
fn factor(a: Decimal, b: Decimal) -> Decimal {
    a.max(b).checked_div(a.min(b)).unwrap_or(Decimal::MAX)
}

/// Of each pair where the larger size costs less, the one whose price per vCPU is further off what the family
/// mostly asks in that region. Goes on until there is no such pair; each round leaves a row out, so it ends.
fn inverted(draft: &Draft, lines: &BTreeMap<Key, u64>) -> BTreeSet<Key> {
    let mut families: BTreeMap<(String, String), Vec<&Key>> = BTreeMap::new();
    for key in draft.found.rows.keys().filter(|key| lines.contains_key(*key)) {
        let family = family(key.column(3));
        families.entry((key.column(1).to_owned(), family)).or_default().push(key);
    }
    let each = |key: &Key| {
        let row = draft.found.rows.get(key)?;
        row.price.checked_div(row.vcpu?.into())
    };
    let mut out = BTreeSet::new();
    for mut keys in families.into_values() {
        let usual = median(keys.iter().filter_map(|key| each(key)).collect()).unwrap_or_default();
        let off = |key: &Key| each(key).map_or(Decimal::MAX, |price| factor(price, usual));
        while let Some((small, large)) = pair(draft, &keys) {
            let worse = if off(small) >= off(large) { small } else { large };
            keys.retain(|key| *key != worse);
            out.insert(worse.clone());
        }
    }
    out
}

/// The first pair whose larger size, by vCPU and memory, costs less.
fn pair<'k>(draft: &Draft, keys: &[&'k Key]) -> Option<(&'k Key, &'k Key)> {
    let row = |key: &Key| draft.found.rows.get(key);
    for small in keys {
        for large in keys {
            let (Some(s), Some(l)) = (row(small), row(large)) else { continue };
            let larger =
                l.vcpu >= s.vcpu && l.mem_gib >= s.mem_gib && (l.vcpu, l.mem_gib) != (s.vcpu, s.mem_gib);
            if larger && l.price < s.price {
                return Some((small, large));
            }
        }
    }
    None
}

/// The name without the number of processors: `Standard_D2as_v5` and `Standard_D4as_v5` are of one family.
pub(in crate::pricing) fn family(name: &str) -> String {
    let Some((tier, rest)) = name.split_once('_') else { return name.to_owned() };
    let letters = rest.trim_start_matches(|c: char| c.is_ascii_uppercase());
    let begin = rest.get(..rest.len() - letters.len()).unwrap_or_default();
    [tier, "_", begin, letters.trim_start_matches(|c: char| c.is_ascii_digit())].concat()
}
