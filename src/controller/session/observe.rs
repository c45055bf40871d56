//! Every read of a session's reconcile.

use super::{
    decide::is_queued,
    facts::{JobFacts, Observed, ReportedPlan},
};
use crate::{
    api::{
        CloudProject, DeploymentSession, Phase, Resource, project::InventoryItem, resource::Block,
        session::Action,
    },
    blob::{BlobStore, head::load_head, report},
    controller::{Context, ReconcileError},
    domain::{ids, state::StackHead},
    names::{annotation, label},
    terraform::{fold, guard, plan, render, state},
    wire::{ApplyReport, Bundle},
};
use k8s_openapi::api::{
    batch::v1::Job,
    core::v1::{ConfigMap, Pod},
};
use kube::{Api, ResourceExt, api::ListParams};
use std::collections::BTreeMap;

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
        Some(_) => load_head(&context.client, &namespace, &session.spec.project, &session.spec.stack)
            .await?
            .map(|(head, _)| head)
            .unwrap_or_default(),
        None => StackHead::default(),
    };
    let mut seen = Observed {
        ahead: ahead(context, &session),
        gateway_ca: context.gateway_ca.clone(),
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
    let needs_bundle = match seen.phase() {
        None | Some(Phase::Draft | Phase::Validating) => !seen.session.spec.draft,
        Some(Phase::Planning) => seen.plan_job == JobFacts::Absent,
        _ => false,
    };
    if needs_bundle {
        seen.rendered = bundle(context, &seen, &namespace).await?;
    }
    Ok(seen)
}

