//! Fills what the configuration leaves out.

use std::collections::BTreeMap;

use super::{Problem, Settings, Subject};
use crate::kind::same_link;
use crate::schema::{Attribute, Block, Nested, Nesting};
use crate::value::Value;

/// The planned state, labels and replacement aside.
pub fn propose(
    subject: &Subject<'_>,
    settings: &Settings,
    [prior, proposed, config]: [&Value; 3],
) -> Result<Value, Problem> {
    let filling = Filling { subject };
    let prior = (!prior.is_null()).then_some(prior);
    let mut state = filling.block(subject.block, "", [proposed, config], prior);
    if prior.is_none() {
        for name in &subject.kind.given {
            if config.get(name).is_null() {
                let value = settings.given.get(name);
                if value.is_null() {
                    let table = &subject.catalogue.provider.given;
                    let message = table.get(name).map_or("", |given| given.missing.as_str());
                    return Err(Problem::new(message).at(name));
                }
                state.set(name, value.clone());
            }
        }
    }
    Ok(state)
}

struct Filling<'a> {
    subject: &'a Subject<'a>,
}

impl Filling<'_> {
    /// `prior` is the same block before the change, none where it is new.
    fn block(
        &self,
        block: &Block,
        path: &str,
        [proposed, config]: [&Value; 2],
        prior: Option<&Value>,
    ) -> Value {
        let mut found = BTreeMap::new();
        for (name, attribute) in &block.attributes {
            let values = [proposed.get(name), config.get(name)];
            let before = prior.map(|prior| prior.get(name));
            let value = self.attribute(attribute, &join(path, name), values, before);
            found.insert(name.clone(), value);
        }
        for (name, nested) in &block.blocks {
            let values = [proposed.get(name), config.get(name)];
            let before = prior.map(|prior| prior.get(name));
            let value = self.nested(nested, &join(path, name), values, before);
            found.insert(name.clone(), value);
        }
        Value::Map(found)
    }

    fn attribute(
        &self,
        attribute: &Attribute,
        path: &str,
        [proposed, config]: [&Value; 2],
        prior: Option<&Value>,
    ) -> Value {
        if attribute.write_only {
            return Value::Null;
        }
        if !config.is_null() {
            return match prior {
                Some(prior) if self.same_reference(path, prior, proposed) => prior.clone(),
                _ => proposed.clone(),
            };
        }
        match (attribute.computed, prior) {
            (true, Some(prior)) => prior.clone(),
            (true, None) => Value::Unknown,
            (false, _) => self.subject.kind.default(path).unwrap_or(Value::Null),
        }
    }

    fn same_reference(&self, path: &str, one: &Value, other: &Value) -> bool {
        self.subject.kind.references.contains_key(path)
            && matches!((one, other), (Value::Text(one), Value::Text(other))
                if same_link(self.subject.catalogue, one, other))
    }

    fn nested(
        &self,
        nested: &Nested,
        path: &str,
        [proposed, config]: [&Value; 2],
        prior: Option<&Value>,
    ) -> Value {
        if config.is_unknown() {
            return Value::Unknown;
        }
        if nested.nesting == Nesting::Single {
            if config.is_null() {
                return Value::Null;
            }
            let before = prior.filter(|prior| !prior.is_null());
            return self.block(&nested.block, path, [proposed, config], before);
        }
        let configured = config.as_list().unwrap_or_default();
        if configured.is_empty() && self.subject.kind.computed_blocks.contains_key(path) {
            return prior.cloned().unwrap_or(Value::Unknown);
        }
        let before = prior.and_then(Value::as_list).unwrap_or_default();
        let items = proposed.as_list().unwrap_or_default().iter();
        Value::List(match nested.nesting {
            Nesting::Set => items
                .map(|item| {
                    // The engine finds an element again only where no default fills it.
                    let again = |before: &&Value| {
                        self.block(&nested.block, path, [item, item], Some(before)) == **before
                    };
                    let before = before.iter().find(again);
                    self.block(&nested.block, path, [item, item], before)
                })
                .collect(),
            _ => items
                .enumerate()
                .map(|(index, item)| {
                    let config = configured.get(index).unwrap_or(item);
                    self.block(&nested.block, path, [item, config], before.get(index))
                })
                .collect(),
        })
    }
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}
