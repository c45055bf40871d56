//! Makes a resource, with the faults its name asks for.

use std::collections::BTreeMap;

use super::failure::{Doing, given_up, half_made, quota, refused};
use super::faults::{Faults, faults};
use super::{Configured, Provider};
use crate::kind::Cidr;
use crate::plan::{Problem, Settled, Subject, fingerprints, references, settle, to_record, uses};
use crate::store::{Draft, Filter};
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
        if let Err(problem) = free_range(subject, configured, &settled).await {
            return failed(problem);
        }
        let draft = Draft {
            name: Some(settled.title.clone()),
            uses: uses(subject, &settled.state),
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

/// A subnetwork's range may not overlap another of its network.
async fn free_range(
    subject: &Subject<'_>,
    configured: &Configured,
    settled: &Settled,
) -> Result<(), Problem> {
    if subject.r#type != "google_compute_subnetwork" {
        return Ok(());
    }
    let noun = &subject.kind.noun;
    let text = settled.state.get("ip_cidr_range").as_text().unwrap_or_default();
    if text.is_empty() {
        return Ok(());
    }
    let range: Cidr = text.parse().map_err(|()| {
        Problem::new(format!(
            "Error creating {noun}: googleapi: Error 400: Invalid IPCidrRange: {text}, invalid"
        ))
        .at("ip_cidr_range")
    })?;
    let filter = Filter {
        provider: Some(subject.catalogue.name.to_owned()),
        r#type: Some(subject.r#type.to_owned()),
        name: None,
    };
    let others = configured.store.list(&filter).await;
    let others = others.map_err(|error| refused(subject, Doing::Creating, &error))?;
    let mine = uses(subject, &settled.state);
    for other in others.iter().filter(|other| other.id != settled.id && other.uses == mine) {
        let theirs = other.attributes.get("ip_cidr_range").and_then(|range| range.as_str());
        if theirs.and_then(|range| range.parse().ok()).is_some_and(|theirs| range.overlaps(theirs)) {
            return Err(Problem::new(format!(
                "Error creating {noun}: googleapi: Error 400: Invalid IPCidrRange: {text} conflicts \
                 with existing subnetwork '{}', badRequest",
                other.id
            ))
            .at("ip_cidr_range"));
        }
    }
    Ok(())
}

/// Ends the process as a bug in a provider would.
#[expect(clippy::disallowed_methods, reason = "the fault that was asked for")]
pub fn crash() -> ! {
    std::process::exit(70)
}
