//! What must hold on a real node: kubelet and containerd run the runners' pods, and pods, the controller and the
//! kubelet itself are killed at every stage. `tests/support/node.rs` says how the cluster comes and goes.

mod support;

use cloud_engine::api::{
    Conditions, DeploymentSession, Phase,
    session::{ApplyOutcome, ResourceOutcome},
};
use k8s_openapi::api::core::v1::{Pod, Secret};
use kube::{
    Api, ResourceExt,
    api::{DeleteParams, ListParams, PostParams},
};
use nix::sys::signal::Signal;
use serde_json::{Value, json};
use std::{collections::BTreeSet, time::Duration};
use support::{
    gate::Gate,
    node::{NAMESPACES, OPERATOR, Process, Team},
    world::story,
};

/// Three resources, one after the other; the middle one takes time, the first is as large as asked.
const MODULE: &str = r#"
terraform {
  required_providers {
    time = {
      source = "hashicorp/time"
    }
  }
}
variable "seconds" {
  type    = string
  default = "1"
}
variable "thousands" {
  type    = string
  default = "0"
}
resource "terraform_data" "first" {
  input = join("", [for i in range(tonumber(var.thousands)) : join("", [for j in range(1000) : base64sha512("${i}-${j}")])])
}
resource "time_sleep" "long" {
  create_duration = "${var.seconds}s"
  depends_on      = [terraform_data.first]
}
resource "terraform_data" "last" {
  depends_on = [time_sleep.long]
}
"#;

const FIRST: &str = "module.own.terraform_data.first";
const LAST: &str = "module.own.terraform_data.last";

/// Reason and message of `Ready`.
fn told(session: &DeploymentSession) -> (String, String) {
    let ready = session.status.as_ref().unwrap().conditions.find("Ready").unwrap();
    (ready.reason.clone(), ready.message.clone())
}

fn outcome(session: &DeploymentSession) -> Option<ApplyOutcome> {
    session.status.as_ref()?.apply.as_ref()?.outcome
}

/// What the session tells of a resource.
fn resource(session: &DeploymentSession, address: &str) -> Option<ResourceOutcome> {
    let resources = &session.status.as_ref()?.apply.as_ref()?.resources;
    resources.iter().find(|r| r.address == address).map(|r| r.outcome)
}

/// Deletes a pod: by SIGTERM and with its whole grace, or its object at once.
async fn delete(team: &Team, pod: &Pod, force: bool) {
    let how = if force { DeleteParams::default().grace_period(0) } else { DeleteParams::default() };
    team.api::<Pod>().delete(&pod.name_any(), &how).await.unwrap();
}

/// Nothing of the session began, and nothing of its stack is held.
async fn nothing_began(team: &Team, name: &str, session: &DeploymentSession) {
    let head = team.at_rest(name).await;
    assert!(head["versions"].as_array().is_none_or(Vec::is_empty), "{head}");
    let claimed = team.claimed_by(session).await.unwrap_or_default();
    assert_eq!(claimed, "", "{}", story(session));
    let stack = team.stack(name).await;
    assert!(stack["heldBy"].is_null() && stack["unresolved"].is_null(), "{stack}");
    team.applied_once(session);
}

#[tokio::test]
async fn a_runner_lost_before_its_claim_has_applied_nothing() {
    let team = Team::start("before-claim", MODULE).await;
    for name in ["shot", "deleted", "told"] {
        team.ask(name, name, json!({})).await;
    }
    // Each at once, before its runner has come to its claim.
    tokio::join!(
        async {
            team.approve("shot").await;
            team.runner(&team.pod("shot", "apply").await).await.signal(Signal::SIGKILL);
        },
        async {
            team.approve("deleted").await;
            delete(&team, &team.pod("deleted", "apply").await, true).await;
        },
        async {
            team.approve("told").await;
            let pod = team.pod("told", "apply").await;
            // The engine runs, so the runner listens to signals.
            let uid = pod.uid().unwrap();
            let runner = team.runner(&pod).await;
            team.until("the engine's process", async || Process::find(&uid, "tofu")).await;
            // It stands still before its claim until the kubelet has told it.
            runner.signal(Signal::SIGSTOP);
            delete(&team, &pod, false).await;
            tokio::time::sleep(Duration::from_secs(2)).await;
            runner.signal(Signal::SIGCONT);
        }
    );
    let ended = team.reaches("shot", Phase::Failed).await;
    assert_eq!(told(&ended).0, "RunnerLost", "{}", story(&ended));
    assert_eq!(outcome(&ended), Some(ApplyOutcome::NotStarted), "{}", story(&ended));
    nothing_began(&team, "shot", &ended).await;
    // Whether these runners had time to tell or not: what the session says is true.
    for name in ["deleted", "told"] {
        let ended = team.reaches(name, Phase::Failed).await;
        let resources = &ended.status.as_ref().unwrap().apply.as_ref().unwrap().resources;
        assert!(resources.iter().all(|r| r.outcome == ResourceOutcome::NotStarted), "{}", story(&ended));
        nothing_began(&team, name, &ended).await;
        says_what_happened(&ended);
    }
}

