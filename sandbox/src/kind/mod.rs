//! What a provider's types are like beyond their schema: identities,
//! defaults, given values, references, and what replaces.

mod links;
mod template;

pub use links::{import_id, same_link, target_id};
pub use template::{Scope, expand, expand_json, placeholders};

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::Value as Json;
use thiserror::Error;

use crate::schema::{Block, LoadError, Schema};
use crate::value::Value;

/// One provider at one version.
#[derive(Clone, Debug)]
pub struct Catalogue {
    /// Its short name, as in `terraform-provider-<name>`.
    pub name: &'static str,
    /// Shapes.
    pub schema: Schema,
    /// The beginning of a full link, before the id.
    pub link: String,
    /// What each resource type is like.
    pub kinds: BTreeMap<String, Kind>,
}

/// What one resource type is like. Paths are dotted and leave out indices.
#[derive(Clone, Debug, Deserialize)]
pub struct Kind {
    /// What the cloud's error messages call it.
    pub noun: String,
    /// The template of its id.
    pub id: String,
    /// The template of what people call it.
    #[serde(default = "plain_name")]
    pub title: String,
    /// Arguments the provider block fills in.
    #[serde(default)]
    pub given: Vec<String>,
    /// Whether names follow the cloud's rule for host names.
    #[serde(default)]
    pub name_rule: bool,
    /// Values of arguments nobody gives, known when planning.
    #[serde(default)]
    pub defaults: BTreeMap<String, Json>,
    /// Values of what the cloud gives, known after apply.
    #[serde(default)]
    pub computed: BTreeMap<String, Json>,
    /// Blocks the cloud adds where nobody writes them.
    #[serde(default)]
    pub computed_blocks: BTreeMap<String, Json>,
    /// Arguments that name another resource, and its type.
    #[serde(default)]
    pub references: BTreeMap<String, String>,
    /// Arguments that hold an address range, and those that name in what it
    /// may not overlap another.
    #[serde(default)]
    pub ranges: BTreeMap<String, String>,
    /// Outputs that follow the arguments on each update.
    #[serde(default)]
    pub volatile: BTreeSet<String>,
    /// Arguments the cloud knows nothing of.
    #[serde(default, rename = "virtual")]
    pub unreal: BTreeSet<String>,
    /// Not to be shown.
    #[serde(default)]
    pub sensitive: Vec<String>,
    /// Groups of arguments of which one has to be there.
    #[serde(default)]
    pub one_of: Vec<Vec<String>>,
    /// Arguments that change only on a stopped machine.
    #[serde(default)]
    pub stop_needed: BTreeSet<String>,
    /// The argument that allows stopping it.
    #[serde(default)]
    pub stop_allowed_by: Option<String>,
    /// What replaces.
    #[serde(skip)]
    pub replace: Replace,
}

/// Which changes replace the resource.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Replace {
    /// Any change of these.
    pub always: Vec<String>,
    /// These, when they shrink.
    #[serde(default)]
    pub smaller: Vec<String>,
    /// These ranges, when the new one does not hold the old one.
    #[serde(default)]
    pub narrower: Vec<String>,
    /// These may not shrink: planned as update, refused by the cloud.
    #[serde(default)]
    pub refused_smaller: Vec<String>,
}

