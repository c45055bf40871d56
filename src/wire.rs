//! What a runner and the gateway say to each other: JSON over TLS, paths without names in them, since the
//! caller's token says which session it serves.
//!
//! ```text
//!  plan pod                                  apply pod
//!  GET  /v1/bundle        ► Bundle           GET  /v1/bundle, /v1/plan, /v1/plan-json
//!  PUT  /v1/plan          bytes              POST /v1/claim        ClaimRequest ► ClaimAnswer
//!  PUT  /v1/plan-json     masked JSON        GET|POST /v1/state    POST /v1/state/lock, /v1/state/unlock
//!  PUT  /v1/lock-file     text               POST /v1/rescue       errored.tfstate
//!  POST /v1/log?offset=N  ► LogAnswer        POST /v1/journal      [JournalEntry]
//!  POST /v1/report        PlanReport         PUT  /v1/outputs      Outputs
//!                                            POST /v1/report       ApplyReport
//! ```
//! Plan pods may also read and lock the state, never write it. All digests are `sha256:<64 hex>`.
//! Every refusal is a status of 4xx with a [`Refusal`] as its body; 5xx and broken connections may be
//! repeated: each call is safe to repeat.

use crate::api::{Resource, session::Action};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Everything an engine runs on, and what it was rendered from. Its digest is that of its JSON bytes.
#[derive(Serialize, Deserialize, Debug, Clone, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct Bundle {
    /// Configuration files by relative path (`main.tf`, `modules/NAME/main.tf`, `terraform.tfvars.json`).
    pub files: BTreeMap<String, String>,
    /// Dependency lock file of the stack; without one the plan makes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lock_file: Option<String>,
    /// The desired set that the files say: the base of the next revision.
    pub resources: Vec<Resource>,
    /// Files of the modules by resource name, so that a later session needs no source.
    pub modules: BTreeMap<String, BTreeMap<String, String>>,
    /// Providers that may be used, as `hashicorp/google`; anything else is refused.
    pub providers: Vec<String>,
    /// Variables whose values the pod gets from Secrets.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub secrets: Vec<SecretVariable>,
    /// Plan everything away.
    pub action: Action,
    /// Serial of the state that the plan is made from.
    pub state_serial: i64,
    /// What distinguishes this plan from an earlier one of the same request: plan request and attempt.
    pub nonce: String,
    /// The cloud is the sandbox.
    pub sandbox: bool,
}

/// A variable of the root whose value is in a Secret of the project's namespace, and nowhere else.
#[derive(Serialize, Deserialize, Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SecretVariable {
    /// Name of the variable; the engine reads `TF_VAR_<variable>`.
    pub variable: String,
    /// Name of the Secret. Where it is not there, it is made once, with a random value, and then kept.
    pub secret: String,
    /// Key in the Secret.
    pub key: String,
}

/// How a plan ended.
#[derive(Serialize, Deserialize, Debug, Clone, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct PlanReport {
    /// How it ended.
    pub outcome: PlanOutcome,
    /// Engine and version, such as `OpenTofu 1.12.6`.
    pub engine: String,
    /// Digest of the plan's bytes, as stored by the gateway; only with `Changes` or `NoChanges`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan_digest: Option<String>,
    /// Digest of the masked JSON form.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan_json_digest: Option<String>,
    /// Errors and warnings of the engine, redacted; the first 32.
    #[serde(default)]
    pub diagnostics: Vec<Diagnostic>,
}

/// How a plan ended.
#[derive(Serialize, Deserialize, Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlanOutcome {
    /// There is something to apply.
    Changes,
    /// There is nothing to do.
    NoChanges,
    /// The request was refused before the engine ran user code.
    Refused,
    /// The engine failed.
    Failed,
    /// Stopped by a signal.
    Cancelled,
}

/// One message of the engine.
#[derive(Serialize, Deserialize, Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// `error` or `warning`.
    pub severity: Severity,
    /// First line.
    pub summary: String,
    /// The rest, cut at 2,000 characters.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub detail: String,
    /// Resource it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
}

/// Severity of a diagnostic.
#[derive(Serialize, Deserialize, Debug, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Nothing was done.
    Error,
    /// Worth knowing.
    Warning,
}

/// How an apply ended.
#[derive(Serialize, Deserialize, Debug, Clone, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct ApplyReport {
    /// How it ended.
    pub outcome: ApplyReportOutcome,
    /// Why, for a refusal or a failure outside the engine; a reason of [`crate::names::reason`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Sentence for people.
    #[serde(default)]
    pub message: String,
    /// Every planned change and what became of it.
    #[serde(default)]
    pub resources: Vec<crate::api::session::AppliedChange>,
    /// Errors and warnings of the engine, redacted; the first 32.
    #[serde(default)]
    pub diagnostics: Vec<Diagnostic>,
    /// Serial of the last state that the gateway acknowledged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state_serial: Option<i64>,
    /// False when a state of the engine could not be stored, not even as a rescue.
    pub state_persisted: bool,
}

