//! Every write of a session but its status, in order, each safe to repeat.
//!
//! ```text
//!  apply ─┬─► stack   the project's status and the stack's head: hold, settle, release
//!         └─► jobs    make, stop, delete; the claim in nobody's name
//! ```

mod jobs;
mod secret;
mod stack;

use super::facts::{Effect, Observed};
use crate::{
    api::DeploymentSession,
    blob::BlobStore,
    controller::{Context, ReconcileError},
    names::SESSION_FINALIZER,
};
use kube::{
    Api, ResourceExt,
    api::{Patch, PatchParams},
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
        Effect::HoldStack => stack::hold(context, seen).await,
        Effect::ReleaseStack { unresolved } => stack::release(context, seen, *unresolved).await,
        Effect::TakeOver(holder) => stack::take_over(context, seen, holder).await,
        Effect::SettleHead { job, outcome } => stack::settle(context, seen, job, outcome).await,
        Effect::StoreBundle(bytes) => {
            context.blobs.put(&seen.owner(), "bundle", bytes).await?;
            Ok(())
        }
        Effect::MakeSecret(wanted) => secret::make(context, seen, wanted).await,
        Effect::CreatePlanJob(bundle) => jobs::create_plan(context, seen, bundle).await,
        Effect::CreateApplyJob => jobs::create_apply(context, seen).await,
        Effect::StopJob(name) => jobs::stop(context, seen, name).await,
        Effect::DeleteJob(name) => jobs::delete(context, seen, name).await,
        Effect::VoidClaim(digest) => jobs::void_claim(context, seen, digest).await,
    }
}

fn namespace(seen: &Observed) -> String {
    seen.session.namespace().unwrap_or_default()
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

fn conflict(message: &str) -> ReconcileError {
    let status = kube::core::Status {
        code: 409,
        reason: "Conflict".to_owned(),
        message: message.to_owned(),
        ..kube::core::Status::default()
    };
    ReconcileError::Api(kube::Error::Api(Box::new(status)))
}
