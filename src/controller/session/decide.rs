//! The decision: pure, one function per phase.

use super::{
    facts::{Decision, Effect, JobFacts, Observed},
    next::Next,
};
use crate::{
    api::{
        Conditions, Phase,
        session::{ApplyOutcome, ApplyStatus, DeploymentSessionSpec, PlanStatus, ResultStatus, Validation},
    },
    domain::{approval, ids},
    names::{SESSION_FINALIZER, annotation, condition, reason},
    wire::{ApplyReportOutcome, PlanOutcome, Severity},
};
use k8s_openapi::{
    apimachinery::pkg::apis::meta::v1::Time,
    jiff::{SignedDuration, Timestamp},
};
use kube::ResourceExt;
use std::time::Duration;

/// How long a pod may take to start.
const START: SignedDuration = SignedDuration::from_mins(5);
/// When an invalid request is looked at again: what it names may have come since.
const LOOK_AGAIN: Duration = Duration::from_secs(15);

/// What shall happen now.
pub fn decide(seen: &Observed, now: Timestamp) -> Decision {
    let phase = seen.phase();
    if let Some(phase) = phase.filter(|p| p.is_terminal()) {
        return clean_up(seen, phase, now);
    }
    if !seen.session.finalizers().iter().any(|f| f == SESSION_FINALIZER) {
        if seen.session.metadata.deletion_timestamp.is_some() {
            return rest(Next::from(seen, now));
        }
        let status = seen.session.status.clone().unwrap_or_default();
        return Decision {
            first: vec![Effect::AddFinalizer],
            status,
            then: vec![],
            requeue: None,
            rest: false,
        };
    }
    match phase {
        None | Some(Phase::Draft | Phase::Validating) => validating(seen, now),
        Some(Phase::Planning) => planning(seen, now),
        Some(Phase::PlanReady) => plan_ready(seen, now),
        Some(Phase::Approved) => approved(seen, now),
        Some(Phase::Applying) => applying(seen, now),
        Some(Phase::Applied | Phase::Failed | Phase::Cancelled | Phase::Expired) => {
            rest(Next::from(seen, now))
        }
    }
}

fn rest(next: Next) -> Decision {
    Decision { first: vec![], status: next.status, then: vec![], requeue: None, rest: true }
}

fn step(first: Vec<Effect>, next: Next, then: Vec<Effect>) -> Decision {
    Decision { first, status: next.status, then, requeue: None, rest: false }
}

/// Ends the session: what runs is over already.
fn end(seen: &Observed, next: Next, unresolved: bool) -> Decision {
    let first = if seen.holds() { vec![Effect::ReleaseStack { unresolved }] } else { vec![] };
    step(first, next, vec![])
}

