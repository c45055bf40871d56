//! Applying: the apply Job runs, has told, or is lost. Nothing here begins a second one.

use super::{
    super::{
        facts::{Decision, Effect, HeadOutcome, JobFacts, Look, Observed, Unresolved},
        next::Next,
    },
    START, end, phase_began_before, rest, sentence, settle, step, who_ended,
};
use crate::{
    api::{
        Phase,
        session::{AppliedChange, ApplyOutcome, ResourceOutcome, ResultStatus},
    },
    names::reason,
    wire::{ApplyReport, ApplyReportOutcome, JournalEvent, Severity},
};
use k8s_openapi::jiff::Timestamp;
use std::time::Duration;

pub(super) fn decide(seen: &Observed, now: Timestamp) -> Decision {
    let next = Next::from(seen, now);
    let job = next.status.apply.as_ref().map(|a| a.job.clone()).unwrap_or_default();
    match (&seen.apply_report, &seen.apply_job) {
        // Its engine has ended and its state is stored; what it might still send is refused from here on.
        (Some(report), _) => reported(seen, next, &job, report),
        (None, JobFacts::Ended { message, .. }) => lost(seen, next, &job, message),
        (None, JobFacts::Absent) if seen.claimed_by.is_some() => {
            lost(seen, next, &job, "its Job was deleted")
        }
        (None, JobFacts::Absent) if seen.wants_end() => {
            let next = next.go(Phase::Cancelled, reason::CANCELLED, who_ended(&seen.session.spec));
            not_begun(seen, next)
        }
        (None, JobFacts::Absent) => step(vec![], next, vec![Effect::CreateApplyJob]),
        (None, JobFacts::Running { stuck: true, .. })
            if seen.claimed_by.is_none() && phase_began_before(&next, now - START) =>
        {
            let message = "the runner's pod did not start in 5 minutes: no node took it, or its image is not there. Nothing was changed";
            // Its Job is stopped once the session has ended.
            not_begun(seen, next.go(Phase::Failed, reason::RUNNER_NOT_STARTED, message))
        }
        (None, JobFacts::Running { stopping, stuck }) => {
            let mut decision = rest(next);
            if seen.wants_end() && !stopping {
                decision.first.push(Effect::StopJob(job));
            }
            if *stuck || *stopping {
                // No event tells that a pod without a Job has ended.
                decision.look = Look::Within(Duration::from_secs(30));
            }
            decision
        }
    }
}

/// Ends a session whose plan no pod has begun to apply: first nobody can any more.
fn not_begun(seen: &Observed, mut next: Next) -> Decision {
    if let Some(apply) = &mut next.status.apply {
        apply.outcome = Some(ApplyOutcome::NotStarted);
    }
    let digest = next.status.plan.as_ref().and_then(|p| p.digest.clone()).unwrap_or_default();
    let mut decision = end(seen, next);
    decision.first.insert(0, Effect::VoidClaim(digest));
    decision
}

/// How an apply ended, in the API's words.
struct End {
    phase: Phase,
    outcome: ApplyOutcome,
    reason: String,
    message: String,
    /// Whether the state says what the cloud holds; else a person approves a new plan before anything goes on.
    unresolved: Unresolved,
}

/// The runner told how the apply ended.
fn reported(seen: &Observed, mut next: Next, job: &str, report: &ApplyReport) -> Decision {
    let ended = end_of(seen, report);
    if let Some(apply) = &mut next.status.apply {
        apply.outcome = Some(ended.outcome);
        apply.serial = report.state_serial;
        apply.resources = report.resources.iter().take(100).cloned().collect();
        for change in &mut apply.resources {
            change.address = change.address.chars().take(512).collect();
        }
    }
    let mut outcome = HeadOutcome::Nothing;
    if ended.phase == Phase::Applied {
        let plan = next.status.plan.clone().unwrap_or_default();
        next.status.result = Some(ResultStatus {
            revision: seen.next_revision(),
            outputs_secret: seen.session.spec.outputs_secret.clone(),
            sandbox: plan.sandbox,
        });
        if let (Some(plan_digest), Some(bundle)) = (plan.digest, plan.bundle) {
            outcome = HeadOutcome::Applied { plan_digest, bundle };
        }
    }
    settle(seen, next.go(ended.phase, &ended.reason, ended.message), job, outcome, ended.unresolved)
}

