//! State: read, lock, write, unlock, rescue, journal.

use super::{App, auth::Caller, auth::Run, error::Fault, parse};
use crate::blob::{BlobStore, head, report::get_report};
use crate::domain::ids;
use crate::domain::state::{self, Accept, BlobRef, Incoming, LockOutcome, StackLock, StateSummary};
use crate::names::reason;
use crate::wire::{EngineLock, JournalEntry};
use axum::Json;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use md5::{Digest, Md5};
use serde::Deserialize;

/// Bytes of a lock's words, which are kept in the head.
const MAX_LOCK: usize = 16 * 1024;
/// Characters of an address or an id in the journal.
const MAX_WORD: usize = 512;

/// `?ID=` of a write.
#[derive(Deserialize)]
pub struct LockId {
    #[serde(rename = "ID", default)]
    id: String,
}

/// `GET /v1/state`
pub async fn read(State(app): State<App>, caller: Caller) -> Result<Response, Fault> {
    let head = head::load_owned(&app.client, &caller.project_owner()?, &caller.stack).await?;
    let Some(current) = head.versions.last() else { return Ok(StatusCode::NO_CONTENT.into_response()) };
    Ok(super::artefacts::json_bytes(app.store.get(&caller.namespace, &current.blob).await?))
}

/// `POST /v1/state`: 200 only when the bytes and the head that points to them are stored.
pub async fn write(
    State(app): State<App>,
    caller: Caller,
    Query(LockId { id }): Query<LockId>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<StatusCode, Fault> {
    caller.only(Run::Apply)?;
    check_md5(&headers, &body)?;
    let summary = state::summarise(&body)
        .map_err(|refusal| Fault::refused(StatusCode::BAD_REQUEST, &refusal.reason, refusal.message))?;
    let digest = ids::digest(&body);
    let incoming = incoming(&caller, &id, &summary, &digest);
    let owner = caller.project_owner()?;
    let head = head::load_owned(&app.client, &owner, &caller.stack).await?;
    if state::accept(&head, &incoming)? == Accept::AlreadyStored {
        return Ok(StatusCode::OK);
    }
    let blob = app.store.put(&owner, "state", &body).await?;
    let dropped = head::update_head(&app.client, &owner, &caller.stack, |head| {
        Ok(match state::accept(head, &incoming)? {
            Accept::AlreadyStored => Vec::new(),
            Accept::Store(store) => store.record(head, blob.clone()),
        })
    })
    .await??;
    tracing::info!(
        namespace = caller.namespace,
        session = caller.session,
        job = caller.job,
        serial = summary.serial,
        bytes = body.len(),
        "stored a state"
    );
    drop_blobs(&app, &caller.namespace, &dropped).await;
    Ok(StatusCode::OK)
}

/// `DELETE /v1/state`
pub async fn refuse_delete(_caller: Caller) -> Fault {
    Fault::not_allowed("A state is never deleted. To remove what it holds, apply a Destroy session.")
}

/// `POST /v1/state/lock`
pub async fn lock(State(app): State<App>, caller: Caller, body: Bytes) -> Result<StatusCode, Fault> {
    if body.len() > MAX_LOCK {
        return Err(Fault::malformed("The words of the lock are longer than 16 KiB."));
    }
    let info: EngineLock = parse(&body)?;
    if info.id.is_empty() || info.id.len() > 128 {
        return Err(Fault::malformed("The lock has no usable ID."));
    }
    let wanted = StackLock {
        info,
        pod_uid: caller.pod_uid.clone(),
        job: caller.job.clone(),
        session: caller.session_uid.clone(),
    };
    let told: Option<serde_json::Value> =
        get_report(&app.client, &caller.namespace, &caller.job, &caller.session_uid).await?;
    if told.is_some() {
        return Err(Fault::conflict(
            reason::ALREADY_REPORTED,
            "This Job reported its end already, so it locks nothing any more.",
        ));
    }
    let owner = caller.project_owner()?;
    let outcome =
        head::update_head(&app.client, &owner, &caller.stack, |head| Ok(state::lock(head, wanted.clone())))
            .await??;
    match outcome {
        LockOutcome::Held => Ok(StatusCode::OK),
        LockOutcome::HeldBy(info) => Err(Fault::Locked(info)),
    }
}

/// `POST /v1/state/unlock`
pub async fn unlock(State(app): State<App>, caller: Caller, body: Bytes) -> Result<StatusCode, Fault> {
    #[derive(Deserialize)]
    struct Id {
        #[serde(rename = "ID")]
        id: String,
    }
    let Ok(Id { id }) = serde_json::from_slice(&body) else {
        return Err(Fault::malformed("The call names no lock ID. Only the holder of a lock gives it back."));
    };
    let owner = caller.project_owner()?;
    head::update_head(&app.client, &owner, &caller.stack, |head| state::unlock(head, &caller.pod_uid, &id))
        .await??;
    Ok(StatusCode::OK)
}

/// `POST /v1/rescue`: the bytes are kept in any case, and become current when they follow.
pub async fn rescue(State(app): State<App>, caller: Caller, body: Bytes) -> Result<Response, Fault> {
    caller.only(Run::Apply)?;
    let read = state::summarise(&body);
    let unreadable = || StateSummary { serial: 0, lineage: "unreadable".to_owned(), resources: Some(0) };
    let summary = read.as_ref().map_or_else(|_| unreadable(), Clone::clone);
    let digest = ids::digest(&body);
    let incoming = incoming(&caller, "", &summary, &digest);
    let owner = caller.project_owner()?;
    let blob = app.store.put(&owner, "state", &body).await?;
    let (stored, dropped) = head::update_head(&app.client, &owner, &caller.stack, |head| {
        let judged = read.clone().and_then(|_| state::rescue(head, &incoming));
        Ok(match judged {
            Ok(Accept::AlreadyStored) => ("version", Vec::new()),
            Ok(Accept::Store(store)) => ("version", store.record(head, blob.clone())),
            Err(_) => ("rescued", state::keep_rescued(head, &incoming, blob.clone())),
        })
    })
    .await??;
    tracing::warn!(
        namespace = caller.namespace,
        session = caller.session,
        job = caller.job,
        serial = summary.serial,
        stored,
        "a state was rescued"
    );
    drop_blobs(&app, &caller.namespace, &dropped).await;
    Ok(Json(serde_json::json!({ "stored": stored })).into_response())
}

/// `POST /v1/journal`
pub async fn journal(State(app): State<App>, caller: Caller, body: Bytes) -> Result<StatusCode, Fault> {
    caller.only(Run::Apply)?;
    let mut entries: Vec<JournalEntry> = parse(&body)?;
    if entries.iter().any(|entry| entry.address.is_empty() || entry.address.len() > MAX_WORD) {
        return Err(Fault::malformed("An entry has no usable address."));
    }
    for entry in &mut entries {
        entry.id.take_if(|id| id.len() > MAX_WORD);
    }
    let owner = caller.project_owner()?;
    head::update_head(&app.client, &owner, &caller.stack, |head| {
        entries.iter().try_for_each(|entry| state::journal(head, &caller.pod_uid, entry.clone()))
    })
    .await??;
    Ok(StatusCode::OK)
}

fn incoming<'a>(
    caller: &'a Caller,
    lock_id: &'a str,
    summary: &'a StateSummary,
    digest: &'a str,
) -> Incoming<'a> {
    Incoming { pod_uid: &caller.pod_uid, session: &caller.session_uid, lock_id, summary, digest }
}

