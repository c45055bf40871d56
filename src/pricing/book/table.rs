//! Tables of prices: read with every check, written sorted.

use super::row::{Arch, CLOUDS, Key, Row, Term, Unit};
use crate::pricing::money;
use csv::StringRecord;
use k8s_openapi::jiff::civil::Date;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// The columns of a table.
pub const COLUMNS: [&str; 13] = [
    "provider",
    "region",
    "service",
    "sku",
    "term",
    "unit",
    "price",
    "vcpu",
    "billed_vcpu",
    "mem_gib",
    "arch",
    "source",
    "as_of",
];
/// Prices change currency only as a whole table.
pub const USD: &str = "USD";
/// Bound of a table, far above all clouds together, so that a broken file ends early.
const MOST_ROWS: usize = 400_000;
/// A row of a table is at most this long; what stands in a cell is shown to people.
const LONGEST: usize = 128;

/// What is wrong with a row of a table, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Line of the file, from 1.
    pub line: u64,
    /// Region and name, or key, as far as they can be read.
    pub row: String,
    /// What is wrong.
    pub what: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "line {}: {}: {}", self.line, self.row, self.what)
    }
}

/// A table of prices of one currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Name for people: `embedded`, or the ConfigMap's.
    pub name: String,
    /// Currency of all its prices.
    pub currency: String,
    /// `sha256:…` of the rows, sorted: the same prices, the same digest.
    pub digest: String,
    pub(in crate::pricing) rows: BTreeMap<Key, Row>,
}

impl Table {
    /// Makes a table of rows that were checked.
    pub fn new(name: &str, currency: &str, rows: BTreeMap<Key, Row>) -> Self {
        let mut hash = Sha256::new();
        hash.update(currency);
        for (key, row) in &rows {
            hash.update("\n");
            hash.update(line(key, row).join(","));
        }
        let digest = format!("sha256:{}", hex::encode(hash.finalize()));
        Self { name: name.to_owned(), currency: currency.to_owned(), digest, rows }
    }

    /// The rows by key.
    pub const fn rows(&self) -> &BTreeMap<Key, Row> {
        &self.rows
    }

    /// The oldest date in it.
    pub fn oldest(&self) -> Option<Date> {
        self.rows.values().map(|row| row.as_of).min()
    }

    /// The table as text, rows sorted by key. The reverse of [`read`].
    pub fn to_csv(&self) -> String {
        let mut text = COLUMNS.join(",");
        text.push('\n');
        for (key, row) in &self.rows {
            text.push_str(&line(key, row).join(","));
            text.push('\n');
        }
        text
    }
}

/// The cells of a row. No cell holds a comma, quote or line break: [`read`] refuses them.
fn line(key: &Key, row: &Row) -> [String; 9] {
    let or_nothing = |text: Option<String>| text.unwrap_or_default();
    [
        key.as_str().to_owned(),
        row.unit.as_str().to_owned(),
        row.price.normalize().to_string(),
        or_nothing(row.vcpu.map(|n| n.to_string())),
        or_nothing(row.billed_vcpu.map(|n| n.normalize().to_string())),
        or_nothing(row.mem_gib.map(|n| n.normalize().to_string())),
        or_nothing(row.arch.map(|arch| arch.as_str().to_owned())),
        row.source.to_string(),
        row.as_of.to_string(),
    ]
}

/// What a text holds: the rows that pass every check, and what is wrong with the others.
#[derive(Debug, Default)]
pub struct Found {
    /// Good rows.
    pub rows: BTreeMap<Key, Row>,
    /// Rows left out.
    pub faults: Vec<Fault>,
}

/// Reads a table. A fault of the file as a whole (no such columns, too long) leaves no rows.
pub fn read(text: &str) -> Found {
    let mut found = Found::default();
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
    let headers = reader.headers().cloned().unwrap_or_default();
    if headers.iter().ne(COLUMNS) {
        let what = format!("the first line must be {}", COLUMNS.join(","));
        found.faults.push(Fault { line: 1, row: "header".to_owned(), what });
        return found;
    }
    let mut sources: BTreeMap<String, Arc<str>> = BTreeMap::new();
    for (number, record) in reader.records().enumerate() {
        if number >= MOST_ROWS {
            let what = format!("there are more than {MOST_ROWS} rows");
            return Found {
                rows: BTreeMap::new(),
                faults: vec![Fault { line: 0, row: "table".into(), what }],
            };
        }
        let line = number as u64 + 2;
        let (row, checked) = match &record {
            Ok(record) => (record.iter().take(5).collect::<Vec<_>>().join(","), row(record, &mut sources)),
            Err(error) => ("row".to_owned(), Err(error.to_string())),
        };
        let kept = checked.and_then(|(key, row)| {
            if found.rows.contains_key(&key) {
                return Err("the key is there twice".to_owned());
            }
            found.rows.insert(key, row);
            Ok(())
        });
        if let Err(what) = kept {
            let row = row.chars().filter(|c| !c.is_control()).take(LONGEST).collect();
            found.faults.push(Fault { line, row, what });
        }
    }
    found
}

