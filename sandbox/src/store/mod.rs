//! The sandbox cloud: what exists in it, and what happened to it.

mod client;
mod cloud;
mod disk;
mod http;
mod server;
mod table;

pub use client::{Client, StoreError, URL_VARIABLE};
pub use cloud::{Cloud, Filter};
pub use disk::Disk;
pub use server::{ServeError, serve};
pub use table::table;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};
use thiserror::Error;

/// One resource that exists.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Which provider's cloud it is in.
    pub provider: String,
    /// Its resource type.
    pub r#type: String,
    /// Its identity within type and provider, as that cloud writes it.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// Always true: nothing here is real.
    pub sandbox: bool,
    /// When it was made.
    pub created: String,
    /// When it was last changed.
    pub updated: String,
    /// Grows with each change.
    pub revision: u64,
    /// Keys of what it needs; they cannot be deleted before it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub uses: Vec<String>,
    /// Address ranges it holds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ranges: Vec<Claim>,
    /// Fingerprints of write-only arguments: proof that they arrived.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub secrets: Map<String, Json>,
    /// Its arguments and outputs.
    #[serde(default)]
    pub attributes: Map<String, Json>,
}

/// An address range that nothing else within the same may overlap.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Claim {
    /// Key of what the range is within.
    pub within: String,
    /// The range.
    pub range: String,
}

/// The key of a record.
pub fn key(provider: &str, r#type: &str, id: &str) -> String {
    format!("{provider}/{type}/{id}")
}

/// What a new record is made of.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub struct Draft {
    /// What people call it; the end of its id where left out.
    #[serde(default)]
    pub name: Option<String>,
    /// Keys of what it needs; they have to exist.
    #[serde(default)]
    pub uses: Vec<String>,
    /// Address ranges it holds; they have to be free.
    #[serde(default)]
    pub ranges: Vec<Claim>,
    /// Fingerprints of write-only arguments.
    #[serde(default)]
    pub secrets: Map<String, Json>,
    /// Its arguments and outputs.
    #[serde(default)]
    pub attributes: Map<String, Json>,
}

/// A change to a record: each attribute named is set as a whole, null
/// removes it, the others stay.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub struct Patch {
    /// Replaces the keys of what it needs.
    #[serde(default)]
    pub uses: Option<Vec<String>>,
    /// Replaces the address ranges it holds.
    #[serde(default)]
    pub ranges: Option<Vec<Claim>>,
    /// Fingerprints of write-only arguments, added.
    #[serde(default)]
    pub secrets: Map<String, Json>,
    /// The attributes to set.
    #[serde(default)]
    pub attributes: Map<String, Json>,
}

/// One thing that happened to the cloud.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Effect {
    /// Counts from 1 without gaps.
    pub seq: u64,
    /// When.
    pub time: String,
    /// `create`, `update` or `delete`.
    pub verb: String,
    /// `engine` through a provider, `hand` otherwise.
    pub actor: String,
    /// Which provider's cloud.
    pub provider: String,
    /// The resource type.
    pub r#type: String,
    /// The resource's id.
    pub id: String,
}

/// Why the cloud did not do it.
#[derive(Clone, Debug, Error, PartialEq, Serialize, Deserialize)]
#[serde(tag = "error", rename_all = "kebab-case")]
pub enum Refusal {
    /// No such resource.
    #[error("{key} does not exist")]
    NotFound {
        /// Its key.
        key: String,
    },
    /// Already there.
    #[error("{key} already exists")]
    Exists {
        /// Its key.
        key: String,
    },
    /// Others need it.
    #[error("{key} is in use by {}", by.join(", "))]
    InUse {
        /// Its key.
        key: String,
        /// Keys of those that need it.
        by: Vec<String>,
    },
    /// Another holds an address of the same range.
    #[error("{key} overlaps {range} of {with}")]
    Overlap {
        /// Its key.
        key: String,
        /// The range there.
        range: String,
        /// The key of its holder.
        with: String,
    },
    /// It needs what is not there.
    #[error("{key} needs {needs}, which does not exist")]
    Missing {
        /// Its key.
        key: String,
        /// The key of what is not there.
        needs: String,
    },
}
