//! The run's log: redacted lines, sent in pieces, kept until they are stored for good.

use super::gateway::{Call, Gateway};
use super::signals::Limit;
use crate::terraform::redact::Redactor;
use crate::wire::LogAnswer;
use bytes::Bytes;
use http::{Method, StatusCode};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// Longest piece of one call.
const PIECE: usize = 64 << 10;
/// What is kept at most of what is not stored.
const SPOOL: usize = 8 << 20;
/// Longest line.
const LINE: usize = 16 << 10;
/// How often pieces are sent.
const EVERY: Duration = Duration::from_millis(500);

/// The run's log; its copies write to the same one.
#[derive(Clone)]
pub(super) struct Log {
    shared: Arc<Mutex<Shared>>,
}

struct Shared {
    redactor: Redactor,
    spool: Spool,
}

/// Bytes that the gateway has not stored for good. Offsets are those of the run.
#[derive(Default)]
struct Spool {
    bytes: Vec<u8>,
    /// Offset of the first byte kept.
    base: u64,
    /// Offset up to which the gateway has received.
    sent: u64,
    /// Offset up to which a call is under way: what lies before must not change.
    promised: u64,
}

impl Log {
    pub(super) fn new(secrets: Vec<String>) -> Self {
        let shared = Shared { redactor: Redactor::new(secrets), spool: Spool::default() };
        Self { shared: Arc::new(Mutex::new(shared)) }
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes one line, without secrets and control characters.
    pub(super) fn line(&self, text: &str) {
        let mut shared = self.lock();
        let clean: String = shared
            .redactor
            .redact_text(text)
            .chars()
            .filter(|c| !c.is_control() || matches!(c, '\t' | '\n'))
            .collect();
        let short = super::cut(&clean, LINE);
        let mark = if short.len() < clean.len() { " […]" } else { "" };
        let out = shared.redactor.feed(format!("{short}{mark}\n").as_bytes());
        shared.spool.push(&out);
    }

    /// Writes the heading of a step.
    pub(super) fn step(&self, name: &str) {
        self.line(&format!("── {name}"));
    }

    /// Text without secrets.
    pub(super) fn redact(&self, text: &str) -> String {
        self.lock().redactor.redact_text(text)
    }

    /// Sends pieces until it is dropped.
    pub(super) async fn ship(self, gateway: Gateway) {
        loop {
            tokio::time::sleep(EVERY).await;
            while let Ok(true) = self.send_piece(&gateway, Limit::Short(Instant::now()), false).await {}
        }
    }

    /// Sends all that is left, as the last of this run. [`Log::ship`] must have ended.
    pub(super) async fn finish(&self, gateway: &Gateway) -> Result<(), String> {
        {
            let mut shared = self.lock();
            let rest = shared.redactor.finish();
            shared.spool.push(&rest);
        }
        let limit = Limit::Short(Instant::now() + Duration::from_secs(20));
        while self.send_piece(gateway, limit, false).await? {}
        // A gateway that lost what it had not stored asks for the end again.
        for _ in 0..4 {
            self.send_piece(gateway, limit, true).await?;
            if self.lock().spool.bytes.is_empty() {
                return Ok(());
            }
            while self.send_piece(gateway, limit, false).await? {}
        }
        Err("the gateway does not take the end of the log".to_owned())
    }

    /// Sends one piece; true when there is more to send.
    async fn send_piece(&self, gateway: &Gateway, limit: Limit, last: bool) -> Result<bool, String> {
        let (offset, piece) = self.lock().spool.piece();
        if piece.is_empty() && !last {
            return Ok(false);
        }
        let offset = offset.to_string();
        let query = [("offset", offset.as_str()), ("final", "true")];
        let query = if last { &query[..] } else { query.split_at(1).0 };
        let call = Call { query, ..Call::new(Method::POST, "/v1/log", Bytes::from(piece)) };
        let answer = gateway.call(&call, limit).await.map_err(|error| error.to_string())?;
        if answer.status != StatusCode::CONFLICT && !answer.status.is_success() {
            return Err(format!("the log was refused with {}", answer.status));
        }
        let answer: LogAnswer =
            serde_json::from_slice(&answer.body).map_err(|error| format!("log: {error}"))?;
        let mut shared = self.lock();
        shared.spool.answered(answer);
        Ok(shared.spool.unsent() > 0)
    }
}

impl Spool {
    fn end(&self) -> u64 {
        self.base + self.bytes.len() as u64
    }

