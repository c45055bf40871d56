//! What a resource type is like beyond its schema, as `behaviour.json` and
//! `replace.json` say it.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::Value as Json;

use super::CatalogueError;
use crate::schema::Block;
use crate::value::Value;

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
    /// The argument that lifts the protection.
    #[serde(default)]
    pub unprotected_by: Option<String>,
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
    /// One of this type.
    By {
        /// The type.
        r#type: String,
        /// The template that makes its id of `{text}`; else as above.
        #[serde(default)]
        id: Option<String>,
        /// It may go all the same, or never be in the store: people have such.
        #[serde(default)]
        soft: bool,
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
    /// These, while the argument named with them is true.
    #[serde(default)]
    pub when: BTreeMap<String, String>,
    /// These ranges, when the new one does not hold the old one.
    #[serde(default)]
    pub narrower: Vec<String>,
    /// These may not shrink: planned as update, refused by the cloud.
    #[serde(default)]
    pub refused_smaller: Vec<String>,
}

fn plain_name() -> String {
    "{name}".to_owned()
}

impl Reference {
    /// Whether what it refers to may be missing.
    pub fn is_soft(&self) -> bool {
        match self {
            Self::To(_) => false,
            Self::By { soft, .. } => *soft,
            Self::Any(all) => all.iter().all(Self::is_soft),
        }
    }

    /// The types it may refer to.
    #[cfg(test)]
    pub fn types(&self) -> Vec<&str> {
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

    /// Whether all its paths are in the shape.
    pub fn check(&self, name: &str, block: &Block) -> Result<(), CatalogueError> {
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
            .chain(&self.unprotected_by)
            .chain(self.last_wish.iter().flat_map(|wish| [&wish.argument, &wish.unless]))
            .chain(&self.file)
            .chain(&replace.removed)
            .chain(replace.classes.keys())
            .chain(replace.when.iter().flat_map(|(path, argument)| [path, argument]))
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
