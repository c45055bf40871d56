//! A rendered stack as a plan, before there is one: what it would create, with the values that the variables
//! file holds. What only the engine could compute is unknown, as in a plan.

use hcl::expr::{Traversal, TraversalOperator};
use hcl::{Block, Body, Expression, ObjectKey, Structure};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::Path;

/// The variables file of a stack.
const VARIABLES: &str = "terraform.tfvars.json";

/// A plan in JSON that creates everything the files of a stack ask for; the renderer writes neither `count` nor
/// `dynamic`. Modules are listed as such: what is in
/// them is not known before a plan. Files that cannot be read count for nothing: the engine will say so.
pub fn plan_of(files: &BTreeMap<String, String>) -> Value {
    let variables = files.get(VARIABLES).and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    let root = |name: &&String| !name.contains('/') && Path::new(name).extension() == Some(OsStr::new("tf"));
    let bodies: Vec<Body> = files
        .iter()
        .filter(|(name, _)| root(name))
        .filter_map(|(_, text)| hcl::from_str(text).ok())
        .collect();
    let blocks = || bodies.iter().flat_map(Body::blocks);
    let region = |provider: &str| {
        let block = blocks().find(|b| b.identifier() == "provider" && label(b, 0) == provider)?;
        let region = block.body().attributes().find(|a| a.key() == "region")?;
        value(region.expr(), &variables)
    };
    let regions = [("google_", region("google")), ("aws_", region("aws"))];
    let (mut changes, mut resources) = (Vec::new(), Vec::new());
    for block in blocks() {
        match block.identifier() {
            "resource" => {
                resource(block, &variables, &regions, &mut changes, &mut resources);
            }
            "module" => {
                changes.push(entry(&["module.", label(block, 0)].concat(), "module", &json!({}), &json!({})));
            }
            _ => {}
        }
    }
    json!({
        "format_version": "1.2",
        "resource_changes": changes,
        "configuration": { "root_module": { "resources": resources } },
    })
}

fn resource(
    block: &Block,
    variables: &Value,
    regions: &[(&str, Option<Value>)],
    changes: &mut Vec<Value>,
    resources: &mut Vec<Value>,
) {
    let (type_, name) = (label(block, 0), label(block, 1));
    let address = [type_, ".", name].concat();
    let (mut known, unknown) = values(block.body(), variables);
    let placed = ["zone", "region", "location"]
        .iter()
        .any(|key| known.contains_key(*key) || unknown.contains_key(*key));
    let provider = regions.iter().find(|(prefix, _)| type_.starts_with(prefix));
    if let (false, Some((_, Some(region)))) = (placed, provider) {
        known.insert("region".to_owned(), region.clone());
    }
    resources.push(json!({ "address": address, "expressions": expressions(block.body()) }));
    changes.push(entry(&address, type_, &Value::Object(known), &Value::Object(unknown)));
}

fn entry(address: &str, type_: &str, after: &Value, unknown: &Value) -> Value {
    json!({
        "address": address, "mode": "managed", "type": type_,
        "change": { "actions": ["create"], "before": null, "after": after, "after_unknown": unknown },
    })
}

fn label(block: &Block, number: usize) -> &str {
    block.labels().get(number).map(hcl::BlockLabel::as_str).unwrap_or_default()
}