/// Data that does not fit together.
#[derive(Debug, Error)]
pub enum CatalogueError {
    /// The schema.
    #[error(transparent)]
    Schema(#[from] LoadError),
    /// The tables.
    #[error("provider tables: {0}")]
    Json(#[from] serde_json::Error),
    /// A type with a schema and no behaviour, or the other way round.
    #[error("provider tables: {0} is not in all of them")]
    Incomplete(String),
    /// A path that is not in the schema.
    #[error("provider tables: {0} has no {1}")]
    Path(String, String),
}

#[derive(Deserialize)]
struct BehaviourFile {
    link: String,
    types: BTreeMap<String, Kind>,
}

#[derive(Deserialize)]
struct ReplaceFile {
    types: BTreeMap<String, Replace>,
}

fn plain_name() -> String {
    "{name}".to_owned()
}

impl Catalogue {
    /// Every provider that has a sandbox.
    pub fn all() -> impl Iterator<Item = Result<Self, CatalogueError>> {
        ["google"].into_iter().filter_map(Self::find)
    }

    /// The provider of that name, if it has a sandbox.
    pub fn find(name: &str) -> Option<Result<Self, CatalogueError>> {
        match name {
            "google" => Some(Self::load(
                "google",
                include_str!("../../data/google/schema.json"),
                include_str!("../../data/google/behaviour.json"),
                include_str!("../../data/google/replace.json"),
            )),
            _ => None,
        }
    }

    fn load(
        name: &'static str,
        schema: &str,
        behaviour: &str,
        replace: &str,
    ) -> Result<Self, CatalogueError> {
        let mut schema = Schema::load(schema)?;
        let behaviour: BehaviourFile = serde_json::from_str(behaviour)?;
        let mut replace: ReplaceFile = serde_json::from_str(replace)?;
        let mut kinds = behaviour.types;
        for (name, kind) in &mut kinds {
            let missing = || CatalogueError::Incomplete(name.clone());
            kind.replace = replace.types.remove(name).ok_or_else(missing)?;
            let block = schema.resources.get_mut(name).ok_or_else(missing)?;
            kind.check(name, block)?;
            for path in &kind.sensitive {
                mark_sensitive(block, path);
            }
        }
        if let Some(name) = schema.resources.keys().find(|name| !kinds.contains_key(*name)) {
            return Err(CatalogueError::Incomplete(name.clone()));
        }
        Ok(Self { name, schema, link: behaviour.link, kinds })
    }

    /// A full link without its beginning; anything else as it is.
    pub fn unlink<'a>(&self, text: &'a str) -> &'a str {
        text.strip_prefix(&self.link).unwrap_or(text)
    }
}

impl Kind {
    /// The default of the argument at that path.
    pub fn default(&self, path: &str) -> Option<Value> {
        self.defaults.get(path).map(Value::from)
    }

    fn check(&self, name: &str, block: &Block) -> Result<(), CatalogueError> {
        let replace = &self.replace;
        let paths = (self.given.iter())
            .chain(self.defaults.keys())
            .chain(self.computed.keys())
            .chain(self.computed_blocks.keys())
            .chain(self.references.keys())
            .chain(self.ranges.keys())
            .chain(self.ranges.values())
            .chain(&self.volatile)
            .chain(&self.unreal)
            .chain(&self.sensitive)
            .chain(self.one_of.iter().flatten())
            .chain(&self.stop_needed)
            .chain(&self.stop_allowed_by)
            .chain(&replace.always)
            .chain(&replace.smaller)
            .chain(&replace.narrower)
            .chain(&replace.refused_smaller);
        for path in paths {
            if !has(block, path) {
                return Err(CatalogueError::Path(name.to_owned(), path.clone()));
            }
        }
        Ok(())
    }
}

fn has(block: &Block, path: &str) -> bool {
    match path.split_once('.') {
        None => block.attributes.contains_key(path) || block.blocks.contains_key(path),
        Some((first, rest)) => block.blocks.get(first).is_some_and(|nested| has(&nested.block, rest)),
    }
}

fn mark_sensitive(block: &mut Block, path: &str) {
    if let Some((first, rest)) = path.split_once('.') {
        if let Some(nested) = block.blocks.get_mut(first) {
            mark_sensitive(&mut nested.block, rest);
        }
    } else if let Some(attribute) = block.attributes.get_mut(path) {
        attribute.sensitive = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_fit_together() {
        let google = Catalogue::find("google").unwrap().unwrap();
        assert_eq!(google.schema.version, "8.7.0");
        let disk = &google.schema.resources["google_compute_disk"];
        let key = &disk.blocks["disk_encryption_key"].block.attributes["raw_key_wo"];
        assert!(key.write_only && key.sensitive);
        assert!(Catalogue::find("unheard-of").is_none());
    }
}
