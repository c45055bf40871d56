//! States to and from what the store keeps.

use serde_json::{Map, Value as Json};
use sha2::{Digest as _, Sha256};

use super::labels::Style;
use super::settle::complete;
use super::{Settings, Subject};
use crate::schema::{Block, conform};
use crate::store::Record;
use crate::value::Value;

/// What the store keeps of a state: what the cloud knows, without secrets,
/// without what is empty. `labels` are all labels the resource has.
pub fn to_record(subject: &Subject<'_>, state: &Value) -> Map<String, Json> {
    let mut kept = told(subject.block, state);
    let style = Style::of(subject.block);
    if let Some(style) = style {
        style.to_cloud(&mut kept);
    }
    let outputs = style.map_or(&[][..], Style::outputs);
    let hidden = |name: &str| ["id", "timeouts"].contains(&name) || outputs.contains(&name);
    kept.as_map()
        .into_iter()
        .flatten()
        .filter(|(name, _)| !hidden(name) && !subject.kind.unreal.contains(*name))
        .map(|(name, value)| (name.clone(), value.to_json()))
        .collect()
}

/// The state of a resource as the store has it now; `prior` gives what the
/// cloud does not know or tell.
pub fn from_record(subject: &Subject<'_>, settings: &Settings, record: &Record, prior: &Value) -> Value {
    let mut state = Value::from(&Json::Object(record.attributes.clone()));
    let unreal = subject.kind.unreal.iter().map(String::as_str);
    for name in unreal.chain(["timeouts"]) {
        state.set(name, prior.get(name).clone());
    }
    state.set("id", Value::text(record.id.as_str()));
    if let Some(style) = Style::of(subject.block) {
        style.read_back(settings, prior, &mut state);
    }
    let state = conform(subject.block, &state);
    let mut state = complete(subject, settings, &state, [&record.id, &record.created]);
    carry_secrets(subject.block, prior, &mut state);
    state
}

/// Fingerprints of the write-only arguments of a configuration, by path.
pub fn fingerprints(block: &Block, config: &Value) -> Map<String, Json> {
    let mut found = Map::new();
    collect(block, config, "", &mut found);
    found
}

fn collect(block: &Block, value: &Value, path: &str, found: &mut Map<String, Json>) {
    for (name, attribute) in &block.attributes {
        if attribute.write_only
            && let Some(text) = value.get(name).as_text()
        {
            let print = Sha256::digest(text.as_bytes());
            found.insert(format!("{path}{name}"), Json::String(format!("sha256:{print:x}")));
        }
    }
    for (name, nested) in &block.blocks {
        let items = value.get(name).as_list().unwrap_or_default();
        for item in items {
            collect(&nested.block, item, &format!("{path}{name}."), found);
        }
    }
}

/// Without what is secret, and without what says nothing: nulls, and blocks
/// that are not there.
fn told(block: &Block, value: &Value) -> Value {
    let Value::Map(map) = value else {
        return value.clone();
    };
    let mut found = map.clone();
    found.retain(|name, value| match block.attributes.get(name) {
        Some(attribute) => !attribute.sensitive && !attribute.write_only && !value.is_null(),
        None => !value.is_null() && *value != Value::List(Vec::new()),
    });
    for (name, nested) in &block.blocks {
        if let Some(Value::List(list)) = found.get_mut(name) {
            for item in list {
                *item = told(&nested.block, item);
            }
        }
    }
    Value::Map(found)
}

fn carry_secrets(block: &Block, prior: &Value, state: &mut Value) {
    let Value::Map(map) = state else {
        return;
    };
    for (name, attribute) in &block.attributes {
        // A secret the cloud makes up is known without a prior state.
        if attribute.sensitive && !attribute.write_only && !prior.get(name).is_null() {
            map.insert(name.clone(), prior.get(name).clone());
        }
    }
    for (name, nested) in &block.blocks {
        if let Some(Value::List(list)) = map.get_mut(name) {
            for (index, item) in list.iter_mut().enumerate() {
                carry_secrets(&nested.block, prior.get(name).at(index), item);
            }
        }
    }
}
