//! Sessions from request to end: real API server and admission, real controller and gateway, real runner and
//! engine. The Job controller and the kubelet are played by `support::kubelet`.

mod support;

use cloud_engine::api::{Conditions, Phase, session::ApplyOutcome};
use kube::{
    Api, ResourceExt,
    api::{Patch, PatchParams},
};
use serde_json::json;
use support::{
    stories::{PLAIN, SLOW, digest, told},
    world::{TEAM, World},
};

#[tokio::test]
async fn a_session_goes_from_request_to_applied_and_its_outputs_to_the_secret() {
    let world = World::start().await;
    world.quickstart(PLAIN, json!({}));
    let ada = world.person("ada").await;
    let literal = "${file(\"/etc/passwd\")} %{ if true } \"quoted\"";
    let upsert = json!([{ "name": "own", "module": { "source": "configmap/own", "inputs": { "text": literal }, "outputs": ["text", "secret"] } }]);
    let made = world
        .ask(&ada, "first", json!({ "changes": { "upsert": upsert }, "outputsSecret": "first-outputs" }))
        .await
        .unwrap();
    assert_eq!(made.spec.requested_by.as_deref(), Some("ada"), "filled in by admission");
    let ready = world.reaches("first", Phase::PlanReady).await;
    assert_eq!(ready.status.as_ref().unwrap().plan.as_ref().unwrap().summary.create, 1);
    world.approve(&ada, "ada", "first", &digest(&ready)).await.unwrap();
    let done = world.reaches("first", Phase::Applied).await;
    assert!(done.status.as_ref().unwrap().conditions.is_true("Applied"));

    let secret = world.secret("first-outputs").await.expect("the outputs Secret");
    let data = secret.data.unwrap();
    let text = |key: &str| String::from_utf8(data[key].0.clone()).unwrap();
    let (key, hidden) = (
        data.keys().find(|k| k.ends_with("text")).unwrap(),
        data.keys().find(|k| k.ends_with("secret")).unwrap(),
    );
    assert_eq!(text(key), literal, "what a user writes arrives literally");
    assert!(text(hidden).starts_with("s3cr3t-"));
    let status = serde_json::to_string(&done.status).unwrap();
    assert!(!status.contains("s3cr3t"), "no sensitive value in status");

    let project = world.project().await;
    let stack = project.status.unwrap().stacks.remove(0);
    assert_eq!((stack.held_by, stack.revision, stack.resource_count), (None, 1, 1));

    // The same again has nothing to do, and needs nobody.
    world.ask(&ada, "again", json!({ "changes": { "upsert": upsert } })).await.unwrap();
    let again = world.reaches("again", Phase::Applied).await;
    assert_eq!(told(&again).0, "NothingToDo");

    // Destroy empties the stack.
    world.ask(&ada, "gone", json!({ "action": "Destroy", "changes": {} })).await.unwrap();
    let plan = world.reaches("gone", Phase::PlanReady).await;
    world.approve(&ada, "ada", "gone", &digest(&plan)).await.unwrap();
    world.reaches("gone", Phase::Applied).await;
    let stack = world.project().await.status.unwrap().stacks.remove(0);
    assert_eq!((stack.resource_count, stack.revision), (0, 3), "first, again, gone");

    // What was destroyed does not come back with the next change.
    let other = json!([{ "name": "other", "module": { "source": "configmap/own" } }]);
    world.ask(&ada, "other", json!({ "changes": { "upsert": other } })).await.unwrap();
    let plan = world.reaches("other", Phase::PlanReady).await;
    assert_eq!(plan.status.unwrap().plan.unwrap().summary.create, 1);
}

