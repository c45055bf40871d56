//! Makes a resource, with the faults its name asks for.

use std::collections::BTreeMap;

use super::failure::{Doing, given_up, half_made, quota, refused};
use super::faults::{Faults, faults};
use super::{Configured, Provider};
use crate::plan::{
    Problem, Settled, Settling, Subject, claims, fingerprints, references, settle, to_record, uses,
};
use crate::store::{Claim, Draft, Refusal, StoreError};
use crate::time;
use crate::value::Value;

/// So many resources may have the same arguments.
const MOST: u32 = 100;

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
        if let Err(problem) = readable(subject, config) {
            return failed(problem);
        }
        let mut same = 0;
        let (settled, faults) = loop {
            let settled = match settled(subject, configured, [planned, &Value::Null], same).await {
                Ok(settled) => settled,
                Err(problem) => return failed(problem),
            };
            let faults = steered(&settled);
            if faults.fail {
                return failed(quota(subject, Doing::Creating));
            }
            match make(subject, configured, &settled, config).await {
                Ok(()) => break (settled, faults),
                Err(StoreError::Refused(Refusal::Exists { .. })) if subject.kind.repeats() && same < MOST => {
                    same += 1;
                }
                Err(error) => return failed(refused(subject, Doing::Creating, &error)),
            }
        };
        if faults.crash {
            crash();
        }
        let mut problems = Vec::new();
        if !self.waited(faults).await {
            problems.push(given_up(subject, Doing::Creating));
        } else if faults.partial {
            problems.push(half_made(subject, &settled.settled.id));
        }
        (settled.settled.state, problems)
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

async fn make(
    subject: &Subject<'_>,
    configured: &Configured,
    settled: &Ready,
    config: &Value,
) -> Result<(), StoreError> {
    let Settled { state, id, title } = &settled.settled;
    let draft = Draft {
        name: Some(title.clone()),
        uses: uses(subject, &configured.settings, state),
        ranges: settled.ranges.clone(),
        secrets: fingerprints(subject.block, config),
        attributes: to_record(subject, state),
    };
    configured.store.create([subject.catalogue.name, subject.r#type, id], draft).await.map(drop)
}

/// What is to be in the store.
pub struct Ready {
    /// The state after apply.
    pub settled: Settled,
    /// The address ranges it holds.
    pub ranges: Vec<Claim>,
}

/// The state after apply, with what it refers to looked up. `same` counts
/// the resources with equal arguments that are there.
pub async fn settled(
    subject: &Subject<'_>,
    configured: &Configured,
    [planned, prior]: [&Value; 2],
    same: u32,
) -> Result<Ready, Problem> {
    let settings = &configured.settings;
    let mut referred = BTreeMap::new();
    for (text, key) in references(subject, settings, planned) {
        let found = configured.store.get(&key).await;
        let found = found.map_err(|error| refused(subject, Doing::Reading, &error))?;
        if let Some(record) = found {
            let mut attributes = Value::from(&serde_json::Value::Object(record.attributes));
            attributes.set("id", Value::Text(record.id));
            referred.insert(text, attributes);
        }
    }
    let with = Settling { settings, referred: &referred, time: &time::now(), same };
    let settled = settle(subject, &with, planned, prior);
    let ranges = claims(subject, &with, &settled.state)?;
    Ok(Ready { settled, ranges })
}

/// Reads the file an argument names, as the provider has to.
pub fn readable(subject: &Subject<'_>, config: &Value) -> Result<(), Problem> {
    let file = subject.kind.file.as_ref().and_then(|name| config.get(name).as_text());
    match file.map(|file| (file, std::fs::read(file))) {
        Some((file, Err(error))) => Err(Problem::new(format!("open {file}: {error}"))),
        _ => Ok(()),
    }
}

/// The faults a resource's name and labels ask for.
pub fn steered(ready: &Ready) -> Faults {
    let Settled { state, title, .. } = &ready.settled;
    faults(title, slow(state))
}

/// What the label or tag says of how long it takes.
pub fn slow(state: &Value) -> Option<&str> {
    ["labels", "tags"].iter().find_map(|name| state.get(name).get("sandbox-slow").as_text())
}

/// Ends the process as a bug in a provider would.
#[expect(clippy::disallowed_methods, reason = "the fault that was asked for")]
pub fn crash() -> ! {
    std::process::exit(70)
}
