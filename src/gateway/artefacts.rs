//! Bundle, plan, its masked form, lock file, report: what goes to a runner and what comes from it.

use super::{App, auth::Caller, auth::Run, error::Fault, parse};
use crate::api::DeploymentSession;
use crate::blob::report::{PartRef, StoredPlanReport, get_ref, get_report, is_conflict, put_ref, put_report};
use crate::blob::{BlobError, BlobStore, head};
use crate::domain::{state, state::BlobRef};
use crate::names::{annotation, reason};
use crate::wire::{ApplyReport, PlanOutcome, PlanReport};
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::{StatusCode, header::CONTENT_TYPE};

const PLAN: &str = "plan";
const PLAN_JSON: &str = "plan-json";
const LOCK_FILE: &str = "lock-file";
/// Bytes of a report, which is kept in one Secret.
const MAX_REPORT: usize = 900 * 1024;

/// `GET /v1/bundle`
pub async fn bundle(State(app): State<App>, caller: Caller) -> Result<Response, Fault> {
    let blob: BlobRef = caller
        .annotation(annotation::BUNDLE)
        .and_then(|text| serde_json::from_str(text).ok())
        .ok_or_else(|| Fault::conflict(reason::NOT_FOUND, "The Job names no bundle. Plan anew."))?;
    let wanted = caller.annotation(annotation::BUNDLE_DIGEST);
    if wanted.is_some_and(|digest| digest != blob.digest) {
        return Err(Fault::conflict(
            reason::DIGEST_MISMATCH,
            "The Job names another bundle than the one it was made for. Plan anew.",
        ));
    }
    Ok(json_bytes(app.store.get(&caller.namespace, &blob).await?))
}

/// `PUT /v1/plan`
pub async fn put_plan(State(app): State<App>, caller: Caller, body: Bytes) -> Result<Response, Fault> {
    upload(&app, &caller, PLAN, &body).await
}

/// `PUT /v1/plan-json`
pub async fn put_plan_json(State(app): State<App>, caller: Caller, body: Bytes) -> Result<Response, Fault> {
    serde_json::from_slice::<serde::de::IgnoredAny>(&body)
        .map_err(|_| Fault::malformed("The masked plan is not JSON."))?;
    upload(&app, &caller, PLAN_JSON, &body).await
}

/// `PUT /v1/lock-file`
pub async fn put_lock_file(State(app): State<App>, caller: Caller, body: Bytes) -> Result<Response, Fault> {
    std::str::from_utf8(&body).map_err(|_| Fault::malformed("The lock file is not text."))?;
    upload(&app, &caller, LOCK_FILE, &body).await
}

async fn upload(app: &App, caller: &Caller, part: &'static str, body: &[u8]) -> Result<Response, Fault> {
    caller.only(Run::Plan)?;
    let owner = caller.session_owner();
    let blob = app.store.put(&owner, part, body).await?;
    let wanted = PartRef { pod_uid: caller.pod_uid.clone(), blob };
    put_ref(&app.client, &owner, &caller.job, part, &wanted).await.map_err(|error| match error {
        error if is_conflict(&error) => Fault::Unavailable("another call wrote at the same time".to_owned()),
        BlobError::NameTaken { .. } => Fault::conflict(
            reason::DIGEST_MISMATCH,
            format!("This run uploaded another {part} before. Plan anew."),
        ),
        error => error.into(),
    })?;
    tracing::info!(
        namespace = caller.namespace,
        session = caller.session,
        job = caller.job,
        part,
        bytes = wanted.blob.bytes,
        digest = wanted.blob.digest,
        "stored an upload"
    );
    Ok((StatusCode::OK, axum::Json(serde_json::json!({ "digest": wanted.blob.digest }))).into_response())
}

