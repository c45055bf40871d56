//! A gateway in memory that speaks the wire protocol over TLS, with faults on request.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use cloud_engine::wire::{ClaimAnswer, JournalEntry, LogAnswer, Refusal};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex, MutexGuard};

/// What the gateway has, and what it is to do wrong.
#[derive(Default)]
pub struct World {
    pub bundle: Vec<u8>,
    pub plan: Vec<u8>,
    pub plan_json: Vec<u8>,
    pub lock_file: Option<Vec<u8>>,
    pub state: Option<Vec<u8>>,
    pub lock: Option<Value>,
    pub claimed_by: Option<String>,
    pub journal: Vec<JournalEntry>,
    pub outputs: Option<Value>,
    pub rescued: Option<Vec<u8>>,
    pub reports: Vec<Value>,
    pub log: Vec<u8>,
    pub log_ended: bool,
    /// Method and path of each call.
    pub calls: Vec<String>,
    /// How many posts of a state fail from now on.
    pub failing_posts: usize,
    /// Every unlock fails.
    pub failing_unlock: bool,
    /// How many pieces of log are forgotten after they were received.
    pub forgotten_pieces: usize,
}

/// A running gateway.
#[derive(Clone)]
pub struct MiniGateway {
    pub url: String,
    pub ca: String,
    world: Arc<Mutex<World>>,
}

impl MiniGateway {
    /// Starts on a free port of the loopback.
    pub fn start(bundle: Vec<u8>) -> Self {
        let world = Arc::new(Mutex::new(World { bundle, ..World::default() }));
        let key = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
        let certificate = key.cert.der().clone();
        let private = rustls::pki_types::PrivateKeyDer::try_from(key.signing_key.serialize_der()).unwrap();
        let tls =
            rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
                .with_safe_default_protocol_versions()
                .unwrap()
                .with_no_client_auth()
                .with_single_cert(vec![certificate], private)
                .unwrap();
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let url = format!("https://{}", listener.local_addr().unwrap());
        let router = axum::Router::new()
            .fallback(handle)
            .layer(DefaultBodyLimit::max(64 << 20))
            .with_state(world.clone());
        let config = axum_server::tls_rustls::RustlsConfig::from_config(Arc::new(tls));
        let server = axum_server::from_tcp_rustls(listener, config).unwrap();
        tokio::spawn(server.serve(router.into_make_service()));
        Self { url, ca: key.cert.pem(), world }
    }

    /// Looks at the world, or changes it.
    pub fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap()
    }
}

fn refuse(status: StatusCode, reason: &str) -> Response {
    let refusal = Refusal { reason: reason.to_owned(), message: "says the mini gateway".to_owned() };
    (status, axum::Json(refusal)).into_response()
}

async fn handle(
    State(world): State<Arc<Mutex<World>>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let token = headers.get("authorization").and_then(|v| v.to_str().ok()).unwrap_or_default();
    let Some(pod) = token.strip_prefix("Bearer ").filter(|pod| !pod.is_empty()) else {
        return refuse(StatusCode::UNAUTHORIZED, "Forbidden");
    };
    let mut world = world.lock().unwrap();
    let call = format!("{method} {}", uri.path());
    world.calls.push(call.clone());
    let query = uri.query().unwrap_or_default();
    let ok = || StatusCode::OK.into_response();
    match call.as_str() {
        "GET /v1/bundle" => world.bundle.clone().into_response(),
        "GET /v1/plan" => world.plan.clone().into_response(),
        "GET /v1/lock-file" => world
            .lock_file
            .clone()
            .map_or_else(|| refuse(StatusCode::NOT_FOUND, "Forbidden"), Vec::into_response),
        "PUT /v1/plan" => {
            world.plan = body.to_vec();
            ok()
        }
        "PUT /v1/plan-json" => {
            world.plan_json = body.to_vec();
            ok()
        }
        "PUT /v1/lock-file" => {
            world.lock_file = Some(body.to_vec());
            ok()
        }
        "PUT /v1/outputs" => {
            world.outputs = serde_json::from_slice(&body).ok();
            ok()
        }
        "POST /v1/rescue" => {
            world.rescued = Some(body.to_vec());
            ok()
        }
        "POST /v1/report" => {
            world.reports.push(serde_json::from_slice(&body).unwrap());
            ok()
        }
        "POST /v1/journal" => {
            world.journal.extend(serde_json::from_slice::<Vec<JournalEntry>>(&body).unwrap());
            ok()
        }
        "POST /v1/claim" => {
            let holder = world.claimed_by.get_or_insert_with(|| pod.to_owned()).clone();
            let answer = if holder == pod { ClaimAnswer::Granted } else { ClaimAnswer::TakenBy(holder) };
            axum::Json(answer).into_response()
        }
        "POST /v1/log" => log(&mut world, query, &body),
        "GET /v1/state" => {
            world.state.clone().map_or_else(|| StatusCode::NO_CONTENT.into_response(), Vec::into_response)
        }
        "POST /v1/state" => {
            if world.failing_posts > 0 {
                world.failing_posts -= 1;
                return StatusCode::INTERNAL_SERVER_ERROR.into_response();
            }
            let holder = world.lock.as_ref().and_then(|lock| lock["ID"].as_str()).unwrap_or_default();
            if query != format!("ID={holder}") {
                return refuse(StatusCode::CONFLICT, "StateNotPersisted");
            }
            world.state = Some(body.to_vec());
            ok()
        }
        "POST /v1/state/lock" => {
            let wanted: Value = serde_json::from_slice(&body).unwrap();
            match &world.lock {
                Some(lock) if lock["ID"] != wanted["ID"] => {
                    (StatusCode::LOCKED, axum::Json(lock.clone())).into_response()
                }
                _ => {
                    world.lock = Some(wanted);
                    ok()
                }
            }
        }
        "POST /v1/state/unlock" => {
            if world.failing_unlock {
                return refuse(StatusCode::CONFLICT, "Forbidden");
            }
            world.lock = None;
            ok()
        }
        _ => refuse(StatusCode::NOT_FOUND, "Forbidden"),
    }
}

fn log(world: &mut World, query: &str, body: &[u8]) -> Response {
    let value = |name: &str| query.split('&').find_map(|pair| pair.strip_prefix(name)).map(str::to_owned);
    let offset: usize = value("offset=").unwrap().parse().unwrap();
    let answer = |world: &World| {
        let received = world.log.len() as u64;
        let durable = if world.log_ended { received } else { received / 2 };
        axum::Json(json!(LogAnswer { received, durable }))
    };
    if offset != world.log.len() {
        return (StatusCode::CONFLICT, answer(world)).into_response();
    }
    world.log.extend_from_slice(body);
    world.log_ended |= value("final=").is_some();
    let response = answer(world).into_response();
    if world.forgotten_pieces > 0 && world.log.len() > 1 {
        world.forgotten_pieces -= 1;
        // As after a restart: what was not durable is gone.
        let durable = world.log.len() / 2;
        world.log.truncate(durable);
    }
    response
}
