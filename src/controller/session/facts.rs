//! What a session's decision rests on, and what it may ask for: values, no client.

use crate::{
    api::{
        CloudProject, DeploymentSession, DeploymentSessionStatus, Phase, project::Holder,
        project::InventoryItem,
    },
    domain::state::{BlobRef, StackHead},
    platform::settings::EngineImage,
    terraform::plan::PlanView,
    wire::{ApplyReport, Bundle, PlanReport},
};
use kube::ResourceExt;
use std::time::Duration;

/// Everything that was read.
pub struct Observed {
    /// The session, fresh.
    pub session: DeploymentSession,
    /// Its project, fresh.
    pub project: Option<CloudProject>,
    /// Engine that the project asks for.
    pub engine: Option<EngineImage>,
    /// Certificates that vouch for the gateway, PEM.
    pub gateway_ca: String,
    /// Head of the stack.
    pub head: StackHead,
    /// An older session that waits for the same stack.
    pub ahead: Option<String>,
    /// What the session asks for, rendered; only before there is a plan Job.
    pub rendered: Option<Result<Bundle, Vec<String>>>,
    /// The plan Job.
    pub plan_job: JobFacts,
    /// What it reported, and what its plan says.
    pub plan: Option<ReportedPlan>,
    /// The apply Job.
    pub apply_job: JobFacts,
    /// What it reported.
    pub apply_report: Option<ApplyReport>,
    /// uid of the pod that began to apply the plan.
    pub claimed_by: Option<String>,
    /// What the state holds.
    pub inventory: Vec<InventoryItem>,
}

/// A plan as its runner reported it.
pub struct ReportedPlan {
    /// The runner's words.
    pub report: PlanReport,
    /// Read from the masked plan; an error refuses it.
    pub view: Option<Result<PlanView, Vec<String>>>,
}

/// State of a Job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JobFacts {
    /// There is none, nor a pod of it that may still run.
    Absent,
    /// It runs, or its pods have not all ended.
    Running {
        /// It was told to stop.
        stopping: bool,
        /// Where its bundle is.
        bundle: Option<BlobRef>,
        /// Why its pod does not start, where Kubernetes says so.
        stuck: Option<String>,
    },
    /// All its pods have ended.
    Ended {
        /// Why, in Kubernetes' words.
        message: String,
        /// Where its bundle is.
        bundle: Option<BlobRef>,
    },
}

impl JobFacts {
    /// Where its bundle is.
    pub fn bundle(&self) -> Option<BlobRef> {
        match self {
            Self::Absent => None,
            Self::Running { bundle, .. } | Self::Ended { bundle, .. } => bundle.clone(),
        }
    }

    /// No pod of it runs, nor ever will.
    pub const fn is_over(&self) -> bool {
        matches!(self, Self::Absent | Self::Ended { .. })
    }
}

/// What shall happen: writes before the status, the status, writes after it.
pub struct Decision {
    /// Writes that must be in the store before the status tells of them.
    pub first: Vec<Effect>,
    /// The next status.
    pub status: DeploymentSessionStatus,
    /// Writes that the status must precede.
    pub then: Vec<Effect>,
    /// When to look again without an event.
    pub requeue: Option<Duration>,
    /// Nothing more to do until an event, in spite of writes.
    pub rest: bool,
}

/// One write. Each is safe to repeat; each that finds another in its way ends the pass.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Keep the session until it is cleaned up.
    AddFinalizer,
    /// Let the session go.
    RemoveFinalizer,
    /// Take the stack for this session; fails when another has it.
    HoldStack,
    /// Give the stack back and record what it holds.
    ReleaseStack {
        /// Nobody knows how the apply ended.
        unresolved: bool,
    },
    /// Record the outcome at the stack's head: revision, end of the apply, lock of the dead runner.
    SettleHead {
        /// Job whose lock is dropped; it is over.
        job: String,
        /// Digest of the plan and place of the bundle, when all of it was applied.
        revision: Option<(String, BlobRef)>,
    },
    /// Make the plan Job.
    CreatePlanJob(Box<Bundle>),
    /// Make the apply Job.
    CreateApplyJob {
        /// Digest of the plan.
        plan_digest: String,
        /// Digest of its masked JSON.
        plan_json_digest: String,
        /// Digest of the bundle.
        bundle_digest: String,
        /// Where the bundle is.
        bundle: BlobRef,
    },
    /// Tell a Job's pods to stop, gracefully.
    StopJob(String),
    /// Delete a Job that is over.
    DeleteJob(String),
    /// Make the claim in nobody's name, so that no pod ever begins; fails when one has begun.
    VoidClaim(String),
}

impl Observed {
    /// uid of the session.
    pub fn uid(&self) -> String {
        self.session.uid().unwrap_or_default()
    }

    /// Phase of the session.
    pub fn phase(&self) -> Option<Phase> {
        self.session.status.as_ref().and_then(|s| s.phase)
    }

    /// Who holds the stack.
    pub fn holder(&self) -> Option<&Holder> {
        let stacks = &self.project.as_ref()?.status.as_ref()?.stacks;
        stacks.iter().find(|s| s.name == self.session.spec.stack)?.held_by.as_ref()
    }

    /// Number of the revision that this session makes, or made before a crash.
    pub fn next_revision(&self) -> i64 {
        let uid = self.uid();
        let revisions = &self.head.revisions;
        let made = revisions.iter().find(|r| r.session_uid == uid).map(|r| r.number);
        made.unwrap_or_else(|| revisions.last().map_or(0, |r| r.number) + 1)
    }

    /// This session holds the stack.
    pub fn holds(&self) -> bool {
        self.holder().is_some_and(|h| h.uid == self.uid())
    }

    /// Somebody wants it to end.
    pub fn wants_end(&self) -> bool {
        self.session.spec.cancel.is_some() || self.session.metadata.deletion_timestamp.is_some()
    }
}
