//! Draft and Validating: is the request in order, and is it this session's turn?

use super::{
    super::{
        facts::{Decision, Effect, Observed, Orphaned, Sealed, Unresolved},
        next::Next,
    },
    cancel, created, expire, expired, release, request_digest, rest, step, time_to_live, until_expiry,
};
use crate::{
    api::{
        Conditions, DeploymentSession, Phase,
        session::{Action, PlanStatus, Validation},
    },
    domain::ids,
    names::{condition, reason},
};
use k8s_openapi::jiff::Timestamp;
use std::time::Duration;

/// When an invalid request is looked at again: what it names may have come since.
const LOOK_AGAIN: Duration = Duration::from_secs(15);

pub(super) fn decide(seen: &Observed, now: Timestamp) -> Decision {
    let next = Next::from(seen, now);
    if seen.wants_end() {
        return cancel(seen, next);
    }
    if expired(seen, now) {
        return expire(seen, next);
    }
    let since_creation = created(seen, now) + time_to_live(seen);
    if seen.session.spec.draft {
        let next = next.expires(since_creation);
        return waiting(
            seen,
            next.go(Phase::Draft, reason::DRAFT, "set spec.draft to false to plan"),
            now,
            None,
        );
    }
    match findings(seen) {
        Ok(bundle) => place(seen, next, bundle, now),
        Err((why, violations)) => {
            let mut next = next.expires(since_creation);
            next.status.validation = Validation { violations: bounded(&violations), warnings: vec![] };
            let next = next.go(Phase::Validating, why, violations.join("; ")).queued(None);
            waiting(seen, next, now, Some(LOOK_AGAIN))
        }
    }
}

/// Does the session wait for its stack?
pub fn is_queued(session: &DeploymentSession) -> bool {
    let status = session.status.as_ref();
    status.is_some_and(|s| s.phase == Some(Phase::Validating) && s.conditions.is_true(condition::QUEUED))
}

/// Waits for a person, without the stack.
fn waiting(seen: &Observed, next: Next, now: Timestamp, limit: Option<Duration>) -> Decision {
    until_expiry(Decision { first: release(seen, Unresolved::Keep), ..rest(next) }, now, limit)
}

type Findings<'a> = Result<&'a Sealed, (&'static str, Vec<String>)>;

/// All findings on the request, or the bundle to plan.
fn findings(seen: &Observed) -> Findings<'_> {
    let Some(project) = &seen.project else {
        let name = &seen.session.spec.project;
        let say =
            format!("project {name} does not exist in this namespace: create it, or correct spec.project");
        return Err((reason::PROJECT_MISSING, vec![say]));
    };
    if project.metadata.deletion_timestamp.is_some() && seen.session.spec.action != Action::Destroy {
        let say = "the project is being deleted: only action Destroy is possible".to_owned();
        return Err((reason::PROJECT_NOT_READY, vec![say]));
    }
    let mut violations = crate::controller::project::findings(&project.spec, seen.engine.is_some());
    match &seen.rendered {
        Some(Ok(bundle)) if violations.is_empty() => return Ok(bundle),
        Some(Err(found)) => violations.extend(found.iter().cloned()),
        Some(Ok(_)) | None => {}
    }
    if violations.is_empty() {
        violations.push("the request could not be rendered".to_owned());
    }
    Err((reason::INVALID, violations))
}

/// Takes the stack, or waits for it; then plans.
fn place(seen: &Observed, mut next: Next, bundle: &Sealed, now: Timestamp) -> Decision {
    next.status.validation = Validation::default();
    let other = match seen.holder() {
        Some(holder) if seen.orphaned == Some(Orphaned::Over) => {
            return step(vec![Effect::TakeOver(holder.clone())], Next::untouched(seen, now), vec![]);
        }
        Some(holder) if holder.uid != seen.uid() => Some(holder.session.as_str()),
        Some(_) => None,
        None => seen.ahead.as_deref(),
    };
    if let Some(other) = other {
        let message = format!("waits for session {other}, which holds the stack");
        let waits = rest(next.go(Phase::Validating, reason::STACK_HELD, message).queued(Some(other)));
        // No event tells that the last pod of a session that is gone has ended.
        return until_expiry(waits, now, seen.orphaned.map(|_| LOOK_AGAIN));
    }
    let deadline = now + time_to_live(seen);
    if !seen.holds() {
        // The stack first: what is planned must be what the holder found.
        let next = next.go(Phase::Validating, reason::VALIDATING, "the request is valid").expires(deadline);
        return step(vec![Effect::HoldStack], next, vec![]);
    }
    next.status.plans = next.status.plans.saturating_add(1);
    next.status.plan = Some(PlanStatus {
        job: ids::plan_job(&seen.uid(), &bundle.blob.digest),
        bundle: Some(bundle.blob.clone()),
        request_digest: request_digest(seen),
        state_serial: bundle.state_serial,
        sandbox: bundle.sandbox,
        ..PlanStatus::default()
    });
    next.status.validation.warnings = bounded(&bundle.warnings);
    (next.status.approvals, next.status.cost) = (None, None);
    let next = next.go(Phase::Planning, reason::PLANNING, "the plan Job runs").expires(deadline);
    let mut first = vec![Effect::StoreBundle(bundle.bytes.clone())];
    first.extend(bundle.secrets.iter().cloned().map(Effect::MakeSecret));
    step(first, next, vec![Effect::CreatePlanJob(bundle.blob.clone())])
}

/// Sentences, as the status bounds them.
fn bounded(sentences: &[String]) -> Vec<String> {
    sentences.iter().take(32).map(|text| text.chars().take(1024).collect()).collect()
}
