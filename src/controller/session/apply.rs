//! Every write of a session but its status, in order, each safe to repeat.

use super::{
    facts::{Effect, Observed},
    wanted::{self, Run},
};
use crate::{
    api::{
        CloudProject, DeploymentSession,
        project::{Holder, StackStatus},
    },
    blob::{BlobStore, Owner, head::update_head, report},
    controller::{Context, ReconcileError},
    domain::{
        ids,
        state::{self, BlobRef, NewRevision},
    },
    names::{MANAGER, SESSION_FINALIZER, label, reason},
    wire::Bundle,
};
use k8s_openapi::api::{batch::v1::Job, core::v1::ConfigMap};
use kube::{
    Api, ResourceExt,
    api::{DeleteParams, Patch, PatchParams, PostParams, Preconditions},
};
use serde_json::json;

/// Does all of it, in order; the first that finds the world changed ends the pass.
pub async fn all(context: &Context, seen: &Observed, effects: &[Effect]) -> Result<(), ReconcileError> {
    for effect in effects {
        one(context, seen, effect).await?;
    }
    Ok(())
}

async fn one(context: &Context, seen: &Observed, effect: &Effect) -> Result<(), ReconcileError> {
    match effect {
        Effect::AddFinalizer => finalizer(context, seen, true).await,
        Effect::RemoveFinalizer => finalizer(context, seen, false).await,
        Effect::HoldStack => hold(context, seen).await,
        Effect::ReleaseStack { unresolved } => release(context, seen, *unresolved).await,
        Effect::SettleHead { job, revision, keep } => {
            settle(context, seen, job, revision.as_ref(), *keep).await
        }
        Effect::CreatePlanJob(bundle) => create_plan(context, seen, bundle).await,
        Effect::CreateApplyJob { plan_digest, plan_json_digest, bundle_digest, bundle } => {
            let run = Run::Apply { bundle_digest, plan_digest, plan_json_digest };
            create_job(context, seen, &run, bundle).await
        }
        Effect::StopJob(name) => stop(context, seen, name).await,
        Effect::DeleteJob(name) => delete_job(context, seen, name).await,
        Effect::VoidClaim(digest) => void_claim(context, seen, digest).await,
    }
}

fn namespace(seen: &Observed) -> String {
    seen.session.namespace().unwrap_or_default()
}

fn session_owner(seen: &Observed) -> Owner {
    Owner {
        namespace: namespace(seen),
        kind: "DeploymentSession",
        name: seen.session.name_any(),
        uid: seen.uid(),
    }
}

fn project_owner(project: &CloudProject) -> Owner {
    Owner {
        namespace: project.namespace().unwrap_or_default(),
        kind: "CloudProject",
        name: project.name_any(),
        uid: project.uid().unwrap_or_default(),
    }
}

async fn finalizer(context: &Context, seen: &Observed, keep: bool) -> Result<(), ReconcileError> {
    let mut list: Vec<String> =
        seen.session.finalizers().iter().filter(|f| *f != SESSION_FINALIZER).cloned().collect();
    if keep {
        list.push(SESSION_FINALIZER.to_owned());
    }
    let api: Api<DeploymentSession> = Api::namespaced(context.client.clone(), &namespace(seen));
    let body = json!({ "metadata": {
        "uid": seen.session.uid(), "resourceVersion": seen.session.resource_version(), "finalizers": list,
    } });
    api.patch(&seen.session.name_any(), &PatchParams::default(), &Patch::Merge(&body)).await?;
    Ok(())
}

/// Changes this session's stack in the project's status by compare-and-swap.
async fn stack(
    context: &Context,
    seen: &Observed,
    change: impl FnOnce(&mut StackStatus) -> Result<(), ReconcileError>,
) -> Result<(), ReconcileError> {
    let api: Api<CloudProject> = Api::namespaced(context.client.clone(), &namespace(seen));
    let Some(mut project) = api.get_opt(&seen.session.spec.project).await? else { return Ok(()) };
    let status = project.status.get_or_insert_default();
    let name = &seen.session.spec.stack;
    if !status.stacks.iter().any(|s| s.name == *name) {
        status.stacks.push(StackStatus { name: name.clone(), ..StackStatus::default() });
    }
    if let Some(entry) = status.stacks.iter_mut().find(|s| s.name == *name) {
        change(entry)?;
    }
    status.resource_count = status.stacks.iter().map(|s| s.resource_count).sum();
    // `replace` carries the resourceVersion that was read: of two sessions, one gets the stack.
    api.replace_status(&seen.session.spec.project, &PostParams::default(), &project).await?;
    Ok(())
}

