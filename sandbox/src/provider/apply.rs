//! Changes and removes resources.

use super::create::{Outcome, Ready, crash, readable, settled, slow, steered};
use super::failure::{Doing, given_up, half_made, quota, refused};
use super::faults::faults;
use super::{Configured, Provider};
use crate::kind::{LastWish, Scope, expand, message};
use crate::plan::{Problem, Subject, at_path, fingerprints, refused_shrink, title, to_record, uses};
use crate::store::{self, Patch, Refusal, StoreError};
use crate::value::Value;

impl Provider {
    /// Does what was planned.
    pub(super) async fn apply(&self, r#type: &str, [prior, planned, config]: [&Value; 3]) -> Outcome {
        let found = match self.subject(r#type) {
            Ok(subject) => self.configured().await.map(|configured| (subject, configured)),
            Err(problem) => Err(problem),
        };
        let (subject, configured) = match found {
            Ok(found) => found,
            Err(problem) => return (prior.clone(), vec![problem]),
        };
        if planned.is_null() {
            match self.delete(&subject, &configured, prior).await {
                Ok(()) => (Value::Null, Vec::new()),
                Err(problem) => (prior.clone(), vec![problem]),
            }
        } else if prior.is_null() {
            self.create(&subject, &configured, planned, config).await
        } else {
            self.update(&subject, &configured, [prior, planned, config]).await
        }
    }

    /// Changes it in place; the state stays as it was where nothing was done.
    async fn update(
        &self,
        subject: &Subject<'_>,
        configured: &Configured,
        [prior, planned, config]: [&Value; 3],
    ) -> Outcome {
        let failed = |problem| (prior.clone(), vec![problem]);
        let ready = match settled(subject, configured, [planned, prior], 0).await {
            Ok(ready) => ready,
            Err(problem) => return failed(problem),
        };
        let faults = steered(&ready);
        let Ready { settled, ranges } = ready;
        if faults.fail {
            return failed(quota(subject, Doing::Updating));
        }
        let refusal = refused_shrink(subject, prior, planned)
            .or_else(|| needs_stop(subject, prior, planned))
            .or_else(|| readable(subject, config).err());
        if let Some(problem) = refusal {
            return failed(problem);
        }
        let (before, after) = (to_record(subject, prior), to_record(subject, &settled.state));
        let mut patch = Patch {
            ranges: Some(ranges),
            uses: Some(uses(subject, &configured.settings, &settled.state)),
            secrets: fingerprints(subject.block, config),
            ..Patch::default()
        };
        for name in before.keys().filter(|name| !after.contains_key(*name)) {
            patch.attributes.insert(name.clone(), serde_json::Value::Null);
        }
        for (name, value) in after {
            if before.get(&name) != Some(&value) {
                patch.attributes.insert(name, value);
            }
        }
        // What only the engine's state knows is no change in the cloud.
        if !patch.attributes.is_empty() {
            let key = store::key(subject.catalogue.name, subject.r#type, &settled.id);
            if let Err(error) = configured.store.patch(&key, patch).await {
                return failed(refused(subject, Doing::Updating, &error));
            }
        }
        if faults.crash {
            crash();
        }
        let mut problems = Vec::new();
        if !self.waited(faults).await {
            problems.push(given_up(subject, Doing::Updating));
        } else if faults.partial {
            problems.push(half_made(subject, &settled.id));
        }
        (settled.state, problems)
    }

    async fn delete(
        &self,
        subject: &Subject<'_>,
        configured: &Configured,
        prior: &Value,
    ) -> Result<(), Problem> {
        let id = prior.get("id").as_text().unwrap_or_default();
        let given = &configured.settings.given;
        for (path, message) in &subject.kind.protected_by {
            if at_path(prior, path).contains(&&Value::Bool(true)) {
                let message = expand(message, &Scope::of(prior, id, given));
                return Err(Problem::new(message.as_text().unwrap_or_default()));
            }
        }
        let unsaid = |wish: &&LastWish| {
            prior.get(&wish.argument).is_blank() && prior.get(&wish.unless) != &Value::Bool(true)
        };
        if let Some(wish) = subject.kind.last_wish.as_ref().filter(unsaid) {
            return Err(Problem::new(&wish.message));
        }
        match prior.get("deletion_policy").as_text() {
            Some("ABANDON") if !subject.kind.part => return Ok(()),
            Some("PREVENT") => {
                return Err(Problem::new(format!("Cannot destroy {id}: deletion_policy is set to PREVENT")));
            }
            _ => {}
        }
        let faults = faults(&title(subject.kind, prior, id, given), slow(prior));
        if !self.waited(faults).await {
            return Err(given_up(subject, Doing::Deleting));
        }
        let key = store::key(subject.catalogue.name, subject.r#type, id);
        match configured.store.delete(&key).await {
            Ok(()) | Err(StoreError::Refused(Refusal::NotFound { .. })) => Ok(()),
            Err(error) => Err(refused(subject, Doing::Deleting, &error)),
        }
    }
}

/// A change that needs a stop nobody allowed.
fn needs_stop(subject: &Subject<'_>, prior: &Value, planned: &Value) -> Option<Problem> {
    let allowed = subject.kind.stop_allowed_by.as_ref()?;
    if planned.get(allowed) == &Value::Bool(true) {
        return None;
    }
    let changed: Vec<&str> = (subject.kind.stop_needed.iter().map(String::as_str))
        .filter(|name| prior.get(name) != planned.get(name))
        .collect();
    (!changed.is_empty()).then(|| {
        let names = [("changed", changed.join(", ")), ("allowed", allowed.clone())];
        let names = names.each_ref().map(|(name, text)| (*name, text.as_str()));
        Problem::new(message(&subject.catalogue.provider.messages.stop, &names))
    })
}
