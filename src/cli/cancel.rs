//! `cloud-engine cancel SESSION`.

use super::cluster::Cluster;
use super::output::{Format, Output, print, print_json};
use super::{CliError, Place, session_name, text};
use crate::api::{DeploymentSession, Phase};
use serde_json::json;

/// The controller writes meanwhile, and a cancellation holds whatever it wrote.
const TRIES: usize = 5;

/// What `cancel` takes.
#[derive(clap::Args, Debug)]
pub struct CancelArgs {
    /// Name of the session.
    #[arg(value_parser = session_name)]
    session: String,
    /// Why, for people; at most 500 characters.
    #[arg(long)]
    reason: Option<String>,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    place: Place,
}

/// Sets `spec.cancel` in the caller's name. It cannot be taken back.
pub async fn run(args: CancelArgs) -> Result<(), CliError> {
    let cluster = Cluster::connect(&args.place).await?;
    let me = cluster.whoami().await?;
    let mut cancel = json!({ "by": me });
    if let (Some(reason), Some(map)) = (&args.reason, cancel.as_object_mut()) {
        map.insert("reason".to_owned(), json!(reason));
    }
    for attempt in 1.. {
        let seen = cluster.session(&args.session).await?;
        cancellable(&seen.session).map_err(CliError::Refused)?;
        match cluster.patch_spec(&args.session, &seen, json!({ "cancel": cancel })).await {
            Err(error) if error.is_conflict() && attempt < TRIES => {}
            Err(error) => return Err(error),
            Ok(()) => break,
        }
    }
    match args.output.format {
        Format::Json => print_json(&cancel),
        Format::Text => print(
            format!(
                "Session {} is being cancelled by {}. What an apply has made stays: cloud-engine plan {} -n {} tells.\n",
                args.session,
                text::plain(&me),
                args.session,
                cluster.namespace
            )
            .as_bytes(),
        ),
    }
}

fn cancellable(session: &DeploymentSession) -> Result<(), String> {
    if let Some(cancel) = &session.spec.cancel {
        return Err(format!("the session was already cancelled by {}", text::plain(&cancel.by)));
    }
    match session.status.as_ref().and_then(|s| s.phase) {
        Some(phase) if phase.is_terminal() => Err(ended(phase)),
        _ => Ok(()),
    }
}

fn ended(phase: Phase) -> String {
    let undo =
        if phase == Phase::Applied { ": to undo it, make a session that removes what it made" } else { "" };
    format!("the session has ended already, in phase {}{undo}", phase.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_ended_is_not_cancelled() {
        for phase in Phase::ALL {
            let session = serde_json::from_value(json!({
                "apiVersion": "cloudengine.dev/v1alpha1", "kind": "DeploymentSession", "metadata": {"name": "a"},
                "spec": {"project": "shop"}, "status": {"phase": phase}
            }))
            .unwrap();
            assert_eq!(cancellable(&session).is_err(), phase.is_terminal(), "{phase:?}");
        }
        assert!(ended(Phase::Applied).contains("to undo it"));
    }
}