async fn hold(context: &Context, seen: &Observed) -> Result<(), ReconcileError> {
    let ours = Holder { session: seen.session.name_any(), uid: seen.uid() };
    stack(context, seen, |entry| match &entry.held_by {
        Some(holder) if holder.uid != ours.uid => Err(conflict("the stack was taken by another session")),
        _ => {
            entry.held_by = Some(ours);
            Ok(())
        }
    })
    .await
}

async fn release(context: &Context, seen: &Observed, unresolved: bool) -> Result<(), ReconcileError> {
    let uid = seen.uid();
    let holder = Holder { session: seen.session.name_any(), uid: uid.clone() };
    let fresh = match &seen.project {
        Some(project) => {
            let name = project.name_any();
            crate::blob::head::load_head(&context.client, &namespace(seen), &name, &seen.session.spec.stack)
                .await?
                .map(|(head, _)| head)
        }
        None => None,
    };
    stack(context, seen, |entry| {
        if entry.held_by.as_ref().is_some_and(|h| h.uid == uid) {
            entry.held_by = None;
        }
        if let Some(head) = &fresh {
            entry.state_serial = head.serial();
            entry.revision = head.revisions.last().map_or(0, |r| r.number);
            entry.unresolved = match unresolved {
                true => Some(holder),
                // Whoever applied a plan to the end has settled what was open.
                false if head.revisions.last().is_some_and(|r| r.session_uid == uid) => None,
                false => entry.unresolved.take(),
            };
        }
        if !seen.inventory.is_empty()
            || fresh.as_ref().is_some_and(|h| h.versions.last().is_some_and(|v| v.resources == 0))
        {
            entry.resource_count = i32::try_from(seen.inventory.len()).unwrap_or(i32::MAX);
            entry.resources = seen.inventory.iter().take(256).cloned().collect();
        }
        Ok(())
    })
    .await
}

async fn settle(
    context: &Context,
    seen: &Observed,
    job: &str,
    revision: Option<&(String, BlobRef)>,
    keep: bool,
) -> Result<(), ReconcileError> {
    let Some(project) = &seen.project else { return Ok(()) };
    let owner = project_owner(project);
    let stored = match revision {
        Some((digest, bundle)) => {
            // The session may go; its bundle stays with the project, since a destroy needs it.
            let bytes = context.blobs.get(&owner.namespace, bundle).await?;
            Some((digest.clone(), context.blobs.put(&owner, "revision", &bytes).await?))
        }
        None => None,
    };
    if keep {
        return Ok(());
    }
    let plan = seen.session.status.as_ref().and_then(|s| s.plan.as_ref()?.digest.clone()).unwrap_or_default();
    let success = stored.map(|(_, bundle)| NewRevision { session: seen.session.name_any(), bundle });
    let uid = seen.uid();
    let settled = update_head(&context.client, &owner, &seen.session.spec.stack, |head| {
        // The Job is over: its pods are dead, and with them whoever held this lock.
        if let Some(pod) = head.lock.as_ref().filter(|lock| lock.job == job).map(|lock| lock.pod_uid.clone())
        {
            state::release(head, &pod);
        }
        state::settle(head, &uid, &plan, success.as_ref())
    })
    .await?
    .map_err(|refusal| ReconcileError::Bug(refusal.to_string()))?;
    for blob in &settled.dropped {
        context.blobs.delete(&owner.namespace, blob).await?;
    }
    Ok(())
}

async fn create_plan(context: &Context, seen: &Observed, bundle: &Bundle) -> Result<(), ReconcileError> {
    let bytes = serde_json::to_vec(bundle).map_err(|error| ReconcileError::Bug(error.to_string()))?;
    let blob = context.blobs.put(&session_owner(seen), "bundle", &bytes).await?;
    let digest = ids::digest(&bytes);
    create_job(context, seen, &Run::Plan { bundle_digest: &digest }, &blob).await
}

