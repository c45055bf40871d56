//! What a session's decision rests on, and what it may ask for: values, no client.

use crate::{
    api::{
        CloudProject, DeploymentSession, DeploymentSessionStatus, Phase,
        project::{Holder, InventoryItem},
        session::CostStatus,
    },
    blob::Owner,
    domain::state::{BlobRef, StackHead},
    platform::settings::EngineImage,
    terraform::plan::PlanView,
    wire::{ApplyReport, PlanReport, SecretVariable},
};
use bytes::Bytes;
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
    /// The stack's holder is a session that is gone.
    pub orphaned: Option<Orphaned>,
    /// What the session asks for, rendered; only before there is a plan.
    pub rendered: Option<Result<Sealed, Vec<String>>>,
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
    /// What it costs.
    pub cost: Option<CostStatus>,
}

/// A stack whose holder is gone: somebody took the finalizer away by hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Orphaned {
    /// A pod of that session may still run.
    Running,
    /// Nothing of it runs.
    Over,
}

/// A bundle as it will be stored.
pub struct Sealed {
    /// Its JSON.
    pub bytes: Bytes,
    /// Where it will be, and its digest.
    pub blob: BlobRef,
    /// Serial of the state that a plan of it is made from.
    pub state_serial: i64,
    /// The cloud is the sandbox.
    pub sandbox: bool,
    /// Secrets that its pods read.
    pub secrets: Vec<SecretVariable>,
    /// What people should know before they approve.
    pub warnings: Vec<String>,
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
        /// Its pod has not started.
        stuck: bool,
    },
    /// All its pods have ended.
    Ended {
        /// Why, in Kubernetes' words.
        message: String,
        /// It was told to stop.
        stopped: bool,
    },
}

impl JobFacts {
    /// No pod of it runs, nor ever will.
    pub const fn is_over(&self) -> bool {
        matches!(self, Self::Absent | Self::Ended { .. })
    }
}

/// When a session is looked at again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// At once, when something was written.
    Again,
    /// When something happens.
    OnEvent,
    /// When something happens, or after this time.
    Within(Duration),
    /// Only when it is changed: nothing of it is left.
    Never,
}

/// What shall happen: writes before the status, the status, writes after it.
pub struct Decision {
    /// Writes that must be in the store before the status tells of them.
    pub first: Vec<Effect>,
    /// The next status.
    pub status: DeploymentSessionStatus,
    /// Writes that the status must precede.
    pub then: Vec<Effect>,
    /// When to look again.
    pub look: Look,
}

/// What a session that ends says of its stack: does anybody know what the cloud holds?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unresolved {
    /// As before.
    Keep,
    /// Nobody knows how this session's apply ended.
    Open,
    /// A plan that a person approved was applied to the end.
    Settled,
}

/// What the stack's head learns of a Job that is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HeadOutcome {
    /// No more than that: its lock goes.
    Nothing,
    /// The plan was applied: its bundle is a revision.
    Applied {
        /// Digest of the plan.
        plan_digest: String,
        /// The session's bundle.
        bundle: BlobRef,
    },
    /// The plan changes nothing: its bundle is a revision all the same.
    Adopted {
        /// Digest of the plan.
        plan_digest: String,
        /// The session's bundle.
        bundle: BlobRef,
    },
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
        /// What becomes of an open question how an apply ended.
        unresolved: Unresolved,
    },
    /// Free the stack of a session that is gone with all its pods; fails when another has it by now.
    TakeOver(Holder),
    /// Record at the stack's head that a Job is over.
    SettleHead {
        /// The Job.
        job: String,
        /// What came of it.
        outcome: HeadOutcome,
    },
    /// Store the bundle.
    StoreBundle(Bytes),
    /// Make a Secret with a random value, once.
    MakeSecret(SecretVariable),
    /// Make the plan Job, for this bundle.
    CreatePlanJob(BlobRef),
    /// Make the apply Job of the plan in the status.
    CreateApplyJob,
    /// Tell a Job's pods to stop, gracefully.
    StopJob(String),
    /// Delete a Job that is over.
    DeleteJob(String),
    /// Make the claim in nobody's name, so that no pod ever begins; fails when one has begun.
    VoidClaim(String),
}

/// The project as owner of bytes.
pub fn project_owner(project: &CloudProject) -> Owner {
    Owner {
        namespace: project.namespace().unwrap_or_default(),
        kind: Owner::PROJECT,
        name: project.name_any(),
        uid: project.uid().unwrap_or_default(),
    }
}

impl Observed {
    /// The session as owner of bytes.
    pub fn owner(&self) -> Owner {
        Owner {
            namespace: self.session.namespace().unwrap_or_default(),
            kind: Owner::SESSION,
            name: self.session.name_any(),
            uid: self.uid(),
        }
    }

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

    /// Nobody is sure what the stack holds.
    pub fn unresolved(&self) -> bool {
        let stacks = self.project.iter().filter_map(|p| p.status.as_ref()).flat_map(|s| &s.stacks);
        stacks.into_iter().any(|s| s.name == self.session.spec.stack && s.unresolved.is_some())
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
