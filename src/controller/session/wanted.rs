//! Jobs as values.

use super::facts::Observed;
use crate::{
    domain::{ids, state::BlobRef},
    names::{MANAGER, RUNNER_ACCOUNT, RUNNER_AUDIENCE, annotation, label},
    wire::{SecretVariable, env},
};
use k8s_openapi::api::batch::v1::Job;
use kube::ResourceExt;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// What a Job runs.
pub enum Run<'a> {
    /// Plans a bundle.
    Plan,
    /// Applies a plan.
    Apply {
        /// Digest of the plan.
        plan_digest: &'a str,
        /// Digest of its masked JSON.
        plan_json_digest: &'a str,
    },
}

/// How often the pod of a plan is made anew when it was lost. A plan changes nothing; a runner that could tell
/// how it ended has ended well for Kubernetes.
const PLAN_RETRIES: i32 = 2;
/// Seconds that a plan and an apply may take, and that each has to stop gracefully.
const PLAN: (i64, i64) = (900, 60);
const APPLY: (i64, i64) = (3600, 600);

/// What runners call.
pub struct Urls<'a> {
    /// The gateway.
    pub gateway: &'a str,
    /// The sandbox cloud.
    pub sandbox: Option<&'a str>,
}

/// The Job of a run. Its name follows from what it runs, so that a repeated create finds itself.
pub fn job(
    seen: &Observed,
    urls: &Urls<'_>,
    run: &Run<'_>,
    bundle: &BlobRef,
    secrets: &[SecretVariable],
) -> Result<Job, String> {
    let engine = seen.engine.as_ref().ok_or("the engine is not installed")?;
    let project = seen.project.as_ref().ok_or("the project is gone")?;
    let image = if project.spec.sandbox {
        engine.sandbox_image.as_ref().unwrap_or(&engine.image)
    } else {
        &engine.image
    };
    let uid = seen.uid();
    let digest = &bundle.digest;
    let text = serde_json::to_string(bundle).unwrap_or_default();
    let mut annotations = BTreeMap::from([(annotation::BUNDLE, text.as_str())]);
    let (name, kind, (timeout, grace), retries, mut args) = match run {
        Run::Plan => (
            ids::plan_job(&uid, digest),
            "plan",
            PLAN,
            PLAN_RETRIES,
            vec![format!("--bundle-digest={digest}")],
        ),
        Run::Apply { plan_digest, plan_json_digest } => {
            annotations.insert(annotation::PLAN_DIGEST, plan_digest);
            annotations.insert(annotation::PLAN_JSON_DIGEST, plan_json_digest);
            annotations.insert(annotation::BUNDLE_DIGEST, digest);
            let args = vec![
                format!("--bundle-digest={digest}"),
                format!("--plan-digest={plan_digest}"),
                format!("--plan-json-digest={plan_json_digest}"),
                format!("--grace={}", APPLY.1),
            ];
            // A second pod of an apply could only be refused the claim.
            (ids::apply_job(&uid, plan_digest), "apply", APPLY, 0, args)
        }
    };
    args.insert(0, kind.to_owned());
    args.push(format!("--timeout={timeout}"));
    let labels = json!({
        label::MANAGED_BY: MANAGER,
        label::SESSION: uid,
        label::PROJECT: seen.session.spec.project,
        label::STACK: seen.session.spec.stack,
        label::RUN: kind,
    });
    let value = json!({
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {
            "name": name,
            "namespace": seen.session.namespace(),
            "labels": labels,
            "annotations": annotations,
            "ownerReferences": [owner(seen)],
        },
        "spec": {
            "backoffLimit": retries,
            // The next pod comes when the one before has ended.
            "podReplacementPolicy": "Failed",
            "activeDeadlineSeconds": timeout + grace,
            "ttlSecondsAfterFinished": 86400,
            "template": {
                "metadata": { "labels": labels },
                "spec": pod(image, &args, &environment(seen, urls, secrets), grace),
            },
        },
    });
    serde_json::from_value(value).map_err(|error| error.to_string())
}

fn owner(seen: &Observed) -> Value {
    json!({
        "apiVersion": "cloudengine.dev/v1alpha1",
        "kind": "DeploymentSession",
        "name": seen.session.name_any(),
        "uid": seen.uid(),
        "controller": true,
    })
}

fn pod(image: &str, args: &[String], environment: &[Value], grace: i64) -> Value {
    json!({
        "restartPolicy": "Never",
        "serviceAccountName": RUNNER_ACCOUNT,
        "automountServiceAccountToken": false,
        "enableServiceLinks": false,
        "terminationGracePeriodSeconds": grace,
        "securityContext": {
            "runAsNonRoot": true, "runAsUser": 65532, "runAsGroup": 65532, "fsGroup": 65532,
            "seccompProfile": { "type": "RuntimeDefault" },
        },
        "containers": [{
            "name": "runner",
            "image": image,
            "imagePullPolicy": "IfNotPresent",
            "args": args,
            "env": environment,
            "securityContext": {
                "allowPrivilegeEscalation": false,
                "readOnlyRootFilesystem": true,
                "capabilities": { "drop": ["ALL"] },
            },
            "resources": { "requests": { "cpu": "50m", "memory": "128Mi" }, "limits": { "memory": "1Gi" } },
            "volumeMounts": [
                { "name": "token", "mountPath": "/var/run/cloud-engine", "readOnly": true },
                { "name": "work", "mountPath": "/runner" },
                { "name": "tmp", "mountPath": "/tmp" },
            ],
        }],
        "volumes": [
            { "name": "token", "projected": { "defaultMode": 288, "sources": [
                { "serviceAccountToken": { "path": "token", "audience": RUNNER_AUDIENCE, "expirationSeconds": 600 } },
            ] } },
            { "name": "work", "emptyDir": { "sizeLimit": "2Gi" } },
            { "name": "tmp", "emptyDir": { "sizeLimit": "256Mi" } },
        ],
    })
}

fn environment(seen: &Observed, urls: &Urls<'_>, secrets: &[SecretVariable]) -> Vec<Value> {
    let mut list = vec![
        json!({ "name": env::GATEWAY_URL, "value": urls.gateway }),
        json!({ "name": env::GATEWAY_CA, "value": seen.gateway_ca }),
        json!({ "name": env::TOKEN_FILE, "value": "/var/run/cloud-engine/token" }),
        json!({ "name": env::WORK_DIR, "value": "/runner" }),
        json!({ "name": env::ENGINE, "value": "/usr/bin/tofu" }),
        json!({ "name": env::MIRROR, "value": "/mirror" }),
    ];
    let project = seen.project.as_ref();
    if let (true, Some(url)) = (project.is_some_and(|p| p.spec.sandbox), urls.sandbox) {
        list.push(json!({ "name": env::SANDBOX_URL, "value": url }));
    }
    list.extend(secrets.iter().map(|secret| {
        json!({ "name": format!("{}{}", env::VARIABLE, secret.variable), "valueFrom": { "secretKeyRef": {
            "name": secret.secret, "key": secret.key,
        } } })
    }));
    if let Some(credentials) = project.and_then(|p| p.spec.credentials.as_ref()) {
        // The kubelet reads the Secret; the controller never does.
        list.extend(env::CREDENTIALS.iter().map(|key| {
            json!({ "name": key, "valueFrom": { "secretKeyRef": {
                "name": credentials.secret_ref.name, "key": key, "optional": true,
            } } })
        }));
    }
    list
}
