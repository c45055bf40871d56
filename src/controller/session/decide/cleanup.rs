//! Terminal phases: a session that has ended owns no Job and no stack.

use super::{
    super::{
        facts::{Decision, Effect, JobFacts, Look, Observed},
        next::Next,
    },
    release,
};
use crate::{api::Phase, names::SESSION_FINALIZER};
use k8s_openapi::jiff::Timestamp;
use kube::ResourceExt;

pub(super) fn terminal(seen: &Observed, phase: Phase, now: Timestamp) -> Decision {
    let mut first = release(seen, false);
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
    let gone = seen.plan_job == JobFacts::Absent && seen.apply_job == JobFacts::Absent && !seen.holds();
    let kept = seen.session.finalizers().iter().any(|f| f == SESSION_FINALIZER);
    if seen.session.metadata.deletion_timestamp.is_some() && gone && kept {
        first.push(Effect::RemoveFinalizer);
    }
    let mut status = Next::untouched(seen, now).status;
    status.phase = Some(phase);
    let look = if gone && first.is_empty() { Look::Never } else { Look::OnEvent };
    Decision { first, status, then: vec![], look }
}
