//! `DeploymentSession`: one change, from request to applied.

use super::{resource::Resource, schema};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};
use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One change to a stack: what is wanted, who agreed, what came of it.
#[derive(CustomResource, KubeSchema, Serialize, Deserialize, Debug, Clone, PartialEq)]
#[kube(
    group = "cloudengine.dev",
    version = "v1alpha1",
    kind = "DeploymentSession",
    plural = "deploymentsessions",
    shortname = "dsession",
    category = "cloudengine",
    namespaced,
    status = "DeploymentSessionStatus",
    derive = "PartialEq",
    validation = Rule::new("self.metadata.name.matches('^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$')").message("metadata.name must be at most 63 lower-case letters, digits and hyphens"),
    validation = Rule::new("!has(oldSelf.status) || !has(oldSelf.status.phase) || !(oldSelf.status.phase in ['Applying', 'Applied', 'Failed', 'Cancelled', 'Expired']) || (self.spec.action == oldSelf.spec.action && self.spec.changes == oldSelf.spec.changes && self.spec.draft == oldSelf.spec.draft && (has(self.spec.ttl) ? self.spec.ttl : '') == (has(oldSelf.spec.ttl) ? oldSelf.spec.ttl : '') && (has(self.spec.outputsSecret) ? self.spec.outputsSecret : '') == (has(oldSelf.spec.outputsSecret) ? oldSelf.spec.outputsSecret : '') && (has(self.spec.approvals) ? self.spec.approvals : []) == (has(oldSelf.spec.approvals) ? oldSelf.spec.approvals : []))").message("from Applying on a session can only be cancelled: make a new session for a further change"),
    printcolumn(name = "Project", type_ = "string", json_path = ".spec.project"),
    printcolumn(name = "Stack", type_ = "string", json_path = ".spec.stack"),
    printcolumn(name = "Action", type_ = "string", json_path = ".spec.action"),
    printcolumn(name = "Phase", type_ = "string", json_path = ".status.phase"),
    printcolumn(name = "Changes", type_ = "string", json_path = ".status.plan.summary.text"),
    printcolumn(name = "Approvals", type_ = "string", json_path = ".status.approvals.text"),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp"),
    printcolumn(name = "Requested by", type_ = "string", json_path = ".spec.requestedBy", priority = 1),
    printcolumn(name = "Expires", type_ = "string", json_path = ".status.expiresAt", priority = 1),
    printcolumn(name = "Plan", type_ = "string", json_path = ".status.plan.digest", priority = 1),
    printcolumn(name = "Message", type_ = "string", json_path = ".status.conditions[?(@.type=='Ready')].message", priority = 1)
)]
#[x_kube(
    validation = Rule::new("self.project == oldSelf.project && self.stack == oldSelf.stack").message("spec.project and spec.stack are fixed: make a new session for another stack"),
    validation = Rule::new("!has(oldSelf.requestedBy) || (has(self.requestedBy) && self.requestedBy == oldSelf.requestedBy)").message("spec.requestedBy is fixed: it names who made the session"),
    validation = Rule::new("self.action != 'Destroy' || (self.changes.upsert.size() == 0 && self.changes.remove.size() == 0)").message("action Destroy removes the whole stack: leave spec.changes empty, or use action Deploy with changes.remove"),
    validation = Rule::new("!has(oldSelf.cancel) || has(self.cancel)").message("a cancellation cannot be taken back: make a new session")
)]
#[serde(rename_all = "camelCase")]
pub struct DeploymentSessionSpec {
    /// Name of the CloudProject, in this namespace. Fixed.
    #[schemars(length(min = 1, max = 40), regex(pattern = r"^[a-z]([-a-z0-9]*[a-z0-9])?$"))]
    pub project: String,
    /// Name of the stack: what is planned, locked and stored together. Fixed.
    #[serde(default = "main_stack")]
    #[schemars(length(min = 1, max = 20), regex(pattern = r"^[a-z]([-a-z0-9]*[a-z0-9])?$"))]
    pub stack: String,
    /// Deploy changes resources, Destroy removes all of the stack.
    #[serde(default)]
    pub action: Action,
    /// While true nothing is planned; set it to false to begin.
    #[serde(default)]
    pub draft: bool,
    /// What to change.
    #[serde(default)]
    pub changes: Changes,
    /// Secret that receives the outputs of the apply. It is made by us; another's Secret is never overwritten.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 63), regex(pattern = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$"))]
    pub outputs_secret: Option<String>,
    /// Who asks. Must be the caller; where the cluster can, it is filled in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 253))]
    pub requested_by: Option<String>,
    /// Time to live of this session, in place of the project's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 2, max = 8), regex(pattern = r"^[1-9][0-9]{0,5}[smh]$"))]
    pub ttl: Option<String>,
    /// Who agreed to which plan, one entry per person.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 20))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["by".into()]))]
    pub approvals: Vec<Approval>,
    /// Set to end the session; a running apply stops gracefully.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cancel: Option<Cancel>,
}

