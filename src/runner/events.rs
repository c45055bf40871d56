//! What the engine's JSON lines say: text for people, diagnostics, and what became of each resource.

use crate::api::session::{AppliedChange, ResourceOutcome};
use crate::wire::{Diagnostic, JournalEntry, JournalEvent, Severity};
use serde_json::Value;
use std::collections::BTreeMap;

/// Most diagnostics in a report.
const DIAGNOSTICS: usize = 32;
/// Most resources in a report; those that were not made come first where there are more.
const RESOURCES: usize = 1000;
/// Longest detail, in characters.
const DETAIL: usize = 2000;

/// What a run has said so far.
#[derive(Default)]
pub(super) struct Tally {
    resources: BTreeMap<String, Progress>,
    /// Errors and warnings, as they came.
    pub diagnostics: Vec<Diagnostic>,
    /// The engine counted what it applied: it came to its end.
    pub applied: bool,
    /// At least one provider was asked for a change.
    pub began: bool,
}

#[derive(Default)]
struct Progress {
    /// Deletes and creates that were planned.
    planned: usize,
    completed: usize,
    started: bool,
    failed: bool,
    message: Option<String>,
}

/// A JSON line for people; anything else as it is.
pub(super) fn text(line: &str, event: Option<&Value>) -> String {
    let Some(event) = event else { return line.to_owned() };
    let mut text = string(event, "/@message").unwrap_or(line).to_owned();
    if let Some(detail) = string(event, "/diagnostic/detail").filter(|detail| !detail.is_empty()) {
        text = format!("{text}\n{detail}");
    }
    text
}

/// A line of the stream; none when it is plain text.
pub(super) fn parse(line: &str) -> Option<Value> {
    let value: Value = serde_json::from_str(line).ok()?;
    value.get("@message").is_some().then_some(value)
}

impl Tally {
    /// Takes the planned changes from the plan's JSON form: the stream of an apply does not repeat them.
    pub(super) fn plan(&mut self, plan: &Value) {
        for change in plan.pointer("/resource_changes").and_then(Value::as_array).into_iter().flatten() {
            let actions = change.pointer("/change/actions").and_then(Value::as_array);
            let count = actions
                .into_iter()
                .flatten()
                .filter(|a| !matches!(a.as_str(), Some("no-op" | "read")))
                .count();
            if let (Some(address), true) = (string(change, "/address"), count > 0) {
                self.resources.entry(address.to_owned()).or_default().planned += count;
            }
        }
    }

    /// Counts an event; an entry for the journal where it is one.
    pub(super) fn event(&mut self, event: &Value, redact: &dyn Fn(&str) -> String) -> Option<JournalEntry> {
        let kind = match string(event, "/type")? {
            "apply_start" => JournalEvent::Started,
            "apply_complete" => JournalEvent::Completed,
            "apply_errored" => JournalEvent::Errored,
            "planned_change" => {
                let (address, action) =
                    (string(event, "/change/resource/addr")?, string(event, "/change/action")?);
                let planned = match action {
                    "noop" | "read" => return None,
                    "replace" => 2,
                    _ => 1,
                };
                let progress = self.resources.entry(address.to_owned()).or_default();
                progress.planned = progress.planned.max(planned);
                return None;
            }
            "change_summary" => {
                self.applied |= matches!(string(event, "/changes/operation"), Some("apply" | "destroy"));
                return None;
            }
            "diagnostic" => {
                self.diagnostic(event.get("diagnostic")?, redact);
                return None;
            }
            _ => return None,
        };
        // Reading a data source is no change.
        if string(event, "/hook/action") == Some("read") {
            return None;
        }
        let address = string(event, "/hook/resource/addr")?.to_owned();
        let progress = self.resources.entry(address.clone()).or_default();
        match kind {
            JournalEvent::Started => (self.began, progress.started) = (true, true),
            JournalEvent::Completed => progress.completed += 1,
            JournalEvent::Errored => progress.failed = true,
        }
        let id = string(event, "/hook/id_value").filter(|id| !id.is_empty()).map(redact);
        Some(JournalEntry { address, event: kind, id })
    }

    /// Takes a diagnostic of the stream, or of `validate -json`.
    pub(super) fn diagnostic(&mut self, value: &Value, redact: &dyn Fn(&str) -> String) {
        let severity =
            if string(value, "/severity") == Some("warning") { Severity::Warning } else { Severity::Error };
        let detail: String =
            redact(string(value, "/detail").unwrap_or_default()).chars().take(DETAIL).collect();
        let summary: String =
            redact(string(value, "/summary").unwrap_or_default()).chars().take(512).collect();
        let address = string(value, "/address").filter(|address| !address.is_empty()).map(str::to_owned);
        if let (Some(address), Severity::Error) = (&address, severity)
            && let Some(progress) = self.resources.get_mut(address)
        {
            let words = if detail.is_empty() { summary.clone() } else { format!("{summary}: {detail}") };
            progress.message = Some(super::cut(&words, 512).to_owned());
        }
        self.push(Diagnostic { severity, summary, detail, address });
    }

