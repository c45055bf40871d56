//! What a new table would change.

use crate::pricing::book::{Key, PriceBook, Row};
use crate::pricing::money;
use rust_decimal::Decimal;
use std::collections::BTreeMap;
use std::fmt::Write;

/// One row that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Its key.
    pub key: Key,
    /// Price of the book so far; `None` for a new row.
    pub from: Option<Decimal>,
    /// Price of the new table.
    pub to: Decimal,
}

impl Change {
    /// By how many percent the price rises; negative when it falls.
    pub fn percent(&self) -> Option<Decimal> {
        let from = self.from?;
        money::percent_of(self.to - from, from)
    }
}

/// What a new table would change in a book.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Difference {
    /// Rows that the book has not, by key.
    pub added: Vec<Change>,
    /// Rows with another price or unit, by key.
    pub changed: Vec<Change>,
    /// Rows that are new only by their date.
    pub redated: usize,
    /// Rows that say what the book says.
    pub same: usize,
}

/// Compares the rows of a new table with a book. Rows that the new table lacks stay as they are in the book.
pub fn difference(book: &PriceBook, rows: &BTreeMap<Key, Row>) -> Difference {
    let mut all = Difference::default();
    for (key, row) in rows {
        let old = book.row(key);
        let change = Change { key: key.clone(), from: old.map(|old| old.price), to: row.price };
        match old {
            None => all.added.push(change),
            Some(old) if old.price != row.price || old.unit != row.unit => all.changed.push(change),
            Some(old) if old.as_of != row.as_of => all.redated += 1,
            Some(_) => all.same += 1,
        }
    }
    all
}

impl Difference {
    /// For people: counts, and the first rows of each kind.
    pub fn to_text(&self, most: usize) -> String {
        let mut text = format!(
            "{} new, {} with another price, {} only newer, {} the same\n",
            self.added.len(),
            self.changed.len(),
            self.redated,
            self.same
        );
        for change in self.changed.iter().take(most) {
            let from = change.from.unwrap_or_default().normalize();
            let percent = change.percent().map(money::show_percent).unwrap_or_default();
            // Writing to a String cannot fail.
            let _ =
                writeln!(text, "~ {}  {from} → {} ({percent} %)", change.key.as_str(), change.to.normalize());
        }
        for change in self.added.iter().take(most) {
            let _ = writeln!(text, "+ {}  {}", change.key.as_str(), change.to.normalize());
        }
        let shown = self.changed.len().min(most) + self.added.len().min(most);
        let all = self.changed.len() + self.added.len();
        if all > shown {
            let _ = writeln!(text, "… and {} more", all - shown);
        }
        text
    }
}
