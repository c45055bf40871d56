//! What people read: the log and the masked plan of a session.

use super::{App, auth::Reader, error::Fault};
use crate::api::{DeploymentSession, Phase};
use crate::blob::{BlobStore, log};
use crate::names::reason;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderName, StatusCode, header::CONTENT_TYPE};
use kube::api::Api;
use serde::Deserialize;

const NEXT: HeaderName = HeaderName::from_static("x-next-offset");
const PHASE: HeaderName = HeaderName::from_static("x-session-phase");
/// Bytes of one answer.
const MOST: usize = 1024 * 1024;

/// What to read.
#[derive(Deserialize)]
pub struct Wish {
    #[serde(default)]
    offset: u64,
    /// Namespace; the reader's own when it is not said.
    ns: Option<String>,
}

/// `GET /v1/sessions/{name}/log?offset=N&ns=…`
pub async fn read_log(
    State(app): State<App>,
    reader: Reader,
    Path(name): Path<String>,
    Query(wish): Query<Wish>,
) -> Result<Response, Fault> {
    let session = find(&app, &reader, &name, wish.ns.as_deref()).await?;
    let uid = session.metadata.uid.as_deref().unwrap_or_default();
    let tail = app.logs.tail(uid).await;
    let mut slice = log::read(&app.client, &reader.namespace, uid, wish.offset, MOST).await?;
    if slice.next == slice.total
        && let Some((pod, from, waiting)) = tail
    {
        let head = log::load(&app.client, &reader.namespace, uid).await?;
        // What waits follows what is stored only while nothing was stored in between.
        if head.bytes() == slice.total && head.received(&pod) == from && head.may_grow(&pod) {
            let ahead = usize::try_from(wish.offset.saturating_sub(slice.total)).unwrap_or(usize::MAX);
            let room = MOST.saturating_sub(slice.bytes.len());
            let fresh = waiting.get(ahead..).unwrap_or_default();
            let fresh = fresh.get(..room).unwrap_or(fresh);
            slice.next = slice.total.saturating_add(ahead.min(waiting.len()) as u64);
            slice.next = slice.next.saturating_add(fresh.len() as u64);
            slice.bytes.extend_from_slice(fresh);
        }
    }
    // Who has read what a gateway held in memory, and lost, waits there until it was sent again.
    slice.next = slice.next.max(wish.offset);
    let phase = session.status.and_then(|s| s.phase).map_or("", Phase::as_str);
    let headers = [
        (CONTENT_TYPE, "text/plain; charset=utf-8".to_owned()),
        (NEXT, slice.next.to_string()),
        (PHASE, phase.to_owned()),
    ];
    Ok((headers, slice.bytes).into_response())
}

/// `GET /v1/sessions/{name}/plan?ns=…`
pub async fn read_plan(
    State(app): State<App>,
    reader: Reader,
    Path(name): Path<String>,
    Query(wish): Query<Wish>,
) -> Result<Response, Fault> {
    let session = find(&app, &reader, &name, wish.ns.as_deref()).await?;
    let report = super::artefacts::plan_of(&app, &reader.namespace, &session).await?;
    let Some(blob) = report.plan_json else { return Err(absent("The session has no plan yet.")) };
    Ok(super::artefacts::json_bytes(app.store.get(&reader.namespace, &blob).await?))
}

async fn find(
    app: &App,
    reader: &Reader,
    name: &str,
    namespace: Option<&str>,
) -> Result<DeploymentSession, Fault> {
    if namespace.is_some_and(|wanted| wanted != reader.namespace) {
        return Err(Fault::not_allowed(format!(
            "This token reads in the namespace {} only.",
            reader.namespace
        )));
    }
    let valid = !name.is_empty() && name.len() <= 253;
    if !valid || !name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-.".contains(&b)) {
        return Err(Fault::malformed("That is no name of a session."));
    }
    let api: Api<DeploymentSession> = Api::namespaced(app.client.clone(), &reader.namespace);
    api.get_opt(name).await?.ok_or_else(|| absent("There is no such session in this namespace."))
}

fn absent(message: &str) -> Fault {
    Fault::refused(StatusCode::NOT_FOUND, reason::NOT_FOUND, message)
}
