//! Values of a plan: known, absent, or only known after the apply.

use super::money;
use super::sheet::{Gap, Reason};
use rust_decimal::Decimal;
use serde_json::Value;

/// A value and what of it is unknown, side by side as a plan writes them.
#[derive(Debug, Clone, Copy)]
pub(super) struct View<'a> {
    known: &'a Value,
    unknown: &'a Value,
}

impl<'a> View<'a> {
    pub(super) const fn new(known: &'a Value, unknown: &'a Value) -> Self {
        Self { known, unknown }
    }

    /// What stands under a key: a value, nothing, or a gap when it is unknown.
    pub(super) fn get(self, key: &str) -> Result<Option<&'a Value>, Gap> {
        if self.unknown.get(key) == Some(&Value::Bool(true)) {
            return Err(Gap::new(Reason::UnknownValue, key));
        }
        Ok(self.known.get(key).filter(|value| !value.is_null()))
    }

    /// A text that is there.
    pub(super) fn text(self, key: &str) -> Result<Option<&'a str>, Gap> {
        Ok(self.get(key)?.and_then(Value::as_str).filter(|text| !text.is_empty()))
    }

    /// A text that must be there: its absence is a value that the provider chooses later.
    pub(super) fn need_text(self, key: &str) -> Result<&'a str, Gap> {
        self.text(key)?.ok_or_else(|| Gap::new(Reason::UnknownValue, key))
    }

    /// A quantity that is there.
    pub(super) fn number(self, key: &str) -> Result<Option<Decimal>, Gap> {
        match self.get(key)? {
            None => Ok(None),
            Some(Value::String(text)) => {
                money::parse(text).map(Some).ok_or_else(|| Gap::new(Reason::UnknownValue, key))
            }
            Some(other) => {
                money::parse(&other.to_string()).map(Some).ok_or_else(|| Gap::new(Reason::UnknownValue, key))
            }
        }
    }

    /// A quantity that must be there.
    pub(super) fn need_number(self, key: &str) -> Result<Decimal, Gap> {
        self.number(key)?.ok_or_else(|| Gap::new(Reason::UnknownValue, key))
    }

    /// A switch; absent is off.
    pub(super) fn flag(self, key: &str) -> Result<bool, Gap> {
        Ok(self.get(key)?.and_then(Value::as_bool).unwrap_or_default())
    }

    /// The blocks of a name; one alone may stand without a list.
    pub(super) fn blocks(self, key: &str) -> Result<Vec<View<'a>>, Gap> {
        let unknown = self.unknown.get(key).unwrap_or(&Value::Null);
        match self.get(key)? {
            Some(Value::Array(items)) => {
                let later = unknown.as_array().map(Vec::as_slice).unwrap_or_default();
                let count = items.len().max(later.len());
                let at = |list: &'a [Value], index: usize| list.get(index).unwrap_or(&Value::Null);
                Ok((0..count).map(|index| View::new(at(items, index), at(later, index))).collect())
            }
            Some(one) => Ok(vec![View::new(one, unknown)]),
            None => match unknown {
                Value::Array(later) if !later.is_empty() => Err(Gap::new(Reason::UnknownValue, key)),
                _ => Ok(Vec::new()),
            },
        }
    }

    /// The first block of a name.
    pub(super) fn block(self, key: &str) -> Result<Option<View<'a>>, Gap> {
        Ok(self.blocks(key)?.into_iter().next())
    }

    /// The first block of a name, which must be there.
    pub(super) fn need_block(self, key: &str) -> Result<View<'a>, Gap> {
        self.block(key)?.ok_or_else(|| Gap::new(Reason::UnknownValue, key))
    }

    /// The texts of a list; a gap when one of them is unknown.
    pub(super) fn texts(self, key: &str) -> Result<Vec<&'a str>, Gap> {
        let items = self.blocks(key)?.into_iter();
        items.map(|item| item.known.as_str().ok_or_else(|| Gap::new(Reason::UnknownValue, key))).collect()
    }

    /// How many items a list has, known or not; a gap when the list as a whole is unknown.
    pub(super) fn count(self, key: &str) -> Result<usize, Gap> {
        Ok(self.blocks(key)?.len())
    }
}