#[tokio::test]
async fn only_who_may_can_approve_and_only_this_plan() {
    let world = World::start().await;
    world.quickstart(PLAIN, json!({ "approvals": { "required": 1, "allowSelf": false } }));
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    world.ask(&ada, "one", json!({})).await.unwrap();
    let ready = world.reaches("one", Phase::PlanReady).await;

    // In another's name: refused by the API server, through every door.
    let forged = json!({ "apiVersion": "cloudengine.dev/v1alpha1", "kind": "DeploymentSession", "metadata": { "name": "one" },
        "spec": { "approvals": [{ "by": "bob", "planDigest": digest(&ready) }] } });
    let api = world.sessions(&ada);
    for refused in [
        api.patch("one", &PatchParams::default(), &Patch::Merge(&forged)).await,
        api.patch("one", &PatchParams::apply("forger").force(), &Patch::Apply(&forged)).await,
    ] {
        let error = refused.expect_err("an approval in another's name");
        assert!(error.to_string().contains("approv"), "{error}");
    }
    let error = world.ask(&ada, "two", json!({ "requestedBy": "bob" })).await.expect_err("in another's name");
    assert!(error.to_string().contains("requestedBy"), "{error}");
    let status = json!({ "status": { "phase": "Approved" } });
    assert!(
        api.patch_status("one", &PatchParams::default(), &Patch::Merge(&status)).await.is_err(),
        "/status is the controller's"
    );
    let edit = json!({ "spec": { "ttl": "5m" } });
    assert!(
        world.sessions(&bob).patch("one", &PatchParams::default(), &Patch::Merge(&edit)).await.is_err(),
        "another's session"
    );

    // The requester's own and another digest are told, and do not count.
    world.approve(&ada, "ada", "one", &digest(&ready)).await.unwrap();
    let told = world.eventually("the own approval is ignored", "one", |s| {
        s.status.as_ref().unwrap().approvals.as_ref().is_some_and(|a| !a.ignored.is_empty())
    });
    assert_eq!(told.await.status.unwrap().phase, Some(Phase::PlanReady));
    let other = format!("sha256:{}", "0".repeat(64));
    let both = json!({ "spec": { "approvals": [{ "by": "ada", "planDigest": digest(&ready) }, { "by": "bob", "planDigest": other }] } });
    world.sessions(&bob).patch("one", &PatchParams::default(), &Patch::Merge(&both)).await.unwrap();
    let told = world.eventually("the other digest is ignored", "one", |s| {
        s.status.as_ref().unwrap().approvals.as_ref().is_some_and(|a| a.ignored.len() == 2)
    });
    assert_eq!(told.await.status.unwrap().phase, Some(Phase::PlanReady));

    let both = json!({ "spec": { "approvals": [{ "by": "ada", "planDigest": digest(&ready) }, { "by": "bob", "planDigest": digest(&ready) }] } });
    world.sessions(&bob).patch("one", &PatchParams::default(), &Patch::Merge(&both)).await.unwrap();
    world.reaches("one", Phase::Applied).await;
}

#[tokio::test]
async fn an_edit_voids_the_plan_and_its_approvals() {
    let world = World::start().await;
    world.quickstart(PLAIN, json!({ "approvals": { "required": 2, "allowSelf": true } }));
    let ada = world.person("ada").await;
    world.ask(&ada, "one", json!({})).await.unwrap();
    let first = digest(&world.reaches("one", Phase::PlanReady).await);
    world.approve(&ada, "ada", "one", &first).await.unwrap();
    let edit = json!({ "spec": { "changes": { "upsert": [{ "name": "own", "module": { "source": "configmap/own", "inputs": { "text": "other" } } }] } } });
    world.sessions(&ada).patch("one", &PatchParams::default(), &Patch::Merge(&edit)).await.unwrap();
    let second = world.eventually("another plan is ready", "one", |s| {
        let status = s.status.as_ref().unwrap();
        status.phase == Some(Phase::PlanReady)
            && digest_of(s).is_some_and(|d| d != first)
            && status.approvals.is_some()
    });
    let second = second.await.status.unwrap();
    let second_request = second.plan.unwrap().request_digest;
    let approvals = second.approvals.unwrap();
    assert!(approvals.counted.is_empty() && approvals.ignored.len() == 1, "{approvals:?}");

    // The voided plan is gone with its bytes; edited back, the request is planned anew.
    let plans = || async {
        let secrets: Api<k8s_openapi::api::core::v1::Secret> = Api::namespaced(world.admin.clone(), TEAM);
        let parts = kube::api::ListParams::default().labels("cloudengine.dev/part=plan");
        secrets.list(&parts).await.unwrap().items.len()
    };
    assert_eq!(plans().await, 1, "only the plan that waits is stored");
    let back = json!({ "spec": { "changes": { "upsert": [{ "name": "own", "module": { "source": "configmap/own", "inputs": null } }] } } });
    world.sessions(&ada).patch("one", &PatchParams::default(), &Patch::Merge(&back)).await.unwrap();
    let third = world.eventually("a third plan is ready", "one", |s| {
        let status = s.status.as_ref().unwrap();
        status.phase == Some(Phase::PlanReady)
            && status.plan.as_ref().unwrap().request_digest != second_request
            && status.approvals.is_some()
    });
    assert_ne!(digest(&third.await), first);
    assert_eq!(plans().await, 1);
}

