//! `cloud-engine`: the controller, and the commands people type.

use clap::{Parser, Subcommand};
use cloud_engine::{
    api::{CloudProject, DeploymentSession},
    cli,
    controller::run::{Shared, run},
    gateway,
    platform::{
        clock::{Clock, SystemClock},
        http::{Probes, serve},
        leader::Leader,
        metrics::Metrics,
        settings::ControllerSettings,
        telemetry,
    },
    pricing,
};
use kube::CustomResourceExt;
use std::{
    process::ExitCode,
    sync::{Arc, atomic::Ordering},
};
use tokio::{
    signal::unix::{SignalKind, signal},
    sync::{mpsc, watch},
    task::JoinSet,
};
use tokio_util::sync::CancellationToken;

/// Self-service cloud from chat and Git. Also the kubectl plugin: `kubectl cloudengine …`.
#[derive(Parser)]
#[command(name = "cloud-engine", version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the controller and the gateway that runners report to.
    Controller(Box<ControllerSettings>),
    /// Print the custom resource definitions as YAML.
    Crds {
        /// Print only this one: cloudprojects or deploymentsessions.
        plural: Option<String>,
    },
    #[command(flatten)]
    User(cli::Command),
}

type AnyError = Box<dyn std::error::Error + Send + Sync>;

#[tokio::main]
async fn main() -> ExitCode {
    // The process's one TLS provider; a second call could only find it set.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let result: Result<(), AnyError> = match Cli::parse().command {
        Command::Controller(settings) => controller(*settings).await,
        Command::Crds { plural } => crds(plural.as_deref()),
        Command::User(command) => cli::run(command).await.map_err(Into::into),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn crds(plural: Option<&str>) -> Result<(), AnyError> {
    let all = [CloudProject::crd(), DeploymentSession::crd()];
    let chosen: Vec<_> = all.iter().filter(|c| plural.is_none_or(|p| c.spec.names.plural == p)).collect();
    if chosen.is_empty() {
        return Err("there are cloudprojects and deploymentsessions".into());
    }
    for crd in chosen {
        print!("---\n{}", serde_yaml_ng::to_string(crd)?);
    }
    Ok(())
}

async fn controller(settings: ControllerSettings) -> Result<(), AnyError> {
    telemetry::start();
    let mut config = kube::Config::infer().await?;
    // Its blind retry would send a POST again whose answer was lost; reconciles look first.
    config.default_retry = false;
    config.read_timeout = None;
    let client = kube::Client::try_from(config)?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let settings = Arc::new(settings);
    tracing::info!(version = env!("CARGO_PKG_VERSION"), settings = ?settings, "controller starts");
    let shutdown = CancellationToken::new();
    let probes = Probes { ready: Arc::default(), metrics: Arc::new(Metrics::default()) };
    let mut tasks: JoinSet<Result<(), AnyError>> = JoinSet::new();
    let (nudge, nudges) = mpsc::channel(1024);

    let stop = shutdown.clone();
    let (listen, shown) = (settings.http_listen, probes.clone());
    tasks.spawn(async move { serve(listen, shown, stop).await.map_err(Into::into) });
    let ca = gateway::ca::load_or_create(&client, &settings.namespace, clock.as_ref()).await?;
    let (trust, gateway_ca) = watch::channel(ca.pem_bundle);
    let gateway = gateway::GatewayConfig {
        client: client.clone(),
        listen: settings.gateway_listen,
        operator_namespace: settings.namespace.clone(),
        names: gateway_names(&settings),
        trust,
        clock: Arc::clone(&clock),
        nudge,
        shutdown: shutdown.clone(),
    };
    tasks.spawn(async move { Box::pin(gateway::serve(gateway)).await.map_err(Into::into) });
    probes.ready.store(true, Ordering::Relaxed);

    let shared = Shared {
        client: client.clone(),
        clock: Arc::clone(&clock),
        settings: Arc::clone(&settings),
        gateway_ca,
        prices: pricing::PriceBook::of(
            pricing::book::embedded()
                .map_err(|faults| format!("the embedded table of prices is damaged: {}", faults.len()))?,
        ),
        metrics: Arc::clone(&probes.metrics),
    };
    let leader = Leader::new(client, &settings.namespace, identity(&settings.pod_name), clock);
    let stop = shutdown.clone();
    tasks.spawn(async move {
        if leader.acquire(&stop).await {
            tracing::info!("this controller leads");
            let work = stop.child_token();
            let reconcilers = tokio::spawn(run(shared, nudges, work.clone()));
            leader.keep(&stop).await;
            work.cancel();
            reconcilers.await?;
        }
        Ok(())
    });

    let (mut term, mut int) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let ended = tokio::select! {
        _ = term.recv() => Ok(()),
        _ = int.recv() => Ok(()),
        Some(ended) = tasks.join_next() => ended?.and(Err("a part of the controller ended".into())),
    };
    tracing::info!("controller stops");
    shutdown.cancel();
    while tasks.join_next().await.is_some() {}
    ended
}

/// Names that the gateway's certificate must carry.
fn gateway_names(settings: &ControllerSettings) -> Vec<String> {
    let host = settings.gateway_url.trim_start_matches("https://");
    let host = host.split([':', '/']).next().unwrap_or_default().to_owned();
    let service = format!("cloud-engine-gateway.{}.svc", settings.namespace);
    if host == service { vec![service] } else { vec![service, host] }
}

/// Who holds the Lease: the pod and this start of it.
fn identity(pod: &str) -> String {
    format!("{pod}-{}", std::process::id())
}
