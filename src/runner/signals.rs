//! When to stop, and until when to go on trying: signals, the timeout, the grace.

use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

/// Why the engine is stopped.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Cause {
    /// The pod is asked to end.
    Signal,
    /// The time is over.
    Timeout,
}

/// Until when a call is worth repeating.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Limit {
    /// It holds the engine: time must remain to rescue what it could not store.
    Engine,
    /// Almost to the end of the pod.
    Pod,
    /// Some seconds: nice to have.
    Short(Instant),
}

/// Tells that the engine must stop, and since when.
#[derive(Clone)]
pub(super) struct Stop {
    state: watch::Receiver<Option<(Cause, Instant)>>,
    timeout_at: Instant,
    grace: Duration,
}

impl Stop {
    /// Begins to listen. From here on SIGTERM and SIGINT end nothing by themselves.
    pub(super) fn watch(timeout: Duration, grace: Duration) -> std::io::Result<Self> {
        let (mut terminate, mut interrupt) =
            (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
        let timeout_at = Instant::now() + timeout;
        let (sender, state) = watch::channel(None);
        tokio::spawn(async move {
            let cause = tokio::select! {
                _ = terminate.recv() => Cause::Signal,
                _ = interrupt.recv() => Cause::Signal,
                () = sleep_until(timeout_at) => Cause::Timeout,
            };
            sender.send_replace(Some((cause, Instant::now())));
        });
        Ok(Self { state, timeout_at, grace })
    }

    /// Why to stop, if at all.
    pub(super) fn cause(&self) -> Option<Cause> {
        self.state.borrow().map(|(cause, _)| cause)
    }

    /// Returns once the engine must stop.
    pub(super) async fn requested(&self) {
        let mut state = self.state.clone();
        if state.wait_for(Option::is_some).await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// When the pod is killed, at the latest.
    fn end(&self) -> Instant {
        match *self.state.borrow() {
            Some((Cause::Signal, since)) => since + self.grace,
            _ => self.timeout_at + self.grace,
        }
    }

    /// What is kept free before the end: half a minute, less where the grace is short.
    fn margin(&self) -> Duration {
        Duration::from_secs(30).min(self.grace / 4)
    }

    /// When the engine is told a second time, which may lose state but is better than a kill.
    pub(super) fn last_call(&self) -> Instant {
        self.end() - self.margin()
    }

    /// When an engine that does not stop is killed: there must be time left to say so.
    pub(super) fn kill(&self) -> Instant {
        self.end() - self.margin() / 2
    }

    /// Until when to repeat.
    pub(super) fn until(&self, limit: Limit) -> Instant {
        match limit {
            Limit::Engine => self.end() - 2 * self.margin(),
            Limit::Pod => self.end() - self.margin() / 4,
            Limit::Short(until) => until.min(self.end() - self.margin() / 2),
        }
    }
}