/// Nobody deleted or cancelled the session.
fn says_what_happened(ended: &DeploymentSession) {
    let (_, message) = told(ended);
    assert!(!message.contains("session was deleted") && !message.contains("cancelled by"), "{message}");
}

#[tokio::test]
async fn a_runner_told_to_stop_in_mid_apply_saves_its_state_and_tells_what_was_done() {
    let team = Team::start("told-to-stop", MODULE).await;
    team.ask_and_approve("one", json!({ "seconds": "100" })).await;
    let pod = team.in_mid_apply("one").await;
    delete(&team, &pod, false).await;
    let ended = team.reaches("one", Phase::Failed).await;
    assert_eq!(outcome(&ended), Some(ApplyOutcome::Cancelled), "{}", story(&ended));
    stopped_in_between(&team, &ended).await;
    says_what_happened(&ended);
}

/// The first resource is made and in the state, the last was not begun, and the next plan goes on from there.
async fn stopped_in_between(team: &Team, ended: &DeploymentSession) {
    assert_eq!(resource(ended, FIRST), Some(ResourceOutcome::Done), "{}", story(ended));
    assert_eq!(resource(ended, LAST), Some(ResourceOutcome::NotStarted), "{}", story(ended));
    team.applied_once(ended);
    let head = team.at_rest("one").await;
    let last = head["versions"].as_array().unwrap().last().unwrap();
    assert!(last["resources"].as_u64().unwrap() >= 1, "{head}");
    let stack = team.stack("one").await;
    assert!(stack["heldBy"].is_null() && stack["unresolved"].is_null(), "{stack}");
    assert_eq!(stack["stateSerial"], last["serial"], "{stack}");
    team.ask("next", "one", json!({ "seconds": "100" })).await;
    let next = team.reaches("next", Phase::PlanReady).await;
    let plan = next.status.as_ref().unwrap().plan.as_ref().unwrap();
    assert!(plan.changes.iter().all(|change| change.address != FIRST), "{}", story(&next));
    assert!(plan.changes.iter().any(|change| change.address == LAST), "{}", story(&next));
}

#[tokio::test]
async fn a_cancelled_apply_stops_gracefully_on_a_real_kubelet() {
    let team = Team::start("cancelled", MODULE).await;
    team.ask_and_approve("one", json!({ "seconds": "100" })).await;
    team.in_mid_apply("one").await;
    team.patch("one", json!({ "cancel": { "by": "ada", "reason": "changed my mind" } })).await;
    let ended = team.reaches("one", Phase::Cancelled).await;
    assert_eq!(outcome(&ended), Some(ApplyOutcome::Cancelled), "{}", story(&ended));
    assert!(told(&ended).1.contains("changed my mind"), "{}", told(&ended).1);
    stopped_in_between(&team, &ended).await;
}

#[tokio::test]
async fn a_plan_whose_pod_is_lost_is_made_by_another() {
    let team = Team::start("plan-lost", MODULE).await;
    team.ask("one", "one", json!({})).await;
    team.reaches("one", Phase::Planning).await;
    let pod = team.pod("one", "plan").await;
    team.runner(&pod).await.signal(Signal::SIGKILL);
    let ready = team.reaches("one", Phase::PlanReady).await;
    let pods = team.pods(&ready, "plan");
    assert_eq!(pods.len(), 2, "the lost one and another: {}", story(&ready));
    let lost = pods.iter().find(|seen| seen.uid() == pod.uid()).unwrap();
    assert_eq!(exit_code(lost), Some(137), "the kill came before its end");
    // What it plans is applied as any other plan.
    team.approve("one").await;
    let ended = team.reaches("one", Phase::Applied).await;
    team.applied_once(&ended);
    team.at_rest("one").await;
}

