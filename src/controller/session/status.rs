//! Writes a session's status, when it differs.

use crate::{
    api::{DeploymentSession, DeploymentSessionStatus, Phase},
    controller::{Context, ReconcileError},
    names::manager,
};
use kube::{
    Api, ResourceExt,
    api::{Patch, PatchParams},
};
use serde_json::json;

/// Writes the status by server-side apply; answers the phase that was reached by it, if another.
pub async fn write(
    context: &Context,
    session: &DeploymentSession,
    status: &DeploymentSessionStatus,
) -> Result<Option<Phase>, ReconcileError> {
    let before = session.status.clone().unwrap_or_default();
    if before == *status {
        return Ok(None);
    }
    let api: Api<DeploymentSession> =
        Api::namespaced(context.client.clone(), &session.namespace().unwrap_or_default());
    // uid: a namesake is another session. resourceVersion: what was decided on must still stand.
    let body = json!({
        "apiVersion": "cloudengine.dev/v1alpha1",
        "kind": "DeploymentSession",
        "metadata": { "uid": session.uid(), "resourceVersion": session.resource_version() },
        "status": status,
    });
    let params = PatchParams::apply(manager::SESSION).force();
    api.patch_status(&session.name_any(), &params, &Patch::Apply(&body)).await?;
    Ok(status.phase.filter(|phase| before.phase != Some(*phase)))
}
