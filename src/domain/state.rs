//! What a stack's head remembers, and what may be stored, locked and begun.

mod begin;
mod lock;
mod versions;

pub use begin::{Begin, NewRevision, Settled, abandon, adopt, begin, journal, settle};
pub use lock::{LockOutcome, lock, release, unlock};
pub use versions::{Accept, Incoming, StateSummary, Store, accept, keep_rescued, rescue, summarise};

pub use crate::api::session::BlobRef;

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// State versions that stay, beside the last of each kept revision.
pub const VERSIONS_KEPT: usize = 20;
/// Revisions that stay.
pub const REVISIONS_KEPT: usize = 50;
/// Rescued states that stay.
pub const RESCUED_KEPT: usize = 10;
/// Resources that the journal of one apply remembers.
pub const JOURNAL_KEPT: usize = 600;

/// The head of one stack. Stored as JSON in one Secret, owned by the project, changed by compare-and-swap.
#[derive(Serialize, Deserialize, Debug, Clone, PartialEq, Default)]
#[serde(rename_all = "camelCase", default)]
pub struct StackHead {
    /// Stored state versions, oldest first; the last is current.
    pub versions: Vec<StateVersion>,
    /// States that could not be accepted, kept for a person to look at.
    pub rescued: Vec<StateVersion>,
    /// Who locks the state.
    pub lock: Option<StackLock>,
    /// The apply that began and has not been settled.
    pub applying: Option<Applying>,
    /// Revisions applied, oldest first; the last is what runs. At most 50.
    pub revisions: Vec<Revision>,
}

/// One stored state.
#[derive(Serialize, Deserialize, Debug, Clone, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct StateVersion {
    /// Serial of the engine.
    pub serial: i64,
    /// Lineage of the engine.
    pub lineage: String,
    /// Managed resources in it.
    pub resources: u64,
    /// The bytes.
    pub blob: BlobRef,
    /// uid of the session that stored it.
    pub session: String,
    /// Engine lock under which it was stored.
    pub lock_id: String,
}

/// Who locks a state.
#[derive(Serialize, Deserialize, Debug, Clone, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct StackLock {
    /// The engine's words.
    pub info: crate::wire::EngineLock,
    /// uid of the pod that holds it.
    pub pod_uid: String,
    /// Job of that pod.
    pub job: String,
    /// uid of its session.
    pub session: String,
}

/// An apply that began.
#[derive(Serialize, Deserialize, Debug, Clone, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct Applying {
    /// Digest of the plan.
    pub plan_digest: String,
    /// uid of the session.
    pub session: String,
    /// Job whose pod began.
    pub job: String,
    /// uid of that pod.
    pub pod_uid: String,
    /// Serial of the state it began on.
    pub serial: i64,
    /// The plan deletes everything, so the state may become empty.
    pub empties: bool,
    /// Resources begun, completed or failed, by address, as far as the runner told.
    #[serde(default)]
    pub journal: BTreeMap<String, crate::wire::JournalEntry>,
}

/// One applied configuration.
#[derive(Serialize, Deserialize, Debug, Clone, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct Revision {
    /// Number, from 1.
    pub number: i64,
    /// Name of the session.
    pub session: String,
    /// uid of the session.
    pub session_uid: String,
    /// Digest of the plan.
    pub plan_digest: String,
    /// The bundle it was made from, owned by the project.
    pub bundle: BlobRef,
    /// Serial of the state after it.
    pub serial: i64,
}

impl StackHead {
    /// Serial of the current state; 0 when nothing was ever stored.
    pub fn serial(&self) -> i64 {
        self.versions.last().map_or(0, |v| v.serial)
    }

    /// The pod that began an apply which nobody has settled.
    pub fn applies(&self, pod_uid: &str) -> bool {
        self.applying.as_ref().is_some_and(|a| a.pod_uid == pod_uid)
    }

    /// True when some version, rescue or revision still needs these bytes.
    pub fn refers_to(&self, blob: &BlobRef) -> bool {
        self.versions.iter().chain(&self.rescued).any(|v| v.blob.name == blob.name)
            || self.revisions.iter().any(|r| r.bundle.name == blob.name)
    }
}

fn refusal(reason: &str, message: impl Into<String>) -> crate::wire::Refusal {
    crate::wire::Refusal { reason: reason.to_owned(), message: message.into() }
}

#[cfg(test)]
mod tests;
