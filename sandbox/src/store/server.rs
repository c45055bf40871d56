//! The cloud over HTTP, for providers and for people with curl.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde::{Deserialize, Serialize};
use serde_json::json;
use thiserror::Error;
use tokio::net::TcpListener;
use tokio::sync::Mutex;

use super::cloud::Request;
use super::disk::DiskError;
use super::{Cloud, Disk, Filter, Refusal, key};
use crate::time;

/// The header by which a provider says that an engine is at work.
pub const ACTOR: &str = "x-sandbox-actor";

const HELP: &str = "\
The sandbox cloud. Nothing in it is real.

GET    /v1/resources?type=&name=&provider=   what exists
GET    /v1/effects?since=N                   what happened
GET    /v1/{provider}/{type}                 what exists of a type
GET    /v1/{provider}/{type}/{id}            one resource
PUT    /v1/{provider}/{type}/{id}            make one: {\"attributes\": {...}}
PATCH  /v1/{provider}/{type}/{id}            change it: {\"attributes\": {...}}
DELETE /v1/{provider}/{type}/{id}?force=     remove it
";

/// The server cannot start or go on.
#[derive(Debug, Error)]
pub enum ServeError {
    /// The file.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// The address.
    #[error("cannot listen on {0}: {1}")]
    Listen(SocketAddr, #[source] std::io::Error),
}

struct Shared {
    cloud: Mutex<Cloud>,
    disk: Disk,
}

type App = State<Arc<Shared>>;

/// Serves the cloud in that file until told to end. Every change is on disk
/// before it is answered.
pub async fn serve(listen: SocketAddr, disk: Disk) -> Result<(), ServeError> {
    let _held = disk.try_lock()?;
    let cloud = disk.load()?;
    disk.save(&cloud)?;
    let listener = TcpListener::bind(listen).await.map_err(|error| ServeError::Listen(listen, error))?;
    if let Ok(address) = listener.local_addr() {
        tracing::info!("the sandbox cloud listens on http://{address}");
    }
    let shared = Arc::new(Shared { cloud: Mutex::new(cloud), disk });
    let app = Router::new()
        .route("/", get(async || HELP))
        .route("/healthz", get(async || "ok\n"))
        .route("/v1/resources", get(list))
        .route("/v1/effects", get(effects))
        .route("/v1/{provider}/{type}", get(list_type))
        .route("/v1/{provider}/{type}/{*id}", get(one).put(create).patch(patch).delete(delete))
        .with_state(shared);
    axum::serve(listener, app)
        .with_graceful_shutdown(told_to_end())
        .await
        .map_err(|error| ServeError::Listen(listen, error))
}

async fn told_to_end() {
    use tokio::signal::unix::{SignalKind, signal};
    let terminated = async {
        match signal(SignalKind::terminate()) {
            Ok(mut signal) => drop(signal.recv().await),
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        () = terminated => {}
        _ = tokio::signal::ctrl_c() => {}
    }
}

async fn list(State(app): App, Query(filter): Query<Filter>) -> Response {
    let cloud = app.cloud.lock().await;
    answer(StatusCode::OK, &json!({"resources": cloud.list(&filter)}))
}

async fn list_type(State(app): App, Path((provider, r#type)): Path<(String, String)>) -> Response {
    let filter = Filter { provider: Some(provider), r#type: Some(r#type), name: None };
    let cloud = app.cloud.lock().await;
    answer(StatusCode::OK, &json!({"resources": cloud.list(&filter)}))
}

#[derive(Deserialize)]
struct Since {
    #[serde(default)]
    since: u64,
}

async fn effects(State(app): App, Query(Since { since }): Query<Since>) -> Response {
    let cloud = app.cloud.lock().await;
    answer(StatusCode::OK, &json!({"effects": cloud.effects(since)}))
}

type Place = Path<(String, String, String)>;

async fn one(State(app): App, Path((provider, r#type, id)): Place) -> Response {
    let cloud = app.cloud.lock().await;
    match cloud.get(&key(&provider, &r#type, &id)) {
        Ok(record) => answer(StatusCode::OK, record),
        Err(refusal) => refuse(&refusal),
    }
}

async fn create(
    State(app): App,
    Path((provider, r#type, id)): Place,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let draft = match read(&body) {
        Ok(draft) => draft,
        Err(response) => return *response,
    };
    change(&app, &headers, StatusCode::CREATED, |cloud, by| {
        let made = cloud.create([&provider, &r#type, &id], draft, by)?;
        Ok(json!(made))
    })
    .await
}

async fn patch(
    State(app): App,
    Path((provider, r#type, id)): Place,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let patch = match read(&body) {
        Ok(patch) => patch,
        Err(response) => return *response,
    };
    change(&app, &headers, StatusCode::OK, |cloud, by| {
        let changed = cloud.patch(&key(&provider, &r#type, &id), patch, by)?;
        Ok(json!(changed))
    })
    .await
}

#[derive(Deserialize)]
struct Force {
    #[serde(default)]
    force: bool,
}

async fn delete(
    State(app): App,
    Path((provider, r#type, id)): Place,
    Query(Force { force }): Query<Force>,
    headers: HeaderMap,
) -> Response {
    let key = key(&provider, &r#type, &id);
    change(&app, &headers, StatusCode::OK, |cloud, by| {
        cloud.delete(&key, force, by)?;
        Ok(json!({"deleted": key}))
    })
    .await
}

/// Does the change on a copy and keeps it only once it is on disk.
async fn change(
    app: &Shared,
    headers: &HeaderMap,
    done: StatusCode,
    act: impl FnOnce(&mut Cloud, &Request<'_>) -> Result<serde_json::Value, Refusal>,
) -> Response {
    let engine = headers.get(ACTOR).is_some_and(|actor| actor == "engine");
    let time = time::now();
    let by = Request { actor: if engine { "engine" } else { "hand" }, time: &time };
    let mut cloud = app.cloud.lock().await;
    let mut next = cloud.clone();
    let body = match act(&mut next, &by) {
        Ok(body) => body,
        Err(refusal) => return refuse(&refusal),
    };
    if let Err(error) = app.disk.save(&next) {
        tracing::error!("{error}");
        let body = json!({"error": "disk", "message": error.to_string()});
        return answer(StatusCode::INTERNAL_SERVER_ERROR, &body);
    }
    *cloud = next;
    answer(done, &body)
}

fn read<T: for<'a> Deserialize<'a>>(body: &Bytes) -> Result<T, Box<Response>> {
    let text: &[u8] = if body.is_empty() { b"{}" } else { body };
    serde_json::from_slice(text).map_err(|error| {
        let body = json!({"error": "body", "message": error.to_string()});
        Box::new(answer(StatusCode::BAD_REQUEST, &body))
    })
}

/// A refusal with the same in words.
#[derive(Serialize)]
struct Refused<'a> {
    #[serde(flatten)]
    refusal: &'a Refusal,
    message: String,
}

fn refuse(refusal: &Refusal) -> Response {
    let status = match refusal {
        Refusal::NotFound { .. } => StatusCode::NOT_FOUND,
        Refusal::Exists { .. } | Refusal::InUse { .. } | Refusal::Overlap { .. } => StatusCode::CONFLICT,
        Refusal::Missing { .. } => StatusCode::UNPROCESSABLE_ENTITY,
    };
    answer(status, &Refused { refusal, message: refusal.to_string() })
}

fn answer(status: StatusCode, body: &impl Serialize) -> Response {
    match serde_json::to_string_pretty(body) {
        Ok(text) => {
            let kind = [(header::CONTENT_TYPE, "application/json")];
            (status, kind, text + "\n").into_response()
        }
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}
