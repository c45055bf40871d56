//! The kinds on Google Cloud.

mod bucket;
mod network;
#[cfg(test)]
mod tests;
mod vm;

pub(super) use bucket::render as bucket;
pub(super) use network::render as network;
pub(super) use vm::render as vm;

use super::{Draft, RenderInput, tree};
use crate::api::Resource;
use hcl::Expression;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// The provider that all kinds need.
const PROVIDER: &str = "hashicorp/google";

/// The region a resource stands in; a finding when the project does not list it.
fn region<'a>(draft: &mut Draft, input: &RenderInput<'a>, resource: &'a Resource) -> &'a str {
    let region = resource.region.as_deref().unwrap_or(&input.spec.region);
    if region != input.spec.region && !input.spec.regions.iter().any(|r| r == region) {
        draft.findings.push(format!(
            "\"{}\" asks for region {region}, which the project does not list (it lists {}). Choose one of them, or have the region added to spec.regions of the CloudProject",
            resource.name,
            std::iter::once(&input.spec.region).chain(&input.spec.regions).cloned().collect::<Vec<_>>().join(", ")
        ));
    }
    region
}

/// Labels of one resource: the user's and its own name. Those of the project come from the provider block.
fn labels(resource: &Resource) -> Value {
    let mut labels = resource.labels.clone();
    labels.insert("ce-resource".to_owned(), resource.name.clone());
    serde_json::json!(labels)
}

/// Adds the variable of a resource and its values.
fn declare(draft: &mut Draft, name: &str, values: Value) {
    draft.used.insert(PROVIDER.to_owned());
    draft.variables.push(tree::variable(name, type_of(&values)));
    draft.values.insert(name.to_owned(), values);
}

/// The type of a resource's values. Objects below the first level are maps of strings.
fn type_of(values: &Value) -> Expression {
    let of = |value: &Value| match value {
        Value::Bool(_) => tree::word("bool"),
        Value::Number(_) => tree::word("number"),
        Value::Array(_) => tree::call("list", tree::word("string")),
        Value::Object(_) => tree::call("map", tree::word("string")),
        _ => tree::word("string"),
    };
    let empty = Map::new();
    let members = values.as_object().unwrap_or(&empty).iter();
    tree::call("object", tree::object(members.map(|(key, value)| (key.as_str(), of(value)))))
}

/// `var.<name>.<key>`
fn var(name: &str, key: &str) -> Expression {
    tree::path("var", &[name, key])
}

/// Findings on names that two resources would share in the cloud.
pub(super) fn clashes(draft: &mut Draft, taken: &BTreeMap<String, Vec<String>>) {
    for (name, owners) in taken.iter().filter(|(_, owners)| owners.len() > 1) {
        draft.findings.push(format!(
            "{} would both be called \"{name}\" in the cloud, where names are unique. Rename one of them",
            owners.join(" and ")
        ));
    }
}