fn row(record: &StringRecord, sources: &mut BTreeMap<String, Arc<str>>) -> Result<(Key, Row), String> {
    let cells: [&str; 13] = record
        .iter()
        .collect::<Vec<_>>()
        .try_into()
        .map_err(|cells: Vec<_>| format!("{} columns instead of 13", cells.len()))?;
    for (cell, column) in cells.iter().zip(COLUMNS) {
        legal(cell).map_err(|why| format!("{column} {why}"))?;
    }
    let [provider, region, service, sku, term, unit, price, vcpu, billed, mem, arch, source, as_of] = cells;
    let missing = [("region", region), ("service", service), ("sku", sku), ("source", source)];
    if let Some((column, _)) = missing.iter().find(|(_, cell)| cell.is_empty()) {
        return Err(format!("{column} is empty"));
    }
    if !CLOUDS.contains(&provider) {
        return Err(format!("provider is one of {}", CLOUDS.join(", ")));
    }
    let term = Term::parse(term).ok_or("term is on-demand, spot, 1y or 3y")?;
    let unit = Unit::parse(unit).ok_or("unit is hour, gb-month, month, gb, lcu-hour or free")?;
    let price = money::parse(price).ok_or("price is not an amount such as 0.0335")?;
    if price.is_zero() != (unit == Unit::Free) {
        return Err("the price is above 0, but for unit free, where it is 0".to_owned());
    }
    let optional = |text: &str, column: &str| match text {
        "" => Ok(None),
        text => money::parse(text)
            .filter(|n| !n.is_zero())
            .map(Some)
            .ok_or_else(|| format!("{column} is not a number above 0")),
    };
    let whole = match vcpu {
        "" => None,
        text => Some(text.parse::<u32>().ok().filter(|n| *n > 0).ok_or(
            "vcpu is not a whole number above 0: it is what the guest sees, a share goes to billed_vcpu",
        )?),
    };
    let arch = match arch {
        "" => None,
        text => Some(Arch::parse(text).ok_or("arch is x86_64 or arm64")?),
    };
    let as_of: Date = as_of.parse().map_err(|_| "as_of is a date such as 2026-07-30")?;
    let source = match sources.get(source) {
        Some(known) => Arc::clone(known),
        None => Arc::clone(sources.entry(source.to_owned()).or_insert_with(|| Arc::from(source))),
    };
    let row = Row {
        price,
        unit,
        vcpu: whole,
        billed_vcpu: optional(billed, "billed_vcpu")?,
        mem_gib: optional(mem, "mem_gib")?,
        arch,
        source,
        as_of,
    };
    Ok((Key::new(provider, region, service, sku, term), row))
}

/// Cells are shown on terminals and joined with commas.
fn legal(cell: &str) -> Result<(), String> {
    if cell.len() > LONGEST {
        return Err(format!("is longer than {LONGEST} characters"));
    }
    let odd = |c: char| !(c.is_ascii_alphanumeric() || " -_./*:()".contains(c));
    match cell.chars().find(|c| odd(*c)) {
        Some(c) => Err(format!("holds the character {c:?}")),
        None if cell.trim() != cell => Err("begins or ends with a space".to_owned()),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str =
        "gcp,us-central1,compute,e2-medium,on-demand,hour,0.03350571,2,1,4,x86_64,list,2026-07-30";

    fn with(from: &str, to: &str) -> String {
        format!("{}\n{}\n", COLUMNS.join(","), GOOD.replacen(from, to, 1))
    }

    #[test]
    fn a_good_row_is_read_and_written_back() {
        let text = with("x", "x");
        let found = read(&text);
        assert_eq!(found.faults, []);
        let table = Table::new("t", USD, found.rows);
        assert_eq!(table.to_csv(), text);
        let (key, row) = table.rows.first_key_value().unwrap();
        assert_eq!((key.column(3), row.vcpu, row.arch), ("e2-medium", Some(2), Some(Arch::X86_64)));
    }

    #[test]
    fn each_fault_leaves_its_row_out() {
        let cases = [
            ("gcp", "gce", "provider"),
            ("us-central1", "", "region is empty"),
            ("e2-medium", "e2\u{1b}", "sku holds"),
            ("on-demand", "yearly", "term"),
            ("hour", "day", "unit"),
            ("0.03350571", "0", "above 0"),
            ("hour,0.03350571", "free,1", "where it is 0"),
            ("0.03350571", "-1", "price"),
            ("0.03350571", "1e-2", "price"),
            (",2,1,", ",0.5,1,", "guest"),
            (",2,1,", ",2,0,", "billed_vcpu"),
            ("x86_64", "mips", "arch"),
            ("list", "", "source is empty"),
            ("2026-07-30", "yesterday", "as_of"),
            ("2026-07-30", "2026-13-30", "as_of"),
            (",list", "", "12 columns"),
        ];
        for (from, to, says) in cases {
            let found = read(&with(from, to));
            assert!(found.rows.is_empty(), "{from} → {to}");
            assert!(found.faults[0].what.contains(says), "{from} → {to}: {}", found.faults[0]);
            assert_eq!(found.faults[0].line, 2);
        }
    }

    #[test]
    fn a_key_counts_once_and_another_header_is_no_table() {
        let twice = format!("{}{GOOD}\n", with("x", "x"));
        let found = read(&twice);
        assert_eq!((found.rows.len(), found.faults[0].what.as_str()), (1, "the key is there twice"));
        assert_eq!(found.faults[0].line, 3);
        for text in ["", "a,b\n1,2\n"] {
            assert!(read(text).faults[0].what.starts_with("the first line"), "{text}");
        }
    }

    #[test]
    fn the_digest_follows_from_the_prices_alone() {
        let digest = |text: &str| Table::new("t", USD, read(text).rows).digest;
        assert_eq!(digest(&with("x", "x")), digest(&with("0.03350571", "0.033505710")));
        assert_ne!(digest(&with("x", "x")), digest(&with("0.03350571", "0.0335")));
        assert_ne!(digest(&with("x", "x")), Table::new("t", "EUR", read(&with("x", "x")).rows).digest);
    }
}
