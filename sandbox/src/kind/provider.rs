//! What a provider's block and its error messages are like.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value as Json;

use super::{Scope, expand};
use crate::value::Value;

/// One provider's own table.
#[derive(Clone, Debug, Deserialize)]
pub struct ProviderTable {
    /// The beginnings of full links, before the id; only a cloud with links
    /// takes bare names for them.
    #[serde(default)]
    pub links: Vec<String>,
    /// Values that resources take from the provider block.
    pub given: BTreeMap<String, Given>,
    /// What it says when things go wrong.
    pub messages: Messages,
}

/// One value of the provider block.
#[derive(Clone, Debug, Deserialize)]
pub struct Given {
    /// The argument that says it.
    #[serde(default)]
    pub argument: Option<String>,
    /// Environment variables that say it where the argument does not.
    #[serde(default)]
    pub environment: Vec<String>,
    /// What it is where nobody says it.
    #[serde(default)]
    pub default: Option<String>,
    /// The error where it is needed and not there.
    #[serde(default)]
    pub missing: String,
}

/// Templates of error messages, of `{doing}`, `{noun}`, `{id}`, `{by}` and
/// `{range}`.
#[derive(Clone, Debug, Deserialize)]
pub struct Messages {
    /// It is there already.
    pub exists: String,
    /// Something it needs is not there.
    pub missing: String,
    /// Others need it.
    pub in_use: String,
    /// Its range overlaps that of another.
    pub overlap: String,
    /// Its range does not lie in the one around it, or is none.
    pub range: String,
    /// A size may not shrink.
    pub shrink: String,
    /// The quota error a name asks for.
    pub quota: String,
    /// The error after the making that a name asks for.
    pub half_made: String,
    /// It gave up because the engine wants to end.
    pub given_up: String,
    /// A data source finds nothing.
    pub nothing: String,
    /// A change needs a stop nobody allowed.
    #[serde(default)]
    pub stop: String,
}

/// A message with these names filled in.
pub fn message(template: &str, names: &[(&str, &str)]) -> String {
    let members = names.iter().map(|(name, text)| ((*name).to_owned(), Json::String((*text).to_owned())));
    let root = Value::from(&Json::Object(members.collect()));
    let id = names.iter().find(|(name, _)| *name == "id").map_or("", |(_, id)| *id);
    expand(template, &Scope::of(&root, id, &Value::Null)).as_text().unwrap_or_default().to_owned()
}
