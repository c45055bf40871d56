//! The commands people type: a plain client of the API with the user's own kubeconfig.
//!
//! ```text
//!  plan ─────┐                 ┌─► cluster   sessions, who am I      ─► API server
//!  approve ──┼─► text          │
//!  cancel ───┤   (pure)  ──────┤
//!  logs ─────┘                 └─► reader    log and plan, by token  ─► service proxy ─► gateway
//! ```
//!
//! One file per command; nothing here has rights that the person at the keyboard has not.

mod approve;
mod cancel;
mod cluster;
mod cost;
mod error;
mod logs;
mod output;
mod plan;
mod prices;
mod reader;
mod text;

pub use error::CliError;

use clap::{Args, Subcommand};
use std::io::ErrorKind;
use std::path::PathBuf;

/// What people do with sessions.
#[derive(Subcommand, Debug)]
pub enum Command {
    /// Show what a session would change, who agreed, and what it waits for.
    Plan(plan::PlanArgs),
    /// Agree with the plan that is shown, and with no other.
    Approve(approve::ApproveArgs),
    /// End a session; an apply that runs stops after the resource it is at.
    Cancel(cancel::CancelArgs),
    /// Print the log of a session's plan and apply.
    Logs(logs::LogsArgs),
    /// Show what a session would cost, and what it adds or saves.
    Cost(cost::CostArgs),
    /// Look at the prices that estimates rest on, and renew them.
    #[command(subcommand)]
    Prices(prices::PricesCommand),
}

/// Where the session is, and how the gateway is reached. The cluster is that of the current kubeconfig context.
#[derive(Args, Debug, Clone)]
pub struct Place {
    /// Namespace of the session; without it, that of the current context.
    #[arg(short, long)]
    pub namespace: Option<String>,
    /// Namespace that Cloud Engine is installed in.
    #[arg(long, default_value = "cloud-engine")]
    pub operator_namespace: String,
    /// Address of the gateway, https://HOST:PORT, instead of the way through the API server.
    #[arg(long, requires = "gateway_ca")]
    pub gateway: Option<String>,
    /// File with the certificates that vouch for the gateway, PEM; only with --gateway.
    #[arg(long, requires = "gateway")]
    pub gateway_ca: Option<PathBuf>,
}

/// Does what was asked and prints it to standard output. Expects that the process has installed its TLS
/// provider.
pub async fn run(command: Command) -> Result<(), CliError> {
    let done = match command {
        Command::Plan(args) => plan::run(args).await,
        Command::Approve(args) => approve::run(args).await,
        Command::Cancel(args) => cancel::run(args).await,
        Command::Logs(args) => logs::run(args).await,
        Command::Cost(args) => cost::run(args).await,
        Command::Prices(command) => prices::run(command).await,
    };
    match done {
        // The reader of the output has gone (`| head`): it has seen what it wanted.
        Err(CliError::Io { source, .. }) if source.kind() == ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

/// A session's name, checked before it becomes part of a path.
fn session_name(text: &str) -> Result<String, String> {
    let legal = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if (1..=63).contains(&text.len()) && text.chars().all(legal) {
        Ok(text.to_owned())
    } else {
        Err("a session's name is 1 to 63 lower-case letters, digits and hyphens".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Cli {
        #[command(subcommand)]
        command: Command,
    }

    #[test]
    fn the_commands_parse_as_documented() {
        for line in [
            "x plan hello -n shop -o json",
            "x plan hello --full",
            "x approve hello --comment fine --yes",
            "x cancel hello --reason wrong",
            "x logs -f --offset 12 hello --operator-namespace ce",
            "x cost hello -o json",
            "x cost --plan plan.json --prices own.csv",
            "x prices machines gcp us-central1",
            "x prices refresh --from list.csv --source vendor --as-of 2026-07-30 --print csv",
        ] {
            assert!(Cli::try_parse_from(line.split(' ')).is_ok(), "{line}");
        }
        for line in [
            "x plan ../secrets",
            "x plan Hello",
            "x approve hello --digest sha256:abc",
            "x logs",
            "x cost",
            "x prices refresh",
        ] {
            assert!(Cli::try_parse_from(line.split(' ')).is_err(), "{line}");
        }
        let Ok(Cli { command: Command::Plan(_) }) = Cli::try_parse_from(["x", "plan", "hello"]) else {
            panic!("plan is plan")
        };
    }
}
