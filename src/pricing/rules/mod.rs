//! What each type of resource costs: one rule per type, made of parts. A part that cannot be priced leaves a
//! gap; the others still count.

mod aws;
mod aws_cluster;
mod azure;
mod azure_data;
mod gcp;
mod gcp_cluster;
mod gcp_data;
mod gcp_network;

use super::book::{EVERYWHERE, Term};
use super::sheet::{Gap, Item, Reason, Sheet};
use super::view::View;
use rust_decimal::Decimal;

/// Prices one aspect of a resource.
type Part = fn(&mut Sheet) -> Result<(), Gap>;

/// Service of rows that say "no charge": their name is the type of resource.
const FREE: &str = "free";

/// The rules, by type.
const RULES: [&[(&str, &[Part])]; 8] = [
    &gcp::RULES,
    &gcp_cluster::RULES,
    &gcp_data::RULES,
    &gcp_network::RULES,
    &aws::RULES,
    &aws_cluster::RULES,
    &azure::RULES,
    &azure_data::RULES,
];

/// Types that have a rule; others are free by a row, or unpriced.
pub fn covered() -> impl Iterator<Item = &'static str> {
    RULES.into_iter().flatten().map(|(type_, _)| *type_)
}

/// Prices one side of a change onto its sheet.
pub(super) fn price(sheet: &mut Sheet) {
    let type_ = sheet.change.type_;
    if let Some((_, parts)) = RULES.into_iter().flatten().find(|(covered, _)| *covered == type_) {
        for part in *parts {
            let done = part(sheet);
            sheet.part(done);
        }
        return;
    }
    let free = sheet.book.price(sheet.change.cloud, EVERYWHERE, FREE, type_, Term::OnDemand);
    if free.is_none() {
        sheet.gap(Gap::new(Reason::UnknownType, type_));
    }
}

/// The number of machines of a pool: what counts, and what it can grow to.
#[derive(Clone, Copy)]
struct Nodes {
    counted: Decimal,
    most: Option<Decimal>,
}

impl Nodes {
    const fn fixed(count: Decimal) -> Self {
        Self { counted: count, most: None }
    }

    fn times(self, factor: Decimal) -> Self {
        Self { counted: self.counted * factor, most: self.most.map(|most| most * factor) }
    }

    /// The item for each of the nodes.
    fn of(self, item: Item<'_>, each: Decimal) -> Item<'_> {
        let item = item.times(self.counted * each);
        match self.most {
            Some(most) => item.up_to(most * each),
            None => item,
        }
    }
}

/// Region of a resource under one key; missing is a region that is not known.
fn region<'a>(values: View<'a>, key: &str) -> Result<&'a str, Gap> {
    values.text(key)?.ok_or_else(|| Gap::new(Reason::UnknownRegion, key))
}

/// The last part of a path: plans name things by name or by address.
fn last(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}