    /// Adds a diagnostic. When there are too many, an error takes the place of a warning.
    pub(super) fn push(&mut self, diagnostic: Diagnostic) {
        if self.diagnostics.len() >= DIAGNOSTICS {
            let warning = self.diagnostics.iter().position(|d| d.severity == Severity::Warning);
            match warning {
                Some(index) if diagnostic.severity == Severity::Error => drop(self.diagnostics.remove(index)),
                _ => return,
            }
        }
        self.diagnostics.push(diagnostic);
    }

    /// Adds an error of our own.
    pub(super) fn error(&mut self, summary: &str, detail: &str) {
        let detail = detail.chars().take(DETAIL).collect();
        self.push(Diagnostic {
            severity: Severity::Error,
            summary: summary.to_owned(),
            detail,
            address: None,
        });
    }

    /// Errors alone.
    pub(super) fn errors(&self) -> impl Iterator<Item = &Diagnostic> {
        self.diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Error)
    }

    /// All planned changes were made, as far as the stream tells.
    pub(super) fn all_done(&self) -> bool {
        self.resources.values().all(|progress| progress.outcome() == ResourceOutcome::Done)
    }

    /// Every planned change and what became of it; after a success all were made, told or not.
    pub(super) fn resources(&self, success: bool) -> Vec<AppliedChange> {
        let applied = |(address, progress): (&String, &Progress)| AppliedChange {
            address: address.clone(),
            outcome: if success { ResourceOutcome::Done } else { progress.outcome() },
            message: progress.message.clone().filter(|_| !success),
        };
        let mut all: Vec<AppliedChange> = self.resources.iter().map(applied).collect();
        if all.len() > RESOURCES {
            all.sort_by_key(|change| change.outcome == ResourceOutcome::Done);
            all.truncate(RESOURCES);
        }
        all
    }
}

impl Progress {
    fn outcome(&self) -> ResourceOutcome {
        if self.failed {
            ResourceOutcome::Failed
        } else if self.completed >= self.planned.max(1) {
            ResourceOutcome::Done
        } else if self.started {
            ResourceOutcome::Interrupted
        } else {
            ResourceOutcome::NotStarted
        }
    }
}

fn string<'a>(value: &'a Value, pointer: &str) -> Option<&'a str> {
    value.pointer(pointer).and_then(Value::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn hook(kind: &str, address: &str) -> Value {
        json!({"@message": "m", "type": kind, "hook": {"resource": {"addr": address}, "action": "create", "id_value": "7"}})
    }

    #[test]
    fn a_replacement_is_done_after_both_halves() {
        let mut tally = Tally::default();
        tally.plan(&json!({"resource_changes": [
            {"address": "a.b", "change": {"actions": ["delete", "create"]}},
            {"address": "a.c", "change": {"actions": ["no-op"]}},
        ]}));
        let same = |text: &str| text.to_owned();
        let outcome = |tally: &Tally| tally.resources(false).first().map(|resource| resource.outcome);
        assert_eq!(outcome(&tally), Some(ResourceOutcome::NotStarted));
        tally.event(&hook("apply_start", "a.b"), &same);
        let entry = tally.event(&hook("apply_complete", "a.b"), &same).unwrap();
        assert_eq!((entry.event, entry.id.as_deref()), (JournalEvent::Completed, Some("7")));
        assert_eq!(outcome(&tally), Some(ResourceOutcome::Interrupted));
        tally.event(&hook("apply_start", "a.b"), &same);
        tally.event(&hook("apply_complete", "a.b"), &same);
        assert!(tally.all_done() && tally.began);
        assert_eq!(tally.resources(false).len(), 1);
    }

    #[test]
    fn errors_outlive_warnings() {
        let mut tally = Tally::default();
        for i in 0..40 {
            let severity = if i == 39 { "error" } else { "warning" };
            tally.diagnostic(&json!({"severity": severity, "summary": format!("{i}")}), &|text| {
                text.to_owned()
            });
        }
        assert_eq!(tally.diagnostics.len(), DIAGNOSTICS);
        assert_eq!(tally.errors().count(), 1);
    }

    #[test]
    fn plain_lines_pass_as_text() {
        assert!(parse("{\"no\": 1}").is_none() && parse("plain").is_none());
        let line = r#"{"@message":"hello","type":"version"}"#;
        assert_eq!(text(line, parse(line).as_ref()), "hello");
    }
}
