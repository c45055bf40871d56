//! Templates of ids and outputs, such as `projects/{project}/disks/{name}`.
//!
//! In braces stands a name, looked up in the surrounding block, then in the
//! resource, then in what the provider block says; a dot goes into a member,
//! or into the first element of a list. `id`, `created`, `index` and `unique`
//! are names of their own; several names with commas between are one text.
//! Then comes `>name` for an attribute of the resource it refers to; then
//! filters, each after a `|`. An object with a member `$by` is the one of its
//! other members that this template names, or the one named "".

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::filter::filter;
use crate::value::Value;

/// What a template can speak of.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'a> {
    /// The resource.
    pub root: &'a Value,
    /// The surrounding block, the resource itself at its top.
    pub element: &'a Value,
    /// What the provider block says.
    pub given: &'a Value,
    /// The place of that block among its like.
    pub index: usize,
    /// The resource's id, empty while it has none.
    pub id: &'a str,
    /// What tells the resource from all others, for ids the cloud makes up.
    pub unique: &'a str,
    /// The time of the operation.
    pub created: &'a str,
    /// Attributes of resources referred to, by the referring text.
    pub referred: &'a BTreeMap<String, Value>,
}

static NOTHING: BTreeMap<String, Value> = BTreeMap::new();

impl<'a> Scope<'a> {
    /// The scope at the top of a resource.
    pub fn of(root: &'a Value, id: &'a str, given: &'a Value) -> Self {
        Self { root, element: root, given, index: 0, id, unique: "", created: "", referred: &NOTHING }
    }
}

/// The value a piece of table data stands for: texts are templates.
pub fn expand_json(json: &Json, scope: &Scope<'_>) -> Value {
    match json {
        Json::String(text) => expand(text, scope),
        Json::Array(list) => Value::List(list.iter().map(|item| expand_json(item, scope)).collect()),
        Json::Object(map) => {
            if let Some(Json::String(by)) = map.get("$by") {
                let key = as_text(&expand(by, scope));
                let chosen = map.get(&key).or_else(|| map.get(""));
                return chosen.map_or(Value::Null, |chosen| expand_json(chosen, scope));
            }
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

/// The arguments a template asks for, in order, without members and filters.
pub fn placeholders(template: &str) -> Vec<&str> {
    let mut names = Vec::new();
    for part in template.split('{').skip(1) {
        for name in part.split(['}', '|', '>']).next().unwrap_or_default().split(',') {
            let name = name.split('.').next().unwrap_or_default();
            if !OWN.contains(&name) && !names.contains(&name) {
                names.push(name);
            }
        }
    }
    names
}

/// A value inside texts.
pub(super) fn as_text(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        Value::Null | Value::Unknown => String::new(),
        other => other.to_json().to_string(),
    }
}

const OWN: [&str; 4] = ["created", "index", "id", "unique"];

fn evaluate(expression: &str, scope: &Scope<'_>) -> Value {
    let mut filters = expression.split('|');
    let path = filters.next().unwrap_or_default();
    let (names, member) = path.split_once('>').map_or((path, None), |(n, m)| (n, Some(m)));
    let mut value = if names.contains(',') {
        let texts: Vec<String> = names.split(',').map(|name| as_text(&named(name, scope))).collect();
        Value::Text(texts.join("/"))
    } else {
        named(names, scope)
    };
    if let Some(member) = member {
        let referred = scope.referred.get(&as_text(&value));
        value = referred.map_or(Value::Null, |found| inside(found, member).clone());
    }
    for name in filters {
        value = filter(name, &value, scope);
    }
    value
}

fn named(name: &str, scope: &Scope<'_>) -> Value {
    match name {
        "created" => Value::text(scope.created),
        "index" => Value::Number(scope.index.into()),
        "id" => Value::text(scope.id),
        "unique" => Value::text(scope.unique),
        _ => {
            let places = [scope.element, scope.root, scope.given];
            let found = places.into_iter().map(|place| inside(place, name)).find(|found| !found.is_null());
            found.cloned().unwrap_or_default()
        }
    }
}

/// The value at a dotted path; a list stands for its first element.
fn inside<'a>(value: &'a Value, path: &str) -> &'a Value {
    path.split('.').fold(value, |value, name| match value {
        Value::List(_) => value.at(0).get(name),
        _ => value.get(name),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn templates_fill() {
        let root = Value::from(&json!({"project": "p", "instance": "a/zones/z/instances/i", "tags": ["x"]}));
        let element = Value::from(&json!({"project": "own", "net": "n", "block": [{"tags": {"a": "b"}}]}));
        let given = Value::from(&json!({"region": "r1", "project": "given"}));
        let referred = BTreeMap::from([("n".to_owned(), Value::from(&json!({"range": "10.1.0.0/24"})))]);
        let scope =
            Scope { element: &element, index: 3, referred: &referred, ..Scope::of(&root, "the/id", &given) };
        let text = |template| as_text(&expand(template, &scope));
        assert_eq!(text("{project}-{index}-{id}"), "own-3-the/id");
        assert_eq!(text("{instance|last}"), "i");
        assert_eq!(text("{instance|segment:zones}{instance|segment:regions}"), "z");
        assert_eq!(text("{net>range|gateway}"), "10.1.0.1");
        assert!(text("{net>range|host}").starts_with("10.1.0."));
        assert_eq!(expand("{tags}", &scope), Value::List(vec![Value::text("x")]));
        assert_eq!(expand("{nothing}", &scope), Value::Null);
        for id in 0..1000 {
            let scope = Scope::of(&root, "", &given);
            let id = Scope { id: &id.to_string(), ..scope };
            let number = as_text(&expand("{id|number}", &id));
            assert!(number.len() == 19 && number.parse::<i64>().is_ok(), "{number}");
        }
        assert_eq!(text("{tags|fingerprint}"), text("{tags|fingerprint}"));
        assert_eq!(text("{block.tags.a}{region}{nothing,index}"), "br1/3");
        assert_eq!(placeholders("{a}/{b|last}@{a}{id}{unique,c.d|hex:9}"), ["a", "b", "c"]);
        let by = json!({"$by": "{net}", "n": ["{index}"], "": "other"});
        assert_eq!(expand_json(&by, &scope), Value::List(vec![Value::Number(3.into())]));
        let by = json!({"$by": "{nothing}", "n": 1, "": "other"});
        assert_eq!(expand_json(&by, &scope), Value::text("other"));
    }
}
