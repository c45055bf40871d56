//! Which path is answered by what, and within which bounds.

use super::{App, artefacts, claim, error::Fault, logs, outputs, readers, state};
use crate::names::reason;
use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get, post, put};
use http::{StatusCode, header::CONTENT_TYPE};
use std::time::Duration;
use tower::limit::GlobalConcurrencyLimitLayer;

const MIB: usize = 1024 * 1024;
/// States and plans.
const LARGE: usize = 32 * MIB;
/// Everything else.
const SMALL: usize = MIB;
/// One call, body and all.
const PATIENCE: Duration = Duration::from_secs(60);
/// Calls at once; those with large bodies besides.
const CALLS: usize = 128;
const LARGE_CALLS: usize = 8;

/// All routes.
pub fn router(app: App) -> Router {
    let large = Router::new()
        .route("/v1/plan", put(artefacts::put_plan).get(artefacts::get_plan))
        .route("/v1/plan-json", put(artefacts::put_plan_json).get(artefacts::get_plan_json))
        .route("/v1/state", get(state::read).post(state::write).delete(state::refuse_delete))
        .route("/v1/rescue", post(state::rescue))
        .layer(GlobalConcurrencyLimitLayer::new(LARGE_CALLS))
        .layer(DefaultBodyLimit::max(LARGE));
    let lock_file: MethodRouter<App> = put(artefacts::put_lock_file).get(artefacts::get_lock_file);
    let small = Router::new()
        .route("/v1/bundle", get(artefacts::bundle))
        .route("/v1/lock-file", lock_file)
        .route("/v1/report", post(artefacts::report))
        .route("/v1/log", post(logs::append))
        .route("/v1/state/lock", post(state::lock))
        .route("/v1/state/unlock", post(state::unlock))
        .route("/v1/journal", post(state::journal))
        .route("/v1/outputs", put(outputs::put))
        .route("/v1/claim", post(claim::claim))
        .route("/v1/sessions/{name}/log", get(readers::read_log))
        .route("/v1/sessions/{name}/plan", get(readers::read_plan))
        .layer(GlobalConcurrencyLimitLayer::new(CALLS))
        .layer(DefaultBodyLimit::max(SMALL));
    large
        .merge(small)
        .layer(from_fn(within_patience))
        .route("/healthz", get(|| async { "ok" }))
        .with_state(app)
}

async fn within_patience(request: Request, next: Next) -> Response {
    match tokio::time::timeout(PATIENCE, next.run(request)).await {
        Ok(response) => worded(response),
        Err(_) => Fault::Unavailable("the call took too long; repeat".to_owned()).into_response(),
    }
}

/// Refusals that come from the server itself speak the wire's language too.
fn worded(response: Response) -> Response {
    let status = response.status();
    let json = response.headers().get(CONTENT_TYPE).is_some_and(|kind| kind == "application/json");
    if !status.is_client_error() || json {
        return response;
    }
    let (reason, message) = match status {
        StatusCode::PAYLOAD_TOO_LARGE => {
            (reason::BLOB_TOO_LARGE, "The body is larger than the gateway takes.")
        }
        StatusCode::NOT_FOUND => {
            (reason::NOT_FOUND, "There is no such path; are runner and gateway of one release?")
        }
        _ => (reason::MALFORMED, "The call cannot be understood; are runner and gateway of one release?"),
    };
    Fault::refused(status, reason, message).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_refusal_has_words() {
        for status in [StatusCode::PAYLOAD_TOO_LARGE, StatusCode::NOT_FOUND, StatusCode::METHOD_NOT_ALLOWED] {
            let response = worded(status.into_response());
            assert_eq!(response.status(), status);
            assert_eq!(response.headers()[CONTENT_TYPE], "application/json");
        }
        let kept = worded(Fault::not_allowed("no").into_response());
        assert_eq!(kept.status(), StatusCode::FORBIDDEN);
        assert_eq!(worded(StatusCode::OK.into_response()).headers().get(CONTENT_TYPE), None);
    }
}
