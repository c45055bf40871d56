//! `/healthz`, `/readyz`, `/metrics`.

use super::metrics::Metrics;
use axum::{Router, extract::State, http::StatusCode, routing::get};
use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};
use tokio_util::sync::CancellationToken;

/// What the probes tell.
#[derive(Clone)]
pub struct Probes {
    /// Set when gateway and caches are up.
    pub ready: Arc<AtomicBool>,
    /// Counted things.
    pub metrics: Arc<Metrics>,
}

/// Serves until shutdown.
pub async fn serve(listen: SocketAddr, probes: Probes, shutdown: CancellationToken) -> std::io::Result<()> {
    let app = Router::new()
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(|State(probes): State<Probes>| async move { probes.metrics.text() }))
        .with_state(probes);
    let listener = tokio::net::TcpListener::bind(listen).await?;
    axum::serve(listener, app).with_graceful_shutdown(async move { shutdown.cancelled().await }).await
}

async fn ready(State(probes): State<Probes>) -> (StatusCode, &'static str) {
    if probes.ready.load(Ordering::Relaxed) {
        (StatusCode::OK, "ok\n")
    } else {
        (
            StatusCode::SERVICE_UNAVAILABLE,
            "waiting for the gateway's certificate authority and the first list\n",
        )
    }
}
