//! Data sources: what the cloud knows without having made it.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value as Json;
use sha2::{Digest as _, Sha256};

use super::{Configured, Provider};
use crate::kind::{DataKind, Found, Scope, expand, expand_json, message, target_id};
use crate::plan::Problem;
use crate::schema::conform;
use crate::store::{Filter, Record, key};
use crate::value::Value;

impl Provider {
    /// The state of a data source for its configuration.
    pub(super) async fn data(&self, name: &str, config: &Value) -> Result<Value, Problem> {
        let missing = || Problem::new(format!("The sandbox has no data source {name}"));
        let block = self.catalogue.schema.data_sources.get(name).ok_or_else(missing)?;
        let kind = self.catalogue.data.get(name).ok_or_else(missing)?;
        let configured = self.configured().await?;
        let given = &configured.settings.given;
        let mut root = config.clone();
        for name in kind.given.iter().filter(|name| config.get(name).is_null()) {
            root.set(name, given.get(name).clone());
        }
        if kind.writes {
            let sum = write(config)?;
            root.set("content_sha256", Value::Text(sum));
        }
        let found = self.found(kind, &configured, &root).await?;
        if !kind.many {
            match found.as_slice() {
                [only] => take(&mut root, only),
                [] if kind.of.is_none() && kind.rows.is_empty() => {}
                _ => return Err(self.nothing(name, kind, found.len(), &root)),
            }
        }
        let seen = found.iter().map(|found| found.id.clone().unwrap_or_default());
        root.set("found", Value::List(seen.map(Value::Text).collect()));
        let id = root.get("id").as_text().unwrap_or_default().to_owned();
        let nothing = BTreeMap::new();
        let scope = Scope { referred: &nothing, ..Scope::of(&root, &id, given) };
        let mut state = root.clone();
        for (name, template) in &kind.outputs {
            state.set(name, expand_json(template, &scope));
        }
        if let Some(id) = &kind.id {
            state.set("id", expand(id, &scope));
        }
        Ok(conform(block, &state))
    }

    /// What fits the arguments: in the store, else in the table; of a
    /// table's rows the first.
    async fn found(
        &self,
        kind: &DataKind,
        configured: &Configured,
        root: &Value,
    ) -> Result<Vec<Found>, Problem> {
        let given = &configured.settings.given;
        let mut found = Vec::new();
        if let Some(of) = &kind.of {
            let link = root.get("self_link").as_text();
            let filter = Filter { provider: Some(self.catalogue.name.to_owned()), ..Filter::default() };
            let all = configured.store.list(&filter).await;
            let all = all.map_err(|error| Problem::new(error.to_string()))?;
            let linked = link.and_then(|link| target_id(&self.catalogue, of, link, [root, given]));
            for record in all.iter().filter(|record| record.r#type == *of) {
                let one = described(record, &all);
                let fits = match &linked {
                    Some(id) => *id == record.id,
                    None => kind.fits(&one, root),
                };
                if fits {
                    found.push(one);
                }
            }
        }
        if found.is_empty() {
            let scope = Scope::of(root, "", given);
            let rows = kind.rows.iter().map(|row| {
                let values = row.iter().map(|(name, json)| (name.clone(), expand_json(json, &scope)));
                let values = Value::Map(values.collect());
                Found { id: values.get("id").as_text().map(str::to_owned), values }
            });
            found.extend(rows.filter(|row| kind.fits(row, root)).take(1));
        }
        Ok(found)
    }

    fn nothing(&self, name: &str, kind: &DataKind, count: usize, root: &Value) -> Problem {
        let asked = root.as_map().into_iter().flatten().filter(|(_, value)| !value.is_blank());
        let asked: Vec<String> = asked.map(|(name, value)| format!("{name} = {}", value.to_json())).collect();
        let template = &self.catalogue.provider.messages.nothing;
        let count = count.to_string();
        let names = [("noun", name), ("id", &asked.join(", ")), ("count", count.as_str())];
        let problem = Problem::new(message(template, &names));
        let known: Vec<String> =
            kind.rows.iter().filter_map(|row| row.get("name")).map(Json::to_string).collect();
        if known.is_empty() {
            problem
        } else {
            problem.detail(format!("The sandbox knows {}.", known.join(", ")))
        }
    }
}

/// A record with, under `users`, the ids of those that need it by type.
fn described(record: &Record, all: &[Record]) -> Found {
    let mut values = Value::from(&Json::Object(record.attributes.clone()));
    let own = key(&record.provider, &record.r#type, &record.id);
    let mut users: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for user in all.iter().filter(|user| user.uses.contains(&own)) {
        users.entry(user.r#type.clone()).or_default().push(Value::text(user.id.as_str()));
    }
    let users = users.into_iter().map(|(name, ids)| (name, Value::List(ids)));
    values.set("users", Value::Map(users.collect()));
    Found { id: Some(record.id.clone()), values }
}

/// Adds what was found to the arguments.
fn take(root: &mut Value, found: &Found) {
    for (name, value) in found.values.as_map().into_iter().flatten() {
        root.set(name, value.clone());
    }
    if let Some(id) = &found.id {
        root.set("id", Value::text(id.as_str()));
    }
}

/// Writes the file; its folder is made. The engine runs providers in the
/// folder of the configuration.
fn write(config: &Value) -> Result<String, Problem> {
    let text = |name| config.get(name).as_text().unwrap_or_default();
    let (file, content) = (Path::new(text("filename")), text("content"));
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    folder
        .map_or(Ok(()), std::fs::create_dir_all)
        .and_then(|()| std::fs::write(file, content))
        .map_err(|error| Problem::new(format!("cannot write {}: {error}", file.display())).at("filename"))?;
    Ok(format!("{:x}", Sha256::digest(content.as_bytes())))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_file_is_written() {
        let folder = std::env::temp_dir().join(format!("sandbox-data-{}", std::process::id()));
        let file = folder.join("a/b.txt");
        let sum = write(&Value::from(&json!({"filename": file.to_str(), "content": "hello"}))).unwrap();
        assert!(sum.starts_with("2cf24dba"));
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "hello");
        std::fs::remove_dir_all(folder).unwrap();
    }
}
