//! Answers that are not what the caller hoped for.

use crate::blob::{BlobError, code};
use crate::names::reason;
use crate::wire::{EngineLock, LogAnswer, Refusal};
use axum::Json;
use axum::response::{IntoResponse, Response};
use http::StatusCode;

/// Why a call is not answered as asked.
#[derive(Debug)]
pub enum Fault {
    /// No, and why; repeating does not help.
    Refused(StatusCode, Refusal),
    /// The state is locked, in the words of the holder's engine.
    Locked(EngineLock),
    /// A piece of log before this one is missing.
    Gap(LogAnswer),
    /// Not now; repeating helps.
    Unavailable(String),
}

impl Fault {
    /// A refusal of this status.
    pub fn refused(status: StatusCode, reason: &str, message: impl Into<String>) -> Self {
        Self::Refused(status, Refusal { reason: reason.to_owned(), message: message.into() })
    }

    /// The caller is not known.
    pub fn unauthenticated(message: &str) -> Self {
        Self::refused(StatusCode::UNAUTHORIZED, reason::UNAUTHENTICATED, message)
    }

    /// The caller is known, and this is not for it.
    pub fn not_allowed(message: impl Into<String>) -> Self {
        Self::refused(StatusCode::FORBIDDEN, reason::NOT_ALLOWED, message)
    }

    /// It does not follow from what is stored.
    pub fn conflict(reason: &str, message: impl Into<String>) -> Self {
        Self::refused(StatusCode::CONFLICT, reason, message)
    }

    /// The call cannot be understood.
    pub fn malformed(message: impl Into<String>) -> Self {
        Self::refused(StatusCode::BAD_REQUEST, reason::MALFORMED, message)
    }
}

impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(StatusCode::CONFLICT, refusal)
    }
}

impl From<kube::Error> for Fault {
    fn from(error: kube::Error) -> Self {
        match code(&error) {
            413 => Self::refused(StatusCode::PAYLOAD_TOO_LARGE, reason::BLOB_TOO_LARGE, TOO_LARGE),
            403 => {
                tracing::error!(%error, "the API server refuses the gateway; look at its role");
                Self::Unavailable("the gateway lacks a right; its log names it".to_owned())
            }
            _ => {
                tracing::warn!(%error, "call of the API server failed");
                Self::Unavailable("the API server does not answer as it should; repeat".to_owned())
            }
        }
    }
}

const TOO_LARGE: &str =
    "That is more than the cluster stores in one piece. Split the stack, or make it smaller.";

impl From<BlobError> for Fault {
    fn from(error: BlobError) -> Self {
        match error {
            BlobError::Api(error) => error.into(),
            BlobError::TooLarge { .. } => {
                Self::refused(StatusCode::PAYLOAD_TOO_LARGE, reason::BLOB_TOO_LARGE, error.to_string())
            }
            BlobError::NameTaken { .. } => Self::conflict(reason::NAME_TAKEN, error.to_string()),
            BlobError::MissingChunk { .. } | BlobError::Altered { .. } => {
                tracing::error!(%error, "stored bytes are damaged");
                Self::conflict(reason::BLOB_DAMAGED, format!("{error}. Plan anew."))
            }
        }
    }
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        match self {
            Self::Refused(status, refusal) => (status, Json(refusal)).into_response(),
            Self::Locked(info) => (StatusCode::LOCKED, Json(info)).into_response(),
            Self::Gap(answer) => (StatusCode::CONFLICT, Json(answer)).into_response(),
            Self::Unavailable(message) => {
                let refusal = Refusal { reason: reason::UNAVAILABLE.to_owned(), message };
                (StatusCode::SERVICE_UNAVAILABLE, Json(refusal)).into_response()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn damage_is_not_repeated_and_an_absent_server_is() {
        let damaged = Fault::from(BlobError::MissingChunk { name: "n".to_owned(), index: 0 });
        assert_eq!(damaged.into_response().status(), StatusCode::CONFLICT);
        let large = Fault::from(BlobError::TooLarge { bytes: 2, cap: 1 });
        assert_eq!(large.into_response().status(), StatusCode::PAYLOAD_TOO_LARGE);
        let away = Fault::from(kube::Error::LinesCodecMaxLineLengthExceeded);
        assert_eq!(away.into_response().status(), StatusCode::SERVICE_UNAVAILABLE);
    }
}
