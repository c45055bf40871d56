//! Brings a value into the exact shape of its schema.

use std::collections::BTreeMap;

use super::{Block, Nested, Nesting, Type};
use crate::value::{Value, number};

/// The value as the schema wants it: every attribute there (null where the
/// value has none), unknown names gone, absent blocks empty, and numbers,
/// booleans and strings turned into each other where the type asks for it.
/// What cannot be turned becomes null.
pub fn conform(block: &Block, value: &Value) -> Value {
    if value.is_null() || value.is_unknown() {
        return value.clone();
    }
    let mut found = BTreeMap::new();
    for (name, attribute) in &block.attributes {
        found.insert(name.clone(), typed(&attribute.ty, value.get(name)));
    }
    for (name, nested) in &block.blocks {
        found.insert(name.clone(), blocks(nested, value.get(name)));
    }
    Value::Map(found)
}

fn blocks(nested: &Nested, value: &Value) -> Value {
    match (nested.nesting, value) {
        (_, Value::Unknown) => Value::Unknown,
        (Nesting::Single, _) => conform(&nested.block, value),
        (_, Value::List(list)) => Value::List(list.iter().map(|item| conform(&nested.block, item)).collect()),
        // A single object where a list is wanted, as a person writes it.
        (_, Value::Map(_)) => Value::List(vec![conform(&nested.block, value)]),
        _ => Value::List(Vec::new()),
    }
}

fn typed(ty: &Type, value: &Value) -> Value {
    match (ty, value) {
        (_, Value::Null | Value::Unknown) => value.clone(),
        (Type::Text, Value::Text(_)) | (Type::Number, Value::Number(_)) | (Type::Bool, Value::Bool(_)) => {
            value.clone()
        }
        (Type::Text, Value::Number(found)) => Value::Text(found.to_string()),
        (Type::Text, Value::Bool(found)) => Value::Text(found.to_string()),
        (Type::Number, Value::Text(text)) => match (text.parse::<i64>(), text.parse::<u64>()) {
            (Ok(whole), _) => Value::Number(whole.into()),
            (_, Ok(whole)) => Value::Number(whole.into()),
            _ => text.parse().ok().and_then(number).map_or(Value::Null, Value::Number),
        },
        (Type::Bool, Value::Text(text)) => text.parse().map_or(Value::Null, Value::Bool),
        (Type::List(of) | Type::Set(of), Value::List(list)) => {
            Value::List(list.iter().map(|item| typed(of, item)).collect())
        }
        (Type::Map(of), Value::Map(map)) => {
            Value::Map(map.iter().map(|(key, item)| (key.clone(), typed(of, item))).collect())
        }
        (Type::Object(members), Value::Map(_)) => {
            Value::Map(members.iter().map(|(name, ty)| (name.clone(), typed(ty, value.get(name)))).collect())
        }
        _ => Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::Schema;
    use super::*;

    #[test]
    fn everything_is_there_and_of_its_type() {
        let schema = Schema::load(include_str!("../../data/google/schema.json")).unwrap();
        let disk = &schema.resources["google_compute_disk"];
        let value = Value::from(&json!({
            "name": "d", "size": "20", "provisioned_iops": u64::MAX.to_string(), "unheard_of": 1,
            "labels": {"a": 1},
            "disk_encryption_key": {"raw_key": "k"},
        }));
        let found = conform(disk, &value);
        assert_eq!(found.get("size"), &Value::Number(20.into()));
        assert_eq!(found.get("provisioned_iops"), &Value::Number(u64::MAX.into()));
        assert_eq!(found.get("labels").get("a"), &Value::text("1"));
        assert_eq!(found.get("disk_encryption_key").at(0).get("raw_key"), &Value::text("k"));
        assert_eq!(found.member("unheard_of"), None);
        assert_eq!(found.member("zone"), Some(&Value::Null));
        assert_eq!(found.get("guest_os_features"), &Value::List(vec![]));
        assert_eq!(found.get("timeouts"), &Value::Null);
    }
}
