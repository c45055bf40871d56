//! The log of a session: segments in the order in which pods began to write, each in chunks.

use super::head::TRIES;
use super::{BlobError, BlobStore, Owner, SecretStore, code, data, unreadable, value};
use crate::domain::{ids, state::BlobRef};
use k8s_openapi::api::core::v1::Secret;
use kube::api::{Api, PostParams};
use serde::{Deserialize, Serialize};

const KEY: &str = "head";
/// A last chunk below this is rewritten with what follows, so that a slow log does not become many Secrets.
const FULL: u64 = 256 * 1024;
/// Bytes that one session may log; what follows is counted and not kept.
pub const MAX_LOG: u64 = 64 * 1024 * 1024;

/// The head of a session's log.
#[derive(Serialize, Deserialize, Debug, Clone, PartialEq, Eq, Default)]
pub struct LogHead {
    /// In the order in which they began.
    pub segments: Vec<Segment>,
}

/// What one pod wrote.
#[derive(Serialize, Deserialize, Debug, Clone, PartialEq, Eq, Default)]
pub struct Segment {
    /// Its Job.
    pub job: String,
    /// Its uid.
    pub pod: String,
    /// The bytes, in order.
    pub chunks: Vec<BlobRef>,
    /// Bytes kept.
    pub bytes: u64,
    /// Bytes received and not kept, for want of room.
    #[serde(default)]
    pub dropped: u64,
}

impl LogHead {
    /// Bytes kept.
    pub fn bytes(&self) -> u64 {
        self.segments.iter().map(|s| s.bytes).sum()
    }

    /// Bytes received from a pod.
    pub fn received(&self, pod: &str) -> u64 {
        self.segments.iter().find(|s| s.pod == pod).map_or(0, |s| s.bytes.saturating_add(s.dropped))
    }

    /// Only the last segment grows: a pod after which another began has ended.
    pub fn may_grow(&self, pod: &str) -> bool {
        self.segments.last().is_some_and(|s| s.pod == pod) || !self.segments.iter().any(|s| s.pod == pod)
    }
}

/// A piece of log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slice {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// Where to go on.
    pub next: u64,
    /// Bytes kept in all.
    pub total: u64,
}

/// Who writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Writer {
    /// The session.
    pub owner: Owner,
    /// Its Job.
    pub job: String,
    /// uid of the Job's pod.
    pub pod: String,
}

/// The head of a session's log; empty before anything was written.
pub async fn load(client: &kube::Client, namespace: &str, session_uid: &str) -> Result<LogHead, BlobError> {
    let name = ids::log_head(session_uid);
    match api(client, namespace).get_opt(&name).await? {
        Some(secret) if owned(&secret, session_uid) => parse(&name, &secret),
        Some(_) => Err(BlobError::NameTaken { name }),
        None => Ok(LogHead::default()),
    }
}

/// What appending did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Appended {
    /// Bytes of this pod that are stored.
    pub durable: u64,
    /// Another pod began after this one, which may not write any more.
    pub closed: bool,
}

/// Appends what a pod wrote from `offset` on, counted in its own bytes. What is stored already is skipped; a
/// gap, or a pod that may not write any more, stores nothing.
pub async fn append(
    client: &kube::Client,
    writer: &Writer,
    offset: u64,
    bytes: &[u8],
) -> Result<Appended, BlobError> {
    let name = ids::log_head(&writer.owner.uid);
    let api = api(client, &writer.owner.namespace);
    let store = SecretStore { client: client.clone() };
    let mut tries: u32 = 0;
    loop {
        let stored = api.get_opt(&name).await?;
        if stored.as_ref().is_some_and(|secret| !owned(secret, &writer.owner.uid)) {
            return Err(BlobError::NameTaken { name });
        }
        let mut head = stored.as_ref().map(|secret| parse(&name, secret)).transpose()?.unwrap_or_default();
        let have = head.received(&writer.pod);
        if !head.may_grow(&writer.pod) {
            return Ok(Appended { durable: have, closed: true });
        }
        let unchanged = Ok(Appended { durable: have, closed: false });
        let skip = usize::try_from(have.saturating_sub(offset)).unwrap_or(usize::MAX);
        let Some(fresh) = bytes.get(skip..).filter(|rest| !rest.is_empty()) else { return unchanged };
        if offset > have {
            return unchanged;
        }
        let replaced = grow(&store, &mut head, writer, fresh).await?;
        let durable = head.received(&writer.pod);
        let bytes = serde_json::to_vec(&head).map_err(kube::Error::SerdeError)?;
        let written = match stored {
            None => {
                let metadata = writer.owner.meta(&name, "log-head");
                let secret = Secret { metadata, data: Some(data(KEY, bytes)), ..Secret::default() };
                api.create(&PostParams::default(), &secret).await
            }
            Some(mut secret) => {
                secret.data = Some(data(KEY, bytes));
                api.replace(&name, &PostParams::default(), &secret).await
            }
        };
        match written {
            Ok(_) => {
                if let Some(blob) = replaced {
                    store.delete(&writer.owner.namespace, &blob).await?;
                }
                return Ok(Appended { durable, closed: false });
            }
            Err(error) if code(&error) == 409 && tries + 1 < TRIES => tries += 1,
            Err(error) => return Err(error.into()),
        }
    }
}

