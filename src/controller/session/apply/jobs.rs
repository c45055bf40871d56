//! Jobs of a session, and the claim that none of them may take.

use super::{
    super::{
        facts::{Observed, project_owner},
        wanted::{self, Run},
    },
    conflict, namespace,
};
use crate::{
    blob::{BlobStore, report},
    controller::{Context, ReconcileError},
    domain::{ids, state::BlobRef},
    names::{label, reason},
};
use k8s_openapi::api::{batch::v1::Job, core::v1::ConfigMap};
use kube::{
    Api, ResourceExt,
    api::{DeleteParams, Patch, PatchParams, PostParams, Preconditions},
};
use serde_json::json;
use std::collections::BTreeMap;

pub async fn create_plan(context: &Context, seen: &Observed, bundle: &BlobRef) -> Result<(), ReconcileError> {
    create(context, seen, &Run::Plan, bundle).await
}

/// The apply of exactly the plan that the status shows.
pub async fn create_apply(context: &Context, seen: &Observed) -> Result<(), ReconcileError> {
    let plan = seen.session.status.as_ref().and_then(|s| s.plan.clone()).unwrap_or_default();
    let (Some(plan_digest), Some(plan_json_digest), Some(bundle)) =
        (&plan.digest, &plan.json_digest, &plan.bundle)
    else {
        return Err(ReconcileError::Bug("the status shows no plan that could be applied".to_owned()));
    };
    create(context, seen, &Run::Apply { plan_digest, plan_json_digest }, bundle).await
}

async fn create(
    context: &Context,
    seen: &Observed,
    run: &Run<'_>,
    bundle: &BlobRef,
) -> Result<(), ReconcileError> {
    let settings = &context.settings;
    let made = super::super::bundle::read(context, &namespace(seen), bundle).await?;
    let urls = wanted::Urls { gateway: &settings.gateway_url, sandbox: settings.sandbox_url.as_deref() };
    let job = wanted::job(seen, &urls, run, bundle, &made.secrets).map_err(ReconcileError::Bug)?;
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
pub async fn stop(context: &Context, seen: &Observed, name: &str) -> Result<(), ReconcileError> {
    let api: Api<Job> = Api::namespaced(context.client.clone(), &namespace(seen));
    let body = json!({ "spec": { "activeDeadlineSeconds": 1 } });
    match api.patch(name, &PatchParams::default(), &Patch::Merge(&body)).await {
        Ok(_) => Ok(()),
        Err(kube::Error::Api(status)) if status.code == 404 => Ok(()),
        Err(error) => Err(error.into()),
    }
}

pub async fn delete(context: &Context, seen: &Observed, name: &str) -> Result<(), ReconcileError> {
    let api: Api<Job> = Api::namespaced(context.client.clone(), &namespace(seen));
    let Some(job) = api.get_opt(name).await? else { return Ok(()) };
    let uid = seen.uid();
    if !job.owner_references().iter().any(|o| o.uid == uid) {
        return Ok(());
    }
    // The plan's bytes hold the state in clear, and nobody needs them any more: they go first, or a crash here
    // would leave them.
    if job.labels().get(label::RUN).is_some_and(|run| run == "plan")
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

pub async fn void_claim(context: &Context, seen: &Observed, digest: &str) -> Result<(), ReconcileError> {
    let Some(project) = &seen.project else { return Ok(()) };
    let owner = project_owner(project);
    let name = ids::claim(&owner.uid, &seen.session.spec.stack, digest);
    let claim = ConfigMap {
        metadata: owner.meta(&name, "claim"),
        immutable: Some(true),
        data: Some(BTreeMap::from([
            ("pod-uid".to_owned(), String::new()),
            ("session".to_owned(), seen.uid()),
        ])),
        ..ConfigMap::default()
    };
    let api: Api<ConfigMap> = Api::namespaced(context.client.clone(), &owner.namespace);
    match api.create(&PostParams::default(), &claim).await {
        Ok(_) => Ok(()),
        Err(kube::Error::Api(status)) if status.code == 409 => {
            let there = api.get(&name).await?;
            let void = there.data.and_then(|d| d.get("pod-uid").cloned()).is_some_and(|uid| uid.is_empty());
            if void { Ok(()) } else { Err(conflict("a pod has begun to apply")) }
        }
        // Nothing can be created in a namespace that goes, so no pod can take the claim either.
        Err(kube::Error::Api(status)) if status.code == 403 && namespace_goes(&status) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

fn namespace_goes(status: &kube::core::Status) -> bool {
    let causes = status.details.iter().flat_map(|d| &d.causes);
    causes.into_iter().any(|cause| cause.reason == "NamespaceTerminating")
}
