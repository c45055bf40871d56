//! An apply: of the approved bytes alone, begun by one pod alone, with its state kept whatever happens.

use super::engine::Ended;
use super::events::Tally;
use super::gateway::Gateway;
use super::settings::Settings;
use super::signals::{Cause, Limit, Stop};
use super::steps::{Halt, Steps, refused};
use super::{Approved, sha256};
use crate::names::reason;
use crate::terraform::state;
use crate::wire::{ApplyReport, ApplyReportOutcome, ClaimAnswer, ClaimRequest, JournalEntry, Outputs};
use bytes::Bytes;
use http::Method;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout};

/// How the way to the engine ended.
enum Way {
    /// The engine ran.
    Ran(Ended),
    /// Another pod has begun: no effect, no report.
    Taken(String),
}

/// Applies and reports.
pub(super) async fn run(
    settings: Settings,
    gateway: Gateway,
    stop: Stop,
    approved: &Approved,
) -> Result<(), String> {
    let mut steps = Steps::begin(&settings, gateway, stop).await?;
    let mut tally = Tally::default();
    let mut report = ApplyReport {
        outcome: ApplyReportOutcome::Failed,
        reason: None,
        message: String::new(),
        resources: Vec::new(),
        diagnostics: Vec::new(),
        state_serial: None,
        state_persisted: true,
    };
    match apply(&mut steps, approved, &mut tally).await {
        Ok(Way::Taken(other)) => {
            println!("cloud-engine-runner: another pod has begun this apply: {other}");
            return Ok(());
        }
        Ok(Way::Ran(ended)) => settle(&steps, &ended, &tally, &mut report).await,
        Err(Halt::Refused(refusal)) => {
            report.outcome = ApplyReportOutcome::Refused;
            (report.reason, report.message) = (Some(refusal.reason), refusal.message);
        }
        Err(Halt::Failed(message)) => {
            (report.reason, report.message) = (Some(reason::APPLY_FAILED.to_owned()), message);
        }
        Err(Halt::Stopped) => stopped(&steps, &mut report),
    }
    report.message = steps.log.redact(&report.message);
    report.resources = tally.resources(report.outcome == ApplyReportOutcome::Applied);
    report.diagnostics = tally.diagnostics;
    steps.log.step(&format!("apply: {:?}", report.outcome));
    steps.report(&report).await
}

async fn apply(steps: &mut Steps, approved: &Approved, tally: &mut Tally) -> Result<Way, Halt> {
    let bundle = steps.bundle(&approved.bundle).await?;
    let bytes = steps.gateway.send(Method::GET, "/v1/plan", Bytes::new()).await?;
    let found = sha256(&bytes);
    if found != approved.plan {
        let message = format!("the plan's bytes are {found}, but {} was approved: plan again", approved.plan);
        return Err(refused(reason::DIGEST_MISMATCH, message));
    }
    let file = steps.workspace.plan_file();
    tokio::fs::write(&file, &bytes).await.map_err(|error| format!("the plan cannot be kept: {error}"))?;
    let stored = steps.gateway.get("/v1/lock-file").await?.filter(|text| !text.is_empty());
    let stored = stored.map(|text| String::from_utf8_lossy(&text).into_owned());
    steps.init(stored.as_deref().or(bundle.lock_file.as_deref()), true).await?;
    let (value, _, digest) = steps.show().await?;
    if digest != approved.plan_json {
        let message = format!("the plan reads as {digest}, but {} was shown: plan again", approved.plan_json);
        return Err(refused(reason::DIGEST_MISMATCH, message));
    }
    tally.plan(&value);
    drop(value);
    if steps.stop.cause().is_some() {
        return Err(Halt::Stopped);
    }
    match claim(steps, approved).await? {
        ClaimAnswer::Granted => {}
        ClaimAnswer::TakenBy(other) => return Ok(Way::Taken(other)),
        ClaimAnswer::Refused(refusal) => return Err(Halt::Refused(refusal)),
    }
    steps.ship_log();
    steps.log.step("apply");
    let (journal, entries) = mpsc::unbounded_channel();
    let keeping = tokio::spawn(keep_journal(steps.gateway.clone(), entries));
    let file = file.to_string_lossy();
    let arguments = ["apply", "-input=false", "-json", "-no-color", file.as_ref()];
    let ended = steps.stream(&arguments, tally, &mut |entry| drop(journal.send(entry))).await;
    drop(journal);
    // The report says all of it again.
    let _ = timeout(Duration::from_secs(10), keeping).await;
    ended.map(Way::Ran)
}

async fn claim(steps: &Steps, approved: &Approved) -> Result<ClaimAnswer, Halt> {
    steps.log.step("claim");
    let request =
        ClaimRequest { plan_digest: approved.plan.clone(), plan_json_digest: approved.plan_json.clone() };
    let answer = steps.gateway.post("/v1/claim", &request, Limit::Pod).await?;
    Ok(serde_json::from_slice(&answer)
        .map_err(|error| format!("the claim's answer cannot be read: {error}"))?)
}

/// Entries that go in one call.
const JOURNAL_BATCH: usize = 100;