/// The values of a body, and what of them is unknown, as a plan writes them.
fn values(body: &Body, variables: &Value) -> (Map<String, Value>, Map<String, Value>) {
    let (mut known, mut unknown) = (Map::new(), Map::new());
    for structure in body {
        match structure {
            Structure::Attribute(attribute) => {
                let key = attribute.key().to_owned();
                match (value(attribute.expr(), variables), attribute.expr()) {
                    (Some(value), _) => {
                        known.insert(key, value);
                    }
                    // How many there are is known: as a plan writes it, nothing beside each unknown one.
                    (None, Expression::Array(items)) => {
                        let items: Vec<_> = items.iter().map(|item| value(item, variables)).collect();
                        let later = items.iter().map(|item| Value::Bool(item.is_none())).collect();
                        unknown.insert(key.clone(), Value::Array(later));
                        known.insert(key, items.into_iter().map(Option::unwrap_or_default).collect());
                    }
                    (None, _) => {
                        unknown.insert(key, Value::Bool(true));
                    }
                }
            }
            Structure::Block(block) => {
                let (inner, later) = values(block.body(), variables);
                for (map, value) in [(&mut known, inner), (&mut unknown, later)] {
                    let list = map.entry(block.identifier()).or_insert_with(|| json!([]));
                    if let Value::Array(list) = list {
                        list.push(Value::Object(value));
                    }
                }
            }
        }
    }
    (known, unknown)
}

/// The value of an expression; `None` when only the engine can tell.
fn value(expression: &Expression, variables: &Value) -> Option<Value> {
    match expression {
        Expression::Null => Some(Value::Null),
        Expression::Bool(value) => Some(Value::Bool(*value)),
        Expression::Number(number) => serde_json::from_str(&number.to_string()).ok(),
        Expression::String(text) => Some(Value::String(text.clone())),
        Expression::Array(items) => {
            items.iter().map(|item| value(item, variables)).collect::<Option<Vec<_>>>().map(Value::Array)
        }
        Expression::Object(object) => {
            let pair = |(key, item): (&ObjectKey, &Expression)| Some((key_of(key)?, value(item, variables)?));
            object.iter().map(pair).collect::<Option<Map<_, _>>>().map(Value::Object)
        }
        Expression::Parenthesis(inner) => value(inner, variables),
        Expression::Traversal(path) => variable(path, variables).cloned(),
        _ => None,
    }
}

fn key_of(key: &ObjectKey) -> Option<String> {
    match key {
        ObjectKey::Identifier(name) => Some(name.to_string()),
        ObjectKey::Expression(Expression::String(text)) => Some(text.clone()),
        _ => None,
    }
}

/// The value behind `var.name.field["key"]`.
fn variable<'a>(path: &Traversal, variables: &'a Value) -> Option<&'a Value> {
    let Expression::Variable(root) = &path.expr else { return None };
    if root.as_str() != "var" {
        return None;
    }
    path.operators.iter().try_fold(variables, |at, operator| match operator {
        TraversalOperator::GetAttr(name) => at.get(name.as_str()),
        TraversalOperator::Index(Expression::String(key)) => at.get(key),
        TraversalOperator::Index(Expression::Number(index)) => at.get(usize::try_from(index.as_u64()?).ok()?),
        _ => None,
    })
}

/// What each argument names, as the `configuration` of a plan lists it.
fn expressions(body: &Body) -> Value {
    let mut map = Map::new();
    for structure in body {
        match structure {
            Structure::Attribute(attribute) => {
                if let Some(names) = references(attribute.expr()) {
                    map.insert(attribute.key().to_owned(), json!({ "references": names }));
                }
            }
            Structure::Block(block) => {
                let list = map.entry(block.identifier()).or_insert_with(|| json!([]));
                if let Value::Array(list) = list {
                    list.push(expressions(block.body()));
                }
            }
        }
    }
    Value::Object(map)
}

/// The resource that an expression names: with the attribute, then without.
fn references(expression: &Expression) -> Option<[String; 2]> {
    let Expression::Traversal(path) = expression else { return None };
    let Expression::Variable(type_) = &path.expr else { return None };
    let TraversalOperator::GetAttr(name) = path.operators.first()? else { return None };
    let resource = [type_.as_str(), ".", name.as_str()].concat();
    let attribute = path.operators.iter().rev().find_map(|operator| match operator {
        TraversalOperator::GetAttr(name) => Some(name.as_str()),
        _ => None,
    })?;
    Some([[&resource, ".", attribute].concat(), resource])
}