fn end_of(seen: &Observed, report: &ApplyReport) -> End {
    let told = |fallback: &str| {
        let errors = report.diagnostics.iter().filter(|d| d.severity == Severity::Error);
        let parts: Vec<String> = (!report.message.is_empty())
            .then(|| report.message.clone())
            .into_iter()
            .chain(errors.map(sentence))
            .collect();
        if parts.is_empty() { fallback.to_owned() } else { parts.join("; ") }
    };
    let said = |fallback: &str| report.reason.clone().unwrap_or_else(|| fallback.to_owned());
    let unsettled = [reason::OUTCOME_UNKNOWN, reason::STATE_NOT_PERSISTED, reason::STATE_DIVERGED];
    let unresolved =
        !report.state_persisted || report.reason.as_deref().is_some_and(|r| unsettled.contains(&r));
    let end = |phase, outcome, reason: String, message| {
        let unresolved = match phase {
            _ if unresolved => Unresolved::Open,
            Phase::Applied => Unresolved::Settled,
            _ => Unresolved::Keep,
        };
        End { phase, outcome, reason, message, unresolved }
    };
    if !report.state_persisted {
        let text =
            "the state could not be stored: what was changed last is not in it; a new plan must be approved";
        return end(Phase::Failed, ApplyOutcome::Failed, reason::STATE_NOT_PERSISTED.to_owned(), told(text));
    }
    match report.outcome {
        ApplyReportOutcome::Applied => end(
            Phase::Applied,
            ApplyOutcome::Applied,
            reason::APPLIED.to_owned(),
            told("the plan was applied"),
        ),
        ApplyReportOutcome::Refused => end(
            Phase::Failed,
            ApplyOutcome::NotStarted,
            said(reason::PLAN_REFUSED),
            told("the plan was refused; nothing was changed"),
        ),
        ApplyReportOutcome::Failed if unresolved => end(
            Phase::Failed,
            ApplyOutcome::Unknown,
            said(reason::OUTCOME_UNKNOWN),
            told("the state may lack what was changed last"),
        ),
        ApplyReportOutcome::Failed => end(
            Phase::Failed,
            ApplyOutcome::Failed,
            reason::APPLY_FAILED.to_owned(),
            told("some changes were not made"),
        ),
        ApplyReportOutcome::Cancelled => end(
            if seen.wants_end() { Phase::Cancelled } else { Phase::Failed },
            if seen.claimed_by.is_some() { ApplyOutcome::Cancelled } else { ApplyOutcome::NotStarted },
            reason::CANCELLED.to_owned(),
            format!("{}; {}", who_stopped(seen), told("stopped gracefully")),
        ),
    }
}

/// A pod is also stopped by an eviction or a drain, which nobody asked for.
fn who_stopped(seen: &Observed) -> String {
    if seen.wants_end() {
        who_ended(&seen.session.spec)
    } else {
        "the runner's pod was told to end by the cluster".to_owned()
    }
}

/// The runner is gone without a word. Did it begin?
fn lost(seen: &Observed, mut next: Next, job: &str, message: &str) -> Decision {
    if seen.claimed_by.is_none() {
        let text = format!(
            "the runner was lost before it began ({message}): nothing was changed. Make a new session"
        );
        let (phase, why) = if seen.wants_end() {
            (Phase::Cancelled, reason::CANCELLED)
        } else {
            (Phase::Failed, reason::RUNNER_LOST)
        };
        return not_begun(seen, next.go(phase, why, text));
    }
    if let Some(apply) = &mut next.status.apply {
        apply.outcome = Some(ApplyOutcome::Unknown);
        apply.resources = journal(seen);
    }
    let text = format!(
        "the apply began and its runner is gone ({message}): some changes may have been made. Nothing is applied again by itself; a new session plans from what is there"
    );
    settle(
        seen,
        next.go(Phase::Failed, reason::OUTCOME_UNKNOWN, text),
        job,
        HeadOutcome::Nothing,
        Unresolved::Open,
    )
}

/// What the runner told of each resource before it was lost.
fn journal(seen: &Observed) -> Vec<AppliedChange> {
    let open = seen.head.applying.as_ref().filter(|open| open.session == seen.uid());
    let told = open.into_iter().flat_map(|open| open.journal.values()).take(100);
    told.map(|entry| AppliedChange {
        address: entry.address.chars().take(512).collect(),
        outcome: match entry.event {
            JournalEvent::Started => ResourceOutcome::Interrupted,
            JournalEvent::Completed => ResourceOutcome::Done,
            JournalEvent::Errored => ResourceOutcome::Failed,
        },
        message: entry.id.as_ref().map(|id| format!("id {id}").chars().take(512).collect()),
    })
    .collect()
}