fn main_stack() -> String {
    "main".to_owned()
}

/// What a session does.
#[derive(Serialize, Deserialize, JsonSchema, Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Action {
    /// Change resources.
    #[default]
    Deploy,
    /// Remove the whole stack.
    Destroy,
}

/// What to change.
#[derive(KubeSchema, Serialize, Deserialize, Debug, Clone, PartialEq, Default)]
pub struct Changes {
    /// Resources to add, or to change where the name exists.
    #[serde(default)]
    #[schemars(length(max = 32))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["name".into()]))]
    pub upsert: Vec<Resource>,
    /// Names of resources to remove.
    #[serde(default)]
    #[schemars(length(max = 64), inner(length(min = 1, max = 63)))]
    #[x_kube(merge_strategy = ListMerge::Set)]
    pub remove: Vec<String>,
}

/// One person's agreement with one plan.
#[derive(Serialize, Deserialize, JsonSchema, Debug, Clone, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct Approval {
    /// Who agrees. Must be the caller.
    #[schemars(length(min = 1, max = 253))]
    pub by: String,
    /// The digest of the plan that was shown: `status.plan.digest`, in full.
    #[schemars(length(equal = 71), regex(pattern = r"^sha256:[0-9a-f]{64}$"))]
    pub plan_digest: String,
    /// When, as the client says; for display only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Time>,
    /// Why, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 500))]
    pub comment: Option<String>,
}

/// The wish to end a session.
#[derive(Serialize, Deserialize, JsonSchema, Debug, Clone, PartialEq, Eq)]
pub struct Cancel {
    /// Who cancels. Must be the caller.
    #[schemars(length(min = 1, max = 253))]
    pub by: String,
    /// Why, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 500))]
    pub reason: Option<String>,
}

/// Where a session stands.
#[derive(Serialize, Deserialize, JsonSchema, Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Phase {
    /// Being written; nothing runs.
    Draft,
    /// The request is checked; the stack may be held by another.
    Validating,
    /// The plan Job runs.
    Planning,
    /// The plan waits for approvals.
    PlanReady,
    /// Enough approvals name the plan.
    Approved,
    /// The apply Job runs.
    Applying,
    /// Done.
    Applied,
    /// Ended by an error; conditions tell which.
    Failed,
    /// Ended by a person.
    Cancelled,
    /// Ended by time.
    Expired,
}

impl Phase {
    /// Every phase.
    pub const ALL: [Self; 10] = [
        Self::Draft,
        Self::Validating,
        Self::Planning,
        Self::PlanReady,
        Self::Approved,
        Self::Applying,
        Self::Applied,
        Self::Failed,
        Self::Cancelled,
        Self::Expired,
    ];

    /// A phase that never changes again.
    pub const fn is_terminal(self) -> bool {
        matches!(self, Self::Applied | Self::Failed | Self::Cancelled | Self::Expired)
    }

    /// As the API spells it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "Draft",
            Self::Validating => "Validating",
            Self::Planning => "Planning",
            Self::PlanReady => "PlanReady",
            Self::Approved => "Approved",
            Self::Applying => "Applying",
            Self::Applied => "Applied",
            Self::Failed => "Failed",
            Self::Cancelled => "Cancelled",
            Self::Expired => "Expired",
        }
    }
}

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
    /// The plan, once there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<PlanStatus>,
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
    /// sha256 of the bundle it was made from: what the session asks for, rendered.
    #[schemars(length(max = 71))]
    pub bundle_digest: String,
    /// sha256 of what was asked: action, changes and plan request. Another one voids the plan.
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
