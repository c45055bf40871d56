//! The price book: the embedded table, and over it the operator's.

mod layer;
mod machine;
mod row;
pub mod table;

pub(in crate::pricing) use layer::unpack;
pub use layer::{ASSUME_PREFIX, CURRENCY_KEY, Layer, NAMESPACES_KEY, PACKED_KEY, TABLE_KEY};
pub use machine::{Machine, nearest};
pub(in crate::pricing) use row::OTHER;
pub use row::{Arch, Key, Row, Term, Unit, cloud};
pub use table::{Fault, Table};

use crate::api::Provider;
use sha2::{Digest, Sha256};
use std::collections::btree_map::Range;
use std::ops::Bound;
use std::sync::Arc;

/// The table that the program holds, packed by `build.rs` from `data/`.
const EMBEDDED: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/prices.csv.gz"));
/// A price older than this is worth a warning.
pub const FRESH_DAYS: i32 = 90;
/// Region of rows that hold everywhere.
pub const EVERYWHERE: &str = "*";

/// Services under which machine types are listed.
pub const fn machine_service(provider: Provider) -> &'static str {
    match provider {
        Provider::Gcp => "compute",
        Provider::Aws => "ec2",
        Provider::Azure => "vm",
    }
}

/// Prices of one currency, for one namespace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PriceBook {
    /// What counts first comes first.
    tables: Vec<Arc<Table>>,
}

/// The table that the program holds. It takes some milliseconds to unpack: once per process is enough.
/// Errors are those of a broken build, which a test refuses.
pub fn embedded() -> Result<Arc<Table>, Vec<Fault>> {
    let whole = |what: String| vec![Fault { line: 0, row: "embedded table".to_owned(), what }];
    let found = table::read(&unpack(EMBEDDED).map_err(whole)?);
    if !found.faults.is_empty() {
        return Err(found.faults);
    }
    Ok(Arc::new(Table::new("embedded", table::USD, found.rows)))
}

impl PriceBook {
    /// A book of one table.
    pub fn of(table: Arc<Table>) -> Self {
        Self { tables: vec![table] }
    }

    /// The book for a namespace: tables of the operator that serve it over the base, per key. A table in
    /// another currency stands alone with those above it that share it: currencies are never mixed, so what it
    /// does not list is unpriced.
    pub fn layered(base: Arc<Table>, layers: &[Layer], namespace: &str) -> Self {
        let mut serving: Vec<&Layer> = layers.iter().filter(|layer| layer.serves(namespace)).collect();
        serving.sort_by(|a, b| b.rank().cmp(&a.rank()));
        let mut tables: Vec<Arc<Table>> = serving.iter().filter_map(|layer| layer.table.clone()).collect();
        tables.push(base);
        let currency = tables.first().map(|table| table.currency.clone()).unwrap_or_default();
        tables.retain(|table| table.currency == currency);
        Self { tables }
    }

    /// Currency of all its prices.
    pub fn currency(&self) -> &str {
        self.tables.first().map_or(table::USD, |table| &table.currency)
    }

    /// Names of its tables, what counts first before: `shop-prices, embedded`.
    pub fn name(&self) -> String {
        self.tables.iter().map(|table| table.name.as_str()).collect::<Vec<_>>().join(", ")
    }

    /// Digest of the whole book: that of its only table, else of the tables' digests in their order.
    pub fn digest(&self) -> String {
        match self.tables.as_slice() {
            [only] => only.digest.clone(),
            all => {
                let mut hash = Sha256::new();
                for table in all {
                    hash.update(&table.digest);
                }
                format!("sha256:{}", hex::encode(hash.finalize()))
            }
        }
    }

    /// The row that counts for a key.
    pub fn row(&self, key: &Key) -> Option<&Row> {
        self.tables.iter().find_map(|table| table.rows.get(key))
    }

    /// The price of a thing in a region, or one that holds everywhere; with its key.
    pub fn price(&self, cloud: &str, region: &str, service: &str, sku: &str, term: Term) -> Option<&Row> {
        self.row(&Key::new(cloud, region, service, sku, term))
            .or_else(|| self.row(&Key::new(cloud, EVERYWHERE, service, sku, term)))
    }

    /// The book has prices in that region of the cloud.
    pub fn knows_region(&self, cloud: &str, region: &str) -> bool {
        let prefix = [cloud, region, ""].join(",");
        self.tables.iter().any(|table| {
            from(table, &prefix).next().is_some_and(|(key, _)| key.as_str().starts_with(&prefix))
        })
    }

    /// Names of what a service sells in a region, sorted, without term and doubles.
    pub(in crate::pricing) fn skus(&self, cloud: &str, region: &str, service: &str) -> Vec<String> {
        let mut names = Vec::new();
        self.scan(&[cloud, region, service, ""].join(","), |key| names.push(key.column(3).to_owned()));
        names.sort();
        names.dedup();
        names
    }

    fn scan(&self, prefix: &str, mut each: impl FnMut(&Key)) {
        for table in &self.tables {
            let found = from(table, prefix).take_while(|(key, _)| key.as_str().starts_with(prefix));
            found.for_each(|(key, _)| each(key));
        }
    }
}

/// Rows from a key on.
fn from<'a>(table: &'a Table, start: &'a str) -> Range<'a, Key, Row> {
    table.rows.range::<str, _>((Bound::Included(start), Bound::Unbounded))
}