/// A terminal session owns no Job and no stack.
fn clean_up(seen: &Observed, phase: Phase, now: Timestamp) -> Decision {
    let mut first = vec![];
    if seen.holds() {
        first.push(Effect::ReleaseStack { unresolved: false });
    }
    let status = seen.session.status.as_ref();
    let plan = status.and_then(|s| s.plan.as_ref()).map(|p| (p.job.clone(), &seen.plan_job));
    let apply = status.and_then(|s| s.apply.as_ref()).map(|a| (a.job.clone(), &seen.apply_job));
    for (job, facts) in [plan, apply].into_iter().flatten() {
        match facts {
            JobFacts::Absent | JobFacts::Running { stopping: true, .. } => {}
            JobFacts::Ended { .. } => first.push(Effect::DeleteJob(job)),
            JobFacts::Running { .. } => first.push(Effect::StopJob(job)),
        }
    }
    let gone = seen.plan_job == JobFacts::Absent && seen.apply_job == JobFacts::Absent;
    let leaving = seen.session.metadata.deletion_timestamp.is_some() && gone && !seen.holds();
    let kept = seen.session.finalizers().iter().any(|f| f == SESSION_FINALIZER);
    if leaving && kept {
        first.push(Effect::RemoveFinalizer);
    }
    let mut next = Next::from(seen, now);
    next.status.phase = Some(phase);
    next.status.observed_generation = status.and_then(|s| s.observed_generation);
    Decision { first, status: next.status, then: vec![], requeue: None, rest: true }
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

/// When a session without approval ends, counted from its creation.
fn deadline(seen: &Observed, from: Timestamp) -> Timestamp {
    let text = seen
        .session
        .spec
        .ttl
        .as_deref()
        .unwrap_or_else(|| seen.project.as_ref().map_or("30m", |p| p.spec.sessions.ttl.as_str()));
    from + SignedDuration::from_secs(approval::ttl_seconds(text).unwrap_or(1800))
}

fn expired(seen: &Observed, now: Timestamp) -> bool {
    let status = seen.session.status.as_ref();
    status.and_then(|s| s.expires_at.as_ref()).is_some_and(|Time(at)| *at <= now)
}

fn until_expiry(decision: &mut Decision, now: Timestamp) {
    if let Some(Time(at)) = &decision.status.expires_at {
        let left = at.duration_since(now).max(SignedDuration::ZERO);
        decision.requeue = Some(left.unsigned_abs() + Duration::from_millis(50));
    }
}

/// sha256 of what a plan answers to; another one voids it.
fn request_digest(seen: &Observed) -> String {
    let spec = &seen.session.spec;
    let asked = serde_json::json!({
        "action": spec.action,
        "changes": spec.changes,
        "request": seen.session.annotations().get(annotation::PLAN_REQUEST),
    });
    ids::digest(asked.to_string().as_bytes())
}

fn created(seen: &Observed, now: Timestamp) -> Timestamp {
    seen.session.metadata.creation_timestamp.as_ref().map_or(now, |Time(at)| *at)
}

fn expire(seen: &Observed, now: Timestamp) -> Decision {
    let message = "the time to live ended before the plan was approved: make a new session";
    end(seen, Next::from(seen, now).go(Phase::Expired, reason::EXPIRED, message), false)
}

fn validating(seen: &Observed, now: Timestamp) -> Decision {
    let spec = &seen.session.spec;
    if seen.wants_end() {
        return end(
            seen,
            Next::from(seen, now).go(Phase::Cancelled, reason::CANCELLED, who_ended(spec)),
            false,
        );
    }
    if expired(seen, now) {
        return expire(seen, now);
    }
    let next = Next::from(seen, now);
    if spec.draft {
        let next = next.expires(deadline(seen, created(seen, now)));
        let mut decision = rest(next.go(Phase::Draft, reason::DRAFT, "set spec.draft to false to plan"));
        if seen.holds() {
            decision.first.push(Effect::ReleaseStack { unresolved: false });
        }
        until_expiry(&mut decision, now);
        return decision;
    }
    match findings(seen) {
        Ok(bundle) => place(seen, next, bundle, now),
        Err((why, violations)) => {
            let mut next = next.expires(deadline(seen, created(seen, now)));
            next.status.validation = Validation {
                violations: violations.iter().take(32).map(|v| v.chars().take(1024).collect()).collect(),
                warnings: vec![],
            };
            let first = if seen.holds() { vec![Effect::ReleaseStack { unresolved: false }] } else { vec![] };
            let next = next.go(Phase::Validating, why, violations.join("; ")).queued(None);
            let requeue = Some(LOOK_AGAIN);
            let mut decision = Decision { first, status: next.status, then: vec![], requeue, rest: true };
            if let Some(Time(at)) = &decision.status.expires_at {
                let left = at.duration_since(now).max(SignedDuration::ZERO).unsigned_abs();
                decision.requeue = Some(LOOK_AGAIN.min(left + Duration::from_millis(50)));
            }
            decision
        }
    }
}

type Findings<'a> = Result<&'a crate::wire::Bundle, (&'static str, Vec<String>)>;

/// All findings on the request, or the bundle to plan.
fn findings(seen: &Observed) -> Findings<'_> {
    let Some(project) = &seen.project else {
        let name = &seen.session.spec.project;
        let say =
            format!("project {name} does not exist in this namespace: create it, or correct spec.project");
        return Err((reason::PROJECT_MISSING, vec![say]));
    };
    if project.metadata.deletion_timestamp.is_some()
        && seen.session.spec.action != crate::api::session::Action::Destroy
    {
        let say = "the project is being deleted: only action Destroy is possible".to_owned();
        return Err((reason::PROJECT_NOT_READY, vec![say]));
    }
    let mut violations = super::super::project::findings(&project.spec, seen.engine.is_some());
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

fn bundle_digest(bundle: &crate::wire::Bundle) -> String {
    ids::digest(&serde_json::to_vec(bundle).unwrap_or_default())
}

/// Takes the stack, or waits for it; then plans.
fn place(seen: &Observed, mut next: Next, bundle: &crate::wire::Bundle, now: Timestamp) -> Decision {
    next.status.validation = Validation::default();
    let other = match seen.holder() {
        Some(holder) if holder.uid != seen.uid() => Some(holder.session.as_str()),
        Some(_) => None,
        None => seen.ahead.as_deref(),
    };
    if let Some(other) = other {
        let message = format!("waits for session {other}, which holds the stack");
        return rest(next.go(Phase::Validating, reason::STACK_HELD, message).queued(Some(other)));
    }
    if !seen.holds() {
        // The stack first: what is planned must be what the holder found.
        return step(
            vec![Effect::HoldStack],
            next.go(Phase::Validating, reason::VALIDATING, "the request is valid")
                .expires(deadline(seen, now)),
            vec![],
        );
    }
    let digest = bundle_digest(bundle);
    next.status.plan = Some(PlanStatus {
        job: ids::plan_job(&seen.uid(), &digest),
        bundle_digest: digest,
        request_digest: request_digest(seen),
        state_serial: bundle.state_serial,
        sandbox: bundle.sandbox,
        ..PlanStatus::default()
    });
    next.status.approvals = None;
    let next = next.go(Phase::Planning, reason::PLANNING, "the plan Job runs").expires(deadline(seen, now));
    step(vec![], next, vec![Effect::CreatePlanJob(Box::new(bundle.clone()))])
}

/// Stops a Job, then does what follows once it is over.
fn stop_then(job: &str, facts: &JobFacts, next: Next, over: impl FnOnce(Next) -> Decision) -> Decision {
    match facts {
        JobFacts::Absent | JobFacts::Ended { .. } => over(next),
        JobFacts::Running { stopping: true, .. } => rest(next),
        JobFacts::Running { .. } => {
            let mut decision = rest(next);
            decision.first.push(Effect::StopJob(job.to_owned()));
            decision
        }
    }
}

fn planning(seen: &Observed, now: Timestamp) -> Decision {
    let next = Next::from(seen, now);
    let Some(plan) = next.status.plan.clone() else {
        return step(vec![], next.go(Phase::Validating, reason::VALIDATING, "there is no plan"), vec![]);
    };
    let settled = |next: Next| {
        let mut decision = end(seen, next, false);
        decision.first.insert(0, Effect::SettleHead { job: plan.job.clone(), revision: None });
        decision
    };
    if seen.wants_end() || seen.session.spec.draft {
        let cancelled = next.go(Phase::Planning, reason::PLANNING, "the plan Job is stopping");
        return stop_then(&plan.job, &seen.plan_job, cancelled, |next| {
            settled(next.go(Phase::Cancelled, reason::CANCELLED, who_ended(&seen.session.spec)))
        });
    }
    if expired(seen, now) {
        let message = "the time to live ended before the plan was ready: make a new session";
        return stop_then(&plan.job, &seen.plan_job, next, |next| {
            settled(next.go(Phase::Expired, reason::EXPIRED, message))
        });
    }
    if plan.request_digest != request_digest(seen) {
        return stop_then(&plan.job, &seen.plan_job, next, |mut next| {
            next.status.plan = None;
            step(
                vec![
                    Effect::SettleHead { job: plan.job.clone(), revision: None },
                    Effect::DeleteJob(plan.job.clone()),
                ],
                next.go(Phase::Validating, reason::VALIDATING, "the request changed: it is planned again"),
                vec![],
            )
        });
    }
    match (&seen.plan, &seen.plan_job) {
        (Some(reported), job) if job.is_over() || reported.report.plan_digest.is_some() => {
            planned(seen, next, &plan, now)
        }
        (_, JobFacts::Absent) => match &seen.rendered {
            Some(Ok(bundle)) if bundle_digest(bundle) == plan.bundle_digest => {
                step(vec![], next, vec![Effect::CreatePlanJob(Box::new(bundle.clone()))])
            }
            _ => step(vec![], next.go(Phase::Validating, reason::VALIDATING, "the request changed"), vec![]),
        },
        (None, JobFacts::Ended { message, .. }) => {
            let message =
                format!("the runner ended without a result: {message}. Make a new session to try again");
            settled(next.go(Phase::Failed, reason::RUNNER_LOST, message))
        }
        (_, JobFacts::Running { stuck, .. }) => match stuck {
            Some(why) if started_before(&next, now - START) => {
                let message = format!("the runner's pod did not start in 5 minutes: {why}");
                let mut decision = settled(next.go(Phase::Failed, reason::RUNNER_NOT_STARTED, message));
                decision.first.insert(0, Effect::StopJob(plan.job.clone()));
                decision
            }
            _ => {
                let mut decision = rest(next);
                until_expiry(&mut decision, now);
                decision.requeue = decision.requeue.map(|r| r.min(Duration::from_mins(1)));
                decision
            }
        },
        (Some(_), JobFacts::Ended { .. }) => rest(next),
    }
}

fn started_before(next: &Next, limit: Timestamp) -> bool {
    next.status.history.last().is_some_and(|item| item.at.0 <= limit)
}

/// A plan was reported: what does it say?
fn planned(seen: &Observed, mut next: Next, plan: &PlanStatus, now: Timestamp) -> Decision {
    let Some(reported) = &seen.plan else { return rest(next) };
    let report = &reported.report;
    let settle = Effect::SettleHead { job: plan.job.clone(), revision: None };
    let fail = |next: Next, why: &str, message: String| {
        let mut decision = end(seen, next.go(Phase::Failed, why, message), false);
        decision.first.insert(0, settle.clone());
        decision
    };
    let errors: Vec<String> = report
        .diagnostics
        .iter()
        .filter(|d| d.severity == Severity::Error)
        .map(|d| if d.detail.is_empty() { d.summary.clone() } else { format!("{}: {}", d.summary, d.detail) })
        .collect();
    next.status.validation.warnings = report
        .diagnostics
        .iter()
        .filter(|d| d.severity == Severity::Warning)
        .take(32)
        .map(|d| format!("{}: {}", d.summary, d.detail).chars().take(1024).collect())
        .collect();
    match report.outcome {
        PlanOutcome::Failed => fail(next, reason::PLAN_FAILED, errors.join("; ")),
        PlanOutcome::Refused => fail(next, reason::PLAN_REFUSED, errors.join("; ")),
        PlanOutcome::Cancelled => {
            fail(next, reason::PLAN_FAILED, "the plan was stopped by a signal".to_owned())
        }
        PlanOutcome::Changes | PlanOutcome::NoChanges => {
            let view = match &reported.view {
                Some(Ok(view)) => view,
                Some(Err(found)) => return fail(next, reason::PLAN_REFUSED, found.join("; ")),
                None => return fail(next, reason::PLAN_FAILED, "the plan was not stored".to_owned()),
            };
            next.status.plan = Some(PlanStatus {
                digest: report.plan_digest.clone(),
                json_digest: report.plan_json_digest.clone(),
                engine: Some(report.engine.clone()),
                at: Some(Time(now)),
                summary: view.summary.clone(),
                changes: view.changes.iter().take(100).cloned().collect(),
                ..plan.clone()
            });
            if report.outcome == PlanOutcome::NoChanges {
                let bundle = seen.plan_job.bundle();
                let revision = report.plan_digest.clone().zip(bundle);
                next.status.result = Some(ResultStatus {
                    revision: seen.next_revision(),
                    outputs_secret: None,
                    sandbox: plan.sandbox,
                });
                let next = next.go(Phase::Applied, reason::NOTHING_TO_DO, "the cloud is as asked already");
                let mut decision = end(seen, next, false);
                decision.first.insert(0, Effect::SettleHead { job: plan.job.clone(), revision });
                return decision;
            }
            let mut decision =
                rest(next.go(Phase::PlanReady, reason::AWAITING_APPROVAL, "the plan waits for approval"));
            decision.rest = false;
            decision
        }
    }
}

fn plan_ready(seen: &Observed, now: Timestamp) -> Decision {
    let mut next = Next::from(seen, now);
    if seen.wants_end() {
        return end(seen, next.go(Phase::Cancelled, reason::CANCELLED, who_ended(&seen.session.spec)), false);
    }
    if expired(seen, now) {
        return expire(seen, now);
    }
    if let Some(why) = void(seen) {
        next.status.approvals = None;
        return step(forget_plan(&next), next.go(Phase::Validating, reason::VALIDATING, why), vec![]);
    }
    let (next, enough, message) = count(seen, next, now);
    if enough {
        return step(vec![], next.go(Phase::Approved, reason::APPROVED, message), vec![]);
    }
    let mut decision = rest(next.go(Phase::PlanReady, reason::AWAITING_APPROVAL, message));
    until_expiry(&mut decision, now);
    decision
}

/// A plan that is void goes with its bytes: they hold the state in clear.
fn forget_plan(next: &Next) -> Vec<Effect> {
    next.status.plan.iter().map(|plan| Effect::DeleteJob(plan.job.clone())).collect()
}

/// Why the plan no longer answers to the request.
fn void(seen: &Observed) -> Option<&'static str> {
    let plan = seen.session.status.as_ref()?.plan.as_ref()?;
    if plan.request_digest != request_digest(seen) || seen.session.spec.draft {
        Some("the request changed: it is planned again")
    } else if plan.state_serial != seen.head.serial() {
        Some("the state moved on since the plan was made: it is planned again")
    } else {
        None
    }
}

fn count(seen: &Observed, mut next: Next, now: Timestamp) -> (Next, bool, String) {
    let Some(project) = &seen.project else { return (next, false, "the project is gone".to_owned()) };
    let digest = next.status.plan.as_ref().and_then(|p| p.digest.clone()).unwrap_or_default();
    let before = next.status.approvals.clone().unwrap_or_default();
    let ttl = deadline(seen, now).duration_since(now).as_secs();
    let counted = approval::count(
        &seen.session.spec,
        seen.session.spec.requested_by.as_deref(),
        &project.spec.approvals,
        &digest,
        &before.counted,
        now,
        ttl,
    );
    let required = project.spec.approvals.required;
    let text = format!("{}/{required}", counted.counted.len());
    let message = format!("{text} approvals name this plan");
    let enough = counted.enough;
    next.status.approvals = Some(crate::api::session::ApprovalStatus {
        required,
        text,
        // With the expired ones, or they would look new; whoever counts judges their age again.
        counted: counted.counted.into_iter().chain(counted.expired).take(20).collect(),
        ignored: counted.ignored,
    });
    (next, enough, message)
}

fn approved(seen: &Observed, now: Timestamp) -> Decision {
    let mut next = Next::from(seen, now);
    if seen.wants_end() {
        return end(seen, next.go(Phase::Cancelled, reason::CANCELLED, who_ended(&seen.session.spec)), false);
    }
    if let Some(why) = void(seen) {
        next.status.approvals = None;
        return step(forget_plan(&next), next.go(Phase::Validating, reason::VALIDATING, why), vec![]);
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
    let create = create_apply(seen, &next);
    step(vec![], next.go(Phase::Applying, reason::APPLYING, "the apply Job runs"), create)
}

fn create_apply(seen: &Observed, next: &Next) -> Vec<Effect> {
    let bundle = seen.plan_job.bundle();
    let (Some(plan), Some(bundle)) = (&next.status.plan, bundle) else { return vec![] };
    vec![Effect::CreateApplyJob {
        plan_digest: plan.digest.clone().unwrap_or_default(),
        plan_json_digest: plan.json_digest.clone().unwrap_or_default(),
        bundle_digest: plan.bundle_digest.clone(),
        bundle,
    }]
}

fn applying(seen: &Observed, now: Timestamp) -> Decision {
    let next = Next::from(seen, now);
    let job = next.status.apply.as_ref().map(|a| a.job.clone()).unwrap_or_default();
    let digest = next.status.plan.as_ref().and_then(|p| p.digest.clone()).unwrap_or_default();
    match (&seen.apply_report, &seen.apply_job) {
        (Some(_), facts) if facts.is_over() => reported(seen, next, &job, &digest),
        (None, JobFacts::Ended { message, .. }) => lost(seen, next, &job, digest, message),
        (None, JobFacts::Absent) if seen.claimed_by.is_some() => {
            lost(seen, next, &job, digest, "its Job was deleted")
        }
        (None, JobFacts::Absent) => {
            let create = create_apply(seen, &next);
            if seen.wants_end() || create.is_empty() {
                let mut decision = end(
                    seen,
                    next.go(Phase::Cancelled, reason::CANCELLED, who_ended(&seen.session.spec)),
                    false,
                );
                decision.first.insert(0, Effect::VoidClaim(digest));
                return decision;
            }
            step(vec![], next, create)
        }
        (_, JobFacts::Running { stopping, .. }) => {
            let mut decision = rest(next);
            if seen.wants_end() && !stopping {
                decision.first.push(Effect::StopJob(job));
            }
            decision
        }
        (Some(_), _) => rest(next),
    }
}

/// The runner told how the apply ended, and its pods are gone.
fn reported(seen: &Observed, mut next: Next, job: &str, digest: &str) -> Decision {
    let Some(report) = &seen.apply_report else { return rest(next) };
    let message = |fallback: &str| {
        let mut parts: Vec<String> = vec![];
        if !report.message.is_empty() {
            parts.push(report.message.clone());
        }
        let errors = report.diagnostics.iter().filter(|d| d.severity == Severity::Error);
        parts.extend(errors.map(|d| format!("{}: {}", d.summary, d.detail)));
        if parts.is_empty() { fallback.to_owned() } else { parts.join("; ") }
    };
    let lost_state = !report.state_persisted;
    // The state may not say what the cloud holds: a person approves a new plan before anything goes on.
    let unsettled = [reason::OUTCOME_UNKNOWN, reason::STATE_NOT_PERSISTED, reason::STATE_DIVERGED];
    let open = lost_state || report.reason.as_deref().is_some_and(|r| unsettled.contains(&r));
    let (phase, outcome, why, text) = match report.outcome {
        _ if lost_state => (
            Phase::Failed,
            ApplyOutcome::Failed,
            reason::STATE_NOT_PERSISTED.to_owned(),
            message(
                "the state could not be stored: what was changed last is not in it; a new plan must be approved",
            ),
        ),
        ApplyReportOutcome::Applied => (
            Phase::Applied,
            ApplyOutcome::Applied,
            reason::APPLIED.to_owned(),
            message("the plan was applied"),
        ),
        ApplyReportOutcome::Refused => (
            Phase::Failed,
            ApplyOutcome::NotStarted,
            report.reason.clone().unwrap_or_else(|| reason::PLAN_REFUSED.to_owned()),
            message("the plan was refused; nothing was changed"),
        ),
        ApplyReportOutcome::Failed if open => (
            Phase::Failed,
            ApplyOutcome::Unknown,
            report.reason.clone().unwrap_or_else(|| reason::OUTCOME_UNKNOWN.to_owned()),
            message("the state may lack what was changed last"),
        ),
        ApplyReportOutcome::Failed => (
            Phase::Failed,
            ApplyOutcome::Failed,
            reason::APPLY_FAILED.to_owned(),
            message("some changes were not made"),
        ),
        ApplyReportOutcome::Cancelled => {
            let who = who_ended(&seen.session.spec);
            let phase = if seen.wants_end() { Phase::Cancelled } else { Phase::Failed };
            (
                phase,
                ApplyOutcome::Cancelled,
                reason::CANCELLED.to_owned(),
                format!("{who}; {}", message("stopped gracefully")),
            )
        }
    };
    if let Some(apply) = &mut next.status.apply {
        apply.outcome = Some(outcome);
        apply.serial = report.state_serial;
        apply.resources = report.resources.iter().take(100).cloned().collect();
        for change in &mut apply.resources {
            change.address = change.address.chars().take(512).collect();
        }
    }
    let bundle = seen.apply_job.bundle().or_else(|| seen.plan_job.bundle());
    let applied = phase == Phase::Applied;
    if applied {
        next.status.result = Some(ResultStatus {
            revision: seen.next_revision(),
            outputs_secret: seen.session.spec.outputs_secret.clone(),
            sandbox: next.status.plan.as_ref().is_some_and(|p| p.sandbox),
        });
    }
    let revision = if applied { bundle.map(|b| (digest.to_owned(), b)) } else { None };
    // The Job is over, so whoever held the lock is dead.
    let settle = Effect::SettleHead { job: job.to_owned(), revision };
    let mut decision = end(seen, next.go(phase, &why, text), open);
    decision.first.insert(0, settle);
    decision
}

/// The runner is gone without a word. Did it begin?
fn lost(seen: &Observed, mut next: Next, job: &str, digest: String, message: &str) -> Decision {
    let begun = seen.claimed_by.is_some();
    let outcome = if begun { ApplyOutcome::Unknown } else { ApplyOutcome::NotStarted };
    if let Some(apply) = &mut next.status.apply {
        apply.outcome = Some(outcome);
    }
    let settle = Effect::SettleHead { job: job.to_owned(), revision: None };
    let (next, first) = if begun {
        let text = format!(
            "the apply began and its runner is gone ({message}): some changes may have been made. Nothing is applied again by itself; a new session plans from what is there"
        );
        (next.go(Phase::Failed, reason::OUTCOME_UNKNOWN, text), settle)
    } else {
        let text = format!(
            "the runner was lost before it began ({message}): nothing was changed. Make a new session"
        );
        let (phase, why) = if seen.wants_end() {
            (Phase::Cancelled, reason::CANCELLED)
        } else {
            (Phase::Failed, reason::RUNNER_LOST)
        };
        (next.go(phase, why, text), Effect::VoidClaim(digest))
    };
    let mut decision = end(seen, next, begun);
    decision.first.insert(0, first);
    decision
}

/// For tests and readers: does the session wait for its stack?
pub fn is_queued(session: &crate::api::DeploymentSession) -> bool {
    session
        .status
        .as_ref()
        .is_some_and(|s| s.phase == Some(Phase::Validating) && s.conditions.is_true(condition::QUEUED))
}