/// Adds bytes to the last segment, or a new one. Returns the chunk that was rewritten.
async fn grow(
    store: &SecretStore,
    head: &mut LogHead,
    writer: &Writer,
    fresh: &[u8],
) -> Result<Option<BlobRef>, BlobError> {
    let room = MAX_LOG.saturating_sub(head.bytes());
    let fits = usize::try_from(room).unwrap_or(usize::MAX).min(fresh.len());
    let (kept, lost) = fresh.split_at(fits);
    let mut segment = match head.segments.pop() {
        Some(own) if own.pod == writer.pod => own,
        other => {
            head.segments.extend(other);
            Segment { job: writer.job.clone(), pod: writer.pod.clone(), ..Segment::default() }
        }
    };
    segment.dropped = segment.dropped.saturating_add(lost.len() as u64);
    let mut replaced = None;
    if !kept.is_empty() {
        let mut chunk = Vec::new();
        if let Some(small) = segment.chunks.pop_if(|last| last.bytes < FULL) {
            chunk = store.get(&writer.owner.namespace, &small).await?;
            replaced = Some(small);
        }
        chunk.extend_from_slice(kept);
        let blob = store.put(&writer.owner, "log", &chunk).await?;
        segment.bytes = segment.bytes.saturating_add(kept.len() as u64);
        segment.chunks.push(blob);
    }
    head.segments.push(segment);
    // The same content may stand elsewhere in the log, under the same name.
    Ok(replaced.filter(|old| !head.segments.iter().flat_map(|s| &s.chunks).any(|c| c.name == old.name)))
}

/// Reads up to `max` bytes from `offset`, across segments.
pub async fn read(
    client: &kube::Client,
    namespace: &str,
    session_uid: &str,
    offset: u64,
    max: usize,
) -> Result<Slice, BlobError> {
    let store = SecretStore { client: client.clone() };
    let mut again = true;
    loop {
        let head = load(client, namespace, session_uid).await?;
        match read_from(&store, namespace, &head, offset, max).await {
            // The last chunk was rewritten between the two reads.
            Err(BlobError::MissingChunk { .. }) if again => again = false,
            other => return other,
        }
    }
}

async fn read_from(
    store: &SecretStore,
    namespace: &str,
    head: &LogHead,
    offset: u64,
    max: usize,
) -> Result<Slice, BlobError> {
    let total = head.bytes();
    let mut bytes = Vec::new();
    let mut start: u64 = 0;
    let offset = offset.min(total);
    for blob in head.segments.iter().flat_map(|s| &s.chunks) {
        let end = start.saturating_add(blob.bytes);
        if end > offset && bytes.len() < max {
            let skip = usize::try_from(offset.saturating_sub(start)).unwrap_or(usize::MAX);
            let chunk = store.get(namespace, blob).await?;
            bytes.extend(chunk.iter().skip(skip).take(max.saturating_sub(bytes.len())));
        }
        start = end;
    }
    let next = offset.saturating_add(bytes.len() as u64);
    Ok(Slice { bytes, next, total })
}

fn api(client: &kube::Client, namespace: &str) -> Api<Secret> {
    Api::namespaced(client.clone(), namespace)
}

fn owned(secret: &Secret, uid: &str) -> bool {
    secret.metadata.owner_references.iter().flatten().any(|r| r.uid == uid)
}

fn parse(name: &str, secret: &Secret) -> Result<LogHead, BlobError> {
    let bytes = value(secret, KEY).unwrap_or_default();
    serde_json::from_slice(bytes).map_err(|_| unreadable(name, bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segment(pod: &str, bytes: u64, dropped: u64) -> Segment {
        Segment { pod: pod.to_owned(), bytes, dropped, ..Segment::default() }
    }

    #[test]
    fn only_the_last_pod_and_a_new_one_write() {
        let head = LogHead { segments: vec![segment("a", 5, 0), segment("b", 3, 2)] };
        assert!(!head.may_grow("a") && head.may_grow("b") && head.may_grow("c"));
        assert_eq!((head.bytes(), head.received("b"), head.received("c")), (8, 5, 0));
    }
}
