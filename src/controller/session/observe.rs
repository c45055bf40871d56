//! Every read of a session's reconcile.

use super::{
    bundle, cost,
    decide::is_queued,
    facts::{JobFacts, Observed, Orphaned, ReportedPlan, project_owner},
};
use crate::{
    api::{CloudProject, DeploymentSession, Phase, Resource, project::InventoryItem},
    blob::{BlobStore, head::load_owned, report},
    controller::{Context, ReconcileError},
    domain::{ids, state::StackHead},
    names::label,
    terraform::{guard, plan, render, state},
    wire::ApplyReport,
};
use k8s_openapi::api::{
    batch::v1::Job,
    core::v1::{ConfigMap, Pod},
};
use k8s_openapi::jiff::tz::TimeZone;
use kube::{Api, ResourceExt, api::ListParams};
use serde_json::Value;

/// The session as the store has it now; `None` when it is gone or another took its name.
pub async fn session(
    context: &Context,
    cached: &DeploymentSession,
) -> Result<Option<DeploymentSession>, ReconcileError> {
    let namespace = cached.namespace().unwrap_or_default();
    let api: Api<DeploymentSession> = Api::namespaced(context.client.clone(), &namespace);
    let fresh = api.get_opt(&cached.name_any()).await?;
    Ok(fresh.filter(|f| f.uid() == cached.uid()))
}

/// Reads what this session's phase needs.
pub async fn observe(context: &Context, session: DeploymentSession) -> Result<Observed, ReconcileError> {
    let namespace = session.namespace().unwrap_or_default();
    let projects: Api<CloudProject> = Api::namespaced(context.client.clone(), &namespace);
    let project = projects.get_opt(&session.spec.project).await?;
    let engine = project.as_ref().and_then(|p| context.engine(&p.spec));
    let head = match &project {
        Some(project) => load_owned(&context.client, &project_owner(project), &session.spec.stack).await?,
        None => StackHead::default(),
    };
    let mut seen = Observed {
        ahead: ahead(context, &session),
        orphaned: None,
        gateway_ca: context.gateway_ca.borrow().clone(),
        session,
        project,
        engine,
        head,
        rendered: None,
        plan_job: JobFacts::Absent,
        plan: None,
        apply_job: JobFacts::Absent,
        apply_report: None,
        claimed_by: None,
        inventory: vec![],
    };
    runs(context, &mut seen, &namespace).await?;
    let before_the_plan = matches!(seen.phase(), None | Some(Phase::Draft | Phase::Validating));
    if before_the_plan && !seen.session.spec.draft && !seen.wants_end() {
        seen.orphaned = orphaned(context, &seen, &namespace).await?;
        seen.rendered = match bundle::bundle(context, &seen, &namespace).await {
            Err(ReconcileError::Blob(error)) if error.is_damage() => {
                Some(Err(vec![format!("what was applied last cannot be read: {error}")]))
            }
            other => other?,
        };
    }
    Ok(seen)
}

/// Whether the session that holds the stack is gone. Only without a pod of it is it certain that nothing runs.
async fn orphaned(
    context: &Context,
    seen: &Observed,
    namespace: &str,
) -> Result<Option<Orphaned>, ReconcileError> {
    let Some(holder) = seen.holder().filter(|h| h.uid != seen.uid()) else { return Ok(None) };
    let sessions: Api<DeploymentSession> = Api::namespaced(context.client.clone(), namespace);
    let there = sessions.get_opt(&holder.session).await?;
    if there.is_some_and(|s| s.uid().as_deref() == Some(&holder.uid)) {
        return Ok(None);
    }
    let runs = any_pod_runs(context, namespace, &format!("{}={}", label::SESSION, holder.uid)).await?;
    Ok(Some(if runs { Orphaned::Running } else { Orphaned::Over }))
}

