//! Builds the next status from the present one.

use super::facts::Observed;
use crate::{
    api::{Conditions, DeploymentSessionStatus, Phase, condition::NewCondition, session::HistoryItem},
    domain::session::may_go,
    names::{condition, reason},
};
use k8s_openapi::{apimachinery::pkg::apis::meta::v1::Time, jiff::Timestamp};

/// Phases that are remembered.
const HISTORY: usize = 20;

/// The next status in the making.
pub struct Next {
    /// As far as it is made.
    pub status: DeploymentSessionStatus,
    generation: i64,
    now: Timestamp,
}

impl Next {
    /// Begins with the present status; the present generation of the spec is judged by it.
    pub fn from(seen: &Observed, now: Timestamp) -> Self {
        let mut next = Self::untouched(seen, now);
        next.status.observed_generation = Some(next.generation);
        next
    }

    /// The present status as it is: nothing is judged yet, or any more.
    pub fn untouched(seen: &Observed, now: Timestamp) -> Self {
        let status = seen.session.status.clone().unwrap_or_default();
        Self { status, generation: seen.session.metadata.generation.unwrap_or_default(), now }
    }

    /// Goes to a phase, saying why. An edge that is not allowed leaves all as it is: the table in
    /// `domain::session` is the only maker of a phase.
    pub fn go(mut self, to: Phase, why: &str, message: impl Into<String>) -> Self {
        if !may_go(self.status.phase, to) {
            return self;
        }
        if self.status.phase != Some(to) {
            self.status.history.push(HistoryItem { phase: to, at: Time(self.now), reason: why.to_owned() });
            let surplus = self.status.history.len().saturating_sub(HISTORY);
            self.status.history.drain(..surplus);
            self.status.phase = Some(to);
        }
        let message = message.into();
        let done = to == Phase::Applied;
        self.condition(condition::READY, done, why, message.clone());
        self.condition(condition::APPLIED, done, why, message);
        if to != Phase::Validating {
            self = self.queued(None);
        }
        self
    }

    /// Says whether the session waits for its stack, and for whom. While it waits its time stands still.
    pub fn queued(mut self, behind: Option<&str>) -> Self {
        if let Some(name) = behind {
            self.status.expires_at = None;
            let message = format!("session {name} is first; this one follows, oldest first");
            self.condition(condition::QUEUED, true, reason::STACK_HELD, message);
        } else if self.status.conditions.is_true(condition::QUEUED) {
            self.condition(condition::QUEUED, false, reason::STACK_FREE, "the stack is free".to_owned());
        }
        self
    }

    /// Sets when the session ends, unless that is set.
    pub fn expires(mut self, at: Timestamp) -> Self {
        self.status.expires_at.get_or_insert(Time(at));
        self
    }

    fn condition(&mut self, kind: &str, status: bool, reason: &str, message: String) {
        let wanted = NewCondition { kind, status, reason, message, generation: self.generation };
        self.status.conditions.set(wanted, self.now);
    }
}
