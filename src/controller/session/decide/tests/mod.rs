//! Decisions on a small model: whatever happens, in whatever order, with a crash after any write.

mod model;

use super::super::facts::Look;
use crate::{
    api::{
        Phase,
        session::{ApplyOutcome, Cancel},
    },
    wire::{ApplyReportOutcome, PlanOutcome},
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use model::World;
use proptest::prelude::*;

/// Writes that no pass makes as many of.
const ALL: usize = 100;

/// Reconciles until nothing is left to do at once; a decision that never rests is a defect.
fn settle(world: &mut World) {
    for _ in 0..30 {
        let before = world.session.clone();
        let decision = world.reconcile(ALL);
        let quiet = decision.first.is_empty() && decision.then.is_empty() && before == world.session;
        if quiet || world.gone || decision.look == Look::Never {
            return;
        }
    }
    panic!("no rest after 30 passes: {:?}", world.phase());
}

fn planned() -> World {
    let mut world = World::new();
    settle(&mut world);
    assert_eq!(world.phase(), Some(Phase::Planning));
    world.plan_ends(Some(PlanOutcome::Changes));
    settle(&mut world);
    assert_eq!(world.phase(), Some(Phase::PlanReady));
    world
}

fn applying() -> World {
    let mut world = planned();
    let digest = world.plan_digest().unwrap();
    world.approve(digest);
    settle(&mut world);
    assert_eq!(world.phase(), Some(Phase::Applying));
    world
}

#[test]
fn the_straight_way_ends_applied_with_one_apply_and_one_revision() {
    let mut world = applying();
    world.claim();
    world.apply_ends(Some(ApplyReportOutcome::Applied));
    settle(&mut world);
    assert_eq!(world.phase(), Some(Phase::Applied), "before its pod has ended");
    world.let_jobs_end();
    settle(&mut world);
    assert_eq!((world.ledger.len(), world.head.revisions.len()), (1, 1));
    assert!(world.jobs.is_empty() && !world.uid_holds() && world.head.applying.is_none());
}

#[test]
fn a_job_deleted_by_hand_before_it_began_is_made_again() {
    let mut world = applying();
    world.jobs.clear();
    settle(&mut world);
    assert_eq!((world.phase(), world.jobs.len()), (Some(Phase::Applying), 1));
    let mut world = planned();
    world.jobs.clear();
    let digest = world.plan_digest().unwrap();
    world.approve(digest);
    settle(&mut world);
    world.claim();
    world.apply_ends(Some(ApplyReportOutcome::Applied));
    settle(&mut world);
    assert_eq!(world.phase(), Some(Phase::Applied), "the plan's Job is not needed any more");
}

#[test]
fn a_job_deleted_after_it_began_is_never_made_again() {
    let mut world = applying();
    world.claim();
    world.jobs.clear();
    settle(&mut world);
    assert_eq!(world.phase(), Some(Phase::Failed));
    assert_eq!(
        world.session.status.as_ref().unwrap().apply.as_ref().unwrap().outcome,
        Some(ApplyOutcome::Unknown)
    );
    assert!(world.stack().unresolved.is_some() && world.jobs.is_empty());
}

#[test]
fn another_digest_approves_nothing() {
    let mut world = planned();
    world.approve(format!("sha256:{}", "0".repeat(64)));
    settle(&mut world);
    assert_eq!(world.phase(), Some(Phase::PlanReady));
    let told = world.session.status.unwrap().approvals.unwrap();
    assert!(told.counted.is_empty() && told.ignored.len() == 1);
}

#[test]
fn an_approval_that_is_too_old_sends_the_session_back() {
    let mut world = planned();
    let digest = world.plan_digest().unwrap();
    world.approve(digest);
    world.reconcile(ALL);
    assert_eq!(world.phase(), Some(Phase::Approved));
    world.wait(31);
    world.reconcile(ALL);
    assert_eq!(world.phase(), Some(Phase::PlanReady));
    settle(&mut world);
    assert_eq!(world.phase(), Some(Phase::Expired));
}

#[derive(Debug, Clone)]
enum Step {
    Reconcile(usize),
    PlanEnds(Option<PlanOutcome>),
    Claim,
    ApplyEnds(Option<ApplyReportOutcome>),
    Approve(bool),
    Edit,
    Cancel,
    Delete,
    Wait(i64),
    LoseJobs,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let plan = proptest::sample::select(vec![
        Some(PlanOutcome::Changes),
        Some(PlanOutcome::Changes),
        Some(PlanOutcome::NoChanges),
        Some(PlanOutcome::Failed),
        None,
    ]);
    let apply = proptest::sample::select(vec![
        Some(ApplyReportOutcome::Applied),
        Some(ApplyReportOutcome::Failed),
        Some(ApplyReportOutcome::Cancelled),
        None,
    ]);
    let step = prop_oneof![
        10 => (0usize..6).prop_map(Step::Reconcile),
        4 => Just(Step::Reconcile(ALL)),
        4 => plan.prop_map(Step::PlanEnds),
        4 => Just(Step::Claim),
        3 => apply.prop_map(Step::ApplyEnds),
        5 => proptest::bool::weighted(0.9).prop_map(Step::Approve),
        1 => Just(Step::Edit),
        1 => Just(Step::Cancel),
        1 => Just(Step::Delete),
        1 => (1i64..40).prop_map(Step::Wait),
        1 => Just(Step::LoseJobs),
    ];
    proptest::collection::vec(step, 0..60)
}

fn take(world: &mut World, step: &Step) {
    match step {
        Step::Reconcile(writes) => {
            world.reconcile(*writes);
        }
        Step::PlanEnds(told) => world.plan_ends(*told),
        Step::Claim => world.claim(),
        Step::ApplyEnds(told) => world.apply_ends(*told),
        Step::Approve(right) => {
            let digest = world.plan_digest().filter(|_| *right);
            world.approve(digest.unwrap_or_else(|| format!("sha256:{}", "1".repeat(64))));
        }
        Step::Edit => world.edit(),
        Step::Cancel => {
            world.session.spec.cancel = Some(Cancel { by: "ada".to_owned(), reason: None });
        }
        // Without a finalizer the API server lets it go at once.
        Step::Delete => match world.session.metadata.finalizers {
            None => world.gone = true,
            Some(_) => world.session.metadata.deletion_timestamp = Some(Time(world.now)),
        },
        Step::Wait(minutes) => world.wait(*minutes),
        // Somebody deletes the Jobs, and waits until their pods have ended.
        Step::LoseJobs => world.jobs.clear(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]
    #[test]
    fn whatever_happens_nothing_begins_twice_and_nothing_is_left(steps in steps()) {
        let mut world = World::new();
        for step in &steps {
            if world.gone {
                break;
            }
            take(&mut world, step);
            let mut begun = world.ledger.clone();
            begun.dedup();
            prop_assert_eq!(begun.len(), world.ledger.len(), "a plan began twice");
        }
        // The faults stop; somebody wants it to end.
        for _ in 0..4 {
            if !world.gone {
                world.session.spec.cancel = Some(Cancel { by: "ada".to_owned(), reason: None });
                settle(&mut world);
                world.let_jobs_end();
            }
        }
        let phase = world.phase();
        prop_assert!(world.gone || phase.is_some_and(Phase::is_terminal), "{:?}", phase);
        prop_assert!(world.jobs.is_empty(), "Jobs are left: {:?}", world.jobs.keys());
        prop_assert!(!world.uid_holds(), "the stack is held");
        prop_assert!(world.head.applying.is_none() && world.head.lock.is_none(), "the head is open");
        let Some(status) = world.session.status.clone() else { return Ok(()) };
        let Some(apply) = status.apply else { return Ok(()) };
        let begun = world.ledger.iter().any(|d| Some(d) == status.plan.as_ref().and_then(|p| p.digest.as_ref()));
        prop_assert_eq!(apply.outcome == Some(ApplyOutcome::NotStarted), !begun, "{:?}", apply.outcome);
        prop_assert_eq!(phase == Some(Phase::Applied), world.head.revisions.iter().any(|r| Some(&r.plan_digest) == world.plan_digest().as_ref()));
        if apply.outcome == Some(ApplyOutcome::Unknown) {
            prop_assert!(world.stack().unresolved.is_some());
        }
    }
}
