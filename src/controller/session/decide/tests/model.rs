//! A small cluster: one session, one stack, its Jobs, its claims, and a ledger of what began. Effects do what
//! the real ones do, as far as the decision can tell.

use super::super::super::facts::{
    Decision, Effect, HeadOutcome, JobFacts, Observed, ReportedPlan, Sealed, Unresolved,
};
use crate::{
    api::{CloudProject, DeploymentSession, Phase, project::Holder, project::StackStatus},
    controller::session::decide::decide,
    domain::{
        approval, ids,
        session::may_go,
        state::{self, Begin, BlobRef, NewRevision, StackHead, StateVersion},
    },
    names::SESSION_FINALIZER,
    terraform::plan::PlanView,
    wire::{ApplyReport, ApplyReportOutcome, PlanOutcome, PlanReport},
};
use k8s_openapi::jiff::{SignedDuration, Timestamp};
use serde_json::json;
use std::collections::BTreeMap;

/// A Job and its one pod.
#[derive(Clone, Default)]
pub struct Job {
    pub running: bool,
    pub stopping: bool,
    pub plan_digest: String,
    pub claimed: bool,
    /// It told how it ended, and goes on for a moment.
    pub told: bool,
}

pub struct World {
    pub session: DeploymentSession,
    pub project: CloudProject,
    pub head: StackHead,
    pub jobs: BTreeMap<String, Job>,
    pub plans: BTreeMap<String, PlanReport>,
    pub reports: BTreeMap<String, ApplyReport>,
    /// Digest of the plan to the pod that has it; nobody's when empty.
    pub claims: BTreeMap<String, String>,
    /// Plans whose apply began, in order.
    pub ledger: Vec<String>,
    pub now: Timestamp,
    /// There is nothing left of it.
    pub gone: bool,
}

const UID: &str = "5e55-10";
const PROJECT: &str = "b0b-1";

fn blob(text: &str) -> BlobRef {
    BlobRef { name: format!("ce-blob-{text}"), chunks: 1, bytes: 1, digest: ids::digest(text.as_bytes()) }
}

impl World {
    pub fn new() -> Self {
        let session = json!({
            "apiVersion": "cloudengine.dev/v1alpha1", "kind": "DeploymentSession",
            "metadata": { "name": "s", "namespace": "team", "uid": UID, "generation": 1, "creationTimestamp": "2026-01-01T00:00:00Z" },
            "spec": { "project": "p", "requestedBy": "ada", "changes": { "upsert": [], "remove": ["a"] } },
        });
        let project = json!({
            "apiVersion": "cloudengine.dev/v1alpha1", "kind": "CloudProject",
            "metadata": { "name": "p", "namespace": "team", "uid": PROJECT },
            "spec": { "provider": "gcp", "region": "europe-west1", "sandbox": true, "approvals": { "required": 1, "allowSelf": true } },
            "status": { "stacks": [{ "name": "main" }] },
        });
        Self {
            session: serde_json::from_value(session).unwrap(),
            project: serde_json::from_value(project).unwrap(),
            head: StackHead::default(),
            jobs: BTreeMap::new(),
            plans: BTreeMap::new(),
            reports: BTreeMap::new(),
            claims: BTreeMap::new(),
            ledger: vec![],
            now: "2026-01-01T00:00:01Z".parse().unwrap(),
            gone: false,
        }
    }

    pub fn phase(&self) -> Option<Phase> {
        self.session.status.as_ref().and_then(|s| s.phase)
    }

    pub fn stack(&mut self) -> &mut StackStatus {
        &mut self.project.status.as_mut().unwrap().stacks[0]
    }

    pub fn plan_digest(&self) -> Option<String> {
        self.session.status.as_ref()?.plan.as_ref()?.digest.clone()
    }

    /// Name of the Job that the status names for a plan, or for an apply.
    pub fn job_name(&self, apply: bool) -> Option<String> {
        let status = self.session.status.as_ref()?;
        if apply {
            status.apply.as_ref().map(|a| a.job.clone())
        } else {
            status.plan.as_ref().map(|p| p.job.clone())
        }
    }

    fn facts(&self, name: Option<String>) -> JobFacts {
        match name.and_then(|name| self.jobs.get(&name)) {
            None => JobFacts::Absent,
            Some(job) if job.running => JobFacts::Running { stopping: job.stopping, stuck: false },
            Some(job) => JobFacts::Ended { message: "ended".to_owned(), stopped: job.stopping },
        }
    }