#[tokio::test]
async fn the_namespaces_of_all_this_enforce_pod_security_restricted() {
    let team = Team::start("cancelled", MODULE).await;
    let plain = json!({ "metadata": { "name": "plain" },
        "spec": { "containers": [{ "name": "x", "image": "localhost/pause:1" }] } });
    let plain: Pod = serde_json::from_value(plain).unwrap();
    for namespace in NAMESPACES {
        let pods: Api<Pod> = Api::namespaced(team.admin.clone(), namespace);
        let dry = PostParams { dry_run: true, ..PostParams::default() };
        let error = pods.create(&dry, &plain).await.expect_err(namespace).to_string();
        assert!(error.contains("PodSecurity \"restricted"), "{namespace}: {error}");
    }
}

#[tokio::test]
async fn a_runner_killed_in_mid_apply_ends_unknown_and_nothing_is_applied_again() {
    let team = Team::start("killed", MODULE).await;
    team.ask_and_approve("one", json!({ "seconds": "100" })).await;
    let pod = team.in_mid_apply("one").await;
    team.runner(&pod).await.signal(Signal::SIGKILL);
    let ended = team.reaches("one", Phase::Failed).await;
    assert_eq!(told(&ended).0, "OutcomeUnknown", "{}", story(&ended));
    assert_eq!(outcome(&ended), Some(ApplyOutcome::Unknown), "{}", story(&ended));
    let stack = team.stack("one").await;
    assert_eq!(stack["unresolved"]["session"], team.named("one"), "{stack}");
    assert!(stack["heldBy"].is_null(), "{stack}");
    team.at_rest("one").await;
    assert_eq!(team.claimed_by(&ended).await, pod.uid(), "the claim stays with the pod that is gone");
    // The stack is not stuck: the next session plans from what is there.
    team.ask("next", "one", json!({ "seconds": "100" })).await;
    team.reaches("next", Phase::PlanReady).await;
    team.applied_once(&ended);
}

#[tokio::test]
async fn an_apply_that_was_reported_stands_whatever_becomes_of_its_pod() {
    let team = Team::start("after-report", MODULE).await;
    for name in ["shot", "told"] {
        team.ask(name, name, json!({})).await;
    }
    for name in ["shot", "told"] {
        team.reaches(name, Phase::PlanReady).await;
    }
    let mut gate = Gate::hold(&team, "report", "").await;
    for name in ["shot", "told"] {
        team.approve(name).await;
    }
    // Both engines have ended, and both runners wait for the answer to their report.
    gate.caught(2).await;
    let (shot, told_to) = (team.pod("shot", "apply").await, team.pod("told", "apply").await);
    let runner = team.runner(&shot).await;
    runner.signal(Signal::SIGSTOP);
    delete(&team, &told_to, false).await;
    gate.open().await;
    // What was reported counts, though its pod still runs.
    team.reaches("shot", Phase::Applied).await;
    runner.signal(Signal::SIGKILL);
    for name in ["shot", "told"] {
        let ended = team.reaches(name, Phase::Applied).await;
        assert_eq!(resource(&ended, LAST), Some(ResourceOutcome::Done), "{}", story(&ended));
        team.applied_once(&ended);
        team.at_rest(name).await;
        let stack = team.stack(name).await;
        assert!(stack["resourceCount"] == 3 && stack["unresolved"].is_null(), "{stack}");
    }
    let ended = team.session("shot").await;
    let code = async || exit_code(&team.pods(&ended, "apply")[0]);
    assert_eq!(team.until("its end is seen", code).await, 137, "the kill came before its end");
}

fn exit_code(pod: &Pod) -> Option<i32> {
    let statuses = pod.status.as_ref()?.container_statuses.as_ref()?;
    Some(statuses.first()?.state.as_ref()?.terminated.as_ref()?.exit_code)
}

