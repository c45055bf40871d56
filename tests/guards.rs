//! Guards of the cluster: what is refused at the door, what is tried again, what is freed. Real API server and
//! admission, real controller and gateway, real runner and engine.

mod support;

use cloud_engine::api::{Conditions, DeploymentSession, Phase, session::ApplyOutcome};
use k8s_openapi::api::core::v1::Namespace;
use kube::{
    Api,
    api::{DeleteParams, Patch, PatchParams},
};
use nix::sys::signal::Signal;
use serde_json::json;
use std::time::Duration;
use support::{
    root,
    stories::{PLAIN, SLOW, digest, told},
    tool,
    world::{OPERATOR, TEAM, World, story},
};

#[tokio::test]
async fn nothing_is_applied_while_the_admission_policy_is_not_in_force() {
    let world = World::start().await;
    world.quickstart(PLAIN, json!({}));
    let ada = world.person("ada").await;
    world.ask(&ada, "one", json!({})).await.unwrap();
    let ready = world.reaches("one", Phase::PlanReady).await;
    world.kubectl(&["delete", "validatingadmissionpolicybinding", "cloud-engine-sessions"]).unwrap();
    // The API server follows its policies by watch.
    tokio::time::sleep(Duration::from_secs(3)).await;
    world.approve(&ada, "ada", "one", &digest(&ready)).await.unwrap();
    let ended = world.reaches("one", Phase::Failed).await;
    assert_eq!(told(&ended).0, "AdmissionUnprotected");
    assert_eq!(ended.status.unwrap().apply.unwrap().outcome, Some(ApplyOutcome::NotStarted));
    assert_eq!(world.project().await.status.unwrap().stacks[0].state_serial, 0);
}

