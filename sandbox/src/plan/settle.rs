//! Turns a planned state into the state after apply.

use std::collections::{BTreeMap, BTreeSet};

use super::{Settings, Subject, at_path};
use crate::kind::{Scope, expand, expand_json, placeholders, target_id};
use crate::schema::{Block, conform};
use crate::store;
use crate::value::Value;

/// A state without unknowns.
#[derive(Clone, Debug)]
pub struct Settled {
    /// The state.
    pub state: Value,
    /// The resource's id.
    pub id: String,
    /// What people call it.
    pub title: String,
}

/// What the texts of referring arguments point to: store keys by text.
pub fn references(subject: &Subject<'_>, state: &Value) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for (path, r#type) in &subject.kind.references {
        for text in at_path(state, path).into_iter().filter_map(Value::as_text) {
            if let Some(id) = target_id(subject.catalogue, r#type, text, state) {
                let key = store::key(subject.catalogue.name, r#type, &id);
                found.insert(text.to_owned(), key);
            }
        }
    }
    found
}

/// Gives every unknown the value the cloud would give it. On update `prior`
/// keeps the id, and outputs that follow the arguments are made anew.
pub fn settle(
    subject: &Subject<'_>,
    settings: &Settings,
    planned: &Value,
    prior: &Value,
    referred: &BTreeMap<String, Value>,
    time: &str,
) -> Settled {
    let kind = subject.kind;
    let mut state = planned.clone();
    if !prior.is_null() {
        for name in &kind.volatile {
            state.set(name, Value::Unknown);
        }
    }
    // What the id is made of comes first.
    for name in placeholders(&kind.id) {
        if state.get(name).is_unknown() || state.get(name).is_null() {
            let value =
                kind.computed.get(name).map_or(Value::Null, |json| expand_json(json, &Scope::of(&state, "")));
            let value = if value.is_blank() { settings.given.get(name).clone() } else { value };
            state.set(name, value);
        }
    }
    let id = match prior.get("id").as_text() {
        Some(id) => id.to_owned(),
        None => text_of(&kind.id, &state),
    };
    state.set("id", Value::text(id.as_str()));
    let root = state.clone();
    let scope = Scope { created: time, referred, ..Scope::of(&root, &id) };
    let filled = Filling { computed: &kind.computed, blocks: &kind.computed_blocks }.block(
        subject.block,
        "",
        &state,
        &scope,
    );
    let title = text_of(&kind.title, &filled);
    Settled { state: conform(subject.block, &filled), id, title }
}

/// The keys of all that a settled state needs.
pub fn uses(subject: &Subject<'_>, state: &Value) -> Vec<String> {
    let keys: BTreeSet<String> = references(subject, state).into_values().collect();
    keys.into_iter().collect()
}

fn text_of(template: &str, root: &Value) -> String {
    let value = expand(template, &Scope::of(root, ""));
    value.as_text().unwrap_or_default().to_owned()
}

struct Filling<'a> {
    computed: &'a BTreeMap<String, serde_json::Value>,
    blocks: &'a BTreeMap<String, serde_json::Value>,
}

impl Filling<'_> {
    fn block(&self, block: &Block, path: &str, value: &Value, scope: &Scope<'_>) -> Value {
        let Value::Map(map) = value else {
            return value.clone();
        };
        let mut found = map.clone();
        let data = |table: &BTreeMap<String, serde_json::Value>, path: &str| {
            table.get(path).map_or(Value::Null, |json| expand_json(json, scope))
        };
        for (name, attribute) in &block.attributes {
            let value = value.get(name);
            if attribute.write_only {
                found.insert(name.clone(), Value::Null);
            } else if !value.is_known() {
                found.insert(name.clone(), data(self.computed, &format!("{path}{name}")));
            }
        }
        for (name, nested) in &block.blocks {
            let below = format!("{path}{name}");
            let filled = match value.get(name) {
                Value::Unknown => data(self.blocks, &below),
                Value::List(list) => Value::List(
                    list.iter()
                        .enumerate()
                        .map(|(index, item)| {
                            let scope = Scope { element: item, index, ..*scope };
                            self.block(&nested.block, &format!("{below}."), item, &scope)
                        })
                        .collect(),
                ),
                item => self.block(&nested.block, &format!("{below}."), item, scope),
            };
            found.insert(name.clone(), filled);
        }
        Value::Map(found)
    }
}
