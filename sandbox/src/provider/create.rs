//! Makes a resource, with the faults its name asks for.

use std::collections::BTreeMap;

use super::failure::{Doing, given_up, half_made, quota, refused};
use super::faults::{Faults, faults};
use super::{Configured, Provider};
use crate::plan::{Problem, Settled, Subject, claims, fingerprints, references, settle, to_record, uses};
use crate::store::Draft;
use crate::time;
use crate::value::Value;

/// The state after an operation, and what went wrong.
pub type Outcome = (Value, Vec<Problem>);

impl Provider {
    /// Makes it. On an error before the making the state is null; on one
    /// after it, it is the state of what was made, which the engine taints.
    pub(super) async fn create(
        &self,
        subject: &Subject<'_>,
        configured: &Configured,
        planned: &Value,
        config: &Value,
    ) -> Outcome {
        let failed = |problem| (Value::Null, vec![problem]);
        let settled = match settled(subject, configured, planned, &Value::Null).await {
            Ok(settled) => settled,
            Err(problem) => return failed(problem),
        };
        let faults = steered(&settled);
        if faults.fail {
            return failed(quota(subject, Doing::Creating));
        }
        let ranges = match claims(subject, &settled.state) {
            Ok(ranges) => ranges,
            Err(problem) => return failed(problem),
        };
        let draft = Draft {
            name: Some(settled.title.clone()),
            uses: uses(subject, &settled.state),
            ranges,
            secrets: fingerprints(subject.block, config),
            attributes: to_record(subject, &settled.state),
        };
        let place = [subject.catalogue.name, subject.r#type, &settled.id];
        if let Err(error) = configured.store.create(place, draft).await {
            return failed(refused(subject, Doing::Creating, &error));
        }
        let mut problems = Vec::new();
        if faults.crash {
            crash();
        }
        if !self.waited(faults).await {
            problems.push(given_up(subject, Doing::Creating));
        } else if faults.partial {
            problems.push(half_made(subject, &settled.id));
        }
        (settled.state, problems)
    }

    /// Waits as long as the name asks for; false if told to stop meanwhile.
    pub(super) async fn waited(&self, faults: Faults) -> bool {
        let Some(time) = faults.slow else {
            return true;
        };
        tokio::select! {
            () = tokio::time::sleep(time) => true,
            () = self.stopped() => false,
        }
    }
}

/// The state after apply, with what it refers to looked up.
pub async fn settled(
    subject: &Subject<'_>,
    configured: &Configured,
    planned: &Value,
    prior: &Value,
) -> Result<Settled, Problem> {
    let mut referred = BTreeMap::new();
    for (text, key) in references(subject, planned) {
        let found = configured.store.get(&key).await;
        let found = found.map_err(|error| refused(subject, Doing::Reading, &error))?;
        if let Some(record) = found {
            let attributes = serde_json::Value::Object(record.attributes);
            referred.insert(text, Value::from(&attributes));
        }
    }
    let settings = &configured.settings;
    Ok(settle(subject, settings, planned, prior, &referred, &time::now()))
}

/// The faults a resource's name and labels ask for.
pub fn steered(settled: &Settled) -> Faults {
    let label = settled.state.get("labels").get("sandbox-slow");
    faults(&settled.title, label.as_text())
}

/// Ends the process as a bug in a provider would.
#[expect(clippy::disallowed_methods, reason = "the fault that was asked for")]
pub fn crash() -> ! {
    std::process::exit(70)
}
