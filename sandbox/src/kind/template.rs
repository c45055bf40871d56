//! Templates of ids and outputs, such as `projects/{project}/disks/{name}`.
//!
//! In braces stands a name, looked up in the surrounding block and then in
//! the resource, or `id`, `created`, `index`; then `>name` for an attribute
//! of the resource it refers to; then filters, each after a `|`.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE;
use serde_json::Value as Json;
use sha2::{Digest as _, Sha256};

use crate::cidr::Cidr;
use crate::value::Value;

/// What a template can speak of.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'a> {
    /// The resource.
    pub root: &'a Value,
    /// The surrounding block, the resource itself at its top.
    pub element: &'a Value,
    /// The place of that block among its like.
    pub index: usize,
    /// The resource's id, empty while it has none.
    pub id: &'a str,
    /// The time of the operation.
    pub created: &'a str,
    /// Attributes of resources referred to, by the referring text.
    pub referred: &'a BTreeMap<String, Value>,
}

static NOTHING: BTreeMap<String, Value> = BTreeMap::new();

impl<'a> Scope<'a> {
    /// The scope at the top of a resource.
    pub fn of(root: &'a Value, id: &'a str) -> Self {
        Self { root, element: root, index: 0, id, created: "", referred: &NOTHING }
    }
}

/// The value a piece of table data stands for: texts are templates.
pub fn expand_json(json: &Json, scope: &Scope<'_>) -> Value {
    match json {
        Json::String(text) => expand(text, scope),
        Json::Array(list) => Value::List(list.iter().map(|item| expand_json(item, scope)).collect()),
        Json::Object(map) => {
            Value::Map(map.iter().map(|(key, item)| (key.clone(), expand_json(item, scope))).collect())
        }
        other => Value::from(other),
    }
}

/// The value of a template: one that is a single expression keeps its type,
/// all others are texts, in which null is nothing.
pub fn expand(template: &str, scope: &Scope<'_>) -> Value {
    let mut text = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((expression, after)) = after.split_once('}') else {
            break;
        };
        let value = evaluate(expression, scope);
        if before.is_empty() && text.is_empty() && after.is_empty() {
            return value;
        }
        text.push_str(before);
        text.push_str(&as_text(&value));
        rest = after;
    }
    text.push_str(rest);
    Value::Text(text)
}

/// The names a template asks for, in order, without filters.
pub fn placeholders(template: &str) -> Vec<&str> {
    let mut names = Vec::new();
    for part in template.split('{').skip(1) {
        if let Some(name) = part.split(['}', '|', '>']).next()
            && !names.contains(&name)
        {
            names.push(name);
        }
    }
    names
}

fn as_text(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        Value::Null | Value::Unknown => String::new(),
        other => other.to_json().to_string(),
    }
}

fn evaluate(expression: &str, scope: &Scope<'_>) -> Value {
    let mut filters = expression.split('|');
    let path = filters.next().unwrap_or_default();
    let (name, member) = path.split_once('>').map_or((path, None), |(n, m)| (n, Some(m)));
    let mut value = match name {
        "created" => Value::text(scope.created),
        "index" => Value::Number(scope.index.into()),
        "id" => Value::text(scope.id),
        _ => match scope.element.member(name) {
            Some(found) if !found.is_null() => found.clone(),
            _ => scope.root.get(name).clone(),
        },
    };
    if let Some(member) = member {
        let referred = scope.referred.get(&as_text(&value));
        value = referred.map_or(Value::Null, |found| found.get(member).clone());
    }
    for name in filters {
        value = filter(name, &value, scope);
    }
    value
}

fn filter(name: &str, value: &Value, scope: &Scope<'_>) -> Value {
    let text = as_text(value);
    let range = || text.parse::<Cidr>().ok();
    let address =
        |found: Option<std::net::Ipv4Addr>| found.map_or(Value::Null, |found| Value::Text(found.to_string()));
    match name.split_once(':').unwrap_or((name, "")) {
        ("last", _) => Value::text(text.rsplit('/').next().unwrap_or_default()),
        ("segment", before) => {
            let mut parts = text.split('/').skip_while(|part| *part != before);
            Value::text(parts.nth(1).unwrap_or_default())
        }
        // Below 2^63: larger whole numbers do not pass unchanged through every engine's state.
        ("number", _) => {
            Value::Text((seed(&text) % 8_000_000_000_000_000_000 + 1_000_000_000_000_000_000).to_string())
        }
        ("account", _) => Value::Text((seed(&text) % 900_000_000_000 + 100_000_000_000).to_string()),
        ("small", _) => Value::Text((seed(&text) % 90 + 1).to_string()),
        ("fingerprint", _) => Value::Text(URL_SAFE.encode(seed(&text).to_be_bytes())),
        ("gateway", _) => address(range().map(Cidr::gateway)),
        ("host", _) => address(range().map(|range| range.host(seed(scope.id) + scope.index as u64))),
        ("public", _) => Value::Text(format!("203.0.113.{}", seed(&text) % 254 + 1)),
        _ => Value::Null,
    }
}

/// A number that is always the same for the same text.
fn seed(text: &str) -> u64 {
    Sha256::digest(text.as_bytes()).iter().take(8).fold(0, |sum, byte| sum << 8 | u64::from(*byte)) >> 1
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn templates_fill() {
        let root = Value::from(&json!({"project": "p", "instance": "a/zones/z/instances/i", "tags": ["x"]}));
        let element = Value::from(&json!({"project": "own", "net": "n"}));
        let referred = BTreeMap::from([("n".to_owned(), Value::from(&json!({"range": "10.1.0.0/24"})))]);
        let scope = Scope { element: &element, index: 3, referred: &referred, ..Scope::of(&root, "the/id") };
        let text = |template| as_text(&expand(template, &scope));
        assert_eq!(text("{project}-{index}-{id}"), "own-3-the/id");
        assert_eq!(text("{instance|last}"), "i");
        assert_eq!(text("{instance|segment:zones}{instance|segment:regions}"), "z");
        assert_eq!(text("{net>range|gateway}"), "10.1.0.1");
        assert!(text("{net>range|host}").starts_with("10.1.0."));
        assert_eq!(expand("{tags}", &scope), Value::List(vec![Value::text("x")]));
        assert_eq!(expand("{nothing}", &scope), Value::Null);
        for id in 0..1000 {
            let scope = Scope::of(&root, "");
            let id = Scope { id: &id.to_string(), ..scope };
            let number = as_text(&expand("{id|number}", &id));
            assert!(number.len() == 19 && number.parse::<i64>().is_ok(), "{number}");
        }
        assert_eq!(text("{tags|fingerprint}"), text("{tags|fingerprint}"));
        assert_eq!(placeholders("{a}/{b|last}@{a}"), ["a", "b"]);
    }
}