/// How an apply ended, as the runner saw it.
#[derive(Serialize, Deserialize, Debug, Clone, Copy, PartialEq, Eq)]
pub enum ApplyReportOutcome {
    /// All changes were made.
    Applied,
    /// Refused before anything began.
    Refused,
    /// Some changes were not made.
    Failed,
    /// Stopped by a signal, gracefully.
    Cancelled,
}

/// Asks to begin the apply.
#[derive(Serialize, Deserialize, Debug, Clone, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct ClaimRequest {
    /// Digest of the bytes in the runner's hand.
    pub plan_digest: String,
    /// Digest of the masked `show -json` of these bytes.
    pub plan_json_digest: String,
}

/// Whether the apply may begin.
#[derive(Serialize, Deserialize, Debug, Clone, PartialEq, Eq)]
pub enum ClaimAnswer {
    /// This pod begins, and no other ever will. Repeating the call repeats the answer.
    Granted,
    /// Another pod began; this one exits without effect.
    TakenBy(String),
    /// Not allowed; nothing was begun.
    Refused(Refusal),
}

/// Why something is refused: what, why, what to do.
#[derive(Serialize, Deserialize, Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}: {message}")]
pub struct Refusal {
    /// A reason of [`crate::names::reason`].
    pub reason: String,
    /// Sentences for people, with the way out.
    pub message: String,
}

/// Answer to a piece of log.
#[derive(Serialize, Deserialize, Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogAnswer {
    /// Bytes of this run that the gateway has; the next offset to send. A gap is answered 409 with this body.
    pub received: u64,
    /// Bytes of this run that are stored for good; what lies beyond must be kept for a resend.
    pub durable: u64,
}

/// A resource was begun, completed or failed; kept so that after a kill nobody has to guess.
#[derive(Serialize, Deserialize, Debug, Clone, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct JournalEntry {
    /// Address in the configuration.
    pub address: String,
    /// What happened.
    pub event: JournalEvent,
    /// Provider's id, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
}

/// What happened to a resource.
#[derive(Serialize, Deserialize, Debug, Clone, Copy, PartialEq, Eq)]
pub enum JournalEvent {
    /// The provider was asked.
    Started,
    /// The change was made.
    Completed,
    /// The change failed.
    Errored,
}

/// Outputs of the apply, in clear: for the Secret that the session names and nothing else.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq)]
pub struct Outputs {
    /// Value by output name; strings as they are, everything else as JSON.
    pub values: BTreeMap<String, String>,
}

/// What the engine says when it locks: kept whole, answered to whoever finds the state locked.
#[derive(Serialize, Deserialize, Debug, Clone, PartialEq, Eq)]
pub struct EngineLock {
    /// Lock id of the engine.
    #[serde(rename = "ID")]
    pub id: String,
    /// Everything else, as sent.
    #[serde(flatten)]
    pub rest: BTreeMap<String, serde_json::Value>,
}

/// Environment of a runner pod, set by the controller.
pub mod env {
    /// Base address of the gateway, `https://…`.
    pub const GATEWAY_URL: &str = "CLOUD_ENGINE_GATEWAY_URL";
    /// Certificates that vouch for the gateway, PEM.
    pub const GATEWAY_CA: &str = "CLOUD_ENGINE_GATEWAY_CA";
    /// File with the projected token; re-read for each call.
    pub const TOKEN_FILE: &str = "CLOUD_ENGINE_TOKEN_FILE";
    /// Writable folder for configuration, plan and spool.
    pub const WORK_DIR: &str = "CLOUD_ENGINE_WORK_DIR";
    /// The engine's program.
    pub const ENGINE: &str = "CLOUD_ENGINE_ENGINE";
    /// Folder with the provider mirror; unset: providers come from the registry.
    pub const MIRROR: &str = "CLOUD_ENGINE_MIRROR";
    /// Address of the sandbox cloud, handed on to its providers.
    pub const SANDBOX_URL: &str = "CLOUD_ENGINE_SANDBOX_URL";
    /// Beginning of the names of the engine's variables; the pod gets those of its bundle from Secrets.
    pub const VARIABLE: &str = "TF_VAR_";
    /// Variables of the pod that are handed on to the engine: the clouds' credentials, nothing else.
    pub const CREDENTIALS: [&str; 8] = [
        "GOOGLE_CREDENTIALS",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "ARM_CLIENT_ID",
        "ARM_CLIENT_SECRET",
        "ARM_TENANT_ID",
        "ARM_SUBSCRIPTION_ID",
    ];
}
