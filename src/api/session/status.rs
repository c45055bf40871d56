//! Status of a session: what the controller found and did.

use super::{CostStatus, Phase};
use crate::api::schema;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};
use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What the controller found and did.
#[derive(KubeSchema, Serialize, Deserialize, Debug, Clone, PartialEq, Default)]
#[x_kube(
    validation = Rule::new("!has(oldSelf.phase) || (has(self.phase) && (self.phase == oldSelf.phase || self.phase in {'Draft': ['Validating', 'Failed', 'Cancelled', 'Expired'], 'Validating': ['Draft', 'Planning', 'Failed', 'Cancelled', 'Expired'], 'Planning': ['Validating', 'PlanReady', 'Applied', 'Failed', 'Cancelled', 'Expired'], 'PlanReady': ['Validating', 'Approved', 'Failed', 'Cancelled', 'Expired'], 'Approved': ['Validating', 'PlanReady', 'Applying', 'Failed', 'Cancelled'], 'Applying': ['Applied', 'Failed', 'Cancelled'], 'Applied': [], 'Failed': [], 'Cancelled': [], 'Expired': []}[oldSelf.phase]))").message("status.phase moves only along the allowed edges")
)]
#[serde(rename_all = "camelCase")]
pub struct DeploymentSessionStatus {
    /// Generation of the spec that was judged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// Where the session stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phase: Option<Phase>,
    /// When a session without approval ends; moves on while it waits for its stack.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Time>,
    /// Findings on the request.
    #[serde(default, skip_serializing_if = "Validation::is_empty")]
    pub validation: Validation,
    /// How many plans were begun.
    #[serde(default, skip_serializing_if = "zero")]
    #[schemars(range(min = 0))]
    pub plans: i32,
    /// The plan, once there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<PlanStatus>,
    /// What the plan costs, where prices are known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<CostStatus>,
    /// Whose approvals count for this plan, and whose not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approvals: Option<ApprovalStatus>,
    /// The apply, once its Job exists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub apply: Option<ApplyStatus>,
    /// What came of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<ResultStatus>,
    /// Phases it went through; the last 20.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 20))]
    pub history: Vec<HistoryItem>,
    /// Latest observations, one entry per type.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(schema_with = "schema::conditions")]
    pub conditions: Vec<Condition>,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
const fn zero(count: &i32) -> bool {
    *count == 0
}

/// Findings on the request: all of them, not the first.
#[derive(Serialize, Deserialize, JsonSchema, Debug, Clone, PartialEq, Eq, Default)]
pub struct Validation {
    /// What must change before a plan is made.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 32), inner(length(max = 1024)))]
    pub violations: Vec<String>,
    /// What is worth knowing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 32), inner(length(max = 1024)))]
    pub warnings: Vec<String>,
}

impl Validation {
    /// Nothing found.
    pub fn is_empty(&self) -> bool {
        self.violations.is_empty() && self.warnings.is_empty()
    }
}

/// The plan.
#[derive(Serialize, Deserialize, JsonSchema, Debug, Clone, PartialEq, Eq, Default)]
#[serde(rename_all = "camelCase")]
pub struct PlanStatus {
    /// Name of the Job that made it.
    #[schemars(length(max = 63))]
    pub job: String,
    /// The bundle it was made from: what the session asks for, rendered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bundle: Option<BlobRef>,
    /// sha256 of what was asked: action, changes and plan request. Another one voids the plan.
    #[serde(default)]
    #[schemars(length(max = 71))]
    pub request_digest: String,
    /// sha256 of the plan's bytes: what approvals name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 71))]
    pub digest: Option<String>,
    /// sha256 of the masked JSON form that people and rules read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 71))]
    pub json_digest: Option<String>,
    /// Engine and version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub engine: Option<String>,
    /// When it was ready.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Time>,
    /// Serial of the state it was made from.
    #[serde(default)]
    #[schemars(range(min = 0))]
    pub state_serial: i64,
    /// Counts.
    #[serde(default)]
    pub summary: PlanSummary,
    /// What would change, the gravest first; at most 100.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 100))]
    pub changes: Vec<PlannedChange>,
    /// The changes are to the sandbox cloud.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub sandbox: bool,
}

/// Where stored bytes are, and what they must be.
#[derive(Serialize, Deserialize, JsonSchema, Debug, Clone, PartialEq, Eq)]
pub struct BlobRef {
    /// Prefix of the chunks' names; chunk `i` is `<name>-<i>`.
    #[schemars(length(max = 63))]
    pub name: String,
    /// Number of chunks.
    #[schemars(with = "i32", range(min = 0, max = 1000))]
    pub chunks: u32,
    /// Length in bytes.
    #[schemars(with = "i64", range(min = 0))]
    pub bytes: u64,
    /// `sha256:<hex>` of the bytes.
    #[schemars(length(max = 71))]
    pub digest: String,
}

/// Counts of a plan.
#[derive(Serialize, Deserialize, JsonSchema, Debug, Clone, PartialEq, Eq, Default)]
pub struct PlanSummary {
    /// Resources made.
    #[schemars(range(min = 0))]
    pub create: i32,
    /// Resources changed in place.
    #[schemars(range(min = 0))]
    pub update: i32,
    /// Resources deleted and made again.
    #[schemars(range(min = 0))]
    pub replace: i32,
    /// Resources deleted.
    #[schemars(range(min = 0))]
    pub destroy: i32,
    /// In short, for a table: `+3 ~1 ±0 -0`.
    #[schemars(length(max = 64))]
    pub text: String,
}

/// One planned change.
#[derive(Serialize, Deserialize, JsonSchema, Debug, Clone, PartialEq, Eq)]
pub struct PlannedChange {
    /// Address in the configuration.
    #[schemars(length(max = 512))]
    pub address: String,
    /// What the engine does.
    pub action: ChangeAction,
    /// How grave that is.
    pub impact: Impact,
    /// Attributes that force it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16), inner(length(max = 256)))]
    pub reasons: Vec<String>,
    /// What depends on it and so goes, or breaks, with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16), inner(length(max = 512)))]
    pub dependents: Vec<String>,
}

/// What the engine does to a resource.
#[derive(Serialize, Deserialize, JsonSchema, Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeAction {
    /// Read a data source.
    Read,
    /// Make.
    Create,
    /// Change in place.
    Update,
    /// Delete and make again.
    Replace,
    /// Delete.
    Destroy,
    /// Stop managing; it goes on existing, and costing.
    Forget,
}

