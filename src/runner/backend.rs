//! The engine's state backend on the loopback: a one-time password towards the engine, the pod's token towards
//! the gateway, and the last state on disk until it is stored.

use super::gateway::{Answer, Call, CallError, Gateway};
use super::logs::Log;
use super::signals::Limit;
use axum::extract::{DefaultBodyLimit, Query, State};
use axum::response::{IntoResponse, Response};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode, header};
use md5::{Digest, Md5};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Name of the engine towards its backend.
const USER: &str = "cloud-engine";
/// Largest state.
const STATE: usize = 64 << 20;

/// The listener.
#[derive(Clone)]
pub(super) struct Backend {
    shared: Arc<Shared>,
}

struct Shared {
    gateway: Gateway,
    log: Log,
    /// The one value of `Authorization` that is let in.
    authorization: String,
    spool: PathBuf,
    kept: Mutex<Kept>,
}

/// What is known of the states that the engine has written.
#[derive(Default, Clone)]
pub(super) struct Kept {
    /// The last state that the gateway has stored.
    pub acknowledged: Option<Bytes>,
    /// The last state that it has not, which is in the spool.
    pub pending: Option<Bytes>,
}

impl Backend {
    /// Opens the listener; the variables are the engine's way to it.
    pub(super) async fn open(
        gateway: Gateway,
        log: Log,
        password: &str,
        spool: PathBuf,
    ) -> Result<(Self, Vec<(&'static str, String)>), String> {
        let authorization = format!("Basic {}", STANDARD.encode(format!("{USER}:{password}")));
        let shared = Arc::new(Shared { gateway, log, authorization, spool, kept: Mutex::default() });
        let failed = |error: std::io::Error| format!("no listener for the state: {error}");
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.map_err(failed)?;
        let address = format!("http://{}/state", listener.local_addr().map_err(failed)?);
        let router = axum::Router::new()
            .fallback(handle)
            .layer(DefaultBodyLimit::max(STATE))
            .with_state(shared.clone());
        // Ends with the runtime.
        tokio::spawn(async move { axum::serve(listener, router).await });
        let variables = vec![
            ("TF_HTTP_ADDRESS", address.clone()),
            ("TF_HTTP_LOCK_ADDRESS", address.clone()),
            ("TF_HTTP_UNLOCK_ADDRESS", address),
            ("TF_HTTP_UPDATE_METHOD", "POST".to_owned()),
            ("TF_HTTP_LOCK_METHOD", "LOCK".to_owned()),
            ("TF_HTTP_UNLOCK_METHOD", "UNLOCK".to_owned()),
            ("TF_HTTP_USERNAME", USER.to_owned()),
            ("TF_HTTP_PASSWORD", password.to_owned()),
            // The repeats are ours: an error here is final.
            ("TF_HTTP_RETRY_MAX", "0".to_owned()),
        ];
        Ok((Self { shared }, variables))
    }

    /// What is known of the states.
    pub(super) fn kept(&self) -> Kept {
        self.shared.kept().clone()
    }
}

/// A password for one run.
pub(super) fn password() -> Result<String, String> {
    let mut bytes = [0_u8; 24];
    rustls::crypto::ring::default_provider()
        .secure_random
        .fill(&mut bytes)
        .map_err(|_| "no random numbers for the password".to_owned())?;
    Ok(hex::encode(bytes))
}

impl Shared {
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn save(&self, id: &str, digest: Option<&str>, body: Bytes) -> Response {
        if digest.is_some_and(|digest| digest != STANDARD.encode(Md5::digest(&body))) {
            return (StatusCode::BAD_REQUEST, "the body does not match its Content-MD5").into_response();
        }
        if let Err(error) = write_durably(&self.spool, &body) {
            self.log.line(&format!("the state cannot be kept on disk: {error}"));
        }
        self.kept().pending = Some(body.clone());
        let own = STANDARD.encode(Md5::digest(&body));
        let headers = [("content-type", "application/json"), ("content-md5", own.as_str())];
        let query = [("ID", id)];
        let call =
            Call { query: &query, headers: &headers, ..Call::new(Method::POST, "/v1/state", body.clone()) };
        let answer = self.gateway.call(&call, Limit::Engine).await;
        if answer.as_ref().is_ok_and(|answer| answer.status.is_success()) {
            *self.kept() = Kept { acknowledged: Some(body), pending: None };
            let _ = std::fs::remove_file(&self.spool);
        }
        self.pass("the state was not stored", answer)
    }

    /// What the gateway says, as it is; nothing at all becomes an error of ours.
    fn pass(&self, what: &str, answer: Result<Answer, CallError>) -> Response {
        match answer {
            Ok(answer) => {
                if answer.status.is_client_error() {
                    self.log.line(&format!("{what}: status {}", answer.status));
                }
                (answer.status, answer.body).into_response()
            }
            Err(error) => {
                self.log.line(&format!("{what}: {error}"));
                (StatusCode::BAD_GATEWAY, error.to_string()).into_response()
            }
        }
    }
}

async fn handle(
    State(shared): State<Arc<Shared>>,
    Query(query): Query<HashMap<String, String>>,
    method: Method,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let given = headers.get(header::AUTHORIZATION).map_or(&b""[..], |value| value.as_bytes());
    if !equal(given, shared.authorization.as_bytes()) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let json = &[("content-type", "application/json")][..];
    let forward = |method, path, body: Bytes| Call { headers: json, ..Call::new(method, path, body) };
    match method.as_str() {
        "GET" => {
            let answer =
                shared.gateway.call(&forward(Method::GET, "/v1/state", Bytes::new()), Limit::Engine).await;
            shared.pass("the state cannot be read", answer)
        }
        "POST" => {
            let digest = headers.get("content-md5").and_then(|value| value.to_str().ok());
            let id = query.get("ID").map_or("", String::as_str);
            shared.save(id, digest, body).await
        }
        "LOCK" => {
            let answer =
                shared.gateway.call(&forward(Method::POST, "/v1/state/lock", body), Limit::Engine).await;
            shared.pass("the state is not locked", answer)
        }
        "UNLOCK" => {
            let answer =
                shared.gateway.call(&forward(Method::POST, "/v1/state/unlock", body), Limit::Engine).await;
            shared.pass("the state is not unlocked", answer)
        }
        "DELETE" => (StatusCode::FORBIDDEN, "a state is never deleted").into_response(),
        _ => StatusCode::METHOD_NOT_ALLOWED.into_response(),
    }
}

/// Equal, in a time that does not tell where they differ.
fn equal(left: &[u8], right: &[u8]) -> bool {
    left.len() == right.len() && left.iter().zip(right).fold(0, |all, (a, b)| all | (a ^ b)) == 0
}

/// Replaces a file as a whole, on disk when this returns.
fn write_durably(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    use std::io::Write;
    let part = path.with_extension("part");
    let mut file = std::fs::File::create(&part)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&part, path)
}
