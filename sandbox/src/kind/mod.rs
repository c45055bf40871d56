//! What a provider's types are like beyond their schema: identities,
//! defaults, given values, references, and what replaces.

mod data;
mod filter;
mod links;
mod provider;
mod template;

pub use data::{DataKind, FILE_SOURCE, Found};
pub use links::{import_id, same_link, target, target_id};
pub use provider::{ProviderTable, message};
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
    /// What the provider block and the error messages are like.
    pub provider: ProviderTable,
    /// What each resource type is like.
    pub kinds: BTreeMap<String, Kind>,
    /// Where each data source looks.
    pub data: BTreeMap<String, DataKind>,
}

/// What one resource type is like. Paths are dotted and leave out indices.
#[derive(Clone, Debug, Deserialize)]
pub struct Kind {
    /// What the cloud's error messages call it.
    pub noun: String,
    /// The template of its id.
    pub id: String,
    /// For ids the cloud makes up: the template of what tells two of them
    /// apart. Without it, equal arguments make two resources.
    #[serde(default)]
    pub unique: Option<String>,
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
    pub references: BTreeMap<String, Reference>,
    /// Arguments that hold address ranges, and those that name in what they
    /// may not overlap another.
    #[serde(default)]
    pub ranges: BTreeMap<String, String>,
    /// Arguments that hold address ranges, and templates of those they lie in.
    #[serde(default)]
    pub inside: BTreeMap<String, String>,
    /// Outputs that follow the arguments on each update.
    #[serde(default)]
    pub volatile: BTreeSet<String>,
    /// Outputs that count the updates; not known while one is planned.
    #[serde(default)]
    pub counters: Vec<String>,
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
    /// Arguments that refuse the deletion while they are true, and the
    /// templates of what the cloud says then.
    #[serde(default)]
    pub protected_by: BTreeMap<String, String>,
    /// An argument that a deletion needs unless another is true.
    #[serde(default)]
    pub last_wish: Option<LastWish>,
    /// It is part of what it refers to: abandoned, it is gone.
    #[serde(default)]
    pub part: bool,
    /// The argument that names a file the provider reads.
    #[serde(default)]
    pub file: Option<String>,
    /// What replaces.
    #[serde(skip)]
    pub replace: Replace,
}

/// What an argument refers to.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum Reference {
    /// A resource of this type, by id, link or name.
    To(String),
    /// One of this type, by the id that the template makes of `{text}`.
    By {
        /// The type.
        r#type: String,
        /// The template.
        id: String,
    },
    /// The first of these that fits.
    Any(Vec<Reference>),
}

/// What has to be said before the end.
#[derive(Clone, Debug, Deserialize)]
pub struct LastWish {
    /// The argument that has to be there.
    pub argument: String,
    /// Unless this one is true.
    pub unless: String,
    /// What the provider says otherwise.
    pub message: String,
}

/// Which changes replace the resource.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Replace {
    /// Any change of these.
    pub always: Vec<String>,
    /// These, when they shrink.
    #[serde(default)]
    pub smaller: Vec<String>,
    /// These, when they are taken away.
    #[serde(default)]
    pub removed: Vec<String>,
    /// These, when the new value is in another class than the old one.
    #[serde(default)]
    pub classes: BTreeMap<String, Vec<Vec<String>>>,
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
    provider: ProviderTable,
    types: BTreeMap<String, Kind>,
    data: BTreeMap<String, DataKind>,
}

#[derive(Deserialize)]
struct ReplaceFile {
    types: BTreeMap<String, Replace>,
}

fn plain_name() -> String {
    "{name}".to_owned()
}

/// Name, schema, behaviour and replacement of each provider.
const TABLES: [(&str, [&str; 3]); 1] = [(
    "google",
    [
        include_str!("../../data/google/schema.json"),
        include_str!("../../data/google/behaviour.json"),
        include_str!("../../data/google/replace.json"),
    ],
)];

impl Catalogue {
    /// Every provider that has a sandbox.
    pub fn all() -> impl Iterator<Item = Result<Self, CatalogueError>> {
        TABLES.into_iter().map(|(name, tables)| Self::load(name, tables))
    }

    /// The provider of that name, if it has a sandbox; no other is read.
    pub fn find(name: &str) -> Option<Result<Self, CatalogueError>> {
        TABLES.into_iter().find(|(found, _)| *found == name).map(|(name, tables)| Self::load(name, tables))
    }

    fn load(name: &'static str, [schema, behaviour, replace]: [&str; 3]) -> Result<Self, CatalogueError> {
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
        let mut data = behaviour.data;
        let of_kinds = schema.resources.keys().filter(|name| !kinds.contains_key(*name));
        let of_data = schema.data_sources.keys().filter(|name| !data.contains_key(*name));
        let beyond = data.keys().filter(|name| !schema.data_sources.contains_key(*name));
        if let Some(name) = of_kinds.chain(of_data).chain(beyond).chain(replace.types.keys()).next() {
            return Err(CatalogueError::Incomplete(name.clone()));
        }
        let file = format!("{name}_{FILE_SOURCE}");
        schema.data_sources.insert(file.clone(), data::file_block());
        data.insert(file, DataKind::file());
        Ok(Self { name, schema, provider: behaviour.provider, kinds, data })
    }

    /// A full link without its beginning; anything else as it is.
    pub fn unlink<'a>(&self, text: &'a str) -> &'a str {
        self.provider.links.iter().find_map(|link| text.strip_prefix(link.as_str())).unwrap_or(text)
    }
}

impl Reference {
    /// The types it may refer to.
    #[cfg(test)]
    fn types(&self) -> Vec<&str> {
        match self {
            Self::To(r#type) | Self::By { r#type, .. } => vec![r#type],
            Self::Any(all) => all.iter().flat_map(Self::types).collect(),
        }
    }
}

impl Kind {
    /// Whether ids are made up, and equal arguments make two resources.
    pub fn repeats(&self) -> bool {
        self.unique.is_none() && self.id.contains("{unique")
    }

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
            .chain(self.inside.keys())
            .chain(&self.counters)
            .chain(self.protected_by.keys())
            .chain(self.last_wish.iter().flat_map(|wish| [&wish.argument, &wish.unless]))
            .chain(&self.file)
            .chain(&replace.removed)
            .chain(replace.classes.keys())
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
        for catalogue in Catalogue::all() {
            let catalogue = catalogue.unwrap();
            for (name, kind) in &catalogue.kinds {
                for reference in kind.references.values() {
                    let types = reference.types();
                    let known = types.iter().all(|of| catalogue.kinds.contains_key(*of));
                    assert!(known, "{name} refers to {types:?}");
                }
            }
        }
        let google = Catalogue::find("google").unwrap().unwrap();
        assert_eq!(google.schema.version, "8.7.0");
        let disk = &google.schema.resources["google_compute_disk"];
        let key = &disk.blocks["disk_encryption_key"].block.attributes["raw_key_wo"];
        assert!(key.write_only && key.sensitive);
        assert!(Catalogue::find("unheard-of").is_none());
    }
}
