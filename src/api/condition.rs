//! `status.conditions` as the Kubernetes API conventions ask: one entry per type, times that move only with
//! the status.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};

/// Reads and changes a list of conditions.
pub trait Conditions {
    /// The condition of this type, if set.
    fn find(&self, kind: &str) -> Option<&Condition>;
    /// Sets one condition; `lastTransitionTime` moves only when its status changes.
    fn set(&mut self, wanted: NewCondition<'_>, now: jiff::Timestamp);
    /// True when the condition is set and `True`.
    fn is_true(&self, kind: &str) -> bool {
        self.find(kind).is_some_and(|c| c.status == "True")
    }
}

/// What a condition shall say.
#[derive(Debug, Clone)]
pub struct NewCondition<'a> {
    /// Type, from [`crate::names::condition`].
    pub kind: &'a str,
    /// `True` or `False`.
    pub status: bool,
    /// From [`crate::names::reason`].
    pub reason: &'a str,
    /// For people; cut at 1,024 characters.
    pub message: String,
    /// Generation of the spec that was judged.
    pub generation: i64,
}

impl Conditions for Vec<Condition> {
    fn find(&self, kind: &str) -> Option<&Condition> {
        self.iter().find(|c| c.type_ == kind)
    }

    fn set(&mut self, wanted: NewCondition<'_>, now: jiff::Timestamp) {
        let status = if wanted.status { "True" } else { "False" };
        let since = self
            .find(wanted.kind)
            .filter(|c| c.status == status)
            .map_or_else(|| Time(now), |c| c.last_transition_time.clone());
        let next = Condition {
            type_: wanted.kind.to_owned(),
            status: status.to_owned(),
            reason: wanted.reason.to_owned(),
            message: wanted.message.chars().take(1024).collect(),
            observed_generation: Some(wanted.generation),
            last_transition_time: since,
        };
        match self.iter_mut().find(|c| c.type_ == wanted.kind) {
            Some(slot) => *slot = next,
            None => self.push(next),
        }
    }
}