#[tokio::test]
async fn a_kubelet_that_restarts_in_mid_apply_changes_nothing() {
    let team = Team::start("kubelet", MODULE).await;
    team.ask("short", "short", json!({ "seconds": "6" })).await;
    team.ask("long", "long", json!({ "seconds": "30" })).await;
    for name in ["short", "long"] {
        team.reaches(name, Phase::PlanReady).await;
    }
    let disturbing = team.node.disturbed.lock().await;
    team.approve("long").await;
    team.in_mid_apply("long").await;
    team.approve("short").await;
    team.in_mid_apply("short").await;
    let away = team.node.kill_service("kubelet");
    // One apply tells its end while the kubelet is away, the other goes on after it is back.
    team.reaches("short", Phase::Applied).await;
    assert_eq!(team.session("long").await.status.unwrap().phase, Some(Phase::Applying));
    drop(away);
    drop(disturbing);
    for name in ["short", "long"] {
        let ended = team.reaches(name, Phase::Applied).await;
        team.applied_once(&ended);
        let head = team.at_rest(name).await;
        let last = head["versions"].as_array().unwrap().last().unwrap();
        let serial = ended.status.unwrap().apply.unwrap().serial;
        assert!(serial > Some(0) && last["serial"] == json!(serial), "{serial:?} {head}");
        let stack = team.stack(name).await;
        assert!(stack["stateSerial"] == json!(serial) && stack["resourceCount"] == 3, "{stack}");
    }
}

#[tokio::test]
async fn a_controller_killed_in_mid_apply_and_in_the_middle_of_a_state_write_loses_nothing() {
    let team = Team::start("gateway", MODULE).await;
    team.ask("large", "large", json!({ "seconds": "8", "thousands": "12" })).await;
    team.reaches("large", Phase::PlanReady).await;
    let disturbing = team.node.disturbed.lock().await;
    team.approve("large").await;
    let mut gate = Gate::hold(&team, "state", "-1").await;
    team.in_mid_apply("large").await;
    // The controller is the gateway too. Its pod goes, another comes.
    let (pod, process) = controller(&team).await;
    process.signal(Signal::SIGKILL);
    let pods: Api<Pod> = Api::namespaced(team.admin.clone(), OPERATOR);
    pods.delete(&pod.name_any(), &DeleteParams::default().grace_period(0)).await.unwrap();

    let name = gate.caught(1).await.remove(0);
    let blob = name.trim_end_matches("-1");
    let first = format!("{blob}-0");
    assert!(
        team.api::<Secret>().get_opt(&first).await.unwrap().is_some(),
        "{first} is stored, {name} is not"
    );
    let head = team.head("large").await;
    assert!(!head.to_string().contains(blob), "the head does not know of it: {head}");
    controller(&team).await.1.signal(Signal::SIGKILL);
    gate.open().await;

    let ended = team.reaches("large", Phase::Applied).await;
    drop(disturbing);
    team.applied_once(&ended);
    let head = team.at_rest("large").await;
    let last = head["versions"].as_array().unwrap().last().unwrap().clone();
    assert!(last["blob"]["bytes"].as_u64().unwrap() > 1024 * 1024 && last["resources"] == 3, "{head}");
    assert_eq!(last["serial"], json!(ended.status.unwrap().apply.unwrap().serial), "{head}");
    // All stored bytes belong to a version of some stack, and all bytes of the versions are stored.
    let all = |part: &str| {
        let label = ListParams::default().labels(&format!("cloudengine.dev/part={part}"));
        let secrets = team.api::<Secret>();
        async move { secrets.list(&label).await.unwrap().items }
    };
    let stored: BTreeSet<String> = all("state").await.iter().map(ResourceExt::name_any).collect();
    let heads = all("head").await;
    let known: BTreeSet<String> = heads.iter().flat_map(|secret| chunks_of(&secret_head(secret))).collect();
    assert_eq!(stored, known);
}

fn secret_head(secret: &Secret) -> Value {
    serde_json::from_slice(&secret.data.as_ref().unwrap()["head"].0).unwrap()
}

/// Names of all chunks that the versions of a head are made of.
fn chunks_of(head: &Value) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for version in head["versions"].as_array().into_iter().flatten() {
        let blob = &version["blob"];
        let count = blob["chunks"].as_u64().unwrap();
        names.extend((0..count).map(|n| format!("{}-{n}", blob["name"].as_str().unwrap())));
    }
    names
}

/// The controller's pod and process.
async fn controller(team: &Team) -> (Pod, Process) {
    let pods: Api<Pod> = Api::namespaced(team.admin.clone(), OPERATOR);
    team.until("the controller's process", async || {
        let all = pods.list(&ListParams::default()).await.unwrap();
        let find = |pod: Pod| Process::find(&pod.uid()?, "cloud-engine").map(|process| (pod, process));
        all.items.into_iter().filter(|pod| pod.metadata.deletion_timestamp.is_none()).find_map(find)
    })
    .await
}
