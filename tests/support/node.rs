//! A real node for all tests of a binary: kubelet, containerd, pods, the chart as helm installs it. Each test has
//! a namespace of its own in it, with Pod Security `restricted` enforced.
//!
//! `NODE_KUBECONFIG` names a local cluster to use instead of a new one; `KEEP=1` keeps the new one.

use super::{root, world::story};
use cloud_engine::api::{CloudProject, DeploymentSession, Phase};
use futures::TryStreamExt;
use k8s_openapi::api::core::v1::{ConfigMap, Pod, Secret};
use kube::{
    Api, Client, Config, ResourceExt,
    api::{ListParams, Patch, PatchParams, PostParams},
    config::{KubeConfigOptions, Kubeconfig},
    runtime::{WatchStreamExt, watcher},
};
use nix::{sys::signal::Signal, unistd::Pid};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    future::Future,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{Arc, Mutex, OnceLock},
    time::{Duration, Instant, SystemTime},
};

/// Namespaces of the tests; the chart serves them.
pub const NAMESPACES: [&str; 8] = [
    "before-claim",
    "told-to-stop",
    "killed",
    "after-report",
    "kubelet",
    "gateway",
    "cancelled",
    "plan-lost",
];
/// Namespace of the operator.
pub const OPERATOR: &str = "cloud-engine";
/// The images that the tests need.
const IMAGES: [&str; 2] = ["cloud-engine", "runner-opentofu"];
/// There is no DNS in the local cluster: runners get the gateway's address.
const GATEWAY_IP: &str = "10.96.0.50";
/// How long anything may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(150);

/// The cluster.
pub struct Node {
    kubeconfig: PathBuf,
    /// Number of the local cluster.
    instance: String,
    /// Makes the names of this run others than those of the last.
    run: u64,
    /// Held while the kubelet or the controller is away: only the one brings the other back.
    pub disturbed: tokio::sync::Mutex<()>,
}