/// How grave a change is, in rising order.
#[derive(Serialize, Deserialize, JsonSchema, Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Impact {
    /// Nothing.
    None,
    /// Something new.
    Create,
    /// Changed while it runs.
    Update,
    /// Restarted.
    Reboot,
    /// Deleted and made again.
    Replace,
    /// Deleted.
    Destroy,
    /// Deleted with the data in it.
    DataLoss,
}

/// Approvals of the current plan.
#[derive(Serialize, Deserialize, JsonSchema, Debug, Clone, PartialEq, Eq, Default)]
pub struct ApprovalStatus {
    /// How many are needed.
    #[schemars(range(min = 0))]
    pub required: i32,
    /// In short, for a table: `1/2`.
    #[schemars(length(max = 16))]
    pub text: String,
    /// Those that count.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 20))]
    pub counted: Vec<CountedApproval>,
    /// Those that do not, and why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 20))]
    pub ignored: Vec<IgnoredApproval>,
}

/// An approval that counts.
#[derive(Serialize, Deserialize, JsonSchema, Debug, Clone, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct CountedApproval {
    /// Who.
    #[schemars(length(max = 253))]
    pub by: String,
    /// When the controller first saw it; its age counts from here.
    pub seen_at: Time,
}

/// An approval that does not count.
#[derive(Serialize, Deserialize, JsonSchema, Debug, Clone, PartialEq, Eq)]
pub struct IgnoredApproval {
    /// Who.
    #[schemars(length(max = 253))]
    pub by: String,
    /// Why not.
    #[schemars(length(max = 512))]
    pub reason: String,
}

/// The apply.
#[derive(Serialize, Deserialize, JsonSchema, Debug, Clone, PartialEq, Eq, Default)]
#[serde(rename_all = "camelCase")]
pub struct ApplyStatus {
    /// Name of the Job.
    #[schemars(length(max = 63))]
    pub job: String,
    /// When its Job was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Time>,
    /// How it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<ApplyOutcome>,
    /// Serial of the state after it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub serial: Option<i64>,
    /// What happened to each resource; at most 100.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 100))]
    pub resources: Vec<AppliedChange>,
}

/// How an apply ended.
#[derive(Serialize, Deserialize, JsonSchema, Debug, Clone, Copy, PartialEq, Eq)]
pub enum ApplyOutcome {
    /// All changes were made.
    Applied,
    /// Some changes were not made; the state tells which.
    Failed,
    /// Stopped on request; the state tells what was made.
    Cancelled,
    /// It began, and nobody can say how it ended.
    Unknown,
    /// It never began.
    NotStarted,
}

/// What happened to one resource.
#[derive(Serialize, Deserialize, JsonSchema, Debug, Clone, PartialEq, Eq)]
pub struct AppliedChange {
    /// Address in the configuration.
    #[schemars(length(max = 512))]
    pub address: String,
    /// What happened.
    pub outcome: ResourceOutcome,
    /// The provider's words, redacted and cut.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 512))]
    pub message: Option<String>,
}

/// What happened to one resource.
#[derive(Serialize, Deserialize, JsonSchema, Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResourceOutcome {
    /// The change was made.
    Done,
    /// The change was begun and failed.
    Failed,
    /// The change was begun; its end is not known.
    Interrupted,
    /// The change was not begun.
    NotStarted,
}

/// What came of a session.
#[derive(Serialize, Deserialize, JsonSchema, Debug, Clone, PartialEq, Eq, Default)]
#[serde(rename_all = "camelCase")]
pub struct ResultStatus {
    /// Number of the revision that it made.
    #[schemars(range(min = 0))]
    pub revision: i64,
    /// Secret with the outputs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 63))]
    pub outputs_secret: Option<String>,
    /// The resources are in the sandbox cloud.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub sandbox: bool,
}

/// A phase, and since when.
#[derive(Serialize, Deserialize, JsonSchema, Debug, Clone, PartialEq, Eq)]
pub struct HistoryItem {
    /// The phase.
    pub phase: Phase,
    /// Since when.
    pub at: Time,
    /// Why.
    #[schemars(length(max = 64))]
    pub reason: String,
}
