//! New tables from published lists: what is wrong in them is left out and listed.
//!
//! ```text
//!  list, by its header ─► import ─► rows ─► select ─► difference to the book ─► ConfigMap
//!                           └─► faults
//! ```

mod aws;
mod azure;
mod azure_retail;
mod difference;
mod gcp;
mod manifest;
mod select;
#[cfg(test)]
mod tests;

pub(super) use azure::family as azure_family;
pub use difference::{Change, Difference, difference};
pub use manifest::{LARGEST_CONFIG_MAP, config_map};
pub use select::Selection;

use super::book::table::{self, COLUMNS, Fault, Found};
use super::book::{Arch, Key, Row, Term, Unit, unpack};
use super::money;
use k8s_openapi::jiff::civil::Date;
use rust_decimal::Decimal;
use std::sync::Arc;

/// Where a list was published, and when.
#[derive(Debug, Clone)]
pub struct Origin {
    /// Name or address of the publication.
    pub source: Arc<str>,
    /// Its date.
    pub as_of: Date,
}

/// Reads a list by its header: one of the four kinds of published lists, pages of the Azure Retail Prices API, or a
/// table of our own. `origin` dates
/// the former; a table of our own holds its dates.
pub fn import(text: &str, origin: Option<&Origin>) -> Found {
    let header = text.lines().next().unwrap_or_default().trim();
    let whole = |what: &str| Found {
        faults: vec![Fault { line: 1, row: "header".to_owned(), what: what.to_owned() }],
        ..Found::default()
    };
    if header == COLUMNS.join(",") {
        return table::read(text);
    }
    let list = LISTS.iter().find(|list| list.header == header).map(|list| list.read);
    let pages = header.starts_with(['{', '[']).then_some(azure_retail::read as Read);
    let Some(read) = list.or(pages) else {
        return whole("it is neither a table of prices nor a list that is known");
    };
    match origin {
        Some(origin) => read(&mut Draft::new(text, origin)),
        None => whole("this list holds no date: name its source and date"),
    }
}

/// The text of a list, packed (gzip) or not.
pub fn text_of(bytes: &[u8]) -> Result<String, String> {
    if bytes.starts_with(&[0x1f, 0x8b]) {
        return unpack(bytes);
    }
    String::from_utf8(bytes.to_vec()).map_err(|_| "is no text".to_owned())
}

/// A kind of published list.
struct List {
    header: &'static str,
    read: Read,
}

type Read = fn(&mut Draft) -> Found;

const LISTS: [List; 4] = [
    List { header: gcp::COMPUTE, read: gcp::compute },
    List { header: gcp::OTHER, read: gcp::other },
    List { header: aws::HEADER, read: aws::read },
    List { header: azure::HEADER, read: azure::read },
];

/// A list while it is read.
struct Draft<'a> {
    text: &'a str,
    origin: &'a Origin,
    found: Found,
}

/// A line of a list: its number and its cells.
type Record<'a> = (u64, Vec<&'a str>);

/// What stands beside the price of a machine type.
struct Machine {
    vcpu: u32,
    billed: Option<Decimal>,
    mem_gib: Decimal,
    arch: Arch,
}

impl<'a> Draft<'a> {
    fn new(text: &'a str, origin: &'a Origin) -> Self {
        Self { text, origin, found: Found::default() }
    }

    /// The lines below the header, split at commas outside of braces: the lists quote nothing, but one holds
    /// dictionaries.
    fn records(&self) -> Vec<Record<'a>> {
        let lines = self.text.lines().enumerate().skip(1).filter(|(_, line)| !line.trim().is_empty());
        lines.map(|(number, line)| (number as u64 + 1, line.trim_end().split(',').collect())).collect()
    }

    fn fault(&mut self, line: u64, row: &str, what: impl Into<String>) {
        let row = row.chars().filter(|c| !c.is_control()).take(128).collect();
        self.found.faults.push(Fault { line, row, what: what.into() });
    }

    /// Adds a row; a price that is none, or a key that is there, is a fault.
    fn add(&mut self, line: u64, key: Key, unit: Unit, price: &str, machine: Option<&Machine>) -> bool {
        let row = match money::parse(price) {
            Some(price) if price.is_zero() => Err("the price is 0"),
            Some(price) => Ok(Row {
                price,
                unit,
                vcpu: machine.map(|m| m.vcpu),
                billed_vcpu: machine.and_then(|m| m.billed),
                mem_gib: machine.map(|m| m.mem_gib),
                arch: machine.map(|m| m.arch),
                source: Arc::clone(&self.origin.source),
                as_of: self.origin.as_of,
            }),
            None => Err("the price is not an amount"),
        };
        match row {
            Ok(_) if self.found.rows.contains_key(&key) => {
                self.fault(line, key.as_str(), "the key is there twice");
                false
            }
            Ok(row) => {
                self.found.rows.insert(key, row);
                true
            }
            Err(what) => {
                self.fault(line, key.as_str(), what);
                false
            }
        }
    }

    fn finish(&mut self) -> Found {
        std::mem::take(&mut self.found)
    }
}

/// Letters, digits and hyphens, beginning with a letter: what every cloud calls a region.
fn is_region(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

/// Key of a machine type's list price.
fn machine_key(cloud: &str, region: &str, service: &str, name: &str) -> Key {
    Key::new(cloud, region, service, name, Term::OnDemand)
}
