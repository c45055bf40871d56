//! Starts the reconcilers of each served namespace.

use super::{ReconcileError, project, session};
use crate::{
    api::{CloudProject, CloudProjectSpec, DeploymentSession},
    blob::SecretStore,
    names::label,
    platform::{
        clock::Clock,
        metrics::{KindOutcome, Metrics},
        settings::{ControllerSettings, EngineImage},
    },
    pricing::PriceBook,
};
use backon::ExponentialBuilder;
use futures::{FutureExt, Stream, StreamExt, stream};
use k8s_openapi::api::batch::v1::Job;
use kube::{
    Api, Client, Resource, ResourceExt,
    runtime::{
        Controller,
        controller::{Action, Config},
        reflector::{ObjectRef, Store},
        watcher::{self, ExponentialBackoff},
    },
};
use std::{
    collections::HashMap,
    panic::AssertUnwindSafe,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};
use tokio::{
    sync::{mpsc, watch},
    task::JoinSet,
};
use tokio_util::sync::CancellationToken;

/// Reconciles of sessions at the same time; each waits for the API server most of its time.
const SESSIONS: u16 = 16;
/// Reconciles of projects at the same time.
const PROJECTS: u16 = 4;

/// How long a reconcile may take: an API server that does not answer must not hold one of the few places.
const LIMIT: Duration = Duration::from_secs(60);

/// What the reconcilers of one namespace share.
pub struct Context {
    /// The API server.
    pub client: Client,
    /// Bytes.
    pub blobs: SecretStore,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Settings.
    pub settings: Arc<ControllerSettings>,
    /// Certificates that vouch for the gateway, PEM; they change as the authority is replaced.
    pub gateway_ca: watch::Receiver<String>,
    /// What things cost.
    pub prices: PriceBook,
    /// Metrics.
    pub metrics: Arc<Metrics>,
    /// Sessions of this namespace, as the watch knows them.
    pub sessions: Store<DeploymentSession>,
    /// Projects of this namespace, as the watch knows them.
    pub projects: Store<CloudProject>,
    /// Failures in a row, by uid; an object that succeeds leaves.
    failures: Mutex<HashMap<String, u32>>,
}

impl Context {
    /// The engine that a project asks for; in the sandbox only one with the sandbox's providers.
    pub fn engine(&self, spec: &CloudProjectSpec) -> Option<EngineImage> {
        self.settings.engines.find(&spec.engine).cloned()
    }

    fn failed(&self, uid: &str) -> u32 {
        let mut failures = self.failures.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let count = failures.entry(uid.to_owned()).or_default();
        *count += 1;
        *count
    }

    fn succeeded(&self, uid: &str) {
        self.failures.lock().unwrap_or_else(std::sync::PoisonError::into_inner).remove(uid);
    }
}

/// What all namespaces share.
#[derive(Clone)]
pub struct Shared {
    /// The API server.
    pub client: Client,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Settings.
    pub settings: Arc<ControllerSettings>,
    /// Certificates that vouch for the gateway, PEM; they change as the authority is replaced.
    pub gateway_ca: watch::Receiver<String>,
    /// What things cost.
    pub prices: PriceBook,
    /// Metrics.
    pub metrics: Arc<Metrics>,
}

/// Reconciles until shutdown. `nudges` name sessions (namespace, name) whose runner reported.
pub async fn run(shared: Shared, mut nudges: mpsc::Receiver<(String, String)>, shutdown: CancellationToken) {
    let mut tasks = JoinSet::new();
    let mut senders = HashMap::new();
    for namespace in shared.settings.namespaces.clone() {
        let (sender, receiver) = mpsc::channel(256);
        senders.insert(namespace.clone(), sender);
        namespace_tasks(&shared, namespace, receiver, &shutdown, &mut tasks);
    }
    loop {
        tokio::select! {
            () = shutdown.cancelled() => break,
            nudge = nudges.recv() => match nudge {
                Some((namespace, name)) => if let Some(sender) = senders.get(&namespace) {
                    // A full queue drops the nudge: the Job's end tells the same a second later.
                    let _ = sender.try_send(name);
                },
                None => break,
            },
        }
    }
    drop(senders);
    while tasks.join_next().await.is_some() {}
}

