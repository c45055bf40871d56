//! Places inside a value.

use crate::value::Value;

/// A place: names and indices from the top.
pub type Path = Vec<Step>;

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Into a member.
    Name(String),
    /// Into an element.
    Index(usize),
}

/// All values a dotted path without indices leads to, lists walked through.
pub fn at_path<'a>(value: &'a Value, path: &str) -> Vec<&'a Value> {
    if let Value::List(list) = value {
        return list.iter().flat_map(|item| at_path(item, path)).collect();
    }
    match path.split_once('.') {
        None => value.member(path).into_iter().collect(),
        Some((first, rest)) => value.member(first).map_or_else(Vec::new, |found| at_path(found, rest)),
    }
}
