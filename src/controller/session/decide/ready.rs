//! PlanReady and Approved: does the plan still stand, and do enough people agree with it?

use super::{
    super::{
        facts::{Decision, Effect, Observed},
        next::Next,
    },
    cancel, expire, expired, request_digest, rest, step, time_to_live, until_expiry,
};
use crate::{
    api::{
        Phase,
        session::{ApplyStatus, ApprovalStatus},
    },
    domain::{approval, ids},
    names::reason,
};
use k8s_openapi::{apimachinery::pkg::apis::meta::v1::Time, jiff::Timestamp};

pub(super) fn plan_ready(seen: &Observed, now: Timestamp) -> Decision {
    let next = Next::from(seen, now);
    if seen.wants_end() {
        return cancel(seen, next);
    }
    if expired(seen, now) {
        return expire(seen, next);
    }
    if let Some(why) = void(seen) {
        return plan_anew(next, why);
    }
    let (next, enough, message) = count(seen, next, now);
    if enough {
        return step(vec![], next.go(Phase::Approved, reason::APPROVED, message), vec![]);
    }
    let waits = rest(next.go(Phase::PlanReady, reason::AWAITING_APPROVAL, message));
    until_expiry(waits, now, None)
}

pub(super) fn approved(seen: &Observed, now: Timestamp) -> Decision {
    let next = Next::from(seen, now);
    if seen.wants_end() {
        return cancel(seen, next);
    }
    if let Some(why) = void(seen) {
        return plan_anew(next, why);
    }
    let (mut next, enough, message) = count(seen, next, now);
    if !enough {
        return step(vec![], next.go(Phase::PlanReady, reason::AWAITING_APPROVAL, message), vec![]);
    }
    let digest = next.status.plan.as_ref().and_then(|p| p.digest.clone()).unwrap_or_default();
    next.status.apply = Some(ApplyStatus {
        job: ids::apply_job(&seen.uid(), &digest),
        started_at: Some(Time(now)),
        ..ApplyStatus::default()
    });
    step(
        vec![],
        next.go(Phase::Applying, reason::APPLYING, "the apply Job runs"),
        vec![Effect::CreateApplyJob],
    )
}

/// Back to the start. A plan that is void goes with its bytes: they hold the state in clear.
fn plan_anew(mut next: Next, why: &str) -> Decision {
    next.status.approvals = None;
    let first = next.status.plan.iter().map(|plan| Effect::DeleteJob(plan.job.clone())).collect();
    step(first, next.go(Phase::Validating, reason::VALIDATING, why), vec![])
}

/// Why the plan no longer answers to the request.
fn void(seen: &Observed) -> Option<&'static str> {
    let plan = seen.session.status.as_ref()?.plan.as_ref()?;
    if plan.request_digest != request_digest(seen) || seen.session.spec.draft {
        Some("the request, or the project's account or engine, changed: it is planned again")
    } else if seen.engine.is_none() {
        Some("the project's engine is not installed any more")
    } else if plan.state_serial != seen.head.serial() {
        Some("the state moved on since the plan was made: it is planned again")
    } else {
        None
    }
}

/// Counts the approvals of the plan that the status shows: the status with them, whether they are enough, and
/// what to tell.
pub(super) fn count(seen: &Observed, mut next: Next, now: Timestamp) -> (Next, bool, String) {
    let Some(project) = &seen.project else { return (next, false, "the project is gone".to_owned()) };
    let digest = next.status.plan.as_ref().and_then(|p| p.digest.clone()).unwrap_or_default();
    let before = next.status.approvals.clone().unwrap_or_default();
    let counted = approval::count(
        &seen.session.spec,
        seen.session.spec.requested_by.as_deref(),
        &project.spec.approvals,
        &digest,
        &before.counted,
        now,
        time_to_live(seen).as_secs(),
    );
    let required = project.spec.approvals.required;
    let text = format!("{}/{required}", counted.counted.len());
    let message = format!("{text} approvals name this plan");
    let enough = counted.enough;
    next.status.approvals = Some(ApprovalStatus {
        required,
        text,
        // With the expired ones, or they would look new; whoever counts judges their age again.
        counted: counted.counted.into_iter().chain(counted.expired).take(20).collect(),
        ignored: counted.ignored,
    });
    (next, enough, message)
}
