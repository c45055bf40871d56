//! Runs the engine in a Job's pod, as PID 1 and without access to Kubernetes: one plan, or one apply.
//!
//! ```text
//!  plan, apply ──► engine (process) ──► events (JSON lines) ─┐
//!       │             ▲ SIGINT                               ├─► logs ─► gateway
//!       ├─► workspace │                                      │             ▲
//!       └─► signals ──┘      backend (loopback state) ───────┴─────────────┘
//! ```

mod apply;
mod backend;
mod engine;
mod events;
mod gateway;
mod logs;
mod plan;
mod settings;
mod signals;
mod steps;
mod workspace;

use clap::{Parser, Subcommand};
use std::process::ExitCode;
use std::time::Duration;

/// Exit code when the outcome could not be handed over.
const NOT_REPORTED: u8 = 3;

#[derive(Parser)]
#[command(name = "cloud-engine-runner", version, about = "Runs one plan or one apply in a Job's pod")]
struct Arguments {
    #[command(subcommand)]
    run: Run,
}

#[derive(Subcommand)]
enum Run {
    /// Make a plan and hand it over.
    Plan {
        /// Digest of the bundle to plan.
        #[arg(long)]
        bundle_digest: String,
        /// Seconds until the engine is stopped.
        #[arg(long, default_value_t = 900)]
        timeout: u64,
        /// Seconds between a stop and the end of the pod.
        #[arg(long, default_value_t = 60)]
        grace: u64,
    },
    /// Apply a plan that was approved.
    Apply {
        /// Digest of the bundle that was planned.
        #[arg(long)]
        bundle_digest: String,
        /// Digest of the plan's bytes.
        #[arg(long)]
        plan_digest: String,
        /// Digest of the masked JSON form that the approvers saw.
        #[arg(long)]
        plan_json_digest: String,
        /// Seconds until the engine is stopped.
        #[arg(long, default_value_t = 3600)]
        timeout: u64,
        /// Seconds between a stop and the end of the pod.
        #[arg(long, default_value_t = 600)]
        grace: u64,
    },
}

/// What an apply was told to apply.
struct Approved {
    bundle: String,
    plan: String,
    plan_json: String,
}

/// Runs what the command line says. 0: the outcome is with the gateway; 3: it is not.
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&format!("cannot start: {error}")),
    };
    let ended = runtime.block_on(run(arguments));
    // What still waits on a dead connection must not hold the pod.
    runtime.shutdown_timeout(Duration::from_secs(1));
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&error),
    }
}

async fn run(arguments: Arguments) -> Result<(), String> {
    let (timeout, grace) = match &arguments.run {
        Run::Plan { timeout, grace, .. } | Run::Apply { timeout, grace, .. } => (*timeout, *grace),
    };
    // First of all: as PID 1 a signal without a handler is lost.
    let stop = signals::Stop::watch(Duration::from_secs(timeout), Duration::from_secs(grace))
        .map_err(|error| format!("cannot watch for signals: {error}"))?;
    let settings = settings::Settings::from_env()?;
    let gateway = gateway::Gateway::new(&settings, stop.clone())?;
    match arguments.run {
        Run::Plan { bundle_digest, .. } => plan::run(settings, gateway, stop, &bundle_digest).await,
        Run::Apply { bundle_digest, plan_digest, plan_json_digest, .. } => {
            let approved = Approved { bundle: bundle_digest, plan: plan_digest, plan_json: plan_json_digest };
            apply::run(settings, gateway, stop, &approved).await
        }
    }
}

fn fail(message: &str) -> ExitCode {
    eprintln!("cloud-engine-runner: {message}");
    ExitCode::from(NOT_REPORTED)
}

/// `sha256:<hex>` of bytes.
fn sha256(bytes: &[u8]) -> String {
    use sha2::Digest;
    format!("sha256:{}", hex::encode(sha2::Sha256::digest(bytes)))
}

/// Text cut to at most `limit` bytes, on a character.
fn cut(text: &str, limit: usize) -> &str {
    let mut end = limit.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}