async fn create_job(
    context: &Context,
    seen: &Observed,
    run: &Run<'_>,
    bundle: &BlobRef,
) -> Result<(), ReconcileError> {
    let settings = &context.settings;
    let job = wanted::job(seen, &settings.gateway_url, settings.sandbox_url.as_deref(), run, bundle)
        .map_err(ReconcileError::Bug)?;
    let api: Api<Job> = Api::namespaced(context.client.clone(), &namespace(seen));
    match api.create(&PostParams::default(), &job).await {
        Ok(_) => Ok(()),
        Err(kube::Error::Api(status)) if status.code == 409 => {
            let there = api.get(&job.name_any()).await?;
            let uid = seen.uid();
            if there.owner_references().iter().any(|o| o.uid == uid) {
                return Ok(());
            }
            Err(ReconcileError::Bug(format!("{}: Job {} is not ours", reason::NAME_TAKEN, job.name_any())))
        }
        Err(error) => Err(error.into()),
    }
}

/// A deadline of one second makes the Job controller end the pods gracefully, and keeps the Job, which the
/// runner still needs to be known by.
async fn stop(context: &Context, seen: &Observed, name: &str) -> Result<(), ReconcileError> {
    let api: Api<Job> = Api::namespaced(context.client.clone(), &namespace(seen));
    let body = json!({ "spec": { "activeDeadlineSeconds": 1 } });
    match api.patch(name, &PatchParams::default(), &Patch::Merge(&body)).await {
        Ok(_) => Ok(()),
        Err(kube::Error::Api(status)) if status.code == 404 => Ok(()),
        Err(error) => Err(error.into()),
    }
}

async fn delete_job(context: &Context, seen: &Observed, name: &str) -> Result<(), ReconcileError> {
    let api: Api<Job> = Api::namespaced(context.client.clone(), &namespace(seen));
    let Some(job) = api.get_opt(name).await? else { return Ok(()) };
    let uid = seen.uid();
    if !job.owner_references().iter().any(|o| o.uid == uid) {
        return Ok(());
    }
    // The plan's bytes hold the state in clear, and nobody needs them any more. They go before the Job: while it
    // is there, a pass that was cut short is repeated. An apply Job's report is of another form and names none.
    let plans = seen.session.status.as_ref().and_then(|s| s.plan.as_ref()).is_some_and(|p| p.job == name);
    if plans
        && let Some(stored) =
            report::get_report::<report::StoredPlanReport>(&context.client, &namespace(seen), name, &uid)
                .await?
        && let Some(plan) = stored.plan
    {
        context.blobs.delete(&namespace(seen), &plan).await?;
    }
    let preconditions = Some(Preconditions { uid: job.uid(), resource_version: None });
    let params = DeleteParams { preconditions, ..DeleteParams::background() };
    match api.delete(name, &params).await {
        Ok(_) => Ok(()),
        Err(kube::Error::Api(status)) if status.code == 404 || status.code == 409 => Ok(()),
        Err(error) => Err(error.into()),
    }
}

async fn void_claim(context: &Context, seen: &Observed, digest: &str) -> Result<(), ReconcileError> {
    let Some(project) = &seen.project else { return Ok(()) };
    let owner = project_owner(project);
    let name = ids::claim(&owner.uid, &seen.session.spec.stack, digest);
    let claim: ConfigMap = serde_json::from_value(json!({
        "metadata": {
            "name": name,
            "labels": { label::MANAGED_BY: MANAGER, label::SESSION: seen.uid(), label::PART: "claim" },
            "ownerReferences": [{
                "apiVersion": "cloudengine.dev/v1alpha1", "kind": owner.kind, "name": owner.name, "uid": owner.uid,
            }],
        },
        "data": { "pod-uid": "", "session": seen.uid() },
    }))
    .map_err(|error| ReconcileError::Bug(error.to_string()))?;
    let api: Api<ConfigMap> = Api::namespaced(context.client.clone(), &owner.namespace);
    match api.create(&PostParams::default(), &claim).await {
        Ok(_) => Ok(()),
        Err(kube::Error::Api(status)) if status.code == 409 => {
            let there = api.get(&name).await?;
            let void = there.data.and_then(|d| d.get("pod-uid").cloned()).is_some_and(|uid| uid.is_empty());
            if void { Ok(()) } else { Err(conflict("a pod has begun to apply")) }
        }
        Err(error) => Err(error.into()),
    }
}

fn conflict(message: &str) -> ReconcileError {
    let status = kube::core::Status {
        code: 409,
        reason: "Conflict".to_owned(),
        message: message.to_owned(),
        ..kube::core::Status::default()
    };
    ReconcileError::Api(kube::Error::Api(Box::new(status)))
}
