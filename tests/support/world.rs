//! A world of its own for each test: control plane, chart, controller, kubelet double.

use super::{kubelet, root, tool};
use cloud_engine::api::{CloudProject, DeploymentSession, Phase};
use k8s_openapi::api::{
    authorization::v1::SelfSubjectAccessReview,
    core::v1::{Namespace, Secret},
};
use kube::{
    Api, Client, Config,
    api::{Patch, PatchParams, PostParams},
    config::{AuthInfo, Cluster, KubeConfigOptions, Kubeconfig},
};
use serde_json::{Value, json};
use std::{
    io::Write,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

/// Namespace of the operator.
pub const OPERATOR: &str = "cloud-engine";
/// Namespace of the tests' projects.
pub const TEAM: &str = "team";

/// Waits until the API server knows of a person's new rights: its authorizer follows by watch.
async fn may_ask(person: &Client) {
    let review: SelfSubjectAccessReview = serde_json::from_value(json!({ "spec": { "resourceAttributes": {
        "group": "cloudengine.dev", "resource": "deploymentsessions", "verb": "create", "namespace": TEAM,
    } } }))
    .unwrap();
    let reviews: Api<SelfSubjectAccessReview> = Api::all(person.clone());
    for _ in 0..100 {
        let told = reviews.create(&PostParams::default(), &review).await.unwrap();
        if told.status.unwrap().allowed {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("the rights did not come in 10 s");
}

/// A world.
pub struct World {
    /// Full rights.
    pub admin: Client,
    /// Started and stopped runners.
    pub controls: kubelet::Controls,
    kubeconfig: PathBuf,
    controller: Option<Child>,
    /// Where the controller finds its API server, if not where the kubeconfig says.
    proxy: Option<String>,
    gateway_port: u16,
    http_port: u16,
    player: tokio::task::JoinHandle<()>,
    dir: tempfile::TempDir,
}

impl World {
    /// Brings everything up.
    pub async fn start() -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let kubeconfig = run(Command::new(root().join("cluster/cluster")).args([
            "up",
            "--control-plane",
            "--instance",
            "auto",
        ]));
        let kubeconfig = PathBuf::from(kubeconfig.trim().lines().last().unwrap());
        let admin = client(&kubeconfig, None).await;
        let dir = tempfile::tempdir().unwrap();
        let mirror = dir.path().join("mirror");
        run(Command::new(root().join("tools/mirror")).arg(&mirror));
        for name in [OPERATOR, TEAM] {
            let body: Namespace = serde_json::from_value(json!({ "metadata": { "name": name } })).unwrap();
            Api::<Namespace>::all(admin.clone()).create(&PostParams::default(), &body).await.unwrap();
        }
        let (gateway_port, http_port) = (free_port(), free_port());
        let mut world = Self {
            controls: kubelet::Controls::default(),
            kubeconfig,
            controller: None,
            proxy: None,
            gateway_port,
            http_port,
            player: tokio::spawn(std::future::ready(())),
            dir,
            admin,
        };
        world.install();
        let job_controller =
            client(&world.kubeconfig, Some("system:serviceaccount:kube-system:job-controller")).await;
        let image = kubelet::Image {
            runner: PathBuf::from(env!("CARGO_BIN_EXE_cloud-engine-runner")),
            engine: tool("tofu"),
            mirror,
            node: world.acting(&format!("system:node:{}", kubelet::NODE)).await,
        };
        world.player =
            tokio::spawn(kubelet::play(job_controller, TEAM.into(), image, world.controls.clone()));
        world.start_controller();
        world
    }

    /// Applies what the chart renders, as the server's admission allows.
    fn install(&self) {
        let rendered = run(Command::new(tool("helm"))
            .args(["template", "cloud-engine"])
            .arg(root().join("charts/cloud-engine"))
            .args([
                "--namespace",
                OPERATOR,
                "--kube-version",
                "1.36",
                "--set",
                &format!("projectNamespaces={{{TEAM}}}"),
            ])
            .args(["--api-versions", "admissionregistration.k8s.io/v1/MutatingAdmissionPolicy"]));
        // Custom resources need their definition first, admission its policies: two rounds settle the order.
        self.apply(&rendered);
        // kcm gives the Role of the double; without a Job controller it has the built-in one of that name.
        let _ = self.kubectl(&[
            "create",
            "clusterrolebinding",
            "double",
            "--clusterrole=cluster-admin",
            "--serviceaccount=kube-system:job-controller",
            &format!("--user=system:node:{}", kubelet::NODE),
        ]);
    }

    /// Applies manifests with full rights.
    pub fn apply(&self, manifests: &str) {
        let file = self.dir.path().join("apply.yaml");
        std::fs::write(&file, manifests).unwrap();
        let args = ["apply", "--server-side", "--force-conflicts", "-f", file.to_str().unwrap()];
        let mut told = String::new();
        for _ in 0..3 {
            match self.kubectl(&args) {
                Ok(_) => return,
                Err(error) => told = error,
            }
        }
        panic!("kubectl apply: {told}");
    }

    /// Runs kubectl with full rights.
    pub fn kubectl(&self, args: &[&str]) -> Result<String, String> {
        let kubectl = self.kubeconfig.parent().unwrap().join("bin/kubectl");
        let out = Command::new(kubectl).env("KUBECONFIG", &self.kubeconfig).args(args).output().unwrap();
        let text = String::from_utf8_lossy(&out.stdout).into_owned();
        if out.status.success() { Ok(text) } else { Err(String::from_utf8_lossy(&out.stderr).into_owned()) }
    }

    /// Starts the controller as the chart's service account.
    pub fn start_controller(&mut self) {
        let file = match &self.proxy {
            None => self.kubeconfig_of(&controller_account()),
            // The proxy says who calls.
            Some(url) => self.kubeconfig_by(url),
        };
        let log = std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(self.dir.path().join("controller.log"))
            .unwrap();
        let engines = json!([{ "kind": "OpenTofu", "version": "1.12.6", "image": "runner" }]).to_string();
        let child = Command::new(env!("CARGO_BIN_EXE_cloud-engine"))
            .arg("controller")
            .env("KUBECONFIG", file)
            .env("CLOUD_ENGINE_NAMESPACES", TEAM)
            .env("CLOUD_ENGINE_GATEWAY_LISTEN", format!("127.0.0.1:{}", self.gateway_port))
            .env("CLOUD_ENGINE_GATEWAY_URL", format!("https://127.0.0.1:{}", self.gateway_port))
            .env("CLOUD_ENGINE_HTTP_LISTEN", format!("127.0.0.1:{}", self.http_port))
            .env("CLOUD_ENGINE_ENGINES", engines)
            .stdout(Stdio::from(log.try_clone().unwrap()))
            .stderr(Stdio::from(log))
            .spawn()
            .unwrap();
        self.controller = Some(child);
    }

    /// A kubeconfig file that leads to this address, with no credentials.
    fn kubeconfig_by(&self, url: &str) -> PathBuf {
        let mut config = Kubeconfig::read_from(&self.kubeconfig).unwrap();
        for info in config.auth_infos.iter_mut().filter_map(|a| a.auth_info.as_mut()) {
            *info = AuthInfo::default();
        }
        for cluster in config.clusters.iter_mut().filter_map(|c| c.cluster.as_mut()) {
            *cluster = Cluster { server: Some(url.to_owned()), ..Cluster::default() };
        }
        let file = self.dir.path().join("proxied.conf");
        std::fs::write(&file, serde_yaml_ng::to_string(&config).unwrap()).unwrap();
        file
    }

    /// A kubeconfig file with which this user acts.
    pub fn kubeconfig_of(&self, user: &str) -> PathBuf {
        let mut config = Kubeconfig::read_from(&self.kubeconfig).unwrap();
        for auth in &mut config.auth_infos {
            if let Some(info) = &mut auth.auth_info {
                info.impersonate = Some(user.to_owned());
            }
        }
        let file = self.dir.path().join(format!("{}.conf", user.replace(':', "-")));
        std::fs::write(&file, serde_yaml_ng::to_string(&config).unwrap()).unwrap();
        file
    }

    /// A client that acts as this user, with the rights that the cluster gives it.
    pub async fn acting(&self, user: &str) -> Client {
        client(&self.kubeconfig, Some(user)).await
    }

    /// Folder of the control plane: its keys, its tools.
    pub fn control_plane(&self) -> &Path {
        self.kubeconfig.parent().unwrap()
    }

    /// Address of the gateway.
    pub fn gateway(&self) -> String {
        format!("https://127.0.0.1:{}", self.gateway_port)
    }

    /// Port of the controller's health and metrics.
    pub fn http_port(&self) -> u16 {
        self.http_port
    }

    /// The whole log of the controller.
    pub fn whole_log(&self) -> String {
        std::fs::read_to_string(self.dir.path().join("controller.log")).unwrap_or_default()
    }

    /// From its next start on the controller calls the API server by this address.
    pub fn proxy_controller(&mut self, url: &str) {
        self.proxy = Some(url.to_owned());
    }

    /// A client that acts as the controller.
    pub async fn controller_client(&self) -> Client {
        client(&self.kubeconfig, Some(&controller_account())).await
    }

    /// Process id of the controller; `None` when it has ended.
    pub fn controller_pid(&mut self) -> Option<u32> {
        let child = self.controller.as_mut()?;
        if child.try_wait().unwrap().is_some() {
            return None;
        }
        Some(child.id())
    }

    /// SIGKILL, as an out-of-memory kill would.
    pub fn kill_controller(&mut self) {
        if let Some(mut child) = self.controller.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    /// A client that acts as this person, with the chart's role for users.
    pub async fn person(&self, name: &str) -> Client {
        let user = format!("--user={name}");
        let _ = self.kubectl(&[
            "create",
            "rolebinding",
            name,
            "--clusterrole=cloud-engine-user",
            &user,
            "-n",
            TEAM,
        ]);
        let person = client(&self.kubeconfig, Some(name)).await;
        may_ask(&person).await;
        person
    }

    /// Makes the module and the project that most tests use.
    pub fn quickstart(&self, main_tf: &str, project: Value) {
        let map = json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": "own", "namespace": TEAM }, "data": { "main.tf": main_tf } });
        let mut spec = json!({ "provider": "gcp", "region": "europe-west1", "sandbox": true,
            "approvals": { "required": 1, "allowSelf": true }, "allow": { "providers": ["hashicorp/time", "hashicorp/random"] } });
        if let (Some(spec), Some(more)) = (spec.as_object_mut(), project.as_object()) {
            spec.extend(more.clone());
        }
        let project = json!({ "apiVersion": "cloudengine.dev/v1alpha1", "kind": "CloudProject", "metadata": { "name": "shop", "namespace": TEAM }, "spec": spec });
        self.apply(&format!("{map}\n---\n{project}\n"));
    }

    /// Makes a session as a person.
    pub async fn ask(&self, client: &Client, name: &str, spec: Value) -> kube::Result<DeploymentSession> {
        let mut full = json!({ "project": "shop", "changes": { "upsert": [{ "name": "own", "module": { "source": "configmap/own" } }] } });
        if let (Some(full), Some(more)) = (full.as_object_mut(), spec.as_object()) {
            full.extend(more.clone());
        }
        let body: DeploymentSession =
            serde_json::from_value(json!({ "apiVersion": "cloudengine.dev/v1alpha1", "kind": "DeploymentSession", "metadata": { "name": name }, "spec": full }))
                .unwrap();
        self.sessions(client).create(&PostParams::default(), &body).await
    }

    /// Sessions, as a person.
    pub fn sessions(&self, client: &Client) -> Api<DeploymentSession> {
        Api::namespaced(client.clone(), TEAM)
    }

    /// The project.
    pub async fn project(&self) -> CloudProject {
        Api::<CloudProject>::namespaced(self.admin.clone(), TEAM).get("shop").await.unwrap()
    }

    /// A Secret, if there.
    pub async fn secret(&self, name: &str) -> Option<Secret> {
        Api::<Secret>::namespaced(self.admin.clone(), TEAM).get_opt(name).await.unwrap()
    }

    /// Approves a digest as a person.
    pub async fn approve(
        &self,
        client: &Client,
        by: &str,
        name: &str,
        digest: &str,
    ) -> kube::Result<DeploymentSession> {
        let body = json!({ "spec": { "approvals": [{ "by": by, "planDigest": digest }] } });
        self.sessions(client).patch(name, &PatchParams::default(), &Patch::Merge(&body)).await
    }

    /// Waits for a phase; another end fails the test with the whole status.
    pub async fn reaches(&self, name: &str, phase: Phase) -> DeploymentSession {
        let what = format!("{name} reaches {}", phase.as_str());
        self.eventually(&what, name, |s| {
            let at = s.status.as_ref().and_then(|s| s.phase);
            assert!(at == Some(phase) || !at.is_some_and(Phase::is_terminal), "{name} ended: {}", story(s));
            at == Some(phase)
        })
        .await
    }

    /// Waits until a session is as wanted.
    pub async fn eventually(
        &self,
        what: &str,
        name: &str,
        wanted: impl Fn(&DeploymentSession) -> bool,
    ) -> DeploymentSession {
        let deadline = Instant::now() + Duration::from_secs(120);
        loop {
            let now = self.sessions(&self.admin).get_opt(name).await.unwrap();
            if let Some(session) = now.as_ref().filter(|s| wanted(s)) {
                return session.clone();
            }
            assert!(
                Instant::now() < deadline,
                "waited 120 s for: {what}; {}\n{}",
                now.as_ref().map_or("gone".into(), story),
                self.log()
            );
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// The last lines of the controller's log.
    pub fn log(&self) -> String {
        let text = std::fs::read_to_string(self.dir.path().join("controller.log")).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(25)..].join("\n")
    }
}

/// Phase, conditions and findings of a session, for a failed assertion.
pub fn story(session: &DeploymentSession) -> String {
    serde_json::to_string_pretty(&session.status).unwrap_or_default()
}

impl Drop for World {
    fn drop(&mut self) {
        self.player.abort();
        self.kill_controller();
        let instance =
            self.kubeconfig.parent().and_then(Path::file_name).unwrap().to_string_lossy().into_owned();
        let number = instance.trim_start_matches("kn-").to_owned();
        let down =
            Command::new(root().join("cluster/cluster")).args(["down", "--instance", &number]).output();
        if let Err(error) = down {
            let _ = writeln!(std::io::stderr(), "the control plane stays up: {error}");
        }
    }
}

/// The controller's service account.
fn controller_account() -> String {
    format!("system:serviceaccount:{OPERATOR}:cloud-engine-controller")
}

async fn client(kubeconfig: &Path, as_user: Option<&str>) -> Client {
    let read = Kubeconfig::read_from(kubeconfig).unwrap();
    let mut config = Config::from_custom_kubeconfig(read, &KubeConfigOptions::default()).await.unwrap();
    config.auth_info.impersonate = as_user.map(str::to_owned);
    if as_user.is_some_and(|user| user.starts_with("system:node:")) {
        config.auth_info.impersonate_groups = Some(vec!["system:nodes".to_owned()]);
    }
    Client::try_from(config).unwrap()
}

/// Standard output of a command that must succeed.
fn run(command: &mut Command) -> String {
    let out = command.stderr(Stdio::piped()).output().unwrap();
    assert!(out.status.success(), "{command:?}: {}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8(out.stdout).unwrap()
}

fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}