fn digest_of(session: &cloud_engine::api::DeploymentSession) -> Option<String> {
    session.status.as_ref()?.plan.as_ref()?.digest.clone()
}

#[tokio::test]
async fn bad_input_is_told_before_anything_runs() {
    let world = World::start().await;
    world.quickstart(PLAIN, json!({}));
    let ada = world.person("ada").await;
    let bad = [
        (
            "provisioner",
            "resource \"terraform_data\" \"x\" {\n  provisioner \"local-exec\" {\n    command = \"touch /tmp/pwned\"\n  }\n}\n",
            "provisioner",
        ),
        ("external", "data \"external\" \"x\" {\n  program = [\"true\"]\n}\n", "external"),
        ("backend", "terraform {\n  backend \"local\" {}\n}\n", "backend"),
        (
            "provider",
            "terraform {\n  required_providers {\n    evil = {\n      source = \"evil/evil\"\n    }\n  }\n}\n",
            "evil/evil",
        ),
    ];
    for (name, main_tf, word) in bad {
        let map = json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": name, "namespace": TEAM }, "data": { "main.tf": main_tf } });
        world.apply(&map.to_string());
        let changes =
            json!({ "upsert": [{ "name": "own", "module": { "source": format!("configmap/{name}") } }] });
        world.ask(&ada, name, json!({ "changes": changes })).await.unwrap();
        let told = world.eventually("the finding is told", name, |s| {
            s.status.as_ref().is_some_and(|s| !s.validation.violations.is_empty())
        });
        let told = told.await;
        let violations = told.status.as_ref().unwrap().validation.violations.join("; ");
        assert!(violations.contains(word), "{name}: {violations}");
        assert_eq!(told.status.unwrap().phase, Some(Phase::Validating));
    }
    assert!(world.controls.started.lock().unwrap().is_empty(), "no runner was started");
    let name = json!([{ "name": "a\" { evil }", "module": { "source": "configmap/own" } }]);
    assert!(
        world.ask(&ada, "hcl", json!({ "changes": { "upsert": name } })).await.is_err(),
        "HCL in a name is refused"
    );
    let lost = world.ask(&ada, "lost", json!({ "project": "nowhere" })).await.unwrap();
    let said =
        world.eventually("the missing project is told", &lost.name_any(), |s| s.status.is_some()).await;
    assert_eq!(told(&said).0, "ProjectMissing");
}

#[tokio::test]
async fn sessions_of_one_stack_queue_and_expire_on_time() {
    let world = World::start().await;
    world.quickstart(PLAIN, json!({}));
    let ada = world.person("ada").await;
    world.ask(&ada, "first", json!({ "ttl": "20s" })).await.unwrap();
    world.reaches("first", Phase::PlanReady).await;
    world.ask(&ada, "second", json!({})).await.unwrap();
    let queued = world.eventually("the second waits", "second", |s| {
        s.status.as_ref().is_some_and(|s| s.conditions.is_true("Queued"))
    });
    assert_eq!(queued.await.status.unwrap().expires_at, None, "its time stands still");
    world.reaches("first", Phase::Expired).await;
    let ready = world.reaches("second", Phase::PlanReady).await;
    assert!(!ready.status.unwrap().conditions.is_true("Queued"));
    let cancel = json!({ "spec": { "cancel": { "by": "ada", "reason": "changed my mind" } } });
    world.sessions(&ada).patch("second", &PatchParams::default(), &Patch::Merge(&cancel)).await.unwrap();
    let ended = world.reaches("second", Phase::Cancelled).await;
    assert!(told(&ended).1.contains("changed my mind"));
    assert_eq!(world.project().await.status.unwrap().stacks[0].held_by, None);
}

