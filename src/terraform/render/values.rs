//! Types of the values that go to the variables file.

use super::tree;
use hcl::Expression;
use serde_json::Value;

/// The type of a resource's values. Below the first level an object of strings is a map, an object of objects
/// a map of what its first member is; members of a list are all of one type.
pub(super) fn type_of(values: &Value) -> Expression {
    match values {
        Value::Object(members) => object(members.iter()),
        other => inner(other),
    }
}

fn object<'a>(members: impl Iterator<Item = (&'a String, &'a Value)>) -> Expression {
    tree::call("object", [tree::object(members.map(|(key, value)| (key.as_str(), inner(value))))])
}

fn inner(value: &Value) -> Expression {
    match value {
        Value::Bool(_) => tree::word("bool"),
        Value::Number(_) => tree::word("number"),
        Value::Array(items) => {
            tree::call("list", [items.first().map_or_else(|| tree::word("string"), inner)])
        }
        Value::Object(members) if members.values().all(Value::is_string) => {
            tree::call("map", [tree::word("string")])
        }
        Value::Object(members) if members.values().all(Value::is_object) => {
            let first = members.values().next().and_then(Value::as_object);
            tree::call("map", [object(first.into_iter().flatten())])
        }
        Value::Object(members) => object(members.iter()),
        _ => tree::word("string"),
    }
}