/// The bytes arrived as they were sent.
fn check_md5(headers: &HeaderMap, body: &[u8]) -> Result<(), Fault> {
    let Some(said) = headers.get("content-md5") else { return Ok(()) };
    let found = base64::engine::general_purpose::STANDARD.encode(Md5::digest(body));
    if said.as_bytes() == found.as_bytes() {
        Ok(())
    } else {
        Err(Fault::refused(
            StatusCode::BAD_REQUEST,
            reason::DIGEST_MISMATCH,
            "The state changed on its way: its digest is another. Send it again.",
        ))
    }
}

/// What nothing points to any more may go; what stays behind goes with its owner.
async fn drop_blobs(app: &App, namespace: &str, blobs: &[BlobRef]) {
    for blob in blobs {
        if let Err(error) = app.store.delete(namespace, blob).await {
            tracing::warn!(namespace, blob = blob.name, %error, "an outlived state stays behind");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_that_changed_on_its_way_is_refused() {
        let mut headers = HeaderMap::new();
        assert!(check_md5(&headers, b"hello").is_ok());
        headers.insert("content-md5", "XUFAKrxLKna5cZ2REBfFkg==".parse().unwrap());
        assert!(check_md5(&headers, b"hello").is_ok());
        assert!(check_md5(&headers, b"hallo").is_err());
    }
}
