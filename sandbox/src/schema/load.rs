//! Reads `data/<provider>/schema.json`.

use std::collections::BTreeMap;

use serde::Deserialize;
use thiserror::Error;

use super::{Attribute, Block, Nested, Nesting, Type};

/// All shapes of one provider.
#[derive(Clone, Debug)]
pub struct Schema {
    /// The provider's version the shapes are of.
    pub version: String,
    /// The provider block.
    pub provider: Block,
    /// Resource types.
    pub resources: BTreeMap<String, Block>,
    /// Data sources.
    pub data_sources: BTreeMap<String, Block>,
}

/// Schema data that cannot be used.
#[derive(Debug, Error)]
pub enum LoadError {
    /// Not our JSON.
    #[error("schema data: {0}")]
    Json(#[from] serde_json::Error),
    /// An attribute that says nothing we know.
    #[error("schema data: attribute {0} reads {1:?}")]
    Attribute(String, String),
}

#[derive(Deserialize)]
struct File {
    source: Source,
    provider: RawBlock,
    resources: BTreeMap<String, RawBlock>,
    data_sources: BTreeMap<String, RawBlock>,
}

#[derive(Deserialize)]
struct Source {
    version: String,
}

#[derive(Deserialize)]
struct RawBlock {
    attributes: BTreeMap<String, RawAttribute>,
    #[serde(default)]
    blocks: BTreeMap<String, RawNested>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum RawAttribute {
    /// Type and mode in words.
    Plain(String),
    /// A computed list of objects.
    Objects { nesting: RawNesting, mode: String, attributes: BTreeMap<String, RawAttribute> },
}

#[derive(Deserialize)]
struct RawNested {
    nesting: RawNesting,
    #[serde(default)]
    min: i64,
    #[serde(default)]
    max: i64,
    #[serde(flatten)]
    block: RawBlock,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "lowercase")]
enum RawNesting {
    Single,
    List,
    Set,
}

impl Schema {
    /// Reads the data of one provider.
    pub fn load(text: &str) -> Result<Self, LoadError> {
        let file: File = serde_json::from_str(text)?;
        let all = |raw: BTreeMap<String, RawBlock>| {
            raw.into_iter().map(|(name, raw)| Ok((name, block(raw)?))).collect::<Result<_, LoadError>>()
        };
        Ok(Self {
            version: file.source.version,
            provider: block(file.provider)?,
            resources: all(file.resources)?,
            data_sources: all(file.data_sources)?,
        })
    }
}

fn block(raw: RawBlock) -> Result<Block, LoadError> {
    let mut found = Block::default();
    for (name, raw) in raw.attributes {
        let attribute = attribute(&name, raw)?;
        found.attributes.insert(name, attribute);
    }
    for (name, raw) in raw.blocks {
        let nested = Nested {
            nesting: match raw.nesting {
                RawNesting::Single => Nesting::Single,
                RawNesting::List => Nesting::List,
                RawNesting::Set => Nesting::Set,
            },
            min: raw.min,
            max: raw.max,
            block: block(raw.block)?,
        };
        found.blocks.insert(name, nested);
    }
    Ok(found)
}

fn attribute(name: &str, raw: RawAttribute) -> Result<Attribute, LoadError> {
    let (ty, mode) = match raw {
        RawAttribute::Plain(words) => {
            let (ty, mode) = words.split_once(' ').unwrap_or((&words, ""));
            let parsed =
                Type::parse(ty).ok_or_else(|| LoadError::Attribute(name.to_owned(), words.clone()))?;
            (parsed, mode.to_owned())
        }
        RawAttribute::Objects { nesting, mode, attributes } => {
            let members = attributes
                .into_iter()
                .map(|(name, raw)| Ok((name.clone(), attribute(&name, raw)?.ty)))
                .collect::<Result<_, LoadError>>()?;
            let object = Box::new(Type::Object(members));
            let ty = match nesting {
                RawNesting::Set => Type::Set(object),
                RawNesting::List | RawNesting::Single => Type::List(object),
            };
            (ty, mode)
        }
    };
    let says = |word| mode.split(' ').any(|found| found == word);
    Ok(Attribute {
        ty,
        required: says("required"),
        optional: says("optional"),
        computed: says("computed"),
        sensitive: false,
        write_only: name.ends_with("_wo"),
    })
}
