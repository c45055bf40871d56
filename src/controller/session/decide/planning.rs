//! Planning: the plan Job runs, or has told.

use super::{
    super::{
        facts::{Decision, Effect, HeadOutcome, JobFacts, Observed, ReportedPlan, Unresolved},
        next::Next,
    },
    START, expired, phase_began_before, ready, request_digest, rest, sentence, settle, step, stop_then,
    until_expiry, who_ended,
};
use crate::{
    api::{
        Phase,
        session::{PlanStatus, ResultStatus},
    },
    names::reason,
    terraform::plan::PlanView,
    wire::{Diagnostic, PlanOutcome, Severity},
};
use k8s_openapi::{apimachinery::pkg::apis::meta::v1::Time, jiff::Timestamp};
use std::time::Duration;

/// Plans of one session, before one that is stopped from outside is not made anew.
const PLANS: i32 = 10;

pub(super) fn decide(seen: &Observed, now: Timestamp) -> Decision {
    let next = Next::from(seen, now);
    let Some(plan) = next.status.plan.clone() else {
        return step(vec![], next.go(Phase::Validating, reason::VALIDATING, "there is no plan"), vec![]);
    };
    let slow = |next: &Next| phase_began_before(next, now - START);
    let over = |next: Next| settle(seen, next, &plan.job, HeadOutcome::Nothing, Unresolved::Keep);
    if seen.wants_end() {
        let next = next.go(Phase::Planning, reason::PLANNING, "the plan Job is stopping");
        return stop_then(&plan.job, &seen.plan_job, next, |next| {
            over(next.go(Phase::Cancelled, reason::CANCELLED, who_ended(&seen.session.spec)))
        });
    }
    if expired(seen, now) {
        let message = "the time to live ended before the plan was ready: make a new session";
        return stop_then(&plan.job, &seen.plan_job, next, |next| {
            over(next.go(Phase::Expired, reason::EXPIRED, message))
        });
    }
    if plan.request_digest != request_digest(seen) || seen.session.spec.draft {
        return stop_then(&plan.job, &seen.plan_job, next, |next| plan_anew(next, &plan));
    }
    match (&seen.plan, &seen.plan_job) {
        // A report with a plan is whole before its pod has ended.
        (Some(told), job) if job.is_over() || told.report.plan_digest.is_some() => {
            reported(seen, next, &plan, told, now)
        }
        (Some(_), _) => rest(next),
        (None, JobFacts::Absent) => match &plan.bundle {
            Some(bundle) => step(vec![], next, vec![Effect::CreatePlanJob(bundle.clone())]),
            None => {
                step(vec![], next.go(Phase::Validating, reason::VALIDATING, "there is no bundle"), vec![])
            }
        },
        (None, JobFacts::Ended { stopped: true, message }) if slow(&next) => {
            let message = format!("the runner's pod did not start in 5 minutes: {message}");
            over(next.go(Phase::Failed, reason::RUNNER_NOT_STARTED, message))
        }
        // Stopped for an edit that was taken back since.
        (None, JobFacts::Ended { stopped: true, .. }) => plan_anew(next, &plan),
        (None, JobFacts::Ended { message, .. }) => {
            let message =
                format!("the runner ended without a result: {message}. Make a new session to try again");
            over(next.go(Phase::Failed, reason::RUNNER_LOST, message))
        }
        (None, JobFacts::Running { stuck: true, stopping: false }) if slow(&next) => {
            let mut decision = rest(next);
            decision.first.push(Effect::StopJob(plan.job.clone()));
            decision
        }
        (None, JobFacts::Running { .. }) => until_expiry(rest(next), now, Some(Duration::from_mins(1))),
    }
}

/// Back to the start; the plan goes with its Job.
fn plan_anew(mut next: Next, plan: &PlanStatus) -> Decision {
    next.status.plan = None;
    let first = vec![
        Effect::SettleHead { job: plan.job.clone(), outcome: HeadOutcome::Nothing },
        Effect::DeleteJob(plan.job.clone()),
    ];
    step(first, next.go(Phase::Validating, reason::VALIDATING, "it is planned again"), vec![])
}

