//! Every string the cluster sees, in one place.

/// API group of the five kinds.
pub const GROUP: &str = "cloudengine.dev";
/// Served and stored version.
pub const VERSION: &str = "v1alpha1";
/// `kubectl get cloudengine` lists all kinds.
pub const CATEGORY: &str = "cloudengine";

/// Labels of the objects that we make. All of them are listed in `docs/architecture.md`.
pub mod label {
    /// uid of the session that a Job, pod or blob belongs to.
    pub const SESSION: &str = "cloudengine.dev/session";
    /// Name of the project.
    pub const PROJECT: &str = "cloudengine.dev/project";
    /// Name of the stack.
    pub const STACK: &str = "cloudengine.dev/stack";
    /// What a Job does: `plan` or `apply`.
    pub const RUN: &str = "cloudengine.dev/run";
    /// What a Secret holds: `bundle`, `plan`, `plan-json`, `state`, `log`, `report`, `head`, …
    pub const PART: &str = "cloudengine.dev/part";
    /// Set on namespaces while a stack in them holds resources.
    pub const HOLDS_RESOURCES: &str = "cloudengine.dev/holds-resources";
    /// On ConfigMaps of the operator's namespace that set prices and assumptions; value `true`.
    pub const PRICES: &str = "cloudengine.dev/prices";
    /// `app.kubernetes.io/managed-by`, value [`super::MANAGER`].
    pub const MANAGED_BY: &str = "app.kubernetes.io/managed-by";
}

/// Annotations that people and we write.
pub mod annotation {
    /// A new value on a session plans again.
    pub const PLAN_REQUEST: &str = "cloudengine.dev/plan-request";
    /// On an apply Job: the sha256 of the plan bytes it may apply.
    pub const PLAN_DIGEST: &str = "cloudengine.dev/plan-digest";
    /// On an apply Job: the sha256 of the masked `show -json` that the approvers saw.
    pub const PLAN_JSON_DIGEST: &str = "cloudengine.dev/plan-json-digest";
    /// On a Job: where its bundle is, as JSON.
    pub const BUNDLE: &str = "cloudengine.dev/bundle";
    /// On a Job: the sha256 of its bundle.
    pub const BUNDLE_DIGEST: &str = "cloudengine.dev/bundle-digest";
}

/// Keeps a session until its runner is stopped and its stack released.
pub const SESSION_FINALIZER: &str = "cloudengine.dev/session";
/// Keeps a project while its stacks hold resources.
pub const PROJECT_FINALIZER: &str = "cloudengine.dev/project";

/// Value of `app.kubernetes.io/managed-by`.
pub const MANAGER: &str = "cloud-engine";

/// Server-side-apply managers, one per part of an object.
pub mod manager {
    /// Owns a session's status.
    pub const SESSION: &str = "ce-session";
    /// Owns a project's conditions.
    pub const PROJECT: &str = "ce-project";
    /// Owns the tables that `prices refresh --apply` writes.
    pub const PRICES: &str = "ce-prices";
}

/// Admission policy that compares the names in a session with who calls.
pub const SESSIONS_POLICY: &str = "cloud-engine-sessions";

/// `Lease` that elects the controller that reconciles.
pub const LEASE: &str = "cloud-engine-controller";
/// Secret with the gateway's own certificate authority.
pub const GATEWAY_CA_SECRET: &str = "cloud-engine-gateway-ca";
/// Service account whose token opens plans and logs to a reader, one in each served namespace.
pub const READER_ACCOUNT: &str = "cloud-engine-reader";
/// Service account of runner pods; it has no rights at all.
pub const RUNNER_ACCOUNT: &str = "cloud-engine-runner";
/// Audience of the runners' projected tokens.
pub const RUNNER_AUDIENCE: &str = "cloud-engine-gateway";
/// Audience of the readers' tokens.
pub const READER_AUDIENCE: &str = "cloud-engine-reader";
/// Header with a reader's token: the API server's service proxy drops `Authorization`, not this one.
pub const READER_HEADER: &str = "x-cloud-engine-token";

/// Condition types.
pub mod condition {
    /// On every kind.
    pub const READY: &str = "Ready";
    /// On sessions: the plan was applied, or there was nothing to do.
    pub const APPLIED: &str = "Applied";
    /// On sessions: another session holds the stack.
    pub const QUEUED: &str = "Queued";
    /// On projects: the cluster compares the names in sessions with who calls.
    pub const PROTECTED: &str = "Protected";
    /// On projects: it holds resources, so it is not deleted.
    pub const DELETION_BLOCKED: &str = "DeletionBlocked";
}

