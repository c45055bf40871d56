//! Turns a planned state into the state after apply.

use std::collections::{BTreeMap, BTreeSet};

use super::{Problem, Settings, Subject, at_path};
use crate::cidr::Cidr;
use crate::kind::{Kind, Scope, expand, expand_json, placeholders, target_id};
use crate::schema::{Block, conform};
use crate::store::{self, Claim};
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
    let filled = Filling { kind, what: What::Unknown }.block(subject.block, "", &state, &scope);
    let title = text_of(&kind.title, &filled);
    Settled { state: conform(subject.block, &filled), id, title }
}

/// The keys of all that a settled state needs.
pub fn uses(subject: &Subject<'_>, state: &Value) -> Vec<String> {
    let keys: BTreeSet<String> = references(subject, state).into_values().collect();
    keys.into_iter().collect()
}

/// The address ranges of a settled state.
pub fn claims(subject: &Subject<'_>, state: &Value) -> Result<Vec<Claim>, Problem> {
    let mut found = Vec::new();
    let keys = references(subject, state);
    for (name, within) in &subject.kind.ranges {
        let within = state.get(within).as_text().and_then(|text| keys.get(text));
        if let (Some(range), Some(within)) = (state.get(name).as_text(), within) {
            if range.parse::<Cidr>().is_err() {
                let message = format!("googleapi: Error 400: Invalid IPCidrRange: {range}, invalid");
                return Err(Problem::new(message).at(name));
            }
            found.push(Claim { within: within.clone(), range: range.to_owned() });
        }
    }
    Ok(found)
}

fn text_of(template: &str, root: &Value) -> String {
    let value = expand(template, &Scope::of(root, ""));
    value.as_text().unwrap_or_default().to_owned()
}

/// Gives a state that was read what the cloud gives every resource, where a
/// record made by hand leaves it out.
pub fn complete(subject: &Subject<'_>, state: &Value, id: &str, created: &str) -> Value {
    let scope = Scope { created, ..Scope::of(state, id) };
    let filling = Filling { kind: subject.kind, what: What::Missing };
    let filled = filling.block(subject.block, "", state, &scope);
    conform(subject.block, &filled)
}

#[derive(Clone, Copy, PartialEq)]
enum What {
    /// What is unknown, by the table of outputs.
    Unknown,
    /// What is not there, by the tables of outputs and defaults.
    Missing,
}

struct Filling<'a> {
    kind: &'a Kind,
    what: What,
}

impl Filling<'_> {
    fn block(&self, block: &Block, path: &str, value: &Value, scope: &Scope<'_>) -> Value {
        let Value::Map(map) = value else {
            return value.clone();
        };
        let mut found = map.clone();
        for (name, attribute) in &block.attributes {
            let before = value.get(name);
            let path = format!("{path}{name}");
            if attribute.write_only {
                found.insert(name.clone(), Value::Null);
            } else if self.wants(before, &path) {
                found.insert(name.clone(), self.attribute(&path, scope));
            }
        }
        for (name, nested) in &block.blocks {
            let path = format!("{path}{name}");
            let before = value.get(name);
            let absent = before.is_unknown() || self.what == What::Missing && before.is_blank();
            let after = match (before, self.kind.computed_blocks.get(&path)) {
                (_, Some(json)) if absent => expand_json(json, scope),
                (Value::Unknown, None) => Value::Null,
                (Value::List(list), _) => {
                    let item = |(index, item)| {
                        let scope = Scope { element: item, index, ..*scope };
                        self.block(&nested.block, &format!("{path}."), item, &scope)
                    };
                    Value::List(list.iter().enumerate().map(item).collect())
                }
                (item, _) => self.block(&nested.block, &format!("{path}."), item, scope),
            };
            found.insert(name.clone(), after);
        }
        Value::Map(found)
    }

    fn wants(&self, value: &Value, path: &str) -> bool {
        match self.what {
            What::Unknown => !value.is_known(),
            What::Missing => value.is_null() && !self.kind.unreal.contains(path),
        }
    }

    fn attribute(&self, path: &str, scope: &Scope<'_>) -> Value {
        let output = self.kind.computed.get(path).map(|json| expand_json(json, scope));
        let default = || self.kind.default(path).filter(|_| self.what == What::Missing);
        output.or_else(default).unwrap_or(Value::Null)
    }
}