/// `GET /v1/plan`
pub async fn get_plan(State(app): State<App>, caller: Caller) -> Result<Response, Fault> {
    let report = planned(&app, &caller).await?;
    let blob = report.plan.ok_or_else(|| missing(PLAN))?;
    if caller.annotation(annotation::PLAN_DIGEST) != Some(&blob.digest) {
        return Err(Fault::conflict(
            reason::DIGEST_MISMATCH,
            "The stored plan is not the one that this Job may apply. Plan anew.",
        ));
    }
    let bytes = app.store.get(&caller.namespace, &blob).await?;
    Ok(([(CONTENT_TYPE, "application/octet-stream")], bytes).into_response())
}

/// `GET /v1/plan-json`
pub async fn get_plan_json(State(app): State<App>, caller: Caller) -> Result<Response, Fault> {
    let blob = planned(&app, &caller).await?.plan_json.ok_or_else(|| missing(PLAN_JSON))?;
    Ok(json_bytes(app.store.get(&caller.namespace, &blob).await?))
}

/// `GET /v1/lock-file`
pub async fn get_lock_file(State(app): State<App>, caller: Caller) -> Result<Response, Fault> {
    let Some(blob) = planned(&app, &caller).await?.lock_file else {
        return Ok(StatusCode::NO_CONTENT.into_response());
    };
    let bytes = app.store.get(&caller.namespace, &blob).await?;
    Ok(([(CONTENT_TYPE, "text/plain; charset=utf-8")], bytes).into_response())
}

/// What the session's plan Job left, for an apply pod.
async fn planned(app: &App, caller: &Caller) -> Result<StoredPlanReport, Fault> {
    caller.only(Run::Apply)?;
    let session = app.session(&caller.namespace, &caller.session, &caller.session_uid).await?;
    plan_of(app, &caller.namespace, &session).await
}

/// What the session's plan Job left.
pub(super) async fn plan_of(
    app: &App,
    namespace: &str,
    session: &DeploymentSession,
) -> Result<StoredPlanReport, Fault> {
    let plan = session.status.as_ref().and_then(|s| s.plan.as_ref()).ok_or_else(|| missing(PLAN))?;
    let uid = session.metadata.uid.as_deref().unwrap_or_default();
    get_report(&app.client, namespace, &plan.job, uid).await?.ok_or_else(|| missing(PLAN))
}

fn missing(part: &str) -> Fault {
    Fault::refused(
        StatusCode::NOT_FOUND,
        reason::NOT_FOUND,
        format!("The session has no {part}. Wait for its plan, or plan anew."),
    )
}

pub(super) fn json_bytes(bytes: Vec<u8>) -> Response {
    ([(CONTENT_TYPE, "application/json")], bytes).into_response()
}

/// `POST /v1/report`
pub async fn report(State(app): State<App>, caller: Caller, body: Bytes) -> Result<Response, Fault> {
    if body.len() > MAX_REPORT {
        return Err(Fault::refused(
            StatusCode::PAYLOAD_TOO_LARGE,
            reason::BLOB_TOO_LARGE,
            "The report is longer than 900 KiB. Send fewer diagnostics.",
        ));
    }
    app.logs.finish(&app.client, &caller.pod_uid).await;
    let outcome = match caller.run {
        Run::Plan => plan_report(&app, &caller, parse(&body)?).await?,
        Run::Apply => apply_report(&app, &caller, parse(&body)?).await?,
    };
    if let Ok(project) = caller.project_owner() {
        let release = head::update_head(&app.client, &project, &caller.stack, |head| {
            state::release(head, &caller.pod_uid);
            Ok(())
        });
        // The report stands; only what another try may mend makes the runner say it again.
        match release.await {
            Err(error @ BlobError::Api(_)) => return Err(error.into()),
            Err(error) => tracing::error!(%error, "the lock of a run that ended could not be released"),
            Ok(_) => {}
        }
    }
    tracing::info!(
        namespace = caller.namespace,
        session = caller.session,
        job = caller.job,
        outcome,
        "a run reported its end"
    );
    if let Err(error) = app.nudge.try_send((caller.namespace, caller.session)) {
        tracing::debug!(%error, "the reconciler is busy; it finds the report by itself");
    }
    Ok(StatusCode::OK.into_response())
}

