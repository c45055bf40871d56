//! What a reconcile can fail with, and what follows from each.

use crate::blob::BlobError;
use std::time::Duration;

/// A reconcile that could not be finished.
#[derive(thiserror::Error, Debug)]
pub enum ReconcileError {
    /// The API server said no, or nothing.
    #[error("the API server: {0}")]
    Api(#[from] kube::Error),
    /// Bytes could not be stored or read.
    #[error(transparent)]
    Blob(#[from] BlobError),
    /// The API server did not answer in time.
    #[error("not finished in {0:?}: the API server is slow or silent")]
    Slow(Duration),
    /// The object is not what the API server lets through.
    #[error("{0}")]
    Bug(String),
}

/// What to do about an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// Somebody else wrote first: look again at once.
    Conflict,
    /// Try again, later each time.
    Retry,
    /// Stored bytes or objects are not what they must be: try again, later each time.
    Broken,
    /// A right is missing: try each half minute, and say which.
    Forbidden,
    /// The object itself is wrong: wait for a change.
    Invalid,
}

impl ReconcileError {
    /// The class of this error.
    pub fn class(&self) -> Class {
        match self {
            Self::Api(error) | Self::Blob(BlobError::Api(error)) => match error {
                kube::Error::Api(status) => match status.code {
                    409 => Class::Conflict,
                    401 | 403 => Class::Forbidden,
                    422 => Class::Invalid,
                    _ => Class::Retry,
                },
                _ => Class::Retry,
            },
            Self::Slow(_) => Class::Retry,
            Self::Blob(_) | Self::Bug(_) => Class::Broken,
        }
    }

    /// Label of the metric.
    pub fn label(&self) -> &'static str {
        match self.class() {
            Class::Conflict => "conflict",
            Class::Retry => "retry",
            Class::Broken => "broken",
            Class::Forbidden => "forbidden",
            Class::Invalid => "invalid",
        }
    }

    /// When to look again after `failures` failures in a row: an API server that does not answer within 8 s, what is broken
    /// from half a second up to 4 min, conflicts at once.
    pub fn backoff(&self, failures: u32) -> Duration {
        match self.class() {
            Class::Conflict => Duration::from_millis(50 + 50 * u64::from(failures.min(20))),
            Class::Forbidden => Duration::from_secs(30),
            Class::Invalid => Duration::from_mins(5),
            Class::Retry => Duration::from_millis(250 * 2_u64.pow(failures.min(5))),
            Class::Broken => Duration::from_millis(250 * 2_u64.pow(failures.min(10))),
        }
    }
}