    pub fn observe(&self) -> Observed {
        let status = self.session.status.clone().unwrap_or_default();
        let told = status.plan.as_ref().and_then(|p| self.plans.get(&p.job));
        let generation = self.session.metadata.generation.unwrap();
        let bytes = format!("{generation}/{}/{}", status.plans, self.head.serial());
        Observed {
            session: self.session.clone(),
            project: Some(self.project.clone()),
            engine: Some(
                serde_json::from_value(json!({ "kind": "OpenTofu", "version": "1.12.6", "image": "i" }))
                    .unwrap(),
            ),
            gateway_ca: String::new(),
            head: self.head.clone(),
            ahead: None,
            orphaned: None,
            rendered: Some(Ok(Sealed {
                blob: blob(&bytes),
                bytes: bytes.into(),
                state_serial: self.head.serial(),
                sandbox: true,
                secrets: vec![],
                warnings: vec![],
            })),
            plan_job: self.facts(self.job_name(false)),
            plan: told.filter(|_| status.phase == Some(Phase::Planning)).map(|report| ReportedPlan {
                report: report.clone(),
                cost: None,
                view: report.plan_digest.is_some().then(|| {
                    Ok(PlanView {
                        changes: vec![],
                        summary: Default::default(),
                        has_changes: true,
                        empties: false,
                        errored: false,
                    })
                }),
            }),
            apply_job: self.facts(self.job_name(true)),
            apply_report: status.apply.as_ref().and_then(|a| self.reports.get(&a.job)).cloned(),
            claimed_by: self
                .plan_digest()
                .and_then(|d| self.claims.get(&d))
                .filter(|p| !p.is_empty())
                .cloned(),
            inventory: vec![],
        }
    }

    /// One pass; the process dies after `writes` of them, if that many are made.
    pub fn reconcile(&mut self, writes: usize) -> Decision {
        let seen = self.observe();
        let decision = decide(&seen, self.now);
        let mut left = writes;
        for effect in &decision.first {
            if left == 0 || !self.apply(effect) {
                return decision;
            }
            left -= 1;
        }
        if left == 0 {
            return decision;
        }
        let before = self.phase();
        if let Some(to) = decision.status.phase {
            assert!(may_go(before, to), "{before:?} to {to:?}");
            assert!(before.is_none_or(|b| !b.is_terminal() || b == to), "{before:?} is terminal");
        }
        if decision.status != self.session.status.clone().unwrap_or_default() {
            self.session.status = Some(decision.status.clone());
            left -= 1;
        }
        for effect in &decision.then {
            if left == 0 || !self.apply(effect) {
                break;
            }
            left -= 1;
        }
        decision
    }

    /// False when the write finds the world changed.
    fn apply(&mut self, effect: &Effect) -> bool {
        let holder = Holder { session: "s".to_owned(), uid: UID.to_owned() };
        match effect {
            Effect::AddFinalizer => {
                self.session.metadata.finalizers = Some(vec![SESSION_FINALIZER.to_owned()])
            }
            Effect::RemoveFinalizer => {
                self.session.metadata.finalizers = None;
                self.gone = true;
            }
            Effect::HoldStack => self.stack().held_by = Some(holder),
            Effect::ReleaseStack { unresolved } => {
                let stack = self.stack();
                stack.held_by = None;
                match unresolved {
                    Unresolved::Keep => {}
                    Unresolved::Open => stack.unresolved = Some(holder),
                    Unresolved::Settled => stack.unresolved = None,
                }
            }
            Effect::TakeOver(_) | Effect::StoreBundle(_) | Effect::MakeSecret(_) => {}
            Effect::SettleHead { job, outcome } => {
                let works = self.jobs.get(job).is_some_and(|j| j.running && !j.told);
                assert!(!works, "{job} is settled while it works");
                let planned = self.plan_digest().unwrap_or_default();
                let new = |bundle: &BlobRef| NewRevision { session: "s".to_owned(), bundle: bundle.clone() };
                match outcome {
                    HeadOutcome::Nothing => state::settle(&mut self.head, UID, &planned, None),
                    HeadOutcome::Applied { plan_digest, bundle } => {
                        state::settle(&mut self.head, UID, plan_digest, Some(&new(bundle)))
                    }
                    HeadOutcome::Adopted { plan_digest, bundle } => {
                        state::adopt(&mut self.head, UID, plan_digest, &new(bundle))
                    }
                }
                .unwrap();
            }
            Effect::CreatePlanJob(bundle) => self.create(ids::plan_job(UID, &bundle.digest), String::new()),
            Effect::CreateApplyJob => {
                let digest = self.plan_digest().unwrap();
                self.create(ids::apply_job(UID, &digest), digest);
            }
            Effect::StopJob(name) => {
                if let Some(job) = self.jobs.get_mut(name) {
                    job.stopping = true;
                }
            }
            Effect::DeleteJob(name) => {
                assert!(!self.jobs.get(name).is_some_and(|j| j.running), "{name} is deleted while it runs");
                self.jobs.remove(name);
            }
            Effect::VoidClaim(digest) => {
                return self.claims.entry(digest.clone()).or_default().is_empty();
            }
        }
        true
    }

    fn create(&mut self, name: String, plan_digest: String) {
        let job = Job { running: true, plan_digest, ..Job::default() };
        self.jobs.entry(name).or_insert(job);
    }

