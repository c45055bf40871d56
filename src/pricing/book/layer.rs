//! Tables and assumptions of the operator, from ConfigMaps of its own namespace. Never a tenant's: nobody
//! sets the prices they are judged by.

use super::table::{self, Fault, Table, USD};
use flate2::read::GzDecoder;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::sync::Arc;

/// Key of a ConfigMap's data: a table as text.
pub const TABLE_KEY: &str = "prices.csv";
/// Key of a ConfigMap's binary data: the same, gzip; for tables that are too long as text.
pub const PACKED_KEY: &str = "prices.csv.gz";
/// Key of a ConfigMap's data: currency of the table; USD without it.
pub const CURRENCY_KEY: &str = "currency";
/// Key of a ConfigMap's data: the namespaces that it holds for, by spaces or commas; all without it.
pub const NAMESPACES_KEY: &str = "namespaces";
/// Keys of a ConfigMap's data that begin so are assumptions: `assume.bucketGb`, or `assume.NAMESPACE.PROJECT.bucketGb`.
pub const ASSUME_PREFIX: &str = "assume.";
/// Unpacked tables end here: a small file must not become a large one.
const LARGEST_BYTES: u64 = 64 << 20;

/// What one ConfigMap of the operator says about prices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layer {
    /// Its table, if it has one.
    pub table: Option<Arc<Table>>,
    /// Its namespaces; `None` means all.
    pub namespaces: Option<BTreeSet<String>>,
    /// Its assumptions, without the prefix.
    pub assumptions: BTreeMap<String, String>,
    name: String,
}

impl Layer {
    /// Reads a ConfigMap. A table with a single bad row is refused as a whole, all faults listed: half a table
    /// would price by what the operator meant to replace.
    pub fn read(
        name: &str,
        data: &BTreeMap<String, String>,
        binary: &BTreeMap<String, Vec<u8>>,
    ) -> Result<Self, Vec<Fault>> {
        let whole = |what: String| vec![Fault { line: 0, row: name.to_owned(), what }];
        let currency = data.get(CURRENCY_KEY).map_or(USD, |text| text.trim());
        if currency.len() != 3 || !currency.bytes().all(|b| b.is_ascii_uppercase()) {
            return Err(whole(format!("{CURRENCY_KEY} is three capital letters, such as EUR")));
        }
        let text = match (data.get(TABLE_KEY), binary.get(PACKED_KEY)) {
            (Some(_), Some(_)) => return Err(whole(format!("has {TABLE_KEY} and {PACKED_KEY}: keep one"))),
            (Some(text), None) => Some(text.clone()),
            (None, Some(packed)) => Some(unpack(packed).map_err(whole)?),
            (None, None) => None,
        };
        let table = match text.map(|text| table::read(&text)) {
            Some(found) if !found.faults.is_empty() => return Err(found.faults),
            Some(found) => Some(Arc::new(Table::new(name, currency, found.rows))),
            None => None,
        };
        let split = |text: &String| {
            let names = text.split([' ', ',', '\n']).filter(|name| !name.is_empty());
            names.map(str::to_owned).collect::<BTreeSet<_>>()
        };
        let assumptions = data
            .iter()
            .filter_map(|(key, value)| Some((key.strip_prefix(ASSUME_PREFIX)?.to_owned(), value.clone())));
        let assumptions: BTreeMap<_, _> = assumptions.collect();
        crate::pricing::assumptions::check(&assumptions).map_err(whole)?;
        Ok(Self {
            table,
            namespaces: data.get(NAMESPACES_KEY).map(split),
            assumptions,
            name: name.to_owned(),
        })
    }

    /// It holds for this namespace.
    pub fn serves(&self, namespace: &str) -> bool {
        self.namespaces.as_ref().is_none_or(|names| names.contains(namespace))
    }

    /// What is scoped counts before what is not; among equals the later name does.
    pub(in crate::pricing) fn rank(&self) -> (bool, &str) {
        (self.namespaces.is_some(), &self.name)
    }
}

/// Text of a gzip of a table.
pub(in crate::pricing) fn unpack(packed: &[u8]) -> Result<String, String> {
    let mut text = String::new();
    let read = GzDecoder::new(packed).take(LARGEST_BYTES + 1).read_to_string(&mut text);
    match read {
        Err(error) => Err(format!("cannot be unpacked: {error}")),
        Ok(_) if text.len() as u64 > LARGEST_BYTES => {
            Err(format!("is larger than {} MiB unpacked", LARGEST_BYTES >> 20))
        }
        Ok(_) => Ok(text),
    }
}