impl Node {
    /// The cluster that all tests share; the first who asks brings it up.
    pub fn get() -> &'static Self {
        static NODE: OnceLock<Result<Node, String>> = OnceLock::new();
        match NODE.get_or_init(Self::start) {
            Ok(node) => node,
            Err(error) => panic!("no node: {error}"),
        }
    }

    fn start() -> Result<Self, String> {
        let _ = rustls::crypto::ring::default_provider().install_default();
        // What is missing is told before anything is started.
        let helm = output(Command::new(root().join("tools/path")).arg("helm"))?;
        let images = IMAGES.map(|name| root().join(format!("target/images/{name}.tar")));
        if let Some(missing) = images.iter().find(|file| !file.exists()) {
            return Err(format!("{} is missing: run make images", missing.display()));
        }
        let (kubeconfig, ours) = match std::env::var_os("NODE_KUBECONFIG") {
            Some(path) => (PathBuf::from(path), false),
            None => (PathBuf::from(cluster(&["up", "--instance", "auto"])?), true),
        };
        let folder = kubeconfig.parent().and_then(Path::file_name).unwrap_or_default().to_string_lossy();
        let instance = folder.strip_prefix("kn-").unwrap_or_default().to_owned();
        if instance.is_empty() {
            return Err(format!("{} is no cluster of cluster/cluster up", kubeconfig.display()));
        }
        if ours && std::env::var_os("KEEP").is_none() {
            down_when_this_process_ends(&instance)?;
        }
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_err(|e| e.to_string())?;
        let run = since.as_secs() % 1_000_000;
        let node = Self { kubeconfig, instance, run, disturbed: tokio::sync::Mutex::default() };
        eprintln!("node: export KUBECONFIG={}", node.kubeconfig.display());
        let mut load = vec!["load", "--instance", &node.instance];
        load.extend(images.iter().filter_map(|file| file.to_str()));
        cluster(&load)?;
        node.install(helm.trim())?;
        Ok(node)
    }

    /// The chart, and nothing else.
    fn install(&self, helm: &str) -> Result<(), String> {
        for name in NAMESPACES {
            let labels = json!({ "pod-security.kubernetes.io/enforce": "restricted" });
            self.apply(&json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": name, "labels": labels } }))?;
        }
        let namespaces = format!("projectNamespaces={{{}}}", NAMESPACES.join(","));
        let ada = "users[0].kind=User,users[0].name=ada,users[0].apiGroup=rbac.authorization.k8s.io";
        let address = format!("gateway.clusterIP={GATEWAY_IP}");
        let mut helm = Command::new(helm);
        helm.args(["upgrade", "--install", "cloud-engine"]).arg(root().join("charts/cloud-engine"));
        helm.args(["--namespace", OPERATOR, "--create-namespace", "--set", &namespaces]);
        helm.args(["--set", &address, "--set", "sandbox.enabled=false", "--set", ada]);
        output(helm.env("KUBECONFIG", &self.kubeconfig))?;
        // A new image under the same tag needs new pods.
        for verb in ["restart", "status"] {
            let controller = "deployment/cloud-engine-controller";
            self.kubectl(&["rollout", verb, controller, "-n", OPERATOR])?;
        }
        Ok(())
    }

    fn apply(&self, object: &Value) -> Result<(), String> {
        let file = tempfile::NamedTempFile::new().map_err(|error| error.to_string())?;
        std::fs::write(file.path(), object.to_string()).map_err(|error| error.to_string())?;
        let path = file.path().to_string_lossy();
        self.kubectl(&["apply", "--server-side", "--force-conflicts", "-f", &path]).map(drop)
    }

    /// Runs kubectl with full rights.
    pub fn kubectl(&self, args: &[&str]) -> Result<String, String> {
        let kubectl = self.kubeconfig.with_file_name("bin").join("kubectl");
        output(Command::new(kubectl).env("KUBECONFIG", &self.kubeconfig).args(args))
    }

    /// SIGKILL for one of the node's services; it starts again when what is given is dropped.
    #[must_use]
    pub fn kill_service(&'static self, name: &'static str) -> Away {
        cluster(&["kill", "--instance", &self.instance, name]).unwrap();
        Away { node: self, name }
    }

    /// Address at which the API server reaches this process.
    pub fn host_ip(&self) -> String {
        format!("10.200.{}.1", self.instance)
    }

    /// A client that acts as this user, or with full rights.
    pub async fn client(&self, user: Option<&str>) -> Client {
        let read = Kubeconfig::read_from(&self.kubeconfig).unwrap();
        let mut config = Config::from_custom_kubeconfig(read, &KubeConfigOptions::default()).await.unwrap();
        config.auth_info.impersonate = user.map(str::to_owned);
        Client::try_from(config).unwrap()
    }
}

/// A service of the node that was killed.
pub struct Away {
    node: &'static Node,
    name: &'static str,
}

impl Drop for Away {
    fn drop(&mut self) {
        // Also after a failure: the other tests need it.
        if let Err(error) = cluster(&["start", "--instance", &self.node.instance, self.name]) {
            eprintln!("{} does not start again: {error}", self.name);
        }
    }
}

/// Removes the cluster when this process is gone, however it ends. Our output stays open until then.
fn down_when_this_process_ends(instance: &str) -> Result<(), String> {
    let script = r#"tail --pid="$1" -f /dev/null; exec "$2" down --instance "$3" >&2"#;
    let own = std::process::id().to_string();
    Command::new("setsid")
        .args(["sh", "-c", script, "sh", &own])
        .arg(root().join("cluster/cluster"))
        .arg(instance)
        .stdin(Stdio::null())
        .spawn()
        .map(drop)
        .map_err(|error| format!("setsid: {error}: run tools/install-debs"))
}

/// Runs `cluster/cluster`; gives the last line of its output.
fn cluster(args: &[&str]) -> Result<String, String> {
    let text = output(Command::new(root().join("cluster/cluster")).args(args))?;
    Ok(text.trim().lines().last().unwrap_or_default().to_owned())
}

