//! The lock of a state: idempotent by id, never held by two, released only by its holder or on proof.

use super::{StackHead, StackLock, refusal};
use crate::{names::reason, wire::EngineLock, wire::Refusal};
use std::collections::BTreeMap;

/// What became of a wish to lock.
#[derive(Debug, Clone, PartialEq)]
pub enum LockOutcome {
    /// The caller holds the lock, now or since before.
    Held,
    /// Another holds it, in the words of its engine.
    HeldBy(EngineLock),
}

/// Locks for `wanted`, unless another holds the lock or has an unsettled apply. The same id from the same pod
/// is the repeat of a lost answer; another pod of the same Job comes only after the first has ended, so what
/// that one locked to plan is free.
pub fn lock(head: &mut StackHead, wanted: StackLock) -> LockOutcome {
    if head.applying.is_none() {
        head.lock.take_if(|held| held.job == wanted.job && held.pod_uid != wanted.pod_uid);
    }
    if let Some(held) = &head.lock {
        return if held.info.id == wanted.info.id && held.pod_uid == wanted.pod_uid {
            LockOutcome::Held
        } else {
            LockOutcome::HeldBy(held.info.clone())
        };
    }
    if let Some(applying) = &head.applying
        && applying.pod_uid != wanted.pod_uid
    {
        return LockOutcome::HeldBy(words_for(&applying.job, &applying.plan_digest));
    }
    head.lock = Some(wanted);
    LockOutcome::Held
}

/// Unlocks. Nothing locked is fine: it is the repeat of a lost answer.
pub fn unlock(head: &mut StackHead, pod_uid: &str, id: &str) -> Result<(), Refusal> {
    match &head.lock {
        None => Ok(()),
        Some(lock) if lock.info.id == id && lock.pod_uid == pod_uid => {
            head.lock = None;
            Ok(())
        }
        Some(lock) => Err(refusal(
            reason::STATE_LOCKED,
            format!(
                "The state is locked under {}, by job {}, not under {id}. Only its holder unlocks it; wait for \
                 that job to end.",
                lock.info.id, lock.job
            ),
        )),
    }
}

/// Drops the lock of a pod that is proven to be gone, or that reported its end.
pub fn release(head: &mut StackHead, pod_uid: &str) {
    if head.lock.as_ref().is_some_and(|held| held.pod_uid == pod_uid) {
        head.lock = None;
    }
}

fn words_for(job: &str, plan_digest: &str) -> EngineLock {
    let text = |value: &str| serde_json::Value::String(value.to_owned());
    EngineLock {
        id: plan_digest.to_owned(),
        rest: BTreeMap::from([
            ("Operation".to_owned(), text("OperationTypeApply")),
            ("Info".to_owned(), text("an apply that has not been settled")),
            ("Who".to_owned(), text(job)),
            ("Version".to_owned(), text("")),
            ("Created".to_owned(), text("1970-01-01T00:00:00Z")),
            ("Path".to_owned(), text("")),
        ]),
    }
}