/// Jobs, reports and claim, as far as the status names them.
async fn runs(context: &Context, seen: &mut Observed, namespace: &str) -> Result<(), ReconcileError> {
    let Some(status) = seen.session.status.clone() else { return Ok(()) };
    let uid = seen.uid();
    if let Some(planned) = &status.plan {
        seen.plan_job = job(context, namespace, &planned.job, &uid).await?;
        if status.phase == Some(Phase::Planning) {
            seen.plan = plan_report(context, seen, namespace, &planned.job).await?;
        }
    }
    if let Some(apply) = &status.apply {
        seen.apply_job = job(context, namespace, &apply.job, &uid).await?;
        if status.phase == Some(Phase::Applying) {
            seen.apply_report =
                report::get_report::<ApplyReport>(&context.client, namespace, &apply.job, &uid).await?;
            seen.claimed_by = claim(context, seen, namespace).await?;
        }
    }
    let ending = seen.apply_job.is_over() || seen.apply_report.is_some();
    if seen.holds() && (ending || status.phase == Some(Phase::Planning)) {
        seen.inventory = inventory(context, seen, namespace).await?;
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
    let view = match &stored.plan_json {
        Some(blob) => {
            let bytes = context.blobs.get(namespace, blob).await?;
            Some(read_plan(&bytes, &providers(seen)))
        }
        None => None,
    };
    Ok(Some(ReportedPlan { report: stored.report, view }))
}

/// The plan's JSON, judged: what it would change, or why it is refused.
fn read_plan(bytes: &[u8], providers: &[String]) -> Result<plan::PlanView, Vec<String>> {
    let value: serde_json::Value =
        serde_json::from_slice(bytes).map_err(|error| vec![format!("the plan is not JSON: {error}")])?;
    let found = guard::check_plan(&value, providers);
    if found.is_empty() { plan::read(&value).map_err(|error| vec![error]) } else { Err(found) }
}

/// Providers that this project's plans may use.
fn providers(seen: &Observed) -> Vec<String> {
    seen.project.as_ref().map(|p| render::allowed_providers(&p.spec)).unwrap_or_default()
}

async fn job(context: &Context, namespace: &str, name: &str, uid: &str) -> Result<JobFacts, ReconcileError> {
    let jobs: Api<Job> = Api::namespaced(context.client.clone(), namespace);
    let Some(job) = jobs.get_opt(name).await? else {
        return pods_of_a_missing_job(context, namespace, name).await;
    };
    let ours = job.owner_references().iter().any(|o| o.uid == uid);
    if !ours {
        return Err(ReconcileError::Bug(format!("Job {name} exists and is not this session's: delete it")));
    }
    let bundle = job.annotations().get(annotation::BUNDLE).and_then(|text| serde_json::from_str(text).ok());
    let status = job.status.unwrap_or_default();
    let conditions = status.conditions.unwrap_or_default();
    let is = |kind: &str| conditions.iter().find(|c| c.status == "True" && c.type_ == kind);
    if let Some(condition) = is("Complete").or_else(|| is("Failed")).cloned() {
        let message = condition.message.or(condition.reason).unwrap_or(condition.type_);
        return Ok(JobFacts::Ended { message, bundle });
    }
    let stopping = job.spec.and_then(|s| s.active_deadline_seconds).is_some_and(|s| s <= 1);
    // A pod that has ended is not ready either.
    let ended = status.failed.unwrap_or(0) + status.succeeded.unwrap_or(0) > 0;
    let ending = is("FailureTarget").or_else(|| is("SuccessCriteriaMet")).is_some();
    let waits = status.ready.unwrap_or_default() == 0 && !ended && !ending;
    let stuck = waits.then(|| "no node took it, or its image is not there".to_owned());
    Ok(JobFacts::Running { stopping, bundle, stuck })
}

/// A Job that is gone may have left a pod in its last minutes: only no pod at all proves that it is over.
async fn pods_of_a_missing_job(
    context: &Context,
    namespace: &str,
    name: &str,
) -> Result<JobFacts, ReconcileError> {
    let pods: Api<Pod> = Api::namespaced(context.client.clone(), namespace);
    let selector = ListParams::default().labels(&format!("batch.kubernetes.io/job-name={name}")).limit(5);
    let left = pods.list(&selector).await?;
    let alive = left.items.iter().any(|p| {
        let phase = p.status.as_ref().and_then(|s| s.phase.as_deref()).unwrap_or("Pending");
        phase != "Succeeded" && phase != "Failed"
    });
    Ok(if alive { JobFacts::Running { stopping: true, bundle: None, stuck: None } } else { JobFacts::Absent })
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
    let kinds = |name: &str| {
        seen.session.spec.changes.upsert.iter().find(|r| r.name == name).and_then(Resource::kind)
    };
    let items = summary.resources.into_iter().map(|resource| {
        let name = owner(&resource);
        InventoryItem {
            kind: kinds(&name),
            name,
            type_: resource.type_.chars().take(128).collect(),
            address: resource.address.chars().take(512).collect(),
            sandbox: project.spec.sandbox,
        }
    });
    Ok(items.collect())
}

/// Name of the resource that asked for this one: its module, as far as it is in one.
fn owner(resource: &state::StateResource) -> String {
    let module = resource.module.as_deref().unwrap_or_default().trim_start_matches("module.");
    module.split(['.', '[']).next().unwrap_or_default().to_owned()
}

/// What the session asks for, rendered; `None` without a project.
async fn bundle(
    context: &Context,
    seen: &Observed,
    namespace: &str,
) -> Result<Option<Result<Bundle, Vec<String>>>, ReconcileError> {
    let Some(project) = &seen.project else { return Ok(None) };
    let previous = match seen.head.revisions.last() {
        Some(revision) => {
            let bytes = context.blobs.get(namespace, &revision.bundle).await?;
            let bundle: Bundle = serde_json::from_slice(&bytes)
                .map_err(|error| ReconcileError::Bug(format!("revision {}: {error}", revision.number)))?;
            Some(bundle)
        }
        None => None,
    };
    let spec = &seen.session.spec;
    let destroy = spec.action == Action::Destroy;
    let before = previous.as_ref().map(|p| p.resources.clone()).unwrap_or_default();
    let resources = if destroy {
        let kept = fold::destroy(&before);
        if kept.is_empty() { Ok(before) } else { Err(kept) }
    } else {
        fold::fold(&before, &spec.changes)
    };
    let resources = match resources {
        Ok(resources) => resources,
        Err(found) => return Ok(Some(Err(found))),
    };
    let mut findings = vec![];
    let mut modules = previous.as_ref().map(|p| p.modules.clone()).unwrap_or_default();
    modules.retain(|name, _| resources.iter().any(|r| r.name == *name));
    for resource in &spec.changes.upsert {
        if let Some(Block::Module(module)) = resource.block() {
            match module_files(context, namespace, &module.source).await? {
                Ok(files) => {
                    modules.insert(resource.name.clone(), files);
                }
                Err(found) => findings.push(format!("{}: {found}", resource.name)),
            }
        }
    }
    let allowed = render::allowed_providers(&project.spec);
    for (name, files) in &modules {
        findings.extend(guard::check_files(files, &allowed).into_iter().map(|f| format!("{name}: {f}")));
    }
    let rendered = render::render(&render::RenderInput {
        project: &spec.project,
        stack: &spec.stack,
        project_uid: &project.uid().unwrap_or_default(),
        spec: &project.spec,
        resources: &resources,
        modules: &modules,
    });
    let rendered = match rendered {
        Ok(rendered) if findings.is_empty() => rendered,
        Ok(_) => return Ok(Some(Err(findings))),
        Err(found) => {
            findings.extend(found);
            return Ok(Some(Err(findings)));
        }
    };
    let request = seen.session.annotations().get(annotation::PLAN_REQUEST).cloned().unwrap_or_default();
    Ok(Some(Ok(Bundle {
        files: rendered.files,
        lock_file: None,
        // The files of a destroy still say what there is; what is wanted afterwards is nothing.
        resources: if destroy { vec![] } else { resources },
        modules: if destroy { BTreeMap::new() } else { modules },
        providers: rendered.providers,
        action: spec.action,
        state_serial: seen.head.serial(),
        // With the generation: a request that was edited back is another plan, in another Job.
        nonce: format!("{}/{}/{request}", seen.uid(), seen.session.metadata.generation.unwrap_or_default()),
        sandbox: project.spec.sandbox,
    })))
}

/// Files of a module from its ConfigMap; an error is a sentence for the user.
async fn module_files(
    context: &Context,
    namespace: &str,
    source: &str,
) -> Result<Result<BTreeMap<String, String>, String>, ReconcileError> {
    let Some(name) = source.strip_prefix("configmap/") else {
        return Ok(Err(format!("source {source} is not configmap/NAME")));
    };
    let api: Api<ConfigMap> = Api::namespaced(context.client.clone(), namespace);
    let Some(map) = api.get_opt(name).await? else {
        return Ok(Err(format!(
            "ConfigMap {name} does not exist in this namespace: create it with the module's files"
        )));
    };
    if map.labels().contains_key(label::PART) {
        return Ok(Err(format!("ConfigMap {name} is not a module")));
    }
    if map.binary_data.is_some_and(|b| !b.is_empty()) {
        return Ok(Err(format!("ConfigMap {name} has binary files: a module is text")));
    }
    Ok(map.data.filter(|d| !d.is_empty()).ok_or_else(|| format!("ConfigMap {name} holds no files")))
}
