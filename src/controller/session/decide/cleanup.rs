//! Terminal phases: a session that has ended owns no Job and no stack.

use super::{
    super::{
        facts::{Decision, Effect, JobFacts, Look, Observed, Unresolved},
        next::Next,
    },
    phase_began_before, release,
};
use crate::{api::Phase, names::SESSION_FINALIZER};
use k8s_openapi::jiff::{SignedDuration, Timestamp};
use kube::ResourceExt;

/// How long a pod that has told how it ended may take to end: it is only stopped after that.
const ENDS_BY_ITSELF: SignedDuration = SignedDuration::from_secs(30);

pub(super) fn terminal(seen: &Observed, phase: Phase, now: Timestamp) -> Decision {
    let mut first = release(seen, Unresolved::Keep);
    let mut next = Next::untouched(seen, now);
    let patient = !phase_began_before(&next, now - ENDS_BY_ITSELF);
    let mut waits = false;
    let status = seen.session.status.as_ref();
    let plan = status.and_then(|s| s.plan.as_ref()).map(|p| (p.job.clone(), &seen.plan_job));
    let apply = status.and_then(|s| s.apply.as_ref()).map(|a| (a.job.clone(), &seen.apply_job));
    for (job, facts) in [plan, apply].into_iter().flatten() {
        match facts {
            JobFacts::Absent | JobFacts::Running { stopping: true, .. } => {}
            JobFacts::Ended { .. } => first.push(Effect::DeleteJob(job)),
            JobFacts::Running { .. } if patient => waits = true,
            JobFacts::Running { .. } => first.push(Effect::StopJob(job)),
        }
    }
    let gone = seen.plan_job == JobFacts::Absent && seen.apply_job == JobFacts::Absent && !seen.holds();
    let kept = seen.session.finalizers().iter().any(|f| f == SESSION_FINALIZER);
    if seen.session.metadata.deletion_timestamp.is_some() && gone && kept {
        first.push(Effect::RemoveFinalizer);
    }
    next.status.phase = Some(phase);
    let look = match (gone && first.is_empty(), waits) {
        (true, _) => Look::Never,
        (false, true) => Look::Within(ENDS_BY_ITSELF.unsigned_abs()),
        (false, false) => Look::OnEvent,
    };
    Decision { first, status: next.status, then: vec![], look }
}
