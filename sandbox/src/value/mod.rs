//! The values an engine and a provider exchange: JSON's, and "not known yet".

pub mod json;
pub mod msgpack;

use std::collections::BTreeMap;

use serde_json::Number;

/// One value, at any depth. Sets are lists in the order they arrived in.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Value {
    /// Absent.
    #[default]
    Null,
    /// Known only after apply.
    Unknown,
    /// True or false.
    Bool(bool),
    /// A number; whole ones are never held as floats.
    Number(Number),
    /// A string.
    Text(String),
    /// A list, set or tuple.
    List(Vec<Value>),
    /// A map or an object.
    Map(BTreeMap<String, Value>),
}

impl Value {
    /// A string value.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// Whether nothing is there.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// Whether the value comes only with apply.
    pub fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown)
    }

    /// The string, if it is one.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The elements, if it is a list.
    pub fn as_list(&self) -> Option<&[Value]> {
        match self {
            Self::List(list) => Some(list),
            _ => None,
        }
    }

    /// The members, if it is a map.
    pub fn as_map(&self) -> Option<&BTreeMap<String, Value>> {
        match self {
            Self::Map(map) => Some(map),
            _ => None,
        }
    }

    /// The number as a float, also from a string that reads as one.
    pub fn as_f64(&self) -> Option<f64> {
        match self {
            Self::Number(number) => number.as_f64(),
            Self::Text(text) => text.parse().ok(),
            _ => None,
        }
    }

    /// The member of that name, if this is a map that has it.
    pub fn member(&self, name: &str) -> Option<&Value> {
        self.as_map().and_then(|map| map.get(name))
    }

    /// The member of that name, null where there is none.
    pub fn get(&self, name: &str) -> &Value {
        self.member(name).unwrap_or(&Value::Null)
    }

    /// The element at that place, null where there is none.
    pub fn at(&self, index: usize) -> &Value {
        self.as_list().and_then(|list| list.get(index)).unwrap_or(&Value::Null)
    }

    /// Sets a member; anything but a map becomes one.
    pub fn set(&mut self, name: &str, value: Value) {
        if !matches!(self, Self::Map(_)) {
            *self = Self::Map(BTreeMap::new());
        }
        if let Self::Map(map) = self {
            map.insert(name.to_owned(), value);
        }
    }

    /// Whether it says nothing: null, empty, zero or false. The provider's
    /// own type system does not tell these apart.
    pub fn is_blank(&self) -> bool {
        match self {
            Self::Null | Self::Bool(false) => true,
            Self::Unknown | Self::Bool(true) => false,
            Self::Number(number) => number.as_f64() == Some(0.0),
            Self::Text(text) => text.is_empty(),
            Self::List(list) => list.is_empty(),
            Self::Map(map) => map.is_empty(),
        }
    }

    /// Whether nothing in it is unknown.
    pub fn is_known(&self) -> bool {
        match self {
            Self::Unknown => false,
            Self::List(list) => list.iter().all(Value::is_known),
            Self::Map(map) => map.values().all(Value::is_known),
            _ => true,
        }
    }
}

/// A whole number where the float is one.
pub fn number(float: f64) -> Option<Number> {
    #[expect(clippy::cast_possible_truncation, reason = "checked to be whole and small")]
    if float.fract() == 0.0 && float.abs() < 9.0e15 {
        return Some(Number::from(float as i64));
    }
    Number::from_f64(float)
}