async fn plan_report(app: &App, caller: &Caller, report: PlanReport) -> Result<String, Fault> {
    let owner = caller.session_owner();
    let part = |part| get_ref(&app.client, &owner, &caller.job, part, &caller.pod_uid);
    let stored = StoredPlanReport {
        plan: part(PLAN).await?,
        plan_json: part(PLAN_JSON).await?,
        lock_file: part(LOCK_FILE).await?,
        report,
    };
    agree(&stored)?;
    put_report(&app.client, &owner, &caller.job, &stored).await.map_err(reported)?;
    Ok(format!("{:?}", stored.report.outcome))
}

/// The digests that are reported must be those that are stored.
fn agree(stored: &StoredPlanReport) -> Result<(), Fault> {
    let ready = matches!(stored.report.outcome, PlanOutcome::Changes | PlanOutcome::NoChanges);
    let pairs = [
        (PLAN, &stored.report.plan_digest, &stored.plan),
        (PLAN_JSON, &stored.report.plan_json_digest, &stored.plan_json),
    ];
    for (part, said, there) in pairs {
        let same = match (said, there) {
            (Some(said), Some(there)) => *said == there.digest,
            (Some(_), None) => false,
            (None, _) => !ready,
        };
        if !same {
            return Err(Fault::conflict(
                reason::DIGEST_MISMATCH,
                format!("The report names another {part} than the stored one. Upload it, then report."),
            ));
        }
    }
    Ok(())
}

async fn apply_report(app: &App, caller: &Caller, report: ApplyReport) -> Result<String, Fault> {
    if let Ok(project) = caller.project_owner() {
        let head = head::load_owned(&app.client, &project, &caller.stack).await?;
        let other = |open: &state::Applying| open.job == caller.job && open.pod_uid != caller.pod_uid;
        if head.applying.as_ref().is_some_and(other) {
            return Err(Fault::not_allowed(
                "Another pod of this Job began the apply, and it alone reports. End without effect.",
            ));
        }
    }
    put_report(&app.client, &caller.session_owner(), &caller.job, &report).await.map_err(reported)?;
    Ok(format!("{:?}", report.outcome))
}

fn reported(error: BlobError) -> Fault {
    match error {
        BlobError::NameTaken { name } => Fault::conflict(
            reason::ALREADY_REPORTED,
            format!("{name} holds another report of this Job. The first one counts."),
        ),
        error => error.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids;

    fn stored(outcome: PlanOutcome, said: Option<&[u8]>, there: Option<&[u8]>) -> StoredPlanReport {
        let blob = there.map(|bytes| BlobRef {
            name: "n".to_owned(),
            chunks: 1,
            bytes: 1,
            digest: ids::digest(bytes),
        });
        let said = said.map(ids::digest);
        StoredPlanReport {
            report: PlanReport {
                outcome,
                engine: "OpenTofu 1.12.6".to_owned(),
                plan_digest: said.clone(),
                plan_json_digest: said,
                diagnostics: Vec::new(),
            },
            plan: blob.clone(),
            plan_json: blob,
            lock_file: None,
        }
    }

    #[test]
    fn a_report_names_what_is_stored() {
        use PlanOutcome::{Changes, Failed};
        assert!(agree(&stored(Changes, Some(b"a"), Some(b"a"))).is_ok());
        assert!(agree(&stored(Changes, Some(b"a"), Some(b"b"))).is_err());
        assert!(agree(&stored(Changes, Some(b"a"), None)).is_err());
        assert!(agree(&stored(Changes, None, Some(b"a"))).is_err());
        assert!(agree(&stored(Failed, None, None)).is_ok());
        assert!(agree(&stored(Failed, None, Some(b"a"))).is_ok());
    }
}
