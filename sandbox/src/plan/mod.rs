//! What a change will come to: pure functions from schema, tables and values.

mod labels;
mod path;
mod propose;
mod record;
mod replace;
mod settings;
mod settle;
mod validate;

pub use path::{Path, Step, at_path};
pub use record::{fingerprints, from_record, to_record};
pub use replace::{refused_shrink, replacing};
pub use settings::Settings;
pub use settle::{Settled, Settling, claims, references, settle, title, uses};
pub use validate::validate;

use crate::kind::{Catalogue, Kind};
use crate::schema::Block;
use crate::value::Value;

/// Something to tell the engine's user.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    /// In one line.
    pub summary: String,
    /// More about it.
    pub detail: String,
    /// Where in the configuration.
    pub path: Option<Path>,
}

impl Problem {
    /// A problem in one line.
    pub fn new(summary: impl Into<String>) -> Self {
        Self { summary: summary.into(), detail: String::new(), path: None }
    }

    /// The same with more about it.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = detail.into();
        self
    }

    /// The same with the attribute it is about.
    #[must_use]
    pub fn at(mut self, name: &str) -> Self {
        self.path = Some(vec![Step::Name(name.to_owned())]);
        self
    }
}

/// A resource type with all that is known of it.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// The provider.
    pub catalogue: &'a Catalogue,
    /// The type's name.
    pub r#type: &'a str,
    /// Its shape.
    pub block: &'a Block,
    /// Its behaviour.
    pub kind: &'a Kind,
}

impl<'a> Subject<'a> {
    /// The resource type of that name.
    pub fn find(catalogue: &'a Catalogue, r#type: &'a str) -> Option<Self> {
        Some(Self {
            catalogue,
            r#type,
            block: catalogue.schema.resources.get(r#type)?,
            kind: catalogue.kinds.get(r#type)?,
        })
    }
}

/// A planned change.
#[derive(Clone, Debug, PartialEq)]
pub struct Planned {
    /// The state the resource will have, unknown where only apply tells.
    pub state: Value,
    /// Why it cannot be done in place; empty if it can.
    pub replace: Vec<Path>,
}

/// Plans a creation (`prior` null), an update, or a deletion (`proposed`
/// null): defaults and given values filled in, outputs unknown on creation
/// and kept on update.
pub fn plan(
    subject: &Subject<'_>,
    settings: &Settings,
    [prior, proposed, config]: [&Value; 3],
) -> Result<Planned, Problem> {
    if proposed.is_null() {
        return Ok(Planned { state: Value::Null, replace: Vec::new() });
    }
    let mut state = propose::propose(subject, settings, [prior, proposed, config])?;
    if let Some(style) = labels::Style::of(subject.block) {
        labels::plan(style, settings, prior, &mut state);
    }
    let replace = if prior.is_null() { Vec::new() } else { replacing(subject, prior, &state) };
    if !prior.is_null() && state != *prior {
        for name in &subject.kind.counters {
            state.set(name, Value::Unknown);
        }
    }
    Ok(Planned { state, replace })
}

#[cfg(test)]
pub(crate) mod tests;
