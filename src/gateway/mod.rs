//! What runners may ask for, and readers: HTTP over TLS, one session per token.
//!
//! ```text
//!  runner ──token──► auth ──► routes ─┬─► artefacts  bundle, plan, report
//!                                     ├─► state      versions, lock, rescue, journal
//!                                     ├─► claim      one pod begins
//!                                     ├─► logs       gathered, then stored
//!                                     └─► outputs    the named Secret
//!  reader ──token──► auth ──► readers                log, masked plan
//! ```

mod artefacts;
mod auth;
pub mod ca;
mod claim;
mod error;
mod logs;
mod outputs;
mod readers;
mod routes;
mod state;

use crate::api::DeploymentSession;
use crate::blob::SecretStore;
use crate::names::reason;
use crate::platform::clock::Clock;
use error::Fault;
use kube::api::Api;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// What the gateway needs.
pub struct GatewayConfig {
    /// Client of the API server.
    pub client: kube::Client,
    /// Where to listen.
    pub listen: SocketAddr,
    /// Namespace of the certificate authority.
    pub operator_namespace: String,
    /// DNS names and addresses in the certificate.
    pub names: Vec<String>,
    /// Told the certificates that vouch for the gateway, PEM, whenever they change.
    pub trust: tokio::sync::watch::Sender<String>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Told namespace and name of a session whose run reported.
    pub nudge: tokio::sync::mpsc::Sender<(String, String)>,
    /// Ends the gateway.
    pub shutdown: CancellationToken,
}

/// Why the gateway cannot serve.
#[derive(thiserror::Error, Debug)]
pub enum GatewayError {
    /// The API server said no, or nothing.
    #[error("the API server: {0}")]
    Api(#[from] kube::Error),
    /// The authority cannot be read or made.
    #[error("the gateway's certificate authority: {0}")]
    Ca(String),
    /// The certificate cannot be used.
    #[error("the gateway's certificate: {0}")]
    Tls(String),
    /// The port cannot be had.
    #[error("the gateway's port: {0}")]
    Io(#[from] std::io::Error),
}

/// What every handler needs.
struct Gateway {
    client: kube::Client,
    store: SecretStore,
    auth: auth::Auth,
    logs: logs::Logs,
    clock: Arc<dyn Clock>,
    nudge: tokio::sync::mpsc::Sender<(String, String)>,
}

type App = Arc<Gateway>;

impl Gateway {
    /// The session as it is now, of exactly this uid.
    async fn session(&self, namespace: &str, name: &str, uid: &str) -> Result<DeploymentSession, Fault> {
        let api: Api<DeploymentSession> = Api::namespaced(self.client.clone(), namespace);
        let session = api.get_opt(name).await?;
        session.filter(|session| session.metadata.uid.as_deref() == Some(uid)).ok_or_else(|| {
            Fault::conflict(reason::NOT_FOUND, "The session is gone. Nothing more is done for it.")
        })
    }
}

/// A body of the wire protocol.
fn parse<T: serde::de::DeserializeOwned>(body: &[u8]) -> Result<T, Fault> {
    // The error's own words may repeat values of the body.
    serde_json::from_slice(body).map_err(|error| {
        Fault::malformed(format!(
            "The body cannot be read at line {}, column {}.",
            error.line(),
            error.column()
        ))
    })
}

/// How long calls may go on after the end was asked for.
const DRAIN: Duration = Duration::from_secs(10);
/// How often the certificate is looked at.
const LOOK: Duration = Duration::from_secs(900);

/// Serves until `shutdown`.
pub async fn serve(cfg: GatewayConfig) -> Result<(), GatewayError> {
    let GatewayConfig { client, listen, operator_namespace, names, trust, clock, nudge, shutdown } = cfg;
    let bundle = ca::load_or_create(&client, &operator_namespace, clock.as_ref()).await?;
    trust.send_replace(bundle.pem_bundle.clone());
    let leaf = bundle.issue(&names, clock.now())?;
    let tls = axum_server::tls_rustls::RustlsConfig::from_config(tls(&leaf)?);
    let app: App = Arc::new(Gateway {
        store: SecretStore { client: client.clone() },
        auth: auth::Auth::new(client.clone()),
        logs: logs::Logs::default(),
        clock: Arc::clone(&clock),
        client: client.clone(),
        nudge,
    });
    let handle = axum_server::Handle::new();
    let serving = axum_server::bind_rustls(listen, tls.clone())
        .handle(handle.clone())
        .serve(routes::router(Arc::clone(&app)).into_make_service());
    let certificate = async {
        let mut leaf = leaf;
        while shutdown.run_until_cancelled(tokio::time::sleep(LOOK)).await.is_some() {
            match renew(&client, &operator_namespace, &names, clock.as_ref(), &leaf).await {
                Ok((bundle, renewed)) => {
                    // Runners that start from now on trust the new authority before it signs.
                    trust.send_if_modified(|told| {
                        let changed = *told != bundle.pem_bundle;
                        told.clone_from(&bundle.pem_bundle);
                        changed
                    });
                    if let Some((next, config)) = renewed {
                        tls.reload_from_config(config);
                        tracing::info!(ends = %next.ends, "renewed the gateway's certificate");
                        leaf = next;
                    }
                }
                Err(error) => tracing::warn!(%error, "cannot look after the gateway's certificate"),
            }
        }
        handle.graceful_shutdown(Some(DRAIN));
    };
    tracing::info!(%listen, "the gateway listens");
    let ended = {
        let around = async { tokio::join!(certificate, app.logs.keep(&client, &shutdown)) };
        tokio::pin!(serving, around);
        tokio::select! {
            ended = &mut serving => ended,
            _ = &mut around => serving.await,
        }
    };
    app.logs.flush(&client).await;
    ended.map_err(GatewayError::from)
}

/// A certificate with its key, as the listener takes it.
type Renewed = (ca::Leaf, Arc<rustls::ServerConfig>);

/// The authority as it is now, and another certificate when this one ends soon or another authority signs by now.
async fn renew(
    client: &kube::Client,
    namespace: &str,
    names: &[String],
    clock: &dyn Clock,
    leaf: &ca::Leaf,
) -> Result<(ca::CaBundle, Option<Renewed>), GatewayError> {
    let bundle = ca::load_or_create(client, namespace, clock).await?;
    let now = clock.now();
    let left = leaf.ends.as_second().saturating_sub(now.as_second());
    if bundle.signs(now) == leaf.signer && left > ca::LEAF_LIFE / 3 {
        return Ok((bundle, None));
    }
    let next = bundle.issue(names, now)?;
    let config = tls(&next)?;
    Ok((bundle, Some((next, config))))
}

fn tls(leaf: &ca::Leaf) -> Result<Arc<rustls::ServerConfig>, GatewayError> {
    let wrong = |error: &dyn std::fmt::Display| GatewayError::Tls(error.to_string());
    let chain = CertificateDer::pem_slice_iter(leaf.chain.as_bytes())
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| wrong(&error))?;
    let key = PrivateKeyDer::from_pem_slice(leaf.key.as_bytes()).map_err(|error| wrong(&error))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| wrong(&error))?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .map_err(|error| wrong(&error))?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

#[cfg(test)]
mod tests;
