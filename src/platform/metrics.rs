//! Metrics, all named `cloudengine_*`, labels from closed sets only.

use prometheus_client::{
    encoding::{EncodeLabelSet, text::encode},
    metrics::{counter::Counter, family::Family, histogram::Histogram},
    registry::Registry,
};

/// Label of a reconcile.
#[derive(Debug, Clone, Hash, PartialEq, Eq, EncodeLabelSet)]
pub struct KindOutcome {
    /// Kind of object.
    pub kind: &'static str,
    /// `ok` or the class of the error.
    pub outcome: &'static str,
}

/// Label of a phase change.
#[derive(Debug, Clone, Hash, PartialEq, Eq, EncodeLabelSet)]
pub struct ToPhase {
    /// The phase that was reached.
    pub phase: &'static str,
}

/// All metrics.
pub struct Metrics {
    registry: Registry,
    /// Reconciles by kind and outcome.
    pub reconciles: Family<KindOutcome, Counter>,
    /// Phases reached by sessions.
    pub phases: Family<ToPhase, Counter>,
    /// Seconds that a reconcile took.
    pub seconds: Histogram,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("cloudengine");
        let reconciles = Family::default();
        let phases = Family::default();
        let seconds = Histogram::new([0.005, 0.02, 0.1, 0.5, 2.0, 10.0]);
        registry.register("reconciles", "Reconciles by kind and outcome", reconciles.clone());
        registry.register("session_phases", "Phases reached by sessions", phases.clone());
        registry.register("reconcile_seconds", "Time that a reconcile took", seconds.clone());
        Self { registry, reconciles, phases, seconds }
    }
}

impl Metrics {
    /// The text that Prometheus reads.
    pub fn text(&self) -> String {
        let mut text = String::new();
        // Writing to a String does not fail.
        let _ = encode(&mut text, &self.registry);
        text
    }
}
