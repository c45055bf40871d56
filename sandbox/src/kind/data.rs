//! Where data sources look: in the store, in a table, or nowhere.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value as Json;

use crate::schema::{Attribute, Block, Type};
use crate::value::Value;

/// What the data source that writes a file is called, after the provider's
/// name. It is in no real provider.
pub const FILE_SOURCE: &str = "sandbox_file";

/// One data source.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct DataKind {
    /// The resource type whose records it finds.
    #[serde(default)]
    pub of: Option<String>,
    /// It gives all it finds, not one.
    #[serde(default)]
    pub many: bool,
    /// What it finds where it is not in the store; the values are templates.
    #[serde(default)]
    pub rows: Vec<BTreeMap<String, Json>>,
    /// Arguments that are not compared.
    #[serde(default)]
    pub ignored: Vec<String>,
    /// Arguments of another name than what they are compared with.
    #[serde(default)]
    pub named: BTreeMap<String, Vec<String>>,
    /// Arguments the provider block fills in.
    #[serde(default)]
    pub given: Vec<String>,
    /// The template of its id.
    #[serde(default)]
    pub id: Option<String>,
    /// Outputs, by templates that see what was found.
    #[serde(default)]
    pub outputs: BTreeMap<String, Json>,
    /// It writes the file it is told.
    #[serde(default)]
    pub writes: bool,
}

/// One thing a data source may find.
#[derive(Clone, Debug)]
pub struct Found {
    /// Its id, where it has one.
    pub id: Option<String>,
    /// What is known of it.
    pub values: Value,
}

impl DataKind {
    /// The data source that writes a file.
    pub fn file() -> Self {
        Self { id: Some("{filename}".to_owned()), writes: true, ..Self::default() }
    }

    /// Whether what was found is what the arguments ask for. An argument
    /// is compared with the member of its name, a list with any of its
    /// elements; `filter` blocks may have `*` and `?`.
    pub fn fits(&self, found: &Found, config: &Value) -> bool {
        let arguments = config.as_map().into_iter().flatten();
        arguments.filter(|(name, value)| !value.is_blank() && !self.skips(name)).all(|(name, value)| {
            match name.as_str() {
                "filter" => value.as_list().unwrap_or_default().iter().all(|filter| filtered(found, filter)),
                "id" => found.id.as_deref() == value.as_text(),
                _ => self.compares(found, name, value),
            }
        })
    }

    fn skips(&self, name: &str) -> bool {
        name == "timeouts" || self.ignored.iter().any(|ignored| ignored == name)
    }

    fn compares(&self, found: &Found, name: &str, wanted: &Value) -> bool {
        let names = self.named.get(name);
        let own = [name.to_owned()];
        let names = names.map_or(own.as_slice(), Vec::as_slice);
        names.iter().any(|name| {
            let there = if name == "id" {
                found.id.clone().map_or(Value::Null, Value::Text)
            } else {
                found.values.get(name).clone()
            };
            match (wanted, &there) {
                // A row of a table that says nothing of it fits all, and so does
                // a record made by hand that leaves out what a provider fills in.
                (_, Value::Null) => !self.rows.is_empty() || self.given.contains(name),
                (Value::List(any), there) => any.contains(there),
                (Value::Map(some), Value::Map(all)) => some.iter().all(|(key, v)| all.get(key) == Some(v)),
                (wanted, there) => wanted == there,
            }
        })
    }
}

fn filtered(found: &Found, filter: &Value) -> bool {
    let name = filter.get("name").as_text().unwrap_or_default();
    let there = match name.strip_prefix("tag:") {
        Some(tag) => found.values.get("tags").get(tag).clone(),
        None => found.values.get(&name.replace('-', "_")).clone(),
    };
    let text = match &there {
        Value::Text(text) => text.clone(),
        other => other.to_json().to_string(),
    };
    let patterns = filter.get("values").as_list().unwrap_or_default();
    patterns.iter().filter_map(Value::as_text).any(|pattern| like(pattern.as_bytes(), text.as_bytes()))
}

/// Whether the text is like a pattern with `*` and `?`.
fn like(pattern: &[u8], text: &[u8]) -> bool {
    match (pattern.split_first(), text.split_first()) {
        (None, None) => true,
        (Some((b'*', rest)), _) if like(rest, text) => true,
        (Some((b'*', _)), Some((_, text))) => like(pattern, text),
        (Some((b'?', rest)), Some((_, text))) => like(rest, text),
        (Some((one, rest)), Some((other, text))) => one == other && like(rest, text),
        _ => false,
    }
}

/// The shape of the data source that writes a file.
pub fn file_block() -> Block {
    let attribute = |required: bool| Attribute {
        ty: Type::Text,
        required,
        optional: false,
        computed: !required,
        sensitive: false,
        write_only: false,
    };
    let mut block = Block::default();
    for (name, required) in [("filename", true), ("content", true), ("content_sha256", false), ("id", false)]
    {
        block.attributes.insert(name.to_owned(), attribute(required));
    }
    block
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn patterns_match() {
        for (pattern, text, fits) in [
            ("ubuntu-*-24.04-amd64-*", "ubuntu-noble-24.04-amd64-server-20260115", true),
            ("a?c", "abc", true),
            ("*", "", true),
            ("a*", "ba", false),
            ("abc", "abcd", false),
        ] {
            assert_eq!(like(pattern.as_bytes(), text.as_bytes()), fits, "{pattern} {text}");
        }
    }

    #[test]
    fn arguments_and_filters_pick() {
        let kind = DataKind { ignored: vec!["most_recent".to_owned()], ..DataKind::default() };
        let values = Value::from(&json!({"vpc_id": "v", "tags": {"Name": "a", "x": "y"}, "default": false}));
        let found = Found { id: Some("s".to_owned()), values };
        let fits = |config| kind.fits(&found, &Value::from(&config));
        assert!(fits(json!({"id": "s", "vpc_id": "v", "most_recent": true, "region": null})));
        assert!(fits(json!({"tags": {"Name": "a"}, "filter": [{"name": "vpc-id", "values": ["w", "v"]}]})));
        assert!(fits(json!({"filter": [{"name": "tag:Name", "values": ["a"]}]})));
        assert!(!fits(json!({"id": "t"})) && !fits(json!({"tags": {"Name": "b"}})));
        assert!(!fits(json!({"filter": [{"name": "tag:Name", "values": ["b*"]}]})));
        assert!(!fits(json!({"unheard_of": "x"})));
        let given = DataKind { given: vec!["region".to_owned()], ..DataKind::default() };
        assert!(given.fits(&found, &Value::from(&json!({"region": "r", "vpc_id": "v"}))));
    }
}
