//! Plays Job controller and kubelet where there is no node: makes the pod of a Job, gives it a token of the
//! API server bound to that pod, starts the real runner as a process, and reports how it ended.

use k8s_openapi::{
    api::{
        authentication::v1::{BoundObjectReference, TokenRequest, TokenRequestSpec},
        batch::v1::Job,
        core::v1::{Pod, Secret, ServiceAccount},
    },
    jiff::Timestamp,
};
use kube::{
    Api, Client, ResourceExt,
    api::{Patch, PatchParams, PostParams},
};
use serde_json::json;
use std::{
    collections::HashMap,
    path::PathBuf,
    process::Stdio,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::process::{Child, Command};

/// Where the runner finds what an image would bring.
#[derive(Clone)]
pub struct Image {
    /// The runner's program.
    pub runner: PathBuf,
    /// The engine's program.
    pub engine: PathBuf,
    /// Provider mirror.
    pub mirror: PathBuf,
    /// Acts as the node: asks for tokens.
    pub node: Client,
}

/// Name of the node that is played.
pub const NODE: &str = "double";

/// What a test may do to the runners.
#[derive(Clone, Default)]
pub struct Controls {
    /// Process ids by Job name.
    pub pids: Arc<Mutex<HashMap<String, u32>>>,
    /// Jobs whose pods were started.
    pub started: Arc<Mutex<Vec<String>>>,
    /// Jobs whose names begin with this wait for their pods.
    pub held: Arc<Mutex<Option<String>>>,
}

/// Plays until dropped.
pub async fn play(client: Client, namespace: String, image: Image, controls: Controls) {
    let jobs: Api<Job> = Api::namespaced(client.clone(), &namespace);
    let mut known: HashMap<String, tokio::task::JoinHandle<()>> = HashMap::new();
    loop {
        // A double may look again and again; the product may not.
        if let Ok(list) = jobs.list(&Default::default()).await {
            for job in list.items {
                let key = job.uid().unwrap();
                if job.status.as_ref().is_some_and(|s| s.conditions.is_some()) || known.contains_key(&key) {
                    continue;
                }
                if controls.held.lock().unwrap().as_ref().is_some_and(|h| job.name_any().starts_with(h)) {
                    continue;
                }
                controls.started.lock().unwrap().push(job.name_any());
                let task = run(client.clone(), namespace.clone(), job, image.clone(), controls.clone());
                known.insert(key, tokio::spawn(task));
            }
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Runs the Job's pod; one that ends badly is followed by another, as often as the Job allows.
async fn run(client: Client, namespace: String, job: Job, image: Image, controls: Controls) {
    let retries = job.spec.as_ref().unwrap().backoff_limit.unwrap();
    for attempt in 0..=retries {
        let success = run_pod(&client, &namespace, &job, attempt, &image, &controls).await;
        if success || attempt == retries || told_to_stop(&client, &namespace, &job).await.unwrap_or(false) {
            return finish(&client, &namespace, &job, success).await;
        }
    }
}

async fn run_pod(
    client: &Client,
    namespace: &str,
    job: &Job,
    attempt: i32,
    image: &Image,
    controls: &Controls,
) -> bool {
    let pod = nth_pod(client, namespace, job, attempt).await;
    let dir = tempfile::tempdir().unwrap();
    let token = token(&image.node, namespace, &pod).await;
    std::fs::write(dir.path().join("token"), token).unwrap();
    let secrets = referenced(client, namespace, job).await;
    let mut child = start(job, image, dir.path(), &secrets);
    let pid = child.id().unwrap();
    controls.pids.lock().unwrap().insert(job.name_any(), pid);
    phase(client, namespace, &pod, "Running").await;
    let success = wait(client, namespace, job, &mut child).await;
    phase(client, namespace, &pod, if success { "Succeeded" } else { "Failed" }).await;
    success
}

/// Makes the first pod of a Job.
pub async fn create_pod(client: &Client, namespace: &str, job: &Job) -> Pod {
    nth_pod(client, namespace, job, 0).await
}

async fn nth_pod(client: &Client, namespace: &str, job: &Job, attempt: i32) -> Pod {
    let template = job.spec.as_ref().unwrap().template.clone();
    let mut metadata = template.metadata.unwrap_or_default();
    metadata.name = Some(format!("{}-{attempt}", job.name_any()));
    metadata.owner_references = Some(vec![
        serde_json::from_value(json!({
            "apiVersion": "batch/v1", "kind": "Job", "name": job.name_any(), "uid": job.uid(),
            "controller": true, "blockOwnerDeletion": true,
        }))
        .unwrap(),
    ]);
    let mut spec = template.spec;
    spec.as_mut().unwrap().node_name = Some(NODE.into());
    let pod = Pod { metadata, spec, status: None };
    let pods: Api<Pod> = Api::namespaced(client.clone(), namespace);
    pods.create(&PostParams::default(), &pod).await.unwrap()
}

/// A token bound to the pod, as its node asks for it.
pub async fn token(node: &Client, namespace: &str, pod: &Pod) -> String {
    let accounts: Api<ServiceAccount> = Api::namespaced(node.clone(), namespace);
    let spec = pod.spec.as_ref().unwrap();
    let projected = spec.volumes.as_ref().unwrap().iter().find_map(|v| v.projected.clone()).unwrap();
    let wanted = projected.sources.unwrap().into_iter().find_map(|s| s.service_account_token).unwrap();
    let request = TokenRequest {
        spec: TokenRequestSpec {
            audiences: vec![wanted.audience.unwrap()],
            bound_object_ref: Some(BoundObjectReference {
                api_version: Some("v1".into()),
                kind: Some("Pod".into()),
                name: Some(pod.name_any()),
                uid: pod.uid(),
            }),
            expiration_seconds: wanted.expiration_seconds,
        },
        ..Default::default()
    };
    let account = spec.service_account_name.clone().unwrap();
    // The API server sees a moment later that the pod is on the node.
    let mut tries = 0;
    loop {
        match accounts.create_token_request(&account, &PostParams::default(), &request).await {
            Ok(made) => return made.status.unwrap().token,
            Err(error) => assert!(tries < 50, "no token: {error}"),
        }
        tries += 1;
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Variables whose values are in Secrets; what is optional and absent is left out.
async fn referenced(client: &Client, namespace: &str, job: &Job) -> Vec<(String, String)> {
    let spec = job.spec.as_ref().unwrap().template.spec.as_ref().unwrap();
    let secrets: Api<Secret> = Api::namespaced(client.clone(), namespace);
    let mut found = Vec::new();
    for variable in spec.containers[0].env.as_ref().unwrap() {
        let reference = variable.value_from.as_ref().and_then(|from| from.secret_key_ref.as_ref());
        let Some(reference) = reference else { continue };
        let secret = secrets.get_opt(&reference.name).await.unwrap();
        if let Some(bytes) = secret.and_then(|s| s.data).and_then(|mut data| data.remove(&reference.key)) {
            found.push((variable.name.clone(), String::from_utf8(bytes.0).unwrap()));
        }
    }
    found
}

fn start(job: &Job, image: &Image, dir: &std::path::Path, secrets: &[(String, String)]) -> Child {
    let spec = job.spec.as_ref().unwrap().template.spec.as_ref().unwrap();
    let container = &spec.containers[0];
    let mut command = Command::new(&image.runner);
    command.args(container.args.as_ref().unwrap()).env_clear();
    for variable in container.env.as_ref().unwrap() {
        if let Some(value) = &variable.value {
            command.env(&variable.name, value);
        }
    }
    command.envs(secrets.iter().map(|(name, value)| (name, value)));
    let work = dir.join("work");
    std::fs::create_dir_all(&work).unwrap();
    command
        .env("CLOUD_ENGINE_TOKEN_FILE", dir.join("token"))
        .env("CLOUD_ENGINE_WORK_DIR", &work)
        .env("CLOUD_ENGINE_ENGINE", &image.engine)
        .env("CLOUD_ENGINE_MIRROR", &image.mirror)
        .stdin(Stdio::null())
        .stdout(Stdio::inherit())
        .stderr(Stdio::inherit())
        .kill_on_drop(true);
    command.spawn().unwrap()
}

/// Waits for the end; a Job told to stop passes SIGTERM on, once.
async fn wait(client: &Client, namespace: &str, job: &Job, child: &mut Child) -> bool {
    let mut told = false;
    loop {
        tokio::select! {
            ended = child.wait() => return ended.unwrap().success(),
            () = tokio::time::sleep(Duration::from_millis(200)) => {}
        }
        if told {
            continue;
        }
        let stop = told_to_stop(client, namespace, job).await.unwrap_or(false);
        if let (true, Some(pid)) = (stop, child.id()) {
            let pid = nix::unistd::Pid::from_raw(i32::try_from(pid).unwrap());
            nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGTERM).unwrap();
            told = true;
        }
    }
}

/// A Job that is gone, or whose deadline is over.
async fn told_to_stop(client: &Client, namespace: &str, job: &Job) -> kube::Result<bool> {
    let jobs: Api<Job> = Api::namespaced(client.clone(), namespace);
    let now = jobs.get_opt(&job.name_any()).await?;
    Ok(now.is_none_or(|now| now.spec.and_then(|s| s.active_deadline_seconds).is_some_and(|s| s <= 1)))
}

async fn phase(client: &Client, namespace: &str, pod: &Pod, phase: &str) {
    let pods: Api<Pod> = Api::namespaced(client.clone(), namespace);
    let body = json!({ "status": { "phase": phase } });
    // The pod may be gone with its Job; then there is nobody to tell.
    let _ = pods.patch_status(&pod.name_any(), &PatchParams::default(), &Patch::Merge(&body)).await;
}

async fn finish(client: &Client, namespace: &str, job: &Job, success: bool) {
    let jobs: Api<Job> = Api::namespaced(client.clone(), namespace);
    let now = Timestamp::now().to_string();
    let now = format!("{}Z", now.split('.').next().unwrap().trim_end_matches('Z'));
    let condition = |kind: &str, reason: &str| json!({ "type": kind, "status": "True", "reason": reason, "message": reason, "lastProbeTime": now, "lastTransitionTime": now });
    let status = if success {
        json!({ "startTime": now, "completionTime": now, "succeeded": 1, "conditions": [condition("SuccessCriteriaMet", "CompletionsReached"), condition("Complete", "CompletionsReached")] })
    } else {
        json!({ "startTime": now, "failed": 1, "conditions": [condition("FailureTarget", "BackoffLimitExceeded"), condition("Failed", "BackoffLimitExceeded")] })
    };
    for _ in 0..5 {
        match jobs
            .patch_status(
                &job.name_any(),
                &PatchParams::default(),
                &Patch::Merge(&json!({ "status": status })),
            )
            .await
        {
            Ok(_) => return,
            Err(kube::Error::Api(status)) if status.code == 404 => return,
            Err(error) => eprintln!("the Job's end could not be told: {error}"),
        }
    }
}
