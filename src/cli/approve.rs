//! `cloud-engine approve SESSION`: writes exactly the digest that was shown.

use super::cluster::{Cluster, Seen};
use super::output::{Format, Output, confirm, print, print_json};
use super::{CliError, Place, session_name, text};
use crate::api::{DeploymentSession, Phase};
use crate::platform::clock::{Clock, SystemClock};
use serde_json::{Value, json};

/// Other people approve and the controller writes meanwhile; a change that leaves the plan as it was shown is
/// no reason to bother anybody, but somebody who always comes first is.
const TRIES: usize = 5;

/// What `approve` takes.
#[derive(clap::Args, Debug)]
pub struct ApproveArgs {
    /// Name of the session.
    #[arg(value_parser = session_name)]
    session: String,
    /// Why, for people.
    #[arg(long, value_parser = comment)]
    comment: Option<String>,
    /// Approve only if the plan is this one: status.plan.digest, in full.
    #[arg(long, value_parser = digest)]
    digest: Option<String>,
    /// Do not ask.
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    place: Place,
}

/// Shows the plan, asks, and adds the caller's approval of that plan.
pub async fn run(args: ApproveArgs) -> Result<(), CliError> {
    let cluster = Cluster::connect(&args.place).await?;
    let me = cluster.whoami().await?;
    let mut seen = cluster.session(&args.session).await?;
    let shown = approvable(&seen.session, args.digest.as_deref()).map_err(CliError::Refused)?;
    if args.output.format == Format::Text {
        print(text::session(&seen.session).as_bytes())?;
    }
    if !args.yes && !confirm(&format!("\nApprove {shown} as {}?", text::plain(&me)))? {
        return Err(CliError::Refused("nothing was approved".to_owned()));
    }
    let mine = entry(&me, &shown, args.comment.as_deref());
    for attempt in 1.. {
        match cluster.patch_spec(&args.session, &seen, spec_with(&seen, &mine)).await {
            Ok(()) => break,
            Err(error) if error.is_conflict() && attempt < TRIES => {
                seen = cluster.session(&args.session).await?;
                approvable(&seen.session, Some(&shown)).map_err(CliError::Refused)?;
            }
            Err(error) => return Err(error),
        }
    }
    match args.output.format {
        Format::Text => print(format!("\nApproved {shown} as {}.\n", text::plain(&me)).as_bytes()),
        Format::Json => print_json(&mine),
    }
}

/// The digest to approve; the error says why there is none, and what to do.
fn approvable(session: &DeploymentSession, wanted: Option<&str>) -> Result<String, String> {
    let status = session.status.as_ref();
    let phase = status.and_then(|s| s.phase).unwrap_or(Phase::Validating);
    if session.spec.cancel.is_some() {
        return Err("the session is cancelled: make a new one".to_owned());
    }
    match phase {
        Phase::PlanReady | Phase::Approved => {}
        Phase::Draft => return Err("the session is a draft: set spec.draft to false to plan it".to_owned()),
        Phase::Validating | Phase::Planning => {
            return Err(format!(
                "there is no plan to approve yet, the session is in phase {}: follow it with cloud-engine plan",
                phase.as_str()
            ));
        }
        Phase::Applying | Phase::Applied | Phase::Failed | Phase::Cancelled | Phase::Expired => {
            return Err(format!(
                "the session is in phase {}: approvals change nothing any more",
                phase.as_str()
            ));
        }
    }
    if session.spec.draft {
        return Err("the session was made a draft again: there is nothing to approve".to_owned());
    }
    // The controller may not have judged the last edit yet, which may be another's approval. The digest
    // decides, as it does when the apply begins.
    matching(status_digest(session), wanted)
}

fn status_digest(session: &DeploymentSession) -> Option<&str> {
    session.status.as_ref()?.plan.as_ref()?.digest.as_deref()
}

fn matching(found: Option<&str>, wanted: Option<&str>) -> Result<String, String> {
    let found = found.ok_or("the session has no plan yet: wait a moment")?;
    digest(found).map_err(|_| "the session's plan has no full digest: plan it again".to_owned())?;
    match wanted {
        Some(wanted) if wanted != found => Err(format!(
            "the plan is {found} now, not {wanted}: read it with cloud-engine plan, then approve it"
        )),
        _ => Ok(found.to_owned()),
    }
}

fn entry(me: &str, digest: &str, comment: Option<&str>) -> Value {
    let mut entry = json!({ "by": me, "planDigest": digest, "at": SystemClock.now().to_string() });
    if let (Some(comment), Some(map)) = (comment, entry.as_object_mut()) {
        map.insert("comment".to_owned(), json!(comment));
    }
    entry
}

/// The list with the caller's entry added or replaced, the others' untouched: a merge patch replaces lists.
fn spec_with(seen: &Seen, mine: &Value) -> Value {
    let others = seen.approvals.iter().filter(|a| a.get("by") != mine.get("by")).cloned();
    json!({ "approvals": others.chain([mine.clone()]).collect::<Vec<_>>() })
}

fn digest(text: &str) -> Result<String, String> {
    let hex = text.strip_prefix("sha256:").unwrap_or_default();
    if hex.len() == 64 && hex.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
        Ok(text.to_owned())
    } else {
        Err("a digest is sha256: and 64 lower-case hex digits, in full".to_owned())
    }
}

fn comment(text: &str) -> Result<String, String> {
    if text.chars().count() <= 500 { Ok(text.to_owned()) } else { Err("at most 500 characters".to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session(phase: &str, digest: Option<&str>) -> DeploymentSession {
        serde_json::from_value(json!({
            "apiVersion": "cloudengine.dev/v1alpha1", "kind": "DeploymentSession",
            "metadata": {"name": "hello", "generation": 1}, "spec": {"project": "shop"},
            "status": {"phase": phase, "observedGeneration": 1,
                "plan": {"job": "j", "digest": digest}}
        }))
        .unwrap()
    }

    fn full(digit: &str) -> String {
        format!("sha256:{}", digit.repeat(64))
    }

    #[test]
    fn only_the_plan_that_was_shown_is_approved() {
        let now = session("PlanReady", Some(&full("a")));
        assert_eq!(approvable(&now, None), Ok(full("a")));
        assert_eq!(approvable(&now, Some(&full("a"))), Ok(full("a")));
        let refusal = approvable(&now, Some(&full("b"))).unwrap_err();
        assert!(refusal.contains("read it with cloud-engine plan"), "{refusal}");
    }

    #[test]
    fn without_a_plan_that_waits_there_is_nothing_to_approve() {
        for phase in
            ["Draft", "Validating", "Planning", "Applying", "Applied", "Failed", "Cancelled", "Expired"]
        {
            assert!(approvable(&session(phase, Some(&full("a"))), None).is_err(), "{phase}");
        }
        assert!(approvable(&session("PlanReady", None), None).is_err());
        assert!(approvable(&session("PlanReady", Some("sha256:ab")), None).is_err());
    }

    #[test]
    fn others_approvals_go_back_to_the_letter() {
        let bob = json!({"by": "bob", "planDigest": full("a"), "at": "2026-01-02T03:04:05Z"});
        let old = json!({"by": "ann", "planDigest": full("b")});
        let seen = Seen {
            session: session("PlanReady", Some(&full("a"))),
            approvals: vec![old, bob.clone()],
            resource_version: "7".to_owned(),
        };
        let mine = json!({"by": "ann", "planDigest": full("a")});
        assert_eq!(spec_with(&seen, &mine), json!({"approvals": [bob, mine]}));
    }
}
