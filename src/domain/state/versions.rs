//! Which states may follow which.

use super::{BlobRef, RESCUED_KEPT, StackHead, StateVersion, VERSIONS_KEPT, refusal};
use crate::{names::reason, wire::Refusal};
use serde::Deserialize;

/// What a state says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateSummary {
    /// Serial of the engine.
    pub serial: i64,
    /// Lineage of the engine.
    pub lineage: String,
    /// Managed resources in it; unknown when the engine encrypts its state.
    pub resources: Option<u64>,
}

/// A state that somebody hands over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incoming<'a> {
    /// uid of the pod.
    pub pod_uid: &'a str,
    /// uid of its session.
    pub session: &'a str,
    /// Lock id it is written under.
    pub lock_id: &'a str,
    /// What the state says of itself.
    pub summary: &'a StateSummary,
    /// Digest of its bytes.
    pub digest: &'a str,
}

/// What to do with a state that is in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Accept {
    /// Store the bytes, then call [`Store::record`].
    Store(Store),
    /// It is stored: the answer was lost.
    AlreadyStored,
}

/// A state that may be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Store {
    summary: StateSummary,
    session: String,
    lock_id: String,
}

impl Store {
    /// Makes the stored bytes the current state. Returns the bytes that nothing needs any more.
    pub fn record(self, head: &mut StackHead, blob: BlobRef) -> Vec<BlobRef> {
        let before = head.versions.last().map_or(0, |v| v.resources);
        head.versions.push(StateVersion {
            serial: self.summary.serial,
            lineage: self.summary.lineage,
            resources: self.summary.resources.unwrap_or(before),
            blob,
            session: self.session,
            lock_id: self.lock_id,
        });
        prune(head)
    }
}

/// Judges a state: the pod began the apply and holds the lock, the lineage is the same, the serial is higher
/// (or equal with the same bytes: a lost answer), and it is not emptied unless the approved plan says so.
pub fn accept(head: &StackHead, state: &Incoming<'_>) -> Result<Accept, Refusal> {
    let holds = head.lock.as_ref().is_some_and(|l| l.info.id == state.lock_id && l.pod_uid == state.pod_uid);
    if !holds {
        return Err(diverged(format!(
            "The state is not locked under {} by this run, so it is not stored. The runner hands the bytes over \
             as a rescue; plan anew.",
            state.lock_id
        )));
    }
    follows(head, state)
}

/// Judges a state that the engine could not store, by the same rules but the lock, which the engine has given
/// back by then.
pub fn rescue(head: &StackHead, state: &Incoming<'_>) -> Result<Accept, Refusal> {
    match &head.lock {
        Some(lock) if lock.pod_uid != state.pod_uid => Err(diverged(format!(
            "Job {} holds the lock, so the rescued state does not become current. It is kept; plan anew.",
            lock.job
        ))),
        _ => follows(head, state),
    }
}

fn follows(head: &StackHead, state: &Incoming<'_>) -> Result<Accept, Refusal> {
    let Some(applying) = head.applying.as_ref().filter(|a| a.pod_uid == state.pod_uid) else {
        return Err(diverged(
            "No apply of this run is open, so it writes no state. Ask for the claim first, or plan anew.",
        ));
    };
    let summary = state.summary;
    if let Some(current) = head.versions.last() {
        if current.lineage != summary.lineage {
            return Err(diverged(format!(
                "The state has the lineage {}, the stored one {}: they are not the same stack. Plan anew.",
                summary.lineage, current.lineage
            )));
        }
        if summary.serial == current.serial && state.digest == current.blob.digest {
            return Ok(Accept::AlreadyStored);
        }
        if summary.serial <= current.serial {
            return Err(diverged(format!(
                "The state has serial {}, the stored one {}: it is older or another. Plan anew.",
                summary.serial, current.serial
            )));
        }
        if summary.resources == Some(0) && current.resources > 0 && !applying.empties {
            return Err(diverged(format!(
                "The state is empty, the stored one holds {} resources, and the approved plan does not delete \
                 them all. It is not stored; look at what the engine did, then plan anew.",
                current.resources
            )));
        }
    }
    Ok(Accept::Store(Store {
        summary: summary.clone(),
        session: state.session.to_owned(),
        lock_id: state.lock_id.to_owned(),
    }))
}

/// Keeps a state that may not become current. Returns the bytes that nothing needs any more.
pub fn keep_rescued(head: &mut StackHead, state: &Incoming<'_>, blob: BlobRef) -> Vec<BlobRef> {
    if head.rescued.iter().any(|v| v.blob == blob) {
        return Vec::new();
    }
    head.rescued.push(StateVersion {
        serial: state.summary.serial,
        lineage: state.summary.lineage.clone(),
        resources: state.summary.resources.unwrap_or(0),
        blob,
        session: state.session.to_owned(),
        lock_id: state.lock_id.to_owned(),
    });
    let extra = head.rescued.len().saturating_sub(RESCUED_KEPT);
    let gone: Vec<BlobRef> = head.rescued.drain(..extra).map(|v| v.blob).collect();
    gone.into_iter().filter(|blob| !head.refers_to(blob)).collect()
}

fn prune(head: &mut StackHead) -> Vec<BlobRef> {
    let newest = head.versions.len().saturating_sub(VERSIONS_KEPT);
    let mut index = 0;
    let mut gone = Vec::new();
    let revisions = &head.revisions;
    head.versions.retain(|version| {
        let keep = index >= newest || revisions.iter().any(|r| r.serial == version.serial);
        index += 1;
        if !keep {
            gone.push(version.blob.clone());
        }
        keep
    });
    gone.retain(|blob| !head.refers_to(blob));
    gone
}

/// Reads what a state says of itself, encrypted or not.
pub fn summarise(bytes: &[u8]) -> Result<StateSummary, Refusal> {
    #[derive(Deserialize)]
    struct Instances {
        #[serde(default)]
        mode: String,
        #[serde(default)]
        instances: Vec<serde::de::IgnoredAny>,
    }
    #[derive(Deserialize)]
    struct State {
        serial: i64,
        lineage: String,
        #[serde(default)]
        encrypted_data: Option<serde::de::IgnoredAny>,
        #[serde(default)]
        resources: Vec<Instances>,
    }
    let state: State = serde_json::from_slice(bytes).map_err(|_| {
        refusal(
            reason::MALFORMED,
            "The body is not a state: it has no serial and lineage. Hand over the engine's bytes unchanged.",
        )
    })?;
    if state.serial < 0 || state.lineage.is_empty() || state.lineage.len() > 128 {
        return Err(refusal(
            reason::MALFORMED,
            "The state has no usable serial and lineage. Hand over the engine's bytes unchanged.",
        ));
    }
    let count =
        state.resources.iter().filter(|r| r.mode == "managed").map(|r| r.instances.len() as u64).sum();
    let resources = state.encrypted_data.is_none().then_some(count);
    Ok(StateSummary { serial: state.serial, lineage: state.lineage, resources })
}

fn diverged(message: impl Into<String>) -> Refusal {
    refusal(reason::STATE_DIVERGED, message)
}
