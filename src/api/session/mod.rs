//! `DeploymentSession`: one change, from request to applied.

mod cost;
mod status;

pub use cost::{CostLine, CostRecommendation, CostStatus, UnpricedItem};
pub use status::{
    AppliedChange, ApplyOutcome, ApplyStatus, ApprovalStatus, BlobRef, ChangeAction, CountedApproval,
    DeploymentSessionStatus, HistoryItem, IgnoredApproval, Impact, PlanStatus, PlanSummary, PlannedChange,
    ResourceOutcome, ResultStatus, Validation,
};

use super::resource::Resource;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
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
    printcolumn(name = "Cost", type_ = "string", json_path = ".status.cost.text", priority = 1),
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