/// Posts the entries in order: the first at once, then together what came within a fifth of a second. What is not
/// taken is left out.
async fn keep_journal(gateway: Gateway, mut entries: mpsc::UnboundedReceiver<JournalEntry>) {
    let mut batch = Vec::new();
    while entries.recv_many(&mut batch, JOURNAL_BATCH).await > 0 {
        let limit = Limit::Short(Instant::now() + Duration::from_secs(5));
        let _ = gateway.post("/v1/journal", &batch, limit).await;
        batch.clear();
        for _ in 0..10 {
            if !entries.is_closed() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
    }
}

/// Judges the engine's end, and brings state and outputs into safety.
async fn settle(steps: &Steps, ended: &Ended, tally: &Tally, report: &mut ApplyReport) {
    let rescued = rescue(steps).await;
    let acknowledged = steps.backend.kept().acknowledged;
    report.state_serial =
        acknowledged.as_ref().and_then(|bytes| state::summary(bytes).ok()).map(|summary| summary.serial);
    let stale =
        |words: &str| words.contains("Saved plan is stale") || words.contains("Saved plan does not match");
    let errors: Vec<&str> = tally.errors().map(|error| error.summary.as_str()).collect();
    let unlock_only =
        !errors.is_empty() && errors.iter().all(|error| *error == "Error releasing the state lock");
    let complete = ended.code == Some(0) && tally.applied;
    // All was made and stored, and only the lock stayed: the gateway opens it with the report.
    let all_but_unlocked = ended.code == Some(1) && unlock_only && tally.all_done() && acknowledged.is_some();
    match rescued {
        Some(Err(error)) => {
            report.state_persisted = false;
            report.reason = Some(reason::STATE_NOT_PERSISTED.to_owned());
            report.message = format!("the state could not be stored, not even for a rescue: {error}");
        }
        Some(Ok(())) => {
            report.reason = Some(reason::STATE_NOT_PERSISTED.to_owned());
            report.message.push_str("the last state was not accepted; it is kept for a rescue");
        }
        None if complete || all_but_unlocked => {
            report.outcome = ApplyReportOutcome::Applied;
            outputs(steps, acknowledged, report).await;
        }
        None if !tally.began && errors.iter().any(|error| stale(error)) => {
            report.outcome = ApplyReportOutcome::Refused;
            report.reason = Some(reason::STALE_PLAN.to_owned());
            report
                .message
                .push_str("the state moved on since the plan was made, and nothing was changed: plan again");
        }
        None if tally.began && (ended.forced || ended.code.is_none()) => {
            report.reason = Some(reason::OUTCOME_UNKNOWN.to_owned());
            report
                .message
                .push_str("the engine was ended in the middle of a change: compare the cloud with the state");
        }
        None if ended.stopped => stopped(steps, report),
        None => {
            report.reason = Some(reason::APPLY_FAILED.to_owned());
            let first = errors.first().map_or_else(|| ended.errors.trim(), |error| *error);
            report.message = match ended.code {
                Some(code) => format!("the engine ended with code {code}: {first}"),
                None => "the engine was killed: its memory may not have been enough".to_owned(),
            };
        }
    }
}

fn stopped(steps: &Steps, report: &mut ApplyReport) {
    if steps.stop.cause() == Some(Cause::Timeout) {
        report.reason = Some(reason::APPLY_FAILED.to_owned());
        report.message.push_str("the apply was stopped: it took longer than it may");
    } else {
        report.outcome = ApplyReportOutcome::Cancelled;
        report.reason = Some(reason::CANCELLED.to_owned());
        report.message.push_str("the apply was stopped gracefully");
    }
}

/// Hands over a state that was not stored, if there is one: what the engine left, else what it last sent.
async fn rescue(steps: &Steps) -> Option<Result<(), String>> {
    let left = tokio::fs::read(steps.workspace.errored_state()).await.ok().map(Bytes::from);
    let bytes = left.or(steps.backend.kept().pending)?;
    steps.log.step("rescue of the state");
    Some(
        steps
            .gateway
            .send(Method::POST, "/v1/rescue", bytes)
            .await
            .map(drop)
            .map_err(|error| error.to_string()),
    )
}

/// Hands over the outputs. The apply stands without them, so a failure is only told.
async fn outputs(steps: &Steps, acknowledged: Option<Bytes>, report: &mut ApplyReport) {
    let sent = async {
        let bytes = match acknowledged {
            Some(bytes) => Some(bytes),
            None => steps.gateway.get("/v1/state").await.map_err(|error| error.to_string())?,
        };
        let Some(bytes) = bytes.filter(|bytes| !bytes.is_empty()) else { return Ok(()) };
        let outputs = Outputs { values: state::outputs(&bytes)? };
        steps
            .gateway
            .send(Method::PUT, "/v1/outputs", serde_json::to_vec(&outputs).map_err(|e| e.to_string())?)
            .await
            .map(drop)
            .map_err(|error| error.to_string())
    };
    let sent: Result<(), String> = sent.await;
    if let Err(error) = sent {
        report.message = format!("applied, but the outputs were not handed over: {error}");
    }
}
