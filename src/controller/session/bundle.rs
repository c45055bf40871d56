//! What a session asks for, as a bundle: the last revision with the changes folded in, rendered.

use super::facts::{Observed, Sealed};
use crate::{
    api::{resource::Block, session::Action},
    blob::{BlobStore, SecretStore},
    controller::{Context, ReconcileError},
    domain::state::BlobRef,
    names::{annotation, label},
    terraform::{fold, guard, render},
    wire::Bundle,
};
use k8s_openapi::api::core::v1::ConfigMap;
use kube::{Api, ResourceExt};
use std::collections::BTreeMap;

/// What the session asks for, rendered; `None` without a project.
pub async fn bundle(
    context: &Context,
    seen: &Observed,
    namespace: &str,
) -> Result<Option<Result<Sealed, Vec<String>>>, ReconcileError> {
    let Some(project) = &seen.project else { return Ok(None) };
    let previous = previous(context, seen, namespace).await?;
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
    // What was added for one of them stays when others change.
    let mut resources = resources;
    resources.extend(rendered.added);
    resources.sort_by(|a, b| a.name.cmp(&b.name));
    // As long as modules and pins are the same, so are the providers.
    let lock_file = previous
        .filter(|p| p.modules == modules)
        .and_then(|p| p.lock_file)
        .filter(|text| render::lock_file_holds(text));
    let request = seen.session.annotations().get(annotation::PLAN_REQUEST).cloned().unwrap_or_default();
    seal(
        seen,
        &Bundle {
            files: rendered.files,
            lock_file,
            // The files of a destroy still say what there is; what is wanted afterwards is nothing.
            resources: if destroy { vec![] } else { resources },
            modules: if destroy { BTreeMap::new() } else { modules },
            providers: rendered.providers,
            secrets: rendered.secrets,
            action: spec.action,
            state_serial: seen.head.serial(),
            // Each plan of a session is another, in another Job, even of the same request.
            nonce: format!(
                "{}/{}/{request}",
                seen.uid(),
                seen.session.status.as_ref().map_or(0, |status| status.plans)
            ),
            sandbox: project.spec.sandbox,
        },
        rendered.warnings,
    )
    .map(|sealed| Some(Ok(sealed)))
}

/// The bundle that was applied last.
async fn previous(
    context: &Context,
    seen: &Observed,
    namespace: &str,
) -> Result<Option<Bundle>, ReconcileError> {
    let Some(revision) = seen.head.revisions.last() else { return Ok(None) };
    read(context, namespace, &revision.bundle).await.map(Some)
}

/// A bundle that was stored.
pub async fn read(context: &Context, namespace: &str, blob: &BlobRef) -> Result<Bundle, ReconcileError> {
    let bytes = context.blobs.get(namespace, blob).await?;
    serde_json::from_slice(&bytes)
        .map_err(|error| ReconcileError::Bug(format!("bundle {} cannot be read: {error}", blob.name)))
}

fn seal(seen: &Observed, bundle: &Bundle, warnings: Vec<String>) -> Result<Sealed, ReconcileError> {
    let bytes = serde_json::to_vec(bundle).map_err(|error| ReconcileError::Bug(error.to_string()))?;
    let blob = SecretStore::reference(&seen.owner(), &bytes)?;
    Ok(Sealed {
        bytes: bytes.into(),
        blob,
        state_serial: bundle.state_serial,
        sandbox: bundle.sandbox,
        secrets: bundle.secrets.clone(),
        warnings,
    })
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
