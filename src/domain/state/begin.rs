//! How an apply begins and how it is settled.

use super::{Applying, BlobRef, JOURNAL_KEPT, REVISIONS_KEPT, Revision, StackHead, refusal};
use crate::{
    names::reason,
    wire::{JournalEntry, JournalEvent, Refusal},
};
use std::collections::BTreeMap;

/// An apply that asks to begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Begin {
    /// Digest of the plan.
    pub plan_digest: String,
    /// uid of the session.
    pub session: String,
    /// Job whose pod asks.
    pub job: String,
    /// uid of that pod.
    pub pod_uid: String,
    /// Serial of the state that the plan was made from.
    pub serial: i64,
    /// The plan deletes everything.
    pub empties: bool,
}

/// Sets `applying`, unless another apply is unsettled or the state moved on. Repeating changes nothing.
pub fn begin(head: &mut StackHead, wish: &Begin) -> Result<(), Refusal> {
    if let Some(open) = &head.applying {
        if open.pod_uid == wish.pod_uid && open.plan_digest == wish.plan_digest {
            return Ok(());
        }
        return Err(refusal(
            reason::STALE_PLAN,
            format!(
                "Job {} began an apply on this stack that has not been settled. Wait until its session ended, \
                 then plan anew.",
                open.job
            ),
        ));
    }
    if head.serial() != wish.serial {
        return Err(refusal(
            reason::STALE_PLAN,
            format!(
                "The plan was made from serial {} of the state, which has moved on to {}. Plan anew.",
                wish.serial,
                head.serial()
            ),
        ));
    }
    head.applying = Some(Applying {
        plan_digest: wish.plan_digest.clone(),
        session: wish.session.clone(),
        job: wish.job.clone(),
        pod_uid: wish.pod_uid.clone(),
        serial: wish.serial,
        empties: wish.empties,
        journal: BTreeMap::new(),
    });
    Ok(())
}

/// Notes what happened to a resource. An end is never replaced by a start that arrives late.
pub fn journal(head: &mut StackHead, pod_uid: &str, entry: JournalEntry) -> Result<(), Refusal> {
    let Some(open) = head.applying.as_mut().filter(|a| a.pod_uid == pod_uid) else {
        return Err(refusal(
            reason::STALE_PLAN,
            "No apply of this run is open, so there is nothing to note. Ask for the claim first.",
        ));
    };
    let room = open.journal.len() < JOURNAL_KEPT;
    match open.journal.get_mut(&entry.address) {
        Some(noted) if entry.event == JournalEvent::Started && noted.event != JournalEvent::Started => {}
        Some(noted) => {
            let id = entry.id.clone().or_else(|| noted.id.take());
            *noted = JournalEntry { id, ..entry };
        }
        None if room => {
            open.journal.insert(entry.address.clone(), entry);
        }
        None => {}
    }
    Ok(())
}

/// The configuration that an apply made real.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRevision {
    /// Name of the session.
    pub session: String,
    /// The bundle, owned by the project.
    pub bundle: BlobRef,
}

/// What settling did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Settled {
    /// Number of the recorded revision.
    pub revision: Option<i64>,
    /// Bundles that nothing needs any more.
    pub dropped: Vec<BlobRef>,
}

/// Records what a plan without changes was made from: the cloud is as asked already. Repeating gives the same
/// answer; an open apply must be settled first.
pub fn adopt(
    head: &mut StackHead,
    session_uid: &str,
    plan_digest: &str,
    new: &NewRevision,
) -> Result<Settled, Refusal> {
    if head.applying.is_some() {
        return Err(refusal(
            reason::OUTCOME_UNKNOWN,
            "Another apply is open on this stack. Wait until its session ended, then plan anew.",
        ));
    }
    let known = |r: &&Revision| r.session_uid == session_uid && r.plan_digest == plan_digest;
    if let Some(number) = head.revisions.iter().find(known).map(|r| r.number) {
        return Ok(Settled { revision: Some(number), dropped: Vec::new() });
    }
    Ok(record(head, session_uid, plan_digest, new))
}

/// Closes an apply whose end is known, or whose holder is proven to be gone: `applying` and its lock go, a
/// success becomes a revision. Repeating gives the same answer.
pub fn settle(
    head: &mut StackHead,
    session_uid: &str,
    plan_digest: &str,
    success: Option<&NewRevision>,
) -> Result<Settled, Refusal> {
    let recorded = head
        .revisions
        .iter()
        .find(|r| r.session_uid == session_uid && r.plan_digest == plan_digest)
        .map(|r| r.number);
    let open = match head.applying.take() {
        Some(open) if open.session == session_uid && open.plan_digest == plan_digest => open,
        other => {
            let unclaimed = other.is_none();
            head.applying = other;
            return if success.is_none() || recorded.is_some() {
                Ok(Settled { revision: recorded, dropped: Vec::new() })
            } else if unclaimed {
                Err(refusal(
                    reason::OUTCOME_UNKNOWN,
                    "No apply of this plan is open, so there is nothing to record. Plan anew.",
                ))
            } else {
                Err(refusal(
                    reason::OUTCOME_UNKNOWN,
                    "Another apply is open on this stack. Wait until its session ended, then plan anew.",
                ))
            };
        }
    };
    super::release(head, &open.pod_uid);
    let Some(new) = success else { return Ok(Settled { revision: recorded, dropped: Vec::new() }) };
    if recorded.is_some() {
        return Ok(Settled { revision: recorded, dropped: Vec::new() });
    }
    Ok(record(head, session_uid, plan_digest, new))
}

/// Drops what a session left that is gone with all its pods: its lock, its open apply. Tells whether an apply
/// was open.
pub fn abandon(head: &mut StackHead, session_uid: &str) -> bool {
    head.lock.take_if(|lock| lock.session == session_uid);
    head.applying.take_if(|open| open.session == session_uid).is_some()
}

/// Adds a revision; the oldest beyond [`REVISIONS_KEPT`] go.
fn record(head: &mut StackHead, session_uid: &str, plan_digest: &str, new: &NewRevision) -> Settled {
    let number = head.revisions.last().map_or(1, |r| r.number.saturating_add(1));
    head.revisions.push(Revision {
        number,
        session: new.session.clone(),
        session_uid: session_uid.to_owned(),
        plan_digest: plan_digest.to_owned(),
        bundle: new.bundle.clone(),
        serial: head.serial(),
    });
    let extra = head.revisions.len().saturating_sub(REVISIONS_KEPT);
    let gone: Vec<BlobRef> = head.revisions.drain(..extra).map(|r| r.bundle).collect();
    let dropped = gone.into_iter().filter(|blob| !head.refers_to(blob)).collect();
    Settled { revision: Some(number), dropped }
}