fn namespace_tasks(
    shared: &Shared,
    namespace: String,
    nudges: mpsc::Receiver<String>,
    shutdown: &CancellationToken,
    tasks: &mut JoinSet<()>,
) {
    let sessions: Api<DeploymentSession> = Api::namespaced(shared.client.clone(), &namespace);
    let projects: Api<CloudProject> = Api::namespaced(shared.client.clone(), &namespace);
    let jobs: Api<Job> = Api::namespaced(shared.client.clone(), &namespace);
    let main = Controller::new(sessions, watcher::Config::default().page_size(100));
    let store = main.store();
    let judged = Controller::new(projects.clone(), watcher::Config::default());
    let context = Arc::new(Context {
        client: shared.client.clone(),
        blobs: SecretStore { client: shared.client.clone() },
        clock: Arc::clone(&shared.clock),
        settings: Arc::clone(&shared.settings),
        gateway_ca: shared.gateway_ca.clone(),
        prices: shared.prices.clone(),
        metrics: Arc::clone(&shared.metrics),
        sessions: store.clone(),
        projects: judged.store(),
        failures: Mutex::default(),
    });
    let of_project = move |project: CloudProject| sessions_of(&store, &project);
    let ours = watcher::Config::default().labels(label::SESSION);
    let stop = shutdown.clone();
    let sessions = main
        .with_config(Config::default().concurrency(SESSIONS))
        .trigger_backoff(backoff())
        .owns(jobs, ours)
        .watches(projects, watcher::Config::default(), of_project)
        .reconcile_on(nudged(nudges, namespace))
        .graceful_shutdown_on(async move { stop.cancelled().await })
        .run(
            |object, context| guarded("DeploymentSession", object, context, session::reconcile),
            on_error,
            Arc::clone(&context),
        );
    let stop = shutdown.clone();
    let projects = judged
        .with_config(Config::default().concurrency(PROJECTS))
        .trigger_backoff(backoff())
        .graceful_shutdown_on(async move { stop.cancelled().await })
        .run(
            |object, context| guarded("CloudProject", object, context, project::reconcile),
            on_error,
            context,
        );
    tasks.spawn(sessions.for_each(|_| std::future::ready(())));
    tasks.spawn(projects.for_each(|_| std::future::ready(())));
}

/// Between tries of a watch that failed. All triggers of a kind wait together, the reports of runners too, and each
/// of its watches learns of an outage on its own: a long wait, once for each, would outlast the outage by far.
fn backoff() -> ExponentialBackoff {
    ExponentialBuilder::default()
        .with_min_delay(Duration::from_millis(200))
        .with_max_delay(Duration::from_secs(2))
        .with_jitter()
        .without_max_times()
        .into()
}

/// Live sessions of a project: its status tells them that the stack is free.
fn sessions_of(
    store: &Store<DeploymentSession>,
    project: &CloudProject,
) -> Vec<ObjectRef<DeploymentSession>> {
    let name = project.name_any();
    let live = |s: &DeploymentSession| {
        s.spec.project == name
            && !s.status.as_ref().and_then(|s| s.phase).is_some_and(crate::api::Phase::is_terminal)
    };
    store.state().iter().filter(|s| live(s)).map(|s| ObjectRef::from_obj(s.as_ref())).collect()
}

fn nudged(
    receiver: mpsc::Receiver<String>,
    namespace: String,
) -> impl Stream<Item = ObjectRef<DeploymentSession>> + Send + 'static {
    stream::unfold((receiver, namespace), |(mut receiver, namespace)| async move {
        let name = receiver.recv().await?;
        Some((ObjectRef::new(&name).within(&namespace), (receiver, namespace)))
    })
}

/// Runs a reconcile so that a panic of it stays with its object, and counts how it ended.
async fn guarded<K, F>(
    kind: &'static str,
    object: Arc<K>,
    context: Arc<Context>,
    reconcile: impl FnOnce(Arc<K>, Arc<Context>) -> F,
) -> Result<Action, ReconcileError>
where
    K: Resource,
    F: Future<Output = Result<Action, ReconcileError>>,
{
    let uid = object.meta().uid.clone().unwrap_or_default();
    let began = Instant::now();
    let work = AssertUnwindSafe(reconcile(object, Arc::clone(&context))).catch_unwind();
    // Cut off anywhere, the next pass goes on from what is there: as after a crash.
    let result = match tokio::time::timeout(LIMIT, work).await {
        Ok(ended) => ended.unwrap_or_else(|_| Err(ReconcileError::Bug("the reconcile panicked".to_owned()))),
        Err(_) => Err(ReconcileError::Slow(LIMIT)),
    };
    let outcome = match &result {
        Ok(_) => {
            context.succeeded(&uid);
            "ok"
        }
        Err(error) => error.label(),
    };
    context.metrics.reconciles.get_or_create(&KindOutcome { kind, outcome }).inc();
    context.metrics.seconds.observe(began.elapsed().as_secs_f64());
    result
}

fn on_error<K: ResourceExt>(object: Arc<K>, error: &ReconcileError, context: Arc<Context>) -> Action {
    let failures = context.failed(&object.uid().unwrap_or_default());
    let wait = error.backoff(failures);
    tracing::warn!(
        namespace = object.namespace().unwrap_or_default(),
        name = object.name_any(),
        class = error.label(),
        %error,
        wait_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX),
        "reconcile failed"
    );
    Action::requeue(wait)
}
