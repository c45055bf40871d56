//! Subnets of a network: their names and ranges.

use super::{Writer, cidr::Cidr};
use crate::api::resource::Network;
use std::{collections::BTreeMap, ops::RangeInclusive};

/// Names of the halves that a network without subnets is cut in.
const HALVES: [&str; 2] = ["a", "b"];

/// Names of the subnets in the order people gave them: the first is where machines go.
pub(super) fn names(network: &Network) -> Vec<String> {
    if network.subnets.is_empty() {
        return HALVES.map(str::to_owned).to_vec();
    }
    network.subnets.iter().map(|subnet| subnet.name.clone()).collect()
}

impl Writer<'_, '_> {
    /// Ranges of the subnets by name, or findings: on a range that is not private or has another size than the
    /// cloud takes (`sizes`, leading bits), on subnets outside, smaller than `/smallest`, or overlapping.
    pub(super) fn cidrs(
        &mut self,
        network: &Network,
        sizes: RangeInclusive<u8>,
        smallest: u8,
    ) -> BTreeMap<String, String> {
        let whole = Cidr::parse(&network.cidr).filter(|c| c.is_private() && sizes.contains(&c.bits()));
        let Some(whole) = whole else {
            self.refuse("network.cidr", format!(
                "{} is no private range of /{} to /{} given by its first address. Choose one inside 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16",
                network.cidr, sizes.start(), sizes.end()
            ));
            return BTreeMap::new();
        };
        if network.subnets.is_empty() {
            let halves = HALVES.iter().zip(whole.halves());
            return halves.map(|(name, half)| ((*name).to_owned(), half.to_string())).collect();
        }
        let mut found: BTreeMap<String, Cidr> = BTreeMap::new();
        for subnet in &network.subnets {
            if !self.plain("network.subnets", &subnet.name) {
                continue;
            }
            let field = ["network.subnets[", &subnet.name, "].cidr"].concat();
            let range = Cidr::parse(&subnet.cidr).filter(|c| whole.holds(*c) && c.bits() <= smallest);
            let Some(range) = range else {
                self.refuse(&field, format!("{} does not lie in {whole}, or is smaller than /{smallest}. Choose a range inside, by its first address", subnet.cidr));
                continue;
            };
            if let Some((other, taken)) = found.iter().find(|(_, other)| other.overlaps(range)) {
                self.refuse(&field, format!("{range} overlaps subnet \"{other}\" ({taken}). Give them ranges without common addresses"));
            }
            if found.insert(subnet.name.clone(), range).is_some() {
                self.refuse(
                    "network.subnets",
                    format!("\"{}\" is there twice. Give one of them another name", subnet.name),
                );
            }
        }
        found.into_iter().map(|(subnet, range)| (subnet, range.to_string())).collect()
    }
}
