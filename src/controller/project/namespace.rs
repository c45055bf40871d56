//! A namespace that holds cloud resources says so; admission refuses to delete it while it does.

use super::holds;
use crate::{
    api::CloudProject,
    controller::{Context, ReconcileError},
    names::label,
};
use k8s_openapi::api::core::v1::Namespace;
use kube::{
    Api, ResourceExt,
    api::{Patch, PatchParams},
};
use serde_json::json;

/// Sets the label of the project's namespace, or takes it away when no project in it holds anything.
pub async fn guard(context: &Context, project: &CloudProject) -> Result<(), ReconcileError> {
    let has = |project: &CloudProject| holds(project) != (0, false);
    // This one is fresh, the others are as the watch knows them; their own passes mend what has changed.
    let others = context.projects.state();
    let wanted = has(project) || others.iter().any(|other| other.uid() != project.uid() && has(other));
    let name = project.namespace().unwrap_or_default();
    let namespaces: Api<Namespace> = Api::all(context.client.clone());
    let namespace = namespaces.get(&name).await?;
    if namespace.labels().contains_key(label::HOLDS_RESOURCES) == wanted {
        return Ok(());
    }
    let value = wanted.then_some("true");
    let body = json!({ "metadata": { "uid": namespace.uid(), "labels": { label::HOLDS_RESOURCES: value } } });
    namespaces.patch(&name, &PatchParams::default(), &Patch::Merge(&body)).await?;
    Ok(())
}