/// Jobs, reports and claim, as far as the status names them.
async fn runs(context: &Context, seen: &mut Observed, namespace: &str) -> Result<(), ReconcileError> {
    let Some(status) = seen.session.status.clone() else { return Ok(()) };
    let uid = seen.uid();
    if let Some(planned) = &status.plan {
        seen.plan_job = job(context, seen, namespace, &planned.job).await?;
        if status.phase == Some(Phase::Planning) {
            seen.plan = plan_report(context, seen, namespace, &planned.job).await?;
        }
    }
    if let Some(apply) = &status.apply {
        seen.apply_job = job(context, seen, namespace, &apply.job).await?;
        if status.phase == Some(Phase::Applying) {
            seen.apply_report =
                report::get_report::<ApplyReport>(&context.client, namespace, &apply.job, &uid).await?;
            seen.claimed_by = claim(context, seen, namespace).await?;
        }
    }
    let ending = seen.apply_job.is_over() || seen.apply_report.is_some();
    if seen.holds() && (ending || status.phase == Some(Phase::Planning)) {
        seen.inventory = match inventory(context, seen, namespace).await {
            // What the status says of it stays; the engine tells that its state is damaged.
            Err(ReconcileError::Blob(error)) if error.is_damage() => {
                tracing::warn!(namespace, session = seen.session.name_any(), %error, "no inventory");
                vec![]
            }
            other => other?,
        };
    }
    Ok(())
}

async fn claim(
    context: &Context,
    seen: &Observed,
    namespace: &str,
) -> Result<Option<String>, ReconcileError> {
    let plan = seen.session.status.as_ref().and_then(|s| s.plan.as_ref());
    let (Some(project), Some(digest)) = (&seen.project, plan.and_then(|p| p.digest.as_ref())) else {
        return Ok(None);
    };
    let name = ids::claim(&project.uid().unwrap_or_default(), &seen.session.spec.stack, digest);
    let api: Api<ConfigMap> = Api::namespaced(context.client.clone(), namespace);
    let held = api.get_opt(&name).await?.and_then(|c| c.data?.remove("pod-uid"));
    Ok(held.filter(|uid| !uid.is_empty()))
}

async fn plan_report(
    context: &Context,
    seen: &Observed,
    namespace: &str,
    job: &str,
) -> Result<Option<ReportedPlan>, ReconcileError> {
    let uid = seen.uid();
    let stored =
        report::get_report::<report::StoredPlanReport>(&context.client, namespace, job, &uid).await?;
    let Some(stored) = stored else { return Ok(None) };
    let mut told = ReportedPlan { report: stored.report, view: None, cost: None };
    if let Some(blob) = &stored.plan_json {
        let bytes = match context.blobs.get(namespace, blob).await {
            Err(error) if error.is_damage() => {
                told.view = Some(Err(vec![error.to_string()]));
                return Ok(Some(told));
            }
            other => other?,
        };
        match serde_json::from_slice(&bytes) {
            Ok(value) => {
                let today = context.clock.now().to_zoned(TimeZone::UTC).date();
                told.view = Some(read_plan(&value, &providers(seen)));
                told.cost = Some(cost::of(&value, &context.prices, today));
            }
            Err(error) => told.view = Some(Err(vec![format!("the plan is not JSON: {error}")])),
        }
    }
    Ok(Some(told))
}

/// The plan's JSON, judged: what it would change, or why it is refused.
fn read_plan(value: &Value, providers: &[String]) -> Result<plan::PlanView, Vec<String>> {
    let found = guard::check_plan(value, providers);
    if found.is_empty() { plan::read(value).map_err(|error| vec![error]) } else { Err(found) }
}

/// Providers that this project's plans may use.
fn providers(seen: &Observed) -> Vec<String> {
    seen.project.as_ref().map(|p| render::allowed_providers(&p.spec)).unwrap_or_default()
}

async fn job(
    context: &Context,
    seen: &Observed,
    namespace: &str,
    name: &str,
) -> Result<JobFacts, ReconcileError> {
    let jobs: Api<Job> = Api::namespaced(context.client.clone(), namespace);
    let Some(job) = jobs.get_opt(name).await? else {
        // A Job that is gone may have left a pod in its last minutes. A session that has ended asks only when
        // it is to go: until then nothing depends on it.
        let ended = seen.phase().is_some_and(Phase::is_terminal);
        let asks = !ended || seen.session.metadata.deletion_timestamp.is_some();
        let runs =
            asks && any_pod_runs(context, namespace, &format!("batch.kubernetes.io/job-name={name}")).await?;
        return Ok(if runs { JobFacts::Running { stopping: true, stuck: false } } else { JobFacts::Absent });
    };
    if !job.owner_references().iter().any(|o| o.uid == seen.uid()) {
        return Err(ReconcileError::Bug(format!("Job {name} exists and is not this session's: delete it")));
    }
    Ok(job_facts(job))
}