    /// The plan's pod tells, or ends without a word.
    pub fn plan_ends(&mut self, told: Option<PlanOutcome>) {
        let Some(name) = self.job_name(false) else { return };
        let Some(job) = self.jobs.get_mut(&name).filter(|j| j.running) else { return };
        job.running = false;
        let Some(outcome) = told else { return };
        let has = matches!(outcome, PlanOutcome::Changes | PlanOutcome::NoChanges);
        let digest = has.then(|| ids::digest(name.as_bytes()));
        self.plans.insert(
            name,
            PlanReport {
                outcome,
                engine: "OpenTofu".to_owned(),
                plan_json_digest: digest.clone(),
                plan_digest: digest,
                diagnostics: vec![],
            },
        );
    }

    /// The apply's pod asks the gateway, which reads everything afresh.
    pub fn claim(&mut self) {
        let Some(name) = self.job_name(true) else { return };
        let Some(job) = self.jobs.get(&name).filter(|j| j.running && !j.claimed && !j.told).cloned() else {
            return;
        };
        let digest = job.plan_digest.clone();
        let status = self.session.status.clone().unwrap_or_default();
        let live = matches!(status.phase, Some(Phase::Approved | Phase::Applying));
        let ended = self.session.spec.cancel.is_some() || self.session.metadata.deletion_timestamp.is_some();
        let seen = status.approvals.clone().unwrap_or_default().counted;
        let rules = &self.project.spec.approvals;
        let counted = approval::count(&self.session.spec, Some("ada"), rules, &digest, &seen, self.now, 1800);
        if !live || ended || !counted.enough || self.plan_digest() != Some(digest.clone()) {
            return;
        }
        let serial = status.plan.map_or(0, |p| p.state_serial);
        let wish = Begin {
            plan_digest: digest.clone(),
            session: UID.to_owned(),
            job: name.clone(),
            pod_uid: name.clone(),
            serial,
            empties: false,
        };
        if state::begin(&mut self.head.clone(), &wish).is_err() {
            return;
        }
        if *self.claims.entry(digest.clone()).or_insert_with(|| name.clone()) != name {
            return;
        }
        state::begin(&mut self.head, &wish).unwrap();
        self.jobs.get_mut(&name).unwrap().claimed = true;
        self.ledger.push(digest);
    }

    /// The apply's pod tells, or ends without a word. What was claimed has written a state.
    pub fn apply_ends(&mut self, told: Option<ApplyReportOutcome>) {
        let Some(name) = self.job_name(true) else { return };
        let Some(job) = self.jobs.get_mut(&name).filter(|j| j.running && !j.told) else { return };
        (job.running, job.told) = (told.is_some(), told.is_some());
        let claimed = job.claimed;
        if claimed {
            let serial = self.head.serial() + 1;
            self.head.versions.push(StateVersion {
                serial,
                lineage: "l".to_owned(),
                resources: 1,
                blob: blob(&format!("state-{serial}")),
                session: UID.to_owned(),
                lock_id: String::new(),
            });
        }
        let Some(outcome) = told else { return };
        let outcome = if claimed { outcome } else { ApplyReportOutcome::Refused };
        let state_serial = Some(self.head.serial());
        self.reports.insert(
            name,
            ApplyReport {
                outcome,
                reason: None,
                message: String::new(),
                resources: vec![],
                diagnostics: vec![],
                state_serial,
                state_persisted: true,
            },
        );
    }

    pub fn approve(&mut self, digest: String) {
        let entry = json!([{ "by": "ada", "planDigest": digest }]);
        self.session.spec.approvals = serde_json::from_value(entry).unwrap();
    }

    pub fn edit(&mut self) {
        // The API server refuses an edit from Applying on.
        if matches!(self.phase(), Some(Phase::Applying)) || self.phase().is_some_and(Phase::is_terminal) {
            return;
        }
        let generation = self.session.metadata.generation.unwrap() + 1;
        self.session.metadata.generation = Some(generation);
        self.session.spec.changes.remove = vec![format!("r{generation}")];
    }

    pub fn wait(&mut self, minutes: i64) {
        self.now += SignedDuration::from_mins(minutes);
    }

    pub fn uid_holds(&mut self) -> bool {
        self.stack().held_by.is_some()
    }

    /// Everything that was told to stop stops; everything that runs ends in time.
    pub fn let_jobs_end(&mut self) {
        let running: Vec<String> =
            self.jobs.iter().filter(|(_, j)| j.running).map(|(name, _)| name.clone()).collect();
        for name in running {
            let (plan, apply) = (self.job_name(false), self.job_name(true));
            if plan.as_ref() == Some(&name) {
                self.plan_ends(Some(PlanOutcome::Cancelled));
            } else if apply.as_ref() == Some(&name) {
                self.apply_ends(Some(ApplyReportOutcome::Cancelled));
            }
            if let Some(job) = self.jobs.get_mut(&name) {
                job.running = false;
            }
        }
    }
}
