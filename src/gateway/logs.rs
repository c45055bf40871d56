//! Logs on their way: gathered in memory, stored in pieces worth storing.

use super::{App, auth::Caller, error::Fault};
use crate::blob::log::{self, Writer};
use crate::wire::LogAnswer;
use axum::Json;
use axum::extract::{Query, State};
use bytes::Bytes;
use serde::Deserialize;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

const FULL: usize = 256 * 1024;
const AGE: Duration = Duration::from_secs(10);
const FORGET: Duration = Duration::from_secs(600);
/// What one run may leave in memory while the API server is away.
const MOST: usize = 4 * 1024 * 1024;
/// Runs that may have something in memory.
const RUNS: usize = 512;

/// Where a piece of log begins.
#[derive(Deserialize)]
pub struct Piece {
    offset: u64,
    #[serde(rename = "final", default)]
    last: bool,
}

/// Pieces that are not stored yet, by the uid of the pod.
#[derive(Default)]
pub struct Logs {
    runs: Mutex<HashMap<String, Arc<tokio::sync::Mutex<Buffer>>>>,
}

/// What one pod sent.
struct Buffer {
    writer: Writer,
    /// Bytes that are stored; `None` before the head was read.
    stored: Option<u64>,
    waiting: Vec<u8>,
    since: Option<Instant>,
    used: Instant,
    closed: bool,
}

/// `POST /v1/log?offset=N&final=true`
pub async fn append(
    State(app): State<App>,
    caller: Caller,
    Query(piece): Query<Piece>,
    body: Bytes,
) -> Result<Json<LogAnswer>, Fault> {
    let buffer = app.logs.buffer(&caller)?;
    let mut buffer = buffer.lock().await;
    if buffer.stored.is_none() {
        let head = log::load(&app.client, &caller.namespace, &caller.session_uid).await?;
        buffer.stored = Some(head.received(&caller.pod_uid));
        buffer.closed = !head.may_grow(&caller.pod_uid);
    }
    buffer.take(piece.offset, &body)?;
    let due = buffer.since.is_some_and(|since| since.elapsed() >= AGE);
    if piece.last || due || buffer.waiting.len() >= FULL {
        let before = buffer.answer().received;
        buffer.store(&app.client).await?;
        if buffer.answer().received < before {
            return Err(Fault::Gap(buffer.answer()));
        }
    }
    if buffer.closed {
        // Another pod took over; what this one still says is not kept, and it need not wait.
        let received = piece.offset.saturating_add(body.len() as u64);
        return Ok(Json(LogAnswer { received, durable: received }));
    }
    Ok(Json(buffer.answer()))
}

impl Buffer {
    fn answer(&self) -> LogAnswer {
        let durable = self.stored.unwrap_or(0);
        LogAnswer { received: durable.saturating_add(self.waiting.len() as u64), durable }
    }

    /// Takes what is new; a gap is told.
    fn take(&mut self, offset: u64, body: &[u8]) -> Result<(), Fault> {
        self.used = Instant::now();
        if self.closed {
            return Ok(());
        }
        let answer = self.answer();
        let Some(skip) = answer.received.checked_sub(offset) else { return Err(Fault::Gap(answer)) };
        let skip = usize::try_from(skip).unwrap_or(usize::MAX);
        let Some(fresh) = body.get(skip..).filter(|rest| !rest.is_empty()) else { return Ok(()) };
        if self.waiting.len().saturating_add(fresh.len()) > MOST {
            return Err(Fault::Unavailable("the log cannot be stored now; keep it and repeat".to_owned()));
        }
        self.waiting.extend_from_slice(fresh);
        self.since.get_or_insert_with(Instant::now);
        Ok(())
    }

    /// Stores what waits.
    async fn store(&mut self, client: &kube::Client) -> Result<(), Fault> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        let from = self.stored.unwrap_or(0);
        let done = log::append(client, &self.writer, from, &self.waiting).await?;
        self.closed = done.closed;
        // Stored by another gateway meanwhile, or lost with it: the runner sends again what is missing.
        self.stored = Some(done.durable);
        self.waiting.clear();
        self.since = None;
        Ok(())
    }
}

