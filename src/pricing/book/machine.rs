//! Machine types: what a form may offer.

use super::row::{Arch, Key, Term, cloud};
use super::{PriceBook, machine_service};
use crate::api::Provider;
use crate::pricing::money::Cost;
use k8s_openapi::jiff::civil::Date;
use rust_decimal::Decimal;
use std::collections::BTreeSet;

/// A machine type of a region, with a price and known sizes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Machine {
    /// As the provider spells it.
    pub name: String,
    /// Processors that the guest sees.
    pub vcpu: u32,
    /// Share of processors that is billed, where it differs.
    pub billed_vcpu: Option<Decimal>,
    /// Memory in GiB.
    pub mem_gib: Decimal,
    /// Architecture.
    pub arch: Arch,
    /// List price without commitment.
    pub cost: Cost,
    /// Date of that price.
    pub as_of: Date,
}

impl PriceBook {
    /// The machine type in that region; `None` when the book has no price for it there, or no vCPU, memory or
    /// architecture: such a type cannot be checked against quota, so it is not offered.
    pub fn machine(&self, provider: Provider, region: &str, name: &str) -> Option<Machine> {
        let key = Key::new(cloud(provider), region, machine_service(provider), name, Term::OnDemand);
        let row = self.row(&key)?;
        // A table that only sets another price leaves the sizes to the ones below it.
        let below = || self.tables.iter().filter_map(|table| table.rows.get(&key));
        Some(Machine {
            name: name.to_owned(),
            vcpu: below().find_map(|row| row.vcpu)?,
            billed_vcpu: below().find_map(|row| row.billed_vcpu),
            mem_gib: below().find_map(|row| row.mem_gib)?,
            arch: below().find_map(|row| row.arch)?,
            cost: row.cost(),
            as_of: row.as_of,
        })
    }

    /// All machine types that can be offered in a region, by name.
    pub fn machines(&self, provider: Provider, region: &str) -> Vec<Machine> {
        let mut names = BTreeSet::new();
        self.scan(&[cloud(provider), region, machine_service(provider), ""].join(","), |key| {
            if key.column(4) == Term::OnDemand.as_str() {
                names.insert(key.column(3).to_owned());
            }
        });
        names.iter().filter_map(|name| self.machine(provider, region, name)).collect()
    }

    /// Regions with prices of machines, sorted.
    pub fn regions(&self, provider: Provider) -> Vec<String> {
        let mut regions = BTreeSet::new();
        self.scan(&[cloud(provider), ""].join(","), |key| {
            if key.column(2) == machine_service(provider) && !regions.contains(key.column(1)) {
                regions.insert(key.column(1).to_owned());
            }
        });
        regions.into_iter().collect()
    }

    /// The machine types of a region whose names are nearest to what was asked for, at most so many, the
    /// nearest first.
    pub fn nearest_machines(&self, provider: Provider, region: &str, name: &str, most: usize) -> Vec<String> {
        nearest(name, self.machines(provider, region).into_iter().map(|machine| machine.name), most)
    }

    /// The regions with prices whose names are nearest, at most so many, the nearest first.
    pub fn nearest_regions(&self, provider: Provider, name: &str, most: usize) -> Vec<String> {
        nearest(name, self.regions(provider).into_iter(), most)
    }
}

/// The names nearest to one: by the number of letters that differ, then by the alphabet.
pub fn nearest(name: &str, all: impl Iterator<Item = String>, most: usize) -> Vec<String> {
    let folded = name.to_ascii_lowercase();
    let distance = |other: &str| strsim::damerau_levenshtein(&folded, &other.to_ascii_lowercase());
    let mut ranked: Vec<(usize, String)> = all.map(|other| (distance(&other), other)).collect();
    ranked.sort();
    ranked.into_iter().take(most).map(|(_, other)| other).collect()
}