/// Standard output of a command that must succeed.
fn output(command: &mut Command) -> Result<String, String> {
    let out = command.output().map_err(|error| format!("{command:?}: {error}"))?;
    if out.status.success() {
        return Ok(String::from_utf8_lossy(&out.stdout).into_owned());
    }
    Err(format!("{command:?}: {}", String::from_utf8_lossy(&out.stderr)))
}

/// A team with a project in a namespace of its own.
pub struct Team {
    /// Its cluster.
    pub node: &'static Node,
    /// Its namespace.
    pub namespace: &'static str,
    /// Full rights.
    pub admin: Client,
    ada: Client,
    /// Runners' pods that were ever seen, as they were last seen, by uid.
    pods: Arc<Mutex<BTreeMap<String, Pod>>>,
    watching: tokio::task::JoinHandle<()>,
}

impl Drop for Team {
    fn drop(&mut self) {
        self.watching.abort();
    }
}

impl Team {
    /// With the module `own` of this text.
    pub async fn start(namespace: &'static str, main_tf: &str) -> Self {
        // Bringing the cluster up blocks; nothing else runs on this test's runtime yet.
        let node = Node::get();
        assert!(NAMESPACES.contains(&namespace), "{namespace} is not served");
        let (admin, ada) = (node.client(None).await, node.client(Some("ada")).await);
        let pods = Arc::<Mutex<BTreeMap<String, Pod>>>::default();
        let watching = tokio::spawn(watch(Api::namespaced(admin.clone(), namespace), Arc::clone(&pods)));
        let module = json!({ "apiVersion": "v1", "kind": "ConfigMap",
            "metadata": { "name": "own", "namespace": namespace }, "data": { "main.tf": main_tf } });
        let project = json!({ "apiVersion": "cloudengine.dev/v1alpha1", "kind": "CloudProject",
            "metadata": { "name": "shop", "namespace": namespace },
            "spec": { "provider": "gcp", "region": "europe-west1", "gcp": { "projectId": "node-tests" },
                "approvals": { "required": 1, "allowSelf": true }, "allow": { "providers": ["hashicorp/time"] } } });
        node.apply(&module).unwrap();
        node.apply(&project).unwrap();
        Self { node, namespace, admin, ada, pods, watching }
    }

    /// The name that this session, and its stack, has in this run.
    pub fn named(&self, name: &str) -> String {
        format!("{name}-{}", self.node.run)
    }

    /// The team's objects of a kind.
    pub fn api<K>(&self) -> Api<K>
    where
        K: kube::Resource<Scope = k8s_openapi::NamespaceResourceScope>,
        K::DynamicType: Default,
    {
        Api::namespaced(self.admin.clone(), self.namespace)
    }