impl Logs {
    fn buffer(&self, caller: &Caller) -> Result<Arc<tokio::sync::Mutex<Buffer>>, Fault> {
        let mut runs = self.runs.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(buffer) = runs.get(&caller.pod_uid) {
            return Ok(Arc::clone(buffer));
        }
        if runs.len() >= RUNS {
            return Err(Fault::Unavailable("too many runs log at once; keep it and repeat".to_owned()));
        }
        let buffer = Arc::new(tokio::sync::Mutex::new(Buffer {
            writer: Writer {
                owner: caller.session_owner(),
                job: caller.job.clone(),
                pod: caller.pod_uid.clone(),
            },
            stored: None,
            waiting: Vec::new(),
            since: None,
            used: Instant::now(),
            closed: false,
        }));
        runs.insert(caller.pod_uid.clone(), Arc::clone(&buffer));
        Ok(buffer)
    }

    fn all(&self) -> Vec<Arc<tokio::sync::Mutex<Buffer>>> {
        self.runs.lock().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }

    /// Stores what a pod sent, as it is about to end.
    pub async fn finish(&self, client: &kube::Client, pod_uid: &str) {
        let buffer = self.runs.lock().unwrap_or_else(PoisonError::into_inner).get(pod_uid).cloned();
        if let Some(buffer) = buffer {
            note(buffer.lock().await.store(client).await);
        }
    }

    /// What one session's run has in memory: its pod, the offset in that pod's bytes, the bytes.
    pub async fn tail(&self, session_uid: &str) -> Option<(String, u64, Vec<u8>)> {
        let mut found = None;
        for buffer in self.all() {
            let buffer = buffer.lock().await;
            if buffer.writer.owner.uid == session_uid && !buffer.closed && !buffer.waiting.is_empty() {
                if found.is_some() {
                    return None;
                }
                found = Some((buffer.writer.pod.clone(), buffer.stored?, buffer.waiting.clone()));
            }
        }
        found
    }

    /// Stores in time what came in slowly, forgets runs that ended, and stores everything at the end.
    pub async fn keep(&self, client: &kube::Client, stop: &CancellationToken) {
        while stop.run_until_cancelled(tokio::time::sleep(Duration::from_secs(2))).await.is_some() {
            for buffer in self.all() {
                let Ok(mut buffer) = buffer.try_lock() else { continue };
                if buffer.since.is_some_and(|since| since.elapsed() >= AGE) {
                    note(buffer.store(client).await);
                }
            }
            self.forget();
        }
    }

    /// Stores everything that waits.
    pub async fn flush(&self, client: &kube::Client) {
        for buffer in self.all() {
            note(buffer.lock().await.store(client).await);
        }
    }

    fn forget(&self) {
        let mut runs = self.runs.lock().unwrap_or_else(PoisonError::into_inner);
        runs.retain(|_, buffer| {
            Arc::strong_count(buffer) > 1
                || buffer.try_lock().map_or(true, |b| !b.waiting.is_empty() || b.used.elapsed() < FORGET)
        });
    }
}

fn note(stored: Result<(), Fault>) {
    if stored.is_err() {
        tracing::warn!("a log could not be stored; it is tried again");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::blob::Owner;

    fn buffer() -> Buffer {
        let owner = Owner {
            namespace: "n".to_owned(),
            kind: Owner::SESSION,
            name: "s".to_owned(),
            uid: "u".to_owned(),
        };
        Buffer {
            writer: Writer { owner, job: "j".to_owned(), pod: "p".to_owned() },
            stored: Some(10),
            waiting: Vec::new(),
            since: None,
            used: Instant::now(),
            closed: false,
        }
    }

    #[test]
    fn what_came_before_is_skipped_and_a_gap_is_told() {
        let mut buffer = buffer();
        buffer.take(8, b"xxabc").unwrap();
        assert_eq!(buffer.waiting, b"abc");
        buffer.take(10, b"abc").unwrap();
        buffer.take(12, b"cd").unwrap();
        assert_eq!(buffer.waiting, b"abcd");
        assert_eq!(buffer.answer(), LogAnswer { received: 14, durable: 10 });
        assert!(matches!(buffer.take(15, b"z"), Err(Fault::Gap(LogAnswer { received: 14, .. }))));
    }

    #[test]
    fn memory_is_bounded() {
        let mut buffer = buffer();
        assert!(buffer.take(10, &vec![0; MOST]).is_ok());
        assert!(matches!(buffer.take(10 + MOST as u64, b"z"), Err(Fault::Unavailable(_))));
    }
}