/// Reasons: of conditions, events and refusals. `docs/troubleshooting.md` explains each.
pub mod reason {
    /// The session is a draft.
    pub const DRAFT: &str = "Draft";
    /// The request is being checked.
    pub const VALIDATING: &str = "Validating";
    /// The request has errors; an edit plans again.
    pub const INVALID: &str = "Invalid";
    /// Another session holds the stack.
    pub const STACK_HELD: &str = "StackHeld";
    /// The stack is free for this session.
    pub const STACK_FREE: &str = "StackFree";
    /// The plan Job runs.
    pub const PLANNING: &str = "Planning";
    /// The plan waits for approvals.
    pub const AWAITING_APPROVAL: &str = "AwaitingApproval";
    /// Enough approvals name this plan.
    pub const APPROVED: &str = "Approved";
    /// The apply Job runs.
    pub const APPLYING: &str = "Applying";
    /// The plan was applied.
    pub const APPLIED: &str = "Applied";
    /// The plan changes nothing.
    pub const NOTHING_TO_DO: &str = "NothingToDo";
    /// Somebody cancelled.
    pub const CANCELLED: &str = "Cancelled";
    /// The time to live ended before an approval.
    pub const EXPIRED: &str = "Expired";
    /// Engine or provider refused the plan.
    pub const PLAN_FAILED: &str = "PlanFailed";
    /// The plan contains what is never run.
    pub const PLAN_REFUSED: &str = "PlanRefused";
    /// Some resources were not applied; the state tells which.
    pub const APPLY_FAILED: &str = "ApplyFailed";
    /// The apply began, and nobody can say how it ended.
    pub const OUTCOME_UNKNOWN: &str = "OutcomeUnknown";
    /// The bytes differ from those approved.
    pub const DIGEST_MISMATCH: &str = "DigestMismatch";
    /// The state moved on since the plan was made.
    pub const STALE_PLAN: &str = "StalePlan";
    /// The runner's pod could not start.
    pub const RUNNER_NOT_STARTED: &str = "RunnerNotStarted";
    /// The runner ended without a result.
    pub const RUNNER_LOST: &str = "RunnerLost";
    /// The state could not be stored.
    pub const STATE_NOT_PERSISTED: &str = "StateNotPersisted";
    /// The chart's admission policies are not in force: nothing is applied.
    pub const ADMISSION_UNPROTECTED: &str = "AdmissionUnprotected";
    /// The chart's admission policies are in force.
    pub const ADMISSION_PROTECTED: &str = "AdmissionProtected";
    /// The project does not exist.
    pub const PROJECT_MISSING: &str = "ProjectMissing";
    /// The project has errors.
    pub const PROJECT_NOT_READY: &str = "ProjectNotReady";
    /// All is well.
    pub const READY: &str = "Ready";
    /// No engine image of that kind and version is installed.
    pub const ENGINE_UNAVAILABLE: &str = "EngineUnavailable";
    /// The region is not in the catalogue.
    pub const UNKNOWN_REGION: &str = "UnknownRegion";
    /// The project holds resources.
    pub const HOLDS_RESOURCES: &str = "HoldsResources";
    /// An object of that name exists and is not ours.
    pub const NAME_TAKEN: &str = "NameTaken";
    /// The caller's token is missing, outlived or not for us.
    pub const UNAUTHENTICATED: &str = "Unauthenticated";
    /// The caller is known, and this is not for it.
    pub const NOT_ALLOWED: &str = "NotAllowed";
    /// What was asked for does not exist.
    pub const NOT_FOUND: &str = "NotFound";
    /// Not now; repeating helps.
    pub const UNAVAILABLE: &str = "Unavailable";
    /// The call cannot be understood.
    pub const MALFORMED: &str = "Malformed";
    /// More bytes than fit in the cluster.
    pub const BLOB_TOO_LARGE: &str = "BlobTooLarge";
    /// Stored bytes are missing or altered.
    pub const BLOB_DAMAGED: &str = "BlobDamaged";
    /// Another run holds the lock of the state.
    pub const STATE_LOCKED: &str = "StateLocked";
    /// The state handed over does not follow from the stored one.
    pub const STATE_DIVERGED: &str = "StateDiverged";
    /// The run has reported its end; nothing may follow.
    pub const ALREADY_REPORTED: &str = "AlreadyReported";
    /// The API server refused a call for want of rights.
    pub const FORBIDDEN: &str = "Forbidden";
}
