//! The rules of the cloud, without disk or network.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Claim, Draft, Effect, Patch, Record, Refusal, key};
use crate::cidr::Cidr;

/// All that exists and all that happened.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Cloud {
    /// Records by key.
    #[serde(default)]
    resources: BTreeMap<String, Record>,
    /// The ledger, oldest first; only ever added to.
    #[serde(default)]
    effects: Vec<Effect>,
}

/// Which records to list; what is not set matches all.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Filter {
    /// Of this provider.
    pub provider: Option<String>,
    /// Of this type.
    pub r#type: Option<String>,
    /// Of this name.
    pub name: Option<String>,
}

/// Who asks, and when.
#[derive(Clone, Debug)]
pub struct Request<'a> {
    /// `engine` or `hand`.
    pub actor: &'a str,
    /// The time of the request.
    pub time: &'a str,
}

impl Cloud {
    /// The records the filter lets through, by key.
    pub fn list(&self, filter: &Filter) -> Vec<&Record> {
        let fits = |wanted: &Option<String>, is: &str| wanted.as_deref().is_none_or(|w| w == is);
        self.resources
            .values()
            .filter(|r| {
                fits(&filter.provider, &r.provider)
                    && fits(&filter.r#type, &r.r#type)
                    && fits(&filter.name, &r.name)
            })
            .collect()
    }

    /// One record.
    pub fn get(&self, key: &str) -> Result<&Record, Refusal> {
        self.resources.get(key).ok_or_else(|| Refusal::NotFound { key: key.to_owned() })
    }

    /// What happened after the effect of that number.
    pub fn effects(&self, since: u64) -> &[Effect] {
        let from = usize::try_from(since).unwrap_or(usize::MAX);
        self.effects.get(from..).unwrap_or_default()
    }

    /// Makes a record; one that is there already is refused.
    pub fn create(
        &mut self,
        [provider, r#type, id]: [&str; 3],
        draft: Draft,
        by: &Request<'_>,
    ) -> Result<&Record, Refusal> {
        let key = key(provider, r#type, id);
        if self.resources.contains_key(&key) {
            return Err(Refusal::Exists { key });
        }
        self.need(&key, &draft.uses)?;
        self.free(&key, &draft.ranges)?;
        let last = id.rsplit('/').next().unwrap_or(id);
        let record = Record {
            provider: provider.to_owned(),
            r#type: r#type.to_owned(),
            id: id.to_owned(),
            name: draft.name.unwrap_or_else(|| last.to_owned()),
            sandbox: true,
            created: by.time.to_owned(),
            updated: by.time.to_owned(),
            revision: 1,
            uses: draft.uses,
            ranges: draft.ranges,
            secrets: draft.secrets,
            attributes: draft.attributes,
        };
        self.note("create", &record, by);
        Ok(self.resources.entry(key).or_insert(record))
    }

    /// Changes a record in place.
    pub fn patch(&mut self, key: &str, patch: Patch, by: &Request<'_>) -> Result<&Record, Refusal> {
        if let Some(uses) = &patch.uses {
            self.need(key, uses)?;
        }
        if let Some(ranges) = &patch.ranges {
            self.free(key, ranges)?;
        }
        let mut record = self.get(key)?.clone();
        for (name, value) in patch.attributes {
            if value.is_null() {
                record.attributes.remove(&name);
            } else {
                record.attributes.insert(name, value);
            }
        }
        record.secrets.extend(patch.secrets);
        record.uses = patch.uses.unwrap_or(record.uses);
        record.ranges = patch.ranges.unwrap_or(record.ranges);
        record.revision += 1;
        by.time.clone_into(&mut record.updated);
        self.note("update", &record, by);
        self.resources.insert(key.to_owned(), record);
        self.get(key)
    }

    /// Removes a record nobody needs, or with `force` any.
    pub fn delete(&mut self, key: &str, force: bool, by: &Request<'_>) -> Result<(), Refusal> {
        let record = self.get(key)?.clone();
        let users: Vec<String> = self
            .resources
            .iter()
            .filter(|(user, r)| *user != key && r.uses.iter().any(|used| used == key))
            .map(|(user, _)| user.clone())
            .collect();
        if !users.is_empty() && !force {
            return Err(Refusal::InUse { key: key.to_owned(), by: users });
        }
        self.note("delete", &record, by);
        self.resources.remove(key);
        Ok(())
    }

    fn need(&self, key: &str, uses: &[String]) -> Result<(), Refusal> {
        match uses.iter().find(|used| !self.resources.contains_key(*used)) {
            Some(needs) => Err(Refusal::Missing { key: key.to_owned(), needs: needs.clone() }),
            None => Ok(()),
        }
    }

    fn free(&self, key: &str, ranges: &[Claim]) -> Result<(), Refusal> {
        let parse = |claim: &Claim| claim.range.parse::<Cidr>().ok();
        let clash = |mine: &Claim, theirs: &Claim| {
            mine.within == theirs.within
                && parse(mine).zip(parse(theirs)).is_some_and(|(mine, theirs)| mine.overlaps(theirs))
        };
        for (with, record) in self.resources.iter().filter(|(with, _)| *with != key) {
            let held = record.ranges.iter().find(|held| ranges.iter().any(|mine| clash(mine, held)));
            if let Some(held) = held {
                return Err(Refusal::Overlap {
                    key: key.to_owned(),
                    range: held.range.clone(),
                    with: with.clone(),
                });
            }
        }
        Ok(())
    }

    fn note(&mut self, verb: &str, record: &Record, by: &Request<'_>) {
        self.effects.push(Effect {
            seq: self.effects.len() as u64 + 1,
            time: by.time.to_owned(),
            verb: verb.to_owned(),
            actor: by.actor.to_owned(),
            provider: record.provider.clone(),
            r#type: record.r#type.clone(),
            id: record.id.clone(),
        });
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const BY: Request<'static> = Request { actor: "hand", time: "2026-01-01T00:00:00Z" };

    fn with_two() -> Cloud {
        let mut cloud = Cloud::default();
        cloud.create(["p", "net", "n"], Draft::default(), &BY).unwrap();
        let draft = Draft { uses: vec!["p/net/n".to_owned()], ..Draft::default() };
        cloud.create(["p", "sub", "a/s"], draft, &BY).unwrap();
        cloud
    }

    #[test]
    fn what_is_needed_stays() {
        let mut cloud = with_two();
        let refused = cloud.delete("p/net/n", false, &BY).unwrap_err();
        assert_eq!(refused.to_string(), "p/net/n is in use by p/sub/a/s");
        cloud.delete("p/sub/a/s", false, &BY).unwrap();
        cloud.delete("p/net/n", false, &BY).unwrap();
        assert!(cloud.list(&Filter::default()).is_empty());
        assert_eq!(cloud.effects(0).len(), 4);
        assert_eq!(cloud.effects(3)[0].verb, "delete");
        assert!(cloud.effects(9).is_empty());
    }

    #[test]
    fn no_second_and_no_hanging_record() {
        let mut cloud = with_two();
        let again = cloud.create(["p", "net", "n"], Draft::default(), &BY);
        assert!(matches!(again, Err(Refusal::Exists { .. })));
        let draft = Draft { uses: vec!["p/net/gone".to_owned()], ..Draft::default() };
        let hanging = cloud.create(["p", "sub", "t"], draft, &BY);
        assert!(matches!(hanging, Err(Refusal::Missing { .. })));
        assert_eq!(cloud.effects(0).len(), 2);
    }

    #[test]
    fn ranges_do_not_overlap_within_the_same() {
        let mut cloud = Cloud::default();
        let mut hold = |id: &str, within: &str, range: &str| {
            let (within, range) = (within.to_owned(), range.to_owned());
            let draft = Draft { ranges: vec![Claim { within, range }], ..Draft::default() };
            cloud.create(["p", "sub", id], draft, &BY).map(drop)
        };
        assert!(hold("a", "n", "10.0.0.0/20").is_ok());
        assert!(hold("b", "m", "10.0.0.0/20").is_ok());
        assert!(hold("c", "n", "10.0.16.0/20").is_ok());
        assert!(matches!(hold("d", "n", "10.0.1.0/24"), Err(Refusal::Overlap { .. })));
    }

    #[test]
    fn a_patch_sets_whole_attributes() {
        let mut cloud = with_two();
        let patch = |json| serde_json::from_value(json).unwrap();
        let first = json!({"attributes": {"a": {"x": 1}, "b": 2}});
        cloud.patch("p/net/n", patch(first), &BY).unwrap();
        let second = json!({"attributes": {"a": {"y": 1}, "b": null}});
        let record = cloud.patch("p/net/n", patch(second), &BY).unwrap();
        assert_eq!(json!(record.attributes), json!({"a": {"y": 1}}));
        assert_eq!((record.revision, record.sandbox), (3, true));
    }
}
