//! What a resource refers to, and the address ranges it takes.

use std::collections::{BTreeMap, BTreeSet};

use super::settle::Settling;
use super::{Problem, Settings, Subject, at_path};
use crate::cidr::Cidr;
use crate::kind::{Scope, expand, message, target};
use crate::store::{self, Claim};
use crate::value::Value;

/// What the texts of referring arguments point to: store keys by text.
pub fn references(subject: &Subject<'_>, settings: &Settings, state: &Value) -> BTreeMap<String, String> {
    keys(subject, settings, state, true)
}

fn keys(
    subject: &Subject<'_>,
    settings: &Settings,
    state: &Value,
    soft_too: bool,
) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let all = subject.kind.references.iter();
    for (path, reference) in all.filter(|(_, reference)| soft_too || !reference.is_soft()) {
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

/// The keys of all that cannot go before a settled state.
pub fn uses(subject: &Subject<'_>, settings: &Settings, state: &Value) -> Vec<String> {
    let keys: BTreeSet<String> = keys(subject, settings, state, false).into_values().collect();
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