    /// Ada makes a session on a stack of this name.
    pub async fn ask(&self, name: &str, stack: &str, inputs: Value) {
        let module = json!({ "source": "configmap/own", "inputs": inputs });
        let body = json!({ "apiVersion": "cloudengine.dev/v1alpha1", "kind": "DeploymentSession",
            "metadata": { "name": self.named(name) },
            "spec": { "project": "shop", "stack": self.named(stack),
                "changes": { "upsert": [{ "name": "own", "module": module }] } } });
        let body: DeploymentSession = serde_json::from_value(body).unwrap();
        // The project's first status, and the policies of a fresh chart, may take a moment.
        let sessions: Api<DeploymentSession> = Api::namespaced(self.ada.clone(), self.namespace);
        let mut tries = 0;
        while let Err(error) = sessions.create(&PostParams::default(), &body).await {
            tries += 1;
            assert!(tries < 50, "{name} is not made: {error}");
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }

    /// Ada changes the specification of a session.
    pub async fn patch(&self, name: &str, spec: Value) {
        let sessions: Api<DeploymentSession> = Api::namespaced(self.ada.clone(), self.namespace);
        let body = json!({ "spec": spec });
        sessions.patch(&self.named(name), &PatchParams::default(), &Patch::Merge(&body)).await.unwrap();
    }

    /// Ada asks for a change of the stack of the same name, and approves its plan.
    pub async fn ask_and_approve(&self, name: &str, inputs: Value) {
        self.ask(name, name, inputs).await;
        self.approve(name).await;
    }

    /// Ada sees the plan and approves it.
    pub async fn approve(&self, name: &str) {
        let ready = self.reaches(name, Phase::PlanReady).await;
        let digest = ready.status.unwrap().plan.unwrap().digest.unwrap();
        self.patch(name, json!({ "approvals": [{ "by": "ada", "planDigest": digest }] })).await;
    }

    /// A session as it is now.
    pub async fn session(&self, name: &str) -> DeploymentSession {
        self.api::<DeploymentSession>().get(&self.named(name)).await.unwrap()
    }

    /// Waits for a phase; another end fails the test with the whole status.
    pub async fn reaches(&self, name: &str, phase: Phase) -> DeploymentSession {
        self.until(&format!("{name} reaches {}", phase.as_str()), async || {
            let session = self.session(name).await;
            let at = session.status.as_ref().and_then(|s| s.phase);
            let other = at.is_some_and(|at| at.is_terminal() && at != phase);
            assert!(!other, "{name} ended otherwise: {}", story(&session));
            (at == Some(phase)).then_some(session)
        })
        .await
    }

    /// Waits until there is something.
    pub async fn until<T, F>(&self, what: &str, mut look: impl FnMut() -> F) -> T
    where
        F: Future<Output = Option<T>>,
    {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(found) = look().await {
                return found;
            }
            if Instant::now() > deadline {
                let log = ["logs", "deployment/cloud-engine-controller", "-n", OPERATOR, "--tail=30"];
                let all = ["get", "dsession,pods", "-n", self.namespace, "-o", "yaml"];
                let told = log_of(self.node.kubectl(&log));
                panic!("waited {PATIENCE:?} for: {what}\n{told}\n{}", log_of(self.node.kubectl(&all)));
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// The head of a stack, as JSON; null before there is one.
    pub async fn head(&self, stack: &str) -> Value {
        let name = format!("ce-stack-shop.{}", self.named(stack));
        let secret = self.api::<Secret>().get_opt(&name).await.unwrap();
        secret.map_or(Value::Null, |s| serde_json::from_slice(&s.data.unwrap()["head"].0).unwrap())
    }

    /// What the project says of a stack, as JSON.
    pub async fn stack(&self, stack: &str) -> Value {
        let project = self.api::<CloudProject>().get("shop").await.unwrap();
        let stacks = project.status.unwrap().stacks;
        let found = stacks.into_iter().find(|s| s.name == self.named(stack));
        serde_json::to_value(found).unwrap()
    }

    /// uid of the pod that has the claim of this session's plan; empty when nobody's.
    pub async fn claimed_by(&self, session: &DeploymentSession) -> Option<String> {
        let claims = self.api::<ConfigMap>().list(&ListParams::default()).await.unwrap();
        let digest = session.status.as_ref()?.plan.as_ref()?.digest.clone()?;
        let digest = digest.trim_start_matches("sha256:").get(..32)?.to_owned();
        let ours = |m: &ConfigMap| m.name_any().starts_with("ce-claim-") && m.name_any().ends_with(&digest);
        claims.items.into_iter().find(ours)?.data?.remove("pod-uid")
    }

    /// Pods of a session's plan or apply that were ever there, as they were last seen.
    pub fn pods(&self, session: &DeploymentSession, run: &str) -> Vec<Pod> {
        let uid = session.uid().unwrap();
        let label = |pod: &Pod, key: &str| pod.labels().get(key).cloned().unwrap_or_default();
        let seen = self.pods.lock().unwrap();
        let ours = seen.values().filter(|pod| label(pod, "cloudengine.dev/session") == uid);
        ours.filter(|pod| label(pod, "cloudengine.dev/run") == run).cloned().collect()
    }

    /// Waits for the first pod of a session's plan or apply.
    pub async fn pod(&self, name: &str, run: &str) -> Pod {
        let session = self.session(name).await;
        self.until(&format!("a pod to {run} for {name}"), async || self.pods(&session, run).pop()).await
    }

    /// Waits for the runner of a pod, as a process of this machine.
    pub async fn runner(&self, pod: &Pod) -> Process {
        let uid = pod.uid().unwrap();
        self.until("the runner's process", async || Process::find(&uid, "cloud-engine-runner")).await
    }

    /// Waits until an apply has been at work for a moment: its first resource is made. Gives its pod.
    pub async fn in_mid_apply(&self, name: &str) -> Pod {
        self.until(&format!("{name} is in the middle of its apply"), async || {
            let head = self.head(name).await;
            let made = head["applying"]["journal"]["module.own.terraform_data.first"]["event"].clone();
            (made == "Completed").then_some(())
        })
        .await;
        self.pod(name, "apply").await
    }

    /// Exactly one pod ever applied for this session, and no container of it started twice.
    pub fn applied_once(&self, session: &DeploymentSession) {
        let pods = self.pods(session, "apply");
        assert_eq!(pods.len(), 1, "{:?}", pods.iter().map(ResourceExt::name_any).collect::<Vec<_>>());
        let statuses = pods[0].status.clone().unwrap_or_default().container_statuses.unwrap_or_default();
        assert!(statuses.iter().all(|status| status.restart_count == 0), "{statuses:?}");
    }

    /// The head of a stack at rest: nobody locks it or applies, its serials rise, its lineage is one.
    pub async fn at_rest(&self, stack: &str) -> Value {
        let head = self.head(stack).await;
        assert!(head["lock"].is_null() && head["applying"].is_null(), "{head}");
        let versions = head["versions"].as_array().cloned().unwrap_or_default();
        let serials: Vec<i64> = versions.iter().map(|v| v["serial"].as_i64().unwrap()).collect();
        assert!(serials.windows(2).all(|pair| pair[0] < pair[1]), "{serials:?}");
        assert!(versions.windows(2).all(|pair| pair[0]["lineage"] == pair[1]["lineage"]), "{head}");
        head
    }
}

fn log_of(told: Result<String, String>) -> String {
    told.unwrap_or_else(|error| error)
}

async fn watch(api: Api<Pod>, seen: Arc<Mutex<BTreeMap<String, Pod>>>) {
    let config = watcher::Config::default().labels("cloudengine.dev/run");
    let mut events = std::pin::pin!(watcher(api, config).default_backoff());
    loop {
        let pod = match events.try_next().await {
            Ok(Some(
                watcher::Event::Apply(pod) | watcher::Event::InitApply(pod) | watcher::Event::Delete(pod),
            )) => pod,
            Ok(Some(_)) | Err(_) => continue,
            Ok(None) => return,
        };
        seen.lock().unwrap().insert(pod.uid().unwrap(), pod);
    }
}

/// A process of a pod, as this machine sees it.
#[derive(Debug, Clone, Copy)]
pub struct Process(Pid);

impl Process {
    /// The process of this pod that runs this program.
    pub fn find(pod_uid: &str, program: &str) -> Option<Self> {
        let group = format!("/pod{pod_uid}/");
        for entry in std::fs::read_dir("/proc").unwrap().flatten() {
            let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse::<i32>().ok()) else {
                continue;
            };
            // It may be gone between two reads.
            let read = |file: &str| std::fs::read(entry.path().join(file)).unwrap_or_default();
            let command = read("cmdline");
            let first = command.split(|byte| *byte == 0).next().unwrap_or_default();
            let named =
                Path::new(&*String::from_utf8_lossy(first)).file_name().is_some_and(|name| name == program);
            if named && String::from_utf8_lossy(&read("cgroup")).contains(&group) {
                return Some(Self(Pid::from_raw(pid)));
            }
        }
        None
    }

    /// Sends a signal.
    pub fn signal(self, signal: Signal) {
        nix::sys::signal::kill(self.0, signal).unwrap();
    }
}
