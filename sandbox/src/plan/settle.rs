//! Turns a planned state into the state after apply.

use std::collections::{BTreeMap, BTreeSet};

use super::{Problem, Settings, Subject, at_path};
use crate::cidr::Cidr;
use crate::kind::{Kind, Scope, expand, expand_json, message, placeholders, target};
use crate::schema::{Attribute, Block, Type, conform};
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

/// What a state is settled with.
#[derive(Clone, Copy, Debug)]
pub struct Settling<'a> {
    /// What the provider block says.
    pub settings: &'a Settings,
    /// Attributes of resources referred to, by the referring text.
    pub referred: &'a BTreeMap<String, Value>,
    /// The time of the operation.
    pub time: &'a str,
    /// How many resources with the same arguments there are already.
    pub same: u32,
}

/// What the texts of referring arguments point to: store keys by text.
pub fn references(subject: &Subject<'_>, settings: &Settings, state: &Value) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for (path, reference) in &subject.kind.references {
        for text in texts(state, path) {
            let near = [state, &settings.given];
            if let Some((r#type, id)) = target(subject.catalogue, reference, text, near) {
                found.insert(text.to_owned(), store::key(subject.catalogue.name, r#type, &id));
            }
        }
    }
    found
}

/// All texts at a path, those in lists too.
fn texts<'a>(state: &'a Value, path: &str) -> Vec<&'a str> {
    fn all(value: &Value) -> Vec<&str> {
        match value {
            Value::Text(text) => vec![text],
            Value::List(list) => list.iter().flat_map(all).collect(),
            _ => Vec::new(),
        }
    }
    at_path(state, path).into_iter().flat_map(all).collect()
}

/// Gives every unknown the value the cloud would give it. On update `prior`
/// keeps the id, and outputs that follow the arguments are made anew.
pub fn settle(subject: &Subject<'_>, with: &Settling<'_>, planned: &Value, prior: &Value) -> Settled {
    let kind = subject.kind;
    let given = &with.settings.given;
    let mut state = planned.clone();
    if !prior.is_null() {
        for name in &kind.volatile {
            state.set(name, Value::Unknown);
        }
    }
    for name in kind.counters.iter().filter(|name| planned.get(name).is_unknown()) {
        let before = prior.get(name).as_f64().unwrap_or(0.0);
        state.set(name, crate::value::number(before + 1.0).map_or(Value::Null, Value::Number));
    }
    // What the id is made of comes first.
    for name in placeholders(&kind.id) {
        if state.member(name).is_some_and(|value| value.is_unknown() || value.is_null()) {
            let scope = Scope { referred: with.referred, ..Scope::of(&state, "", given) };
            let value = kind.computed.get(name).map_or(Value::Null, |json| expand_json(json, &scope));
            let value = if value.is_blank() { given.get(name).clone() } else { value };
            state.set(name, value);
        }
    }
    let unique = unique(subject, with, &state);
    let scope = Scope { unique: &unique, referred: with.referred, ..Scope::of(&state, "", given) };
    let id = match prior.get("id").as_text() {
        Some(id) => id.to_owned(),
        None => expand(&kind.id, &scope).as_text().unwrap_or_default().to_owned(),
    };
    state.set("id", Value::text(id.as_str()));
    let root = state.clone();
    let scope = Scope {
        unique: &unique,
        referred: with.referred,
        created: with.time,
        ..Scope::of(&root, &id, given)
    };
    let filled = Filling { kind, what: What::Unknown }.block(subject.block, "", &state, &scope);
    let title = title(kind, &filled, &id, given);
    Settled { state: conform(subject.block, &filled), id, title }
}

/// What tells the resource from all others.
fn unique(subject: &Subject<'_>, with: &Settling<'_>, state: &Value) -> String {
    let own = match &subject.kind.unique {
        Some(template) => text_of(template, state, &with.settings.given),
        None => format!("{}{}", state.to_json(), with.same),
    };
    format!("{} {own}", subject.r#type)
}

/// What people call a resource: by its own template, or by the tags that
/// carry a name where a type has none.
pub fn title(kind: &Kind, state: &Value, id: &str, given: &Value) -> String {
    let scope = Scope::of(state, id, given);
    [kind.title.as_str(), "{tags.Name}", "{tags.ce-resource}"]
        .iter()
        .filter_map(|template| expand(template, &scope).as_text().map(str::to_owned))
        .find(|title| !title.is_empty())
        .unwrap_or_else(|| id.to_owned())
}

/// The keys of all that a settled state needs.
pub fn uses(subject: &Subject<'_>, settings: &Settings, state: &Value) -> Vec<String> {
    let keys: BTreeSet<String> = references(subject, settings, state).into_values().collect();
    keys.into_iter().collect()
}

/// The address ranges of a settled state.
pub fn claims(subject: &Subject<'_>, with: &Settling<'_>, state: &Value) -> Result<Vec<Claim>, Problem> {
    let mut found = Vec::new();
    let keys = references(subject, with.settings, state);
    let wrong = |name: &str, range: &str| {
        let names = [("range", range), ("noun", subject.kind.noun.as_str())];
        Problem::new(message(&subject.catalogue.provider.messages.range, &names)).at(name)
    };
    for (name, within) in &subject.kind.ranges {
        let within = state.get(within).as_text().and_then(|text| keys.get(text));
        for range in texts(state, name) {
            range.parse::<Cidr>().map_err(|()| wrong(name, range))?;
            if let Some(within) = within {
                found.push(Claim { within: within.clone(), range: range.to_owned() });
            }
        }
    }
    for (name, around) in &subject.kind.inside {
        let scope = Scope { referred: with.referred, ..Scope::of(state, "", &with.settings.given) };
        let mut root = Value::default();
        root.set("around", expand(around, &scope));
        let around: Vec<Cidr> = texts(&root, "around").iter().filter_map(|text| text.parse().ok()).collect();
        for range in texts(state, name) {
            let inside = |range: Cidr| around.is_empty() || around.iter().any(|around| around.holds(range));
            if !range.parse().is_ok_and(inside) {
                return Err(wrong(name, range));
            }
        }
    }
    Ok(found)
}

fn text_of(template: &str, root: &Value, given: &Value) -> String {
    let value = expand(template, &Scope::of(root, "", given));
    value.as_text().unwrap_or_default().to_owned()
}

/// Gives a state that was read what the cloud gives every resource, where a
/// record made by hand leaves it out.
pub fn complete(
    subject: &Subject<'_>,
    settings: &Settings,
    state: &Value,
    [id, created]: [&str; 2],
) -> Value {
    let scope = Scope { created, ..Scope::of(state, id, &settings.given) };
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
                found.insert(name.clone(), self.attribute(attribute, &path, scope));
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

    fn attribute(&self, attribute: &Attribute, path: &str, scope: &Scope<'_>) -> Value {
        let output = self.kind.computed.get(path).map(|json| expand_json(json, scope));
        let default = || self.kind.default(path).filter(|_| self.what == What::Missing);
        let found = output.or_else(default).unwrap_or(Value::Null);
        if found.is_null() && attribute.computed { nothing(&attribute.ty) } else { found }
    }
}

/// What the providers' own type system gives where the cloud says nothing.
fn nothing(ty: &Type) -> Value {
    match ty {
        Type::Text => Value::text(""),
        Type::Number => Value::Number(0.into()),
        Type::Bool => Value::Bool(false),
        Type::List(_) | Type::Set(_) => Value::List(Vec::new()),
        Type::Map(_) => Value::Map(BTreeMap::new()),
        Type::Object(_) => Value::Null,
    }
}