/// What a Job's own status says.
fn job_facts(job: Job) -> JobFacts {
    let stopping = job.spec.and_then(|s| s.active_deadline_seconds).is_some_and(|s| s <= 1);
    let status = job.status.unwrap_or_default();
    let conditions = status.conditions.unwrap_or_default();
    let is = |kind: &str| conditions.iter().find(|c| c.status == "True" && c.type_ == kind);
    if let Some(condition) = is("Complete").or_else(|| is("Failed")).cloned() {
        let message = condition.message.or(condition.reason).unwrap_or(condition.type_);
        return JobFacts::Ended { message, stopped: stopping };
    }
    // A pod that has ended is not ready either.
    let ended = status.failed.unwrap_or(0) + status.succeeded.unwrap_or(0) > 0;
    let ending = is("FailureTarget").or_else(|| is("SuccessCriteriaMet")).is_some();
    JobFacts::Running { stopping, stuck: status.ready.unwrap_or_default() == 0 && !ended && !ending }
}

/// Whether a pod with these labels may still run.
async fn any_pod_runs(context: &Context, namespace: &str, labels: &str) -> Result<bool, ReconcileError> {
    let pods: Api<Pod> = Api::namespaced(context.client.clone(), namespace);
    let left = pods.list(&ListParams::default().labels(labels).limit(20)).await?;
    Ok(left.items.iter().any(|p| {
        let phase = p.status.as_ref().and_then(|s| s.phase.as_deref()).unwrap_or("Pending");
        phase != "Succeeded" && phase != "Failed"
    }))
}

/// The oldest session that waits for the same stack, if it is not this one.
fn ahead(context: &Context, session: &DeploymentSession) -> Option<String> {
    let key = |s: &DeploymentSession| (s.creation_timestamp().map(|t| t.0), s.uid());
    let oldest = context
        .sessions
        .state()
        .into_iter()
        .filter(|other| {
            other.namespace() == session.namespace()
                && other.spec.project == session.spec.project
                && other.spec.stack == session.spec.stack
                && other.spec.cancel.is_none()
                && is_queued(other)
        })
        .min_by_key(|other| key(other))?;
    (key(&oldest) < key(session)).then(|| oldest.name_any())
}

async fn inventory(
    context: &Context,
    seen: &Observed,
    namespace: &str,
) -> Result<Vec<InventoryItem>, ReconcileError> {
    let (Some(version), Some(project)) = (seen.head.versions.last(), &seen.project) else {
        return Ok(vec![]);
    };
    let bytes = context.blobs.get(namespace, &version.blob).await?;
    let summary = state::summary(&bytes).map_err(ReconcileError::Bug)?;
    let wanted = wanted(context, seen, namespace).await?;
    let kind = |name: &str| wanted.iter().find(|r| r.name == name).and_then(Resource::kind);
    let items = summary.resources.into_iter().map(|resource| {
        let name = owner(&resource);
        InventoryItem {
            kind: kind(&name),
            name: name.chars().take(63).collect(),
            type_: resource.type_.chars().take(128).collect(),
            address: resource.address.chars().take(512).collect(),
            sandbox: project.spec.sandbox,
        }
    });
    Ok(items.collect())
}

/// The desired set that the session's plan was made from.
async fn wanted(
    context: &Context,
    seen: &Observed,
    namespace: &str,
) -> Result<Vec<Resource>, ReconcileError> {
    let plan = seen.session.status.as_ref().and_then(|s| s.plan.as_ref());
    let Some(blob) = plan.and_then(|p| p.bundle.as_ref()) else { return Ok(vec![]) };
    Ok(bundle::read(context, namespace, blob).await?.resources)
}

/// Name of the resource that asked for this one: its module's, or the label up to the role of a companion.
fn owner(resource: &state::StateResource) -> String {
    let name = match resource.module.as_deref() {
        Some(module) => module.trim_start_matches("module.").split(['.', '[']).next(),
        None => resource.address.split(['.', '[']).nth(1).and_then(|label| label.split('_').next()),
    };
    name.unwrap_or_default().to_owned()
}