#[tokio::test]
async fn a_cancelled_apply_stops_gracefully_and_tells_what_was_done() {
    let world = World::start().await;
    world.quickstart(SLOW, json!({}));
    let ada = world.person("ada").await;
    world.ask(&ada, "slow", json!({})).await.unwrap();
    let ready = world.reaches("slow", Phase::PlanReady).await;
    world.approve(&ada, "ada", "slow", &digest(&ready)).await.unwrap();
    world.reaches("slow", Phase::Applying).await;
    wait_for_first_resource(&world).await;
    let cancel = json!({ "spec": { "cancel": { "by": "ada" } } });
    world.sessions(&ada).patch("slow", &PatchParams::default(), &Patch::Merge(&cancel)).await.unwrap();
    let ended = world.reaches("slow", Phase::Cancelled).await;
    let apply = ended.status.unwrap().apply.unwrap();
    assert_eq!(apply.outcome, Some(ApplyOutcome::Cancelled));
    assert!(apply.resources.iter().any(|r| r.address.contains("first")), "{:?}", apply.resources);
    let stack = world.project().await.status.unwrap().stacks.remove(0);
    assert!(stack.resource_count >= 1 && stack.held_by.is_none(), "{stack:?}");
}

/// Waits until the engine has been at work for a moment: the claim is there.
async fn wait_for_first_resource(world: &World) {
    let maps: Api<k8s_openapi::api::core::v1::ConfigMap> = Api::namespaced(world.admin.clone(), TEAM);
    for _ in 0..300 {
        let claims = maps.list(&Default::default()).await.unwrap();
        if claims.items.iter().any(|m| m.name_any().starts_with("ce-claim-")) {
            tokio::time::sleep(std::time::Duration::from_secs(3)).await;
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!("no claim in 30 s");
}

#[tokio::test]
async fn a_runner_killed_in_mid_apply_ends_unknown_and_nothing_is_applied_again() {
    let world = World::start().await;
    world.quickstart(SLOW, json!({}));
    let ada = world.person("ada").await;
    world.ask(&ada, "slow", json!({})).await.unwrap();
    let ready = world.reaches("slow", Phase::PlanReady).await;
    world.approve(&ada, "ada", "slow", &digest(&ready)).await.unwrap();
    let applying = world.reaches("slow", Phase::Applying).await;
    wait_for_first_resource(&world).await;
    let job = applying.status.unwrap().apply.unwrap().job;
    let pid = world.controls.pids.lock().unwrap()[&job];
    nix::sys::signal::kill(nix::unistd::Pid::from_raw(pid as i32), nix::sys::signal::Signal::SIGKILL)
        .unwrap();
    let ended = world.reaches("slow", Phase::Failed).await;
    assert_eq!(told(&ended).0, "OutcomeUnknown");
    let stack = world.project().await.status.unwrap().stacks.remove(0);
    assert!(stack.unresolved.is_some() && stack.held_by.is_none(), "{stack:?}");
    let applies =
        world.controls.started.lock().unwrap().iter().filter(|j| j.starts_with("ce-apply-")).count();
    assert_eq!(applies, 1);
}

#[tokio::test]
async fn the_controller_may_die_at_any_time() {
    let mut world = World::start().await;
    world.quickstart(SLOW.replace("40s", "8s").as_str(), json!({}));
    let ada = world.person("ada").await;
    world.ask(&ada, "one", json!({})).await.unwrap();
    world.reaches("one", Phase::Planning).await;
    world.kill_controller();
    world.start_controller();
    let ready = world.reaches("one", Phase::PlanReady).await;
    world.kill_controller();
    world.approve(&ada, "ada", "one", &digest(&ready)).await.unwrap();
    world.start_controller();
    world.reaches("one", Phase::Applying).await;
    wait_for_first_resource(&world).await;
    // The runner keeps its state until somebody takes it.
    world.kill_controller();
    tokio::time::sleep(std::time::Duration::from_secs(8)).await;
    world.start_controller();
    world.reaches("one", Phase::Applied).await;
    let applies =
        world.controls.started.lock().unwrap().iter().filter(|j| j.starts_with("ce-apply-")).count();
    assert_eq!(applies, 1);
    assert_eq!(world.project().await.status.unwrap().stacks[0].resource_count, 2);
}
