//! The decision: pure, one file per phase.
//!
//! ```text
//!  validating ─► planning ─► ready (PlanReady, Approved) ─► applying ─► cleanup (terminal)
//! ```

mod applying;
mod cleanup;
mod planning;
mod ready;
#[cfg(test)]
mod tests;
mod validating;

use super::{
    facts::{Decision, Effect, HeadOutcome, JobFacts, Look, Observed, Unresolved},
    next::Next,
};
use crate::{
    api::{Phase, session::DeploymentSessionSpec},
    domain::{approval, ids},
    names::{SESSION_FINALIZER, annotation, reason},
    wire::Diagnostic,
};
use k8s_openapi::{
    apimachinery::pkg::apis::meta::v1::Time,
    jiff::{SignedDuration, Timestamp},
};
use kube::ResourceExt;
use std::time::Duration;

pub use validating::is_queued;

/// How long a pod may take to start.
const START: SignedDuration = SignedDuration::from_mins(5);

/// What shall happen now.
pub fn decide(seen: &Observed, now: Timestamp) -> Decision {
    let phase = seen.phase();
    if let Some(phase) = phase.filter(|p| p.is_terminal()) {
        return cleanup::terminal(seen, phase, now);
    }
    if !seen.session.finalizers().iter().any(|f| f == SESSION_FINALIZER) {
        let next = Next::untouched(seen, now);
        // Without the finalizer, a session that is being deleted is past saving.
        let keep = seen.session.metadata.deletion_timestamp.is_none();
        return if keep { step(vec![Effect::AddFinalizer], next, vec![]) } else { rest(next) };
    }
    match phase {
        None | Some(Phase::Draft | Phase::Validating) => validating::decide(seen, now),
        Some(Phase::Planning) => planning::decide(seen, now),
        Some(Phase::PlanReady) => ready::plan_ready(seen, now),
        Some(Phase::Approved) => ready::approved(seen, now),
        Some(Phase::Applying) => applying::decide(seen, now),
        Some(Phase::Applied | Phase::Failed | Phase::Cancelled | Phase::Expired) => {
            rest(Next::from(seen, now))
        }
    }
}

/// Waits for an event.
fn rest(next: Next) -> Decision {
    Decision { first: vec![], status: next.status, then: vec![], look: Look::OnEvent }
}

/// Goes on at once, if this changes anything.
fn step(first: Vec<Effect>, next: Next, then: Vec<Effect>) -> Decision {
    Decision { first, status: next.status, then, look: Look::Again }
}

/// Gives the stack back, where this session has it.
fn release(seen: &Observed, unresolved: Unresolved) -> Vec<Effect> {
    seen.holds().then_some(Effect::ReleaseStack { unresolved }).into_iter().collect()
}

/// Ends the session: what ran is over.
fn end(seen: &Observed, next: Next) -> Decision {
    step(release(seen, Unresolved::Keep), next, vec![])
}

/// Ends a session one of whose Jobs ran and is over: first the stack's head learns how, then the stack is free.
fn settle(seen: &Observed, next: Next, job: &str, outcome: HeadOutcome, unresolved: Unresolved) -> Decision {
    let mut first = vec![Effect::SettleHead { job: job.to_owned(), outcome }];
    first.extend(release(seen, unresolved));
    step(first, next, vec![])
}

/// Stops a Job, then does what follows once it is over.
fn stop_then(job: &str, facts: &JobFacts, next: Next, over: impl FnOnce(Next) -> Decision) -> Decision {
    match facts {
        JobFacts::Absent | JobFacts::Ended { .. } => over(next),
        JobFacts::Running { stopping, .. } => {
            let mut decision = rest(next);
            if !stopping {
                decision.first.push(Effect::StopJob(job.to_owned()));
            }
            decision
        }
    }
}

fn who_ended(spec: &DeploymentSessionSpec) -> String {
    match &spec.cancel {
        Some(cancel) => match &cancel.reason {
            Some(why) => format!("cancelled by {}: {why}", cancel.by),
            None => format!("cancelled by {}", cancel.by),
        },
        None => "the session was deleted".to_owned(),
    }
}

fn cancel(seen: &Observed, next: Next) -> Decision {
    end(seen, next.go(Phase::Cancelled, reason::CANCELLED, who_ended(&seen.session.spec)))
}

fn expire(seen: &Observed, next: Next) -> Decision {
    let message = "the time to live ended before the plan was approved: make a new session";
    end(seen, next.go(Phase::Expired, reason::EXPIRED, message))
}

/// Seconds that a session without approval lives.
fn time_to_live(seen: &Observed) -> SignedDuration {
    let text = seen
        .session
        .spec
        .ttl
        .as_deref()
        .unwrap_or_else(|| seen.project.as_ref().map_or("30m", |p| p.spec.sessions.ttl.as_str()));
    SignedDuration::from_secs(approval::ttl_seconds(text).unwrap_or(1800))
}

fn created(seen: &Observed, now: Timestamp) -> Timestamp {
    seen.session.metadata.creation_timestamp.as_ref().map_or(now, |Time(at)| *at)
}

fn expired(seen: &Observed, now: Timestamp) -> bool {
    let status = seen.session.status.as_ref();
    status.and_then(|s| s.expires_at.as_ref()).is_some_and(|Time(at)| *at <= now)
}

/// Waits for an event, at most until the session expires or `limit` is over.
fn until_expiry(mut decision: Decision, now: Timestamp, limit: Option<Duration>) -> Decision {
    let left = decision.status.expires_at.as_ref().map(|Time(at)| {
        let left = at.duration_since(now).max(SignedDuration::ZERO);
        left.unsigned_abs() + Duration::from_millis(50)
    });
    if let Some(wait) = [left, limit].into_iter().flatten().min() {
        decision.look = Look::Within(wait);
    }
    decision
}

/// sha256 of what a plan answers to; another one voids it.
fn request_digest(seen: &Observed) -> String {
    let spec = &seen.session.spec;
    let asked = serde_json::json!({
        "action": spec.action,
        "changes": spec.changes,
        "request": seen.session.annotations().get(annotation::PLAN_REQUEST),
        // Where it is planned for: another account or engine is another plan.
        "place": seen.project.as_ref().map(|p| (&p.spec.credentials, &p.spec.engine, &p.spec.gcp)),
    });
    ids::digest(asked.to_string().as_bytes())
}

/// A message of the engine in one line.
fn sentence(diagnostic: &Diagnostic) -> String {
    match diagnostic.detail.as_str() {
        "" => diagnostic.summary.clone(),
        detail => format!("{}: {detail}", diagnostic.summary),
    }
}

fn phase_began_before(next: &Next, limit: Timestamp) -> bool {
    next.status.history.last().is_some_and(|item| item.at.0 <= limit)
}
