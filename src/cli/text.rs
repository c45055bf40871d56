//! A session in plain words. Pure: what is shown follows from the object alone.

use crate::api::session::{ChangeAction, Impact, PlanStatus, PlannedChange};
use crate::api::{DeploymentSession, DeploymentSessionStatus, Phase};
use std::fmt::Write;

/// Text from the cluster for a terminal: control characters, which could move the cursor and so hide what is
/// approved, become `?`; line breaks become spaces. So do the marks that change the direction of writing.
pub fn plain(text: &str) -> String {
    let hides = |c: char| matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}');
    text.chars()
        .map(|c| match c {
            '\n' | '\r' | '\t' => ' ',
            c if c.is_control() || hides(c) => '?',
            c => c,
        })
        .collect()
}

/// Everything about a session that a person needs to judge it.
pub fn session(object: &DeploymentSession) -> String {
    let mut out = String::new();
    let nothing = DeploymentSessionStatus::default();
    let status = object.status.as_ref().unwrap_or(&nothing);
    head(&mut out, object, status);
    if let Some(plan) = &status.plan {
        plan_block(&mut out, plan);
    }
    approvals(&mut out, status);
    findings(&mut out, status);
    conditions(&mut out, status);
    if let Some(step) = next_step(object, status) {
        line(&mut out, &format!("\nNext       {step}"));
    }
    out
}

fn line(out: &mut String, text: &str) {
    out.push_str(text.trim_end());
    out.push('\n');
}

fn head(out: &mut String, object: &DeploymentSession, status: &DeploymentSessionStatus) {
    let (meta, spec) = (&object.metadata, &object.spec);
    let name = meta.name.as_deref().unwrap_or_default();
    let namespace = meta.namespace.as_deref().unwrap_or_default();
    line(out, &format!("Session    {name} in namespace {namespace}"));
    line(out, &format!("Asks for   {:?} of stack {} in project {}", spec.action, spec.stack, spec.project));
    line(out, &format!("By         {}", plain(spec.requested_by.as_deref().unwrap_or("nobody yet"))));
    line(
        out,
        &format!("Phase      {}", status.phase.map_or("not seen by the controller yet", Phase::as_str)),
    );
    if let Some(cancel) = &spec.cancel {
        let why = cancel.reason.as_deref().map(|r| format!(": {}", plain(r))).unwrap_or_default();
        line(out, &format!("Cancelled  by {}{why}", plain(&cancel.by)));
    }
    if status.observed_generation.is_some_and(|seen| Some(seen) != meta.generation) {
        line(out, "Note       changed since the controller last looked: what follows may be older");
    }
}

fn plan_block(out: &mut String, plan: &PlanStatus) {
    let digest = plan.digest.as_deref().unwrap_or("being made");
    line(out, &format!("\nPlan       {}", plain(digest)));
    if let Some(engine) = &plan.engine {
        let place = if plan.sandbox { ", in the sandbox cloud" } else { "" };
        line(out, &format!("Made by    {}, from state {}{place}", plain(engine), plan.state_serial));
    }
    if plan.digest.is_none() {
        return;
    }
    let s = &plan.summary;
    let counts = format!(
        "{} to create, {} to update, {} to replace, {} to destroy",
        s.create, s.update, s.replace, s.destroy
    );
    line(out, &format!("Changes    {counts}"));
    for change in &plan.changes {
        planned_change(out, change);
    }
    let shown = i64::try_from(plan.changes.len()).unwrap_or(i64::MAX);
    let all: i64 = [s.create, s.update, s.replace, s.destroy].into_iter().map(i64::from).sum();
    if all > shown {
        line(out, &format!("  … and {} more: see all with --full", all - shown));
    }
}

fn planned_change(out: &mut String, change: &PlannedChange) {
    let (mark, verb) = match change.action {
        ChangeAction::Read => (" ", "read"),
        ChangeAction::Create => ("+", "create"),
        ChangeAction::Update => ("~", "update"),
        ChangeAction::Replace => ("±", "replace"),
        ChangeAction::Destroy => ("-", "destroy"),
        ChangeAction::Forget => ("?", "forget"),
    };
    let impact = match (change.impact, change.action) {
        (Impact::DataLoss, _) => "  (deletes the data in it)",
        (Impact::Reboot, _) => "  (restarts it)",
        (Impact::Replace, _) => "  (deletes it and makes it again)",
        (Impact::Destroy, ChangeAction::Destroy) | (Impact::None | Impact::Create | Impact::Update, _) => "",
        (Impact::Destroy, _) => "  (deletes it)",
    };
    let gone = if change.action == ChangeAction::Forget { "  (goes on existing, and costing)" } else { "" };
    line(out, &format!("  {mark} {verb:<8} {}{impact}{gone}", plain(&change.address)));
    if !change.reasons.is_empty() {
        let reasons: Vec<_> = change.reasons.iter().map(|r| plain(r)).collect();
        line(out, &format!("             because of {}", reasons.join(", ")));
    }
}