/// A plan was reported: what does it say?
fn reported(
    seen: &Observed,
    mut next: Next,
    plan: &PlanStatus,
    told: &ReportedPlan,
    now: Timestamp,
) -> Decision {
    let report = &told.report;
    let fail = |next: Next, why: &str, message: String| {
        settle(seen, next.go(Phase::Failed, why, message), &plan.job, HeadOutcome::Nothing, Unresolved::Keep)
    };
    let warnings = &mut next.status.validation.warnings;
    warnings.extend(sentences(&report.diagnostics, Severity::Warning));
    warnings.truncate(32);
    let errors = || sentences(&report.diagnostics, Severity::Error).join("; ");
    match report.outcome {
        PlanOutcome::Failed => fail(next, reason::PLAN_FAILED, errors()),
        PlanOutcome::Refused => fail(next, reason::PLAN_REFUSED, errors()),
        // Nobody asked for it: its node was drained, say.
        PlanOutcome::Cancelled if next.status.plans < PLANS => plan_anew(next, plan),
        PlanOutcome::Cancelled => {
            fail(next, reason::PLAN_FAILED, "the plan was stopped by a signal, again and again".to_owned())
        }
        PlanOutcome::Changes | PlanOutcome::NoChanges => match &told.view {
            None => fail(next, reason::PLAN_FAILED, "the plan was not stored".to_owned()),
            Some(Err(found)) => fail(next, reason::PLAN_REFUSED, found.join("; ")),
            Some(Ok(view)) => {
                next.status.plan = Some(shown(plan, told, view, now));
                next.status.cost.clone_from(&told.cost);
                // Of a stack that nobody is sure of, a person says that nothing need be done.
                if report.outcome == PlanOutcome::NoChanges && !seen.unresolved() {
                    return nothing_to_do(seen, next, plan);
                }
                // Who approves names the digest, which nobody knew before: none can count yet.
                let (next, _, message) = ready::count(seen, next, now);
                let next = next.go(Phase::PlanReady, reason::AWAITING_APPROVAL, message);
                step(vec![], next, vec![])
            }
        },
    }
}

/// The plan as people see it.
fn shown(plan: &PlanStatus, told: &ReportedPlan, view: &PlanView, now: Timestamp) -> PlanStatus {
    PlanStatus {
        digest: told.report.plan_digest.clone(),
        json_digest: told.report.plan_json_digest.clone(),
        engine: Some(told.report.engine.clone()),
        at: Some(Time(now)),
        summary: view.summary.clone(),
        changes: view.changes.iter().take(100).cloned().collect(),
        ..plan.clone()
    }
}

/// The cloud is as asked already: what was asked becomes the revision.
fn nothing_to_do(seen: &Observed, mut next: Next, plan: &PlanStatus) -> Decision {
    let digest = next.status.plan.as_ref().and_then(|p| p.digest.clone());
    let outcome = match (digest, plan.bundle.clone()) {
        (Some(plan_digest), Some(bundle)) => HeadOutcome::Adopted { plan_digest, bundle },
        _ => HeadOutcome::Nothing,
    };
    next.status.result =
        Some(ResultStatus { revision: seen.next_revision(), outputs_secret: None, sandbox: plan.sandbox });
    let next = next.go(Phase::Applied, reason::NOTHING_TO_DO, "the cloud is as asked already");
    settle(seen, next, &plan.job, outcome, Unresolved::Keep)
}

/// Diagnostics of one severity, as the status bounds them.
fn sentences(diagnostics: &[Diagnostic], severity: Severity) -> Vec<String> {
    let wanted = diagnostics.iter().filter(|d| d.severity == severity).take(32);
    wanted.map(|d| sentence(d).chars().take(1024).collect()).collect()
}