#[tokio::test]
async fn a_namespace_that_holds_resources_is_not_deleted_and_a_finalizer_not_taken_away() {
    let world = World::start().await;
    world.quickstart(PLAIN, json!({}));
    let ada = world.person("ada").await;
    world.ask(&ada, "one", json!({})).await.unwrap();
    let ready = world.reaches("one", Phase::PlanReady).await;
    world.approve(&ada, "ada", "one", &digest(&ready)).await.unwrap();
    world.reaches("one", Phase::Applied).await;
    let refused = world.kubectl(&["delete", "namespace", TEAM]).unwrap_err();
    assert!(refused.contains("holds cloud resources") && refused.contains("action Destroy"), "{refused}");
    let bare =
        ["patch", "cproj", "shop", "-n", TEAM, "--type=merge", "-p", r#"{"metadata":{"finalizers":null}}"#];
    let refused = world.kubectl(&bare).unwrap_err();
    assert!(refused.contains("taken away by the controller"), "{refused}");

    world.ask(&ada, "two", json!({ "action": "Destroy", "changes": {} })).await.unwrap();
    let ready = world.reaches("two", Phase::PlanReady).await;
    world.approve(&ada, "ada", "two", &digest(&ready)).await.unwrap();
    world.reaches("two", Phase::Applied).await;
    let namespaces: Api<Namespace> = Api::all(world.admin.clone());
    for _ in 0..100 {
        let labels = namespaces.get(TEAM).await.unwrap().metadata.labels.unwrap_or_default();
        if !labels.contains_key("cloudengine.dev/holds-resources") {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("the namespace still says that it holds resources");
}

#[tokio::test]
async fn a_plan_whose_pod_is_lost_is_made_by_another_pod() {
    let world = World::start().await;
    world.quickstart(PLAIN, json!({}));
    let ada = world.person("ada").await;
    world.ask(&ada, "one", json!({})).await.unwrap();
    let planning = world.reaches("one", Phase::Planning).await;
    let job = planning.status.unwrap().plan.unwrap().job;
    let first = kill_runner(&world, &job).await;
    let ready = world.reaches("one", Phase::PlanReady).await;
    assert_ne!(world.controls.pids.lock().unwrap()[&job], first, "another pod");
    world.approve(&ada, "ada", "one", &digest(&ready)).await.unwrap();
    world.reaches("one", Phase::Applied).await;
}

/// Kills the runner of a Job as soon as it runs; answers its process id.
async fn kill_runner(world: &World, job: &str) -> u32 {
    signal_runner(world, job, Signal::SIGKILL).await
}

async fn signal_runner(world: &World, job: &str, signal: Signal) -> u32 {
    for _ in 0..200 {
        if let Some(pid) = world.controls.pids.lock().unwrap().get(job).copied() {
            let pid_t = nix::unistd::Pid::from_raw(i32::try_from(pid).unwrap());
            nix::sys::signal::kill(pid_t, signal).unwrap();
            return pid;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("no runner of {job} in 4 s");
}

#[tokio::test]
async fn a_stack_whose_session_vanished_is_freed_for_the_next() {
    let mut world = World::start().await;
    world.quickstart(SLOW, json!({}));
    let ada = world.person("ada").await;
    world.ask(&ada, "lost", json!({})).await.unwrap();
    let ready = world.reaches("lost", Phase::PlanReady).await;
    world.approve(&ada, "ada", "lost", &digest(&ready)).await.unwrap();
    world
        .eventually("the apply began", "lost", |s| s.status.as_ref().unwrap().phase == Some(Phase::Applying))
        .await;
    let job = world.sessions(&world.admin).get("lost").await.unwrap().status.unwrap().apply.unwrap().job;
    // As somebody does who knows Kubernetes better than us: policy away, finalizer away, session away.
    world.kubectl(&["delete", "validatingadmissionpolicybinding", "cloud-engine-finalizers"]).unwrap();
    tokio::time::sleep(Duration::from_secs(3)).await;
    wait_for_claim(&world).await;
    let refused = world.kubectl(&["delete", "job", &job, "-n", TEAM]).unwrap_err();
    assert!(refused.contains("spec.cancel"), "{refused}");
    // Its pod stays as it is, and the controller is away, or it would end the session in good order.
    signal_runner(&world, &job, Signal::SIGSTOP).await;
    world.kill_controller();
    let sessions: Api<DeploymentSession> = world.sessions(&world.admin);
    sessions.delete("lost", &DeleteParams::default()).await.unwrap();
    let bare = json!({ "metadata": { "finalizers": null } });
    sessions.patch("lost", &PatchParams::default(), &Patch::Merge(&bare)).await.unwrap();
    world.start_controller();

    world.quickstart(PLAIN, json!({}));
    world.ask(&ada, "next", json!({})).await.unwrap();
    let waits = world.eventually("the next one waits while the pod runs", "next", |s| {
        s.status.as_ref().is_some_and(|s| s.conditions.is_true("Queued"))
    });
    let waits = waits.await;
    assert!(told(&waits).1.contains("lost"), "{}", story(&waits));
    kill_runner(&world, &job).await;
    // Garbage collection takes the Job's pod; here somebody does.
    let collector = "--as=system:serviceaccount:kube-system:generic-garbage-collector";
    world
        .kubectl(&["delete", "pods,jobs", "-n", TEAM, "--all", "--force", "--grace-period=0", collector])
        .unwrap();
    let ready = world.reaches("next", Phase::PlanReady).await;
    let stack = world.project().await.status.unwrap().stacks.remove(0);
    assert_eq!(stack.unresolved.map(|u| u.session).as_deref(), Some("lost"), "nobody knows how it ended");
    world.approve(&ada, "ada", "next", &digest(&ready)).await.unwrap();
    world.reaches("next", Phase::Applied).await;
    assert_eq!(world.project().await.status.unwrap().stacks[0].unresolved, None);
}

async fn wait_for_claim(world: &World) {
    for _ in 0..300 {
        let claims = world.kubectl(&["get", "configmaps", "-n", TEAM, "-o", "name"]).unwrap();
        if claims.contains("ce-claim-") {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("no claim in 30 s");
}

#[tokio::test]
async fn the_lock_file_of_a_stack_goes_from_session_to_session() {
    let world = World::start().await;
    world.quickstart(&SLOW.replace("40s", "1s"), json!({}));
    let ada = world.person("ada").await;
    for name in ["one", "two"] {
        world.ask(&ada, name, json!({})).await.unwrap();
        let phase = if name == "one" { Phase::PlanReady } else { Phase::Applied };
        let ready = world.reaches(name, phase).await;
        if name == "one" {
            world.approve(&ada, "ada", name, &digest(&ready)).await.unwrap();
            world.reaches(name, Phase::Applied).await;
        } else {
            assert_eq!(told(&ready).0, "NothingToDo");
        }
    }
    let bundle = |name: &'static str| {
        let (world, client) = (&world, world.admin.clone());
        async move {
            let plan = world.sessions(&client).get(name).await.unwrap().status.unwrap().plan.unwrap();
            let blob = plan.bundle.unwrap();
            let secret = world.secret(&format!("{}-0", blob.name)).await.unwrap();
            let bundle: serde_json::Value = serde_json::from_slice(&secret.data.unwrap()["bytes"].0).unwrap();
            bundle["lockFile"].as_str().map(str::to_owned)
        }
    };
    assert_eq!(bundle("one").await, None);
    assert!(bundle("two").await.expect("a lock file").contains("hashicorp/time"));
}

#[tokio::test]
async fn the_chart_is_in_order_and_the_api_explains_itself() {
    let world = World::start().await;
    let chart = root().join("charts/cloud-engine");
    let helm = |args: &[&str]| {
        let out = std::process::Command::new(tool("helm")).args(args).arg(&chart).output().unwrap();
        let text =
            format!("{}{}", String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
        assert!(out.status.success(), "{text}");
        text
    };
    let served = "projectNamespaces={team}";
    let told = helm(&["lint", "--strict", "--set", served]);
    assert!(told.contains("0 chart(s) failed"), "{told}");
    let rendered = helm(&[
        "template",
        "cloud-engine",
        "--namespace",
        OPERATOR,
        "--kube-version",
        "1.36",
        "--set",
        served,
    ]);
    let file = world.control_plane().join("rendered.yaml");
    std::fs::write(&file, rendered).unwrap();
    let strict =
        ["apply", "--dry-run=server", "--validate=strict", "--server-side", "--force-conflicts", "-f"];
    world.kubectl(&[&strict[..], &[file.to_str().unwrap()]].concat()).unwrap();
    for kind in ["cloudproject", "deploymentsession"] {
        let mut text = world.kubectl(&["explain", kind, "--recursive"]);
        for _ in 0..40 {
            if text.is_ok() {
                break;
            }
            // The new kinds come into the API's description a moment later.
            tokio::time::sleep(Duration::from_millis(250)).await;
            text = world.kubectl(&["explain", kind, "--recursive"]);
        }
        let text = text.unwrap();
        assert!(text.contains("spec") && text.contains("status"), "{text}");
        let described = world.kubectl(&["explain", &format!("{kind}.status.conditions")]).unwrap();
        assert!(described.contains("Latest observations"), "{described}");
    }
}