    fn unsent(&self) -> u64 {
        self.end().saturating_sub(self.sent)
    }

    fn index(&self, offset: u64) -> usize {
        usize::try_from(offset.saturating_sub(self.base)).unwrap_or(usize::MAX).min(self.bytes.len())
    }

    fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
        let surplus = self.bytes.len().saturating_sub(SPOOL);
        if surplus == 0 {
            return;
        }
        // An eighth more than needed, so that not every line moves all bytes.
        let drop = surplus + SPOOL / 8;
        let seen = self.index(self.sent.max(self.promised));
        if seen >= drop {
            // The gateway has these, though only in memory: they are not kept for a resend.
            self.bytes.drain(..drop);
            self.base += drop as u64;
        } else {
            // Never received: what follows moves up, and a mark tells of the gap.
            let end = (seen + drop).min(self.bytes.len());
            let mark = format!("\n[… {} bytes of the log are lost: the gateway was away …]\n", end - seen);
            self.bytes.splice(seen..end, mark.into_bytes());
        }
    }

    fn piece(&mut self) -> (u64, Vec<u8>) {
        let start = self.index(self.sent);
        let end = (start + PIECE).min(self.bytes.len());
        self.promised = self.base + end as u64;
        (self.sent, self.bytes.get(start..end).unwrap_or_default().to_vec())
    }

    fn answered(&mut self, answer: LogAnswer) {
        self.promised = 0;
        if answer.received < self.base {
            let mark = "\n[… a part of the log is lost: the gateway started anew …]\n";
            self.bytes.splice(..0, mark.bytes());
            self.base = answer.received;
        }
        if answer.received > self.end() {
            // More than we ever said: an earlier container of this pod. Ours goes behind it.
            let unsent = self.index(self.sent);
            self.bytes.drain(..unsent);
            self.base = answer.received;
        }
        self.sent = answer.received;
        let durable = self.index(answer.durable.min(self.sent));
        self.bytes.drain(..durable);
        self.base += durable as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(received: u64, durable: u64) -> LogAnswer {
        LogAnswer { received, durable }
    }

    #[test]
    fn what_is_not_durable_is_sent_again() {
        let mut spool = Spool::default();
        spool.push(b"0123456789");
        assert_eq!(spool.piece(), (0, b"0123456789".to_vec()));
        spool.answered(answer(10, 4));
        assert_eq!((spool.base, spool.unsent()), (4, 0));
        spool.answered(answer(4, 4));
        assert_eq!(spool.piece(), (4, b"456789".to_vec()));
    }

    #[test]
    fn the_oldest_unsent_bytes_go_first_and_leave_a_mark() {
        let mut spool = Spool::default();
        spool.push(b"head\n");
        spool.piece();
        spool.answered(answer(5, 0));
        for _ in 0..SPOOL / 1024 + 10 {
            spool.push(&[b'x'; 1024]);
        }
        assert!(spool.bytes.len() <= SPOOL);
        let (offset, piece) = spool.piece();
        assert_eq!(offset, 5);
        assert!(String::from_utf8_lossy(&piece).contains("bytes of the log are lost"));
        assert!(spool.bytes.starts_with(b"head\n"));
    }

    #[test]
    fn a_gateway_with_more_or_less_than_we_keep_is_followed() {
        let mut spool = Spool::default();
        spool.push(b"abc");
        spool.answered(answer(7, 7));
        assert_eq!(spool.piece(), (7, b"abc".to_vec()));
        spool.answered(answer(10, 10));
        spool.answered(answer(2, 2));
        assert!(spool.piece().0 == 2 && spool.unsent() > 0);
    }
}
