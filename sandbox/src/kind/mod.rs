//! What a provider's types are like beyond their schema: identities,
//! defaults, given values, references, and what replaces.

mod data;
mod filter;
mod links;
mod provider;
mod table;
mod template;

pub use data::{DataKind, FILE_SOURCE, Found};
pub use links::{import_id, same_link, target, target_id};
pub use provider::{ProviderTable, message};
pub use table::{Kind, LastWish, Reference, Replace};
pub use template::{Scope, expand, expand_json, placeholders};

use std::collections::BTreeMap;

use serde::Deserialize;
use thiserror::Error;

use crate::schema::{Block, LoadError, Schema};

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

macro_rules! tables {
    ($name:literal) => {
        (
            $name,
            [
                include_str!(concat!("../../data/", $name, "/schema.json")),
                include_str!(concat!("../../data/", $name, "/behaviour.json")),
                include_str!(concat!("../../data/", $name, "/replace.json")),
            ],
        )
    };
}

/// Name, schema, behaviour and replacement of each provider.
const TABLES: [(&str, [&str; 3]); 3] = [tables!("google"), tables!("aws"), tables!("azurerm")];

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