fn approvals(out: &mut String, status: &DeploymentSessionStatus) {
    let Some(approvals) = &status.approvals else { return };
    line(out, &format!("\nApprovals  {} of {} needed", approvals.counted.len(), approvals.required));
    for entry in &approvals.counted {
        line(out, &format!("  counts   {}, since {}", plain(&entry.by), entry.seen_at.0));
    }
    for entry in &approvals.ignored {
        line(out, &format!("  ignored  {}: {}", plain(&entry.by), plain(&entry.reason)));
    }
}

fn findings(out: &mut String, status: &DeploymentSessionStatus) {
    if status.validation.is_empty() {
        return;
    }
    line(out, "\nFindings");
    for text in &status.validation.violations {
        line(out, &format!("  must change  {}", plain(text)));
    }
    for text in &status.validation.warnings {
        line(out, &format!("  warning      {}", plain(text)));
    }
}

fn conditions(out: &mut String, status: &DeploymentSessionStatus) {
    if status.conditions.is_empty() {
        return;
    }
    line(out, "\nConditions");
    for c in &status.conditions {
        let says = match c.status.as_str() {
            "True" => "yes",
            "False" => "no",
            _ => "unknown",
        };
        let mut text = format!("  {:<10} {says}, {}", plain(&c.type_), plain(&c.reason));
        if !c.message.is_empty() {
            // Writing to a String cannot fail.
            let _ = write!(text, ": {}", plain(&c.message));
        }
        line(out, &text);
    }
}

/// What a person would do now, if anything.
fn next_step(object: &DeploymentSession, status: &DeploymentSessionStatus) -> Option<String> {
    let name = object.metadata.name.as_deref().unwrap_or_default();
    let at = format!("{name} -n {}", object.metadata.namespace.as_deref().unwrap_or_default());
    match status.phase? {
        Phase::Draft => Some("set spec.draft to false to plan it".to_owned()),
        Phase::PlanReady => Some(format!("cloud-engine approve {at}, or cloud-engine cancel {at}")),
        Phase::Planning | Phase::Applying | Phase::Approved => Some(format!("cloud-engine logs -f {at}")),
        Phase::Failed => Some(format!("cloud-engine logs {at}, then make a new session")),
        Phase::Applied => {
            let secret = status.result.as_ref()?.outputs_secret.as_ref()?;
            Some(format!("the outputs are in the Secret {}", plain(secret)))
        }
        Phase::Validating | Phase::Cancelled | Phase::Expired => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn sample() -> DeploymentSession {
        serde_json::from_value(json!({
            "apiVersion": "cloudengine.dev/v1alpha1", "kind": "DeploymentSession",
            "metadata": {"name": "hello", "namespace": "shop", "generation": 1},
            "spec": {"project": "shop", "requestedBy": "ann"},
            "status": {
                "observedGeneration": 1, "phase": "PlanReady",
                "plan": {
                    "job": "j", "digest": "sha256:aa", "engine": "OpenTofu 1.12.6",
                    "stateSerial": 3, "sandbox": true,
                    "summary": {"create": 1, "update": 0, "replace": 1, "destroy": 1, "text": "+1 ~0 ±1 -1"},
                    "changes": [
                        {"address": "google_storage_bucket.logs", "action": "Destroy", "impact": "DataLoss"},
                        {"address": "random_pet.name", "action": "Replace", "impact": "Replace", "reasons": ["length"]}
                    ]
                },
                "approvals": {"required": 2, "text": "1/2",
                    "counted": [{"by": "bob", "seenAt": "2026-01-02T03:04:05Z"}],
                    "ignored": [{"by": "ann", "reason": "own approvals do not count here"}]},
                "validation": {"warnings": ["no label owner"]},
                "conditions": [{"type": "Ready", "status": "False", "reason": "AwaitingApproval",
                    "message": "1 more approval", "lastTransitionTime": "2026-01-02T03:04:05Z"}]
            }
        }))
        .unwrap()
    }

    #[test]
    fn a_plan_reads_as_sentences() {
        let wanted = "\
Session    hello in namespace shop
Asks for   Deploy of stack main in project shop
By         ann
Phase      PlanReady

Plan       sha256:aa
Made by    OpenTofu 1.12.6, from state 3, in the sandbox cloud
Changes    1 to create, 0 to update, 1 to replace, 1 to destroy
  - destroy  google_storage_bucket.logs  (deletes the data in it)
  ± replace  random_pet.name  (deletes it and makes it again)
             because of length
  … and 1 more: see all with --full

Approvals  1 of 2 needed
  counts   bob, since 2026-01-02T03:04:05Z
  ignored  ann: own approvals do not count here

Findings
  warning      no label owner

Conditions
  Ready      no, AwaitingApproval: 1 more approval

Next       cloud-engine approve hello -n shop, or cloud-engine cancel hello -n shop
";
        assert_eq!(session(&sample()), wanted);
    }

    #[test]
    fn a_session_nobody_looked_at_yet_says_so() {
        let mut object = sample();
        object.status = None;
        assert!(session(&object).contains("not seen by the controller yet"));
    }

    #[test]
    fn text_from_the_cluster_cannot_move_the_cursor() {
        assert_eq!(plain("a\x1b[1Ab\nc\u{202e}d"), "a?[1Ab c?d");
    }
}
