//! What must hold when somebody means harm, when bytes are lost, when there is much of everything: real API
//! server and admission, real controller and gateway, real runner and engine.

mod support;

use cloud_engine::api::{DeploymentSession, Phase};
use http::Method;
use k8s_openapi::api::{
    batch::v1::Job,
    core::v1::{ConfigMap, Pod, Secret, ServiceAccount},
};
use kube::{
    Api, Client, ResourceExt,
    api::{DeleteParams, ListParams, Patch, PatchParams, PostParams},
};
use serde::Deserialize;
use serde_json::{Value, json};
use std::{collections::BTreeMap, process::Command, time::Duration};
use support::{
    kubelet, root,
    stories::{digest, told},
    tool,
    world::{OPERATOR, TEAM, World, story},
};

const PLAIN: &str = r#"
variable "text" {
  type    = string
  default = "none"
}
resource "terraform_data" "one" {
  input = var.text
}
output "text" {
  value = terraform_data.one.output
}
"#;

const CONTROLLER: &str = "system:serviceaccount:cloud-engine:cloud-engine-controller";
const NODE: &str = "system:node:double";
const JOB_CONTROLLER: &str = "system:serviceaccount:kube-system:job-controller";

fn text(value: &str) -> Value {
    json!({ "upsert": [{ "name": "own", "module": { "source": "configmap/own", "inputs": { "text": value }, "outputs": ["text"] } }] })
}

fn secrets(client: &Client) -> Api<Secret> {
    Api::namespaced(client.clone(), TEAM)
}

/// Names of the claims that were ever granted.
async fn claims(world: &World) -> Vec<String> {
    let maps: Api<ConfigMap> = Api::namespaced(world.admin.clone(), TEAM);
    let all = maps.list(&ListParams::default()).await.unwrap();
    all.items.iter().map(ResourceExt::name_any).filter(|name| name.starts_with("ce-claim-")).collect()
}

/// The stored chunks of a session's part, in order.
async fn chunks(world: &World, session: &DeploymentSession, part: &str) -> Vec<Secret> {
    let labels = format!("cloudengine.dev/session={},cloudengine.dev/part={part}", session.uid().unwrap());
    let mut all = secrets(&world.admin).list(&ListParams::default().labels(&labels)).await.unwrap().items;
    all.sort_by_key(|secret| {
        let name = secret.name_any();
        name.rsplit_once('-').unwrap().1.parse::<u32>().unwrap()
    });
    all
}

fn bytes(secret: &Secret) -> Vec<u8> {
    secret.data.as_ref().unwrap()["bytes"].0.clone()
}

/// Puts other bytes under the same name, as somebody with full rights on the store could.
async fn swap(store: &Client, there: &Secret, other: Vec<u8>) {
    let name = there.name_any();
    secrets(store).delete(&name, &DeleteParams::default()).await.unwrap();
    let mut forged = there.clone();
    forged.metadata.resource_version = None;
    forged.metadata.uid = None;
    forged.metadata.managed_fields = None;
    forged.data.as_mut().unwrap().get_mut("bytes").unwrap().0 = other;
    secrets(store).create(&PostParams::default(), &forged).await.unwrap();
}

/// The head of a stack, as JSON.
async fn head(world: &World, stack: &str) -> Option<Value> {
    let secret = world.secret(&format!("ce-stack-shop.{stack}")).await?;
    Some(serde_json::from_slice(&secret.data.unwrap()["head"].0).unwrap())
}

/// Moves the serial of a stack's state on, as another apply would.
async fn move_on(world: &World, store: &Client, stack: &str) -> i64 {
    let name = format!("ce-stack-shop.{stack}");
    let mut secret = world.secret(&name).await.unwrap();
    let mut head: Value = serde_json::from_slice(&secret.data.as_ref().unwrap()["head"].0).unwrap();
    let last = head["versions"].as_array_mut().unwrap().last_mut().unwrap();
    let serial = last["serial"].as_i64().unwrap() + 5;
    last["serial"] = json!(serial);
    secret.data.as_mut().unwrap().get_mut("head").unwrap().0 = serde_json::to_vec(&head).unwrap();
    secrets(store).replace(&name, &PostParams::default(), &secret).await.unwrap();
    serial
}

/// The Job that a session has now: once it is there.
async fn job(world: &World, name: &str, phase: Phase) -> Job {
    let session = world.reaches(name, phase).await;
    let status = session.status.unwrap();
    let job = if phase == Phase::Planning { status.plan.unwrap().job } else { status.apply.unwrap().job };
    let jobs: Api<Job> = Api::namespaced(world.admin.clone(), TEAM);
    for _ in 0..100 {
        if let Some(job) = jobs.get_opt(&job).await.unwrap() {
            return job;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("no Job {job} in 10 s");
}

fn environment(job: &Job, name: &str) -> String {
    let spec = job.spec.as_ref().unwrap().template.spec.as_ref().unwrap();
    let all = spec.containers[0].env.as_ref().unwrap();
    all.iter().find(|v| v.name == name).unwrap().value.clone().unwrap()
}

/// Calls the gateway as a runner would: over TLS, with the certificate from the Job.
struct Runner {
    http: reqwest::Client,
    base: String,
}

impl Runner {
    fn of(world: &World, job: &Job) -> Self {
        let pem = environment(job, "CLOUD_ENGINE_GATEWAY_CA");
        let mut http = reqwest::Client::builder().tls_built_in_root_certs(false).no_proxy().https_only(true);
        for certificate in reqwest::Certificate::from_pem_bundle(pem.as_bytes()).unwrap() {
            http = http.add_root_certificate(certificate);
        }
        Self { http: http.build().unwrap(), base: world.gateway() }
    }

    async fn call(&self, token: Option<&str>, method: Method, path: &str, body: Vec<u8>) -> (u16, Vec<u8>) {
        let mut request = self.http.request(method, format!("{}{path}", self.base)).body(body);
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.bytes().await.unwrap().to_vec())
    }

    async fn bundle(&self, token: &str) -> u16 {
        self.call(Some(token), Method::GET, "/v1/bundle", vec![]).await.0
    }
}

/// The command line, as a person types it. Gives standard output.
fn cli(world: &World, person: &str, ca: &str, args: &[&str]) -> Vec<u8> {
    let file = world.control_plane().join(format!("{person}-ca.pem"));
    std::fs::write(&file, ca).unwrap();
    let out = Command::new(env!("CARGO_BIN_EXE_cloud-engine"))
        .args(args)
        .args(["-n", TEAM, "--gateway", &world.gateway(), "--gateway-ca"])
        .arg(&file)
        .env("KUBECONFIG", world.kubeconfig_of(person))
        .output()
        .unwrap();
    assert!(out.status.success(), "{args:?}: {}", String::from_utf8_lossy(&out.stderr));
    out.stdout
}

#[tokio::test]
async fn a_stored_plan_that_is_missing_altered_or_anothers_is_never_applied() {
    let world = World::start().await;
    world.quickstart(PLAIN, json!({}));
    let (ada, store) = (world.person("ada").await, world.acting(CONTROLLER).await);
    let stacks = ["gone", "other", "bit", "shown", "donor"];
    for name in stacks {
        world.ask(&ada, name, json!({ "stack": name, "changes": text(name) })).await.unwrap();
    }
    let mut ready = BTreeMap::new();
    for name in stacks {
        ready.insert(name, world.reaches(name, Phase::PlanReady).await);
    }
    let plan = chunks(&world, &ready["gone"], "plan").await.remove(0);
    secrets(&store).delete(&plan.name_any(), &DeleteParams::default()).await.unwrap();
    let donor = bytes(&chunks(&world, &ready["donor"], "plan").await[0]);
    swap(&store, &chunks(&world, &ready["other"], "plan").await[0], donor).await;
    for (name, part) in [("bit", "plan"), ("shown", "plan-json")] {
        let there = chunks(&world, &ready[name], part).await.remove(0);
        let mut altered = bytes(&there);
        let middle = altered.len() / 2;
        altered[middle] ^= 1;
        swap(&store, &there, altered).await;
    }
    for name in ["gone", "other", "bit"] {
        world.approve(&ada, "ada", name, &digest(&ready[name])).await.unwrap();
    }
    for (name, word) in [("gone", "missing"), ("other", "altered"), ("bit", "altered")] {
        let ended = world.reaches(name, Phase::Failed).await;
        let (reason, message) = told(&ended);
        assert!(message.contains(word), "{name}: {reason}: {message}");
        assert!(message.contains("Plan anew"), "the way out is told: {message}");
        assert_eq!(reason, "BlobDamaged", "{name}: {message}");
        let serial = head(&world, name).await.map_or(0, |h| h["versions"].as_array().unwrap().len());
        assert_eq!(serial, 0, "no state of {name}");
    }
    assert!(claims(&world).await.is_empty(), "nothing began");
    for stack in world.project().await.status.unwrap().stacks {
        let held = ["shown", "donor"].contains(&stack.name.as_str());
        assert!(stack.unresolved.is_none() && stack.held_by.is_some() == held, "{stack:?}");
    }
}

#[tokio::test]
async fn a_plan_from_before_the_state_moved_on_is_planned_again_or_refused() {
    let world = World::start().await;
    world.quickstart(PLAIN, json!({}));
    let (ada, store) = (world.person("ada").await, world.acting(CONTROLLER).await);
    world.ask(&ada, "first", json!({ "changes": text("one") })).await.unwrap();
    let ready = world.reaches("first", Phase::PlanReady).await;
    world.approve(&ada, "ada", "first", &digest(&ready)).await.unwrap();
    world.reaches("first", Phase::Applied).await;

    // Before the approval: planned again, and the old approval counts for nothing.
    world.ask(&ada, "second", json!({ "changes": text("two") })).await.unwrap();
    let old = world.reaches("second", Phase::PlanReady).await;
    let serial = move_on(&world, &store, "main").await;
    world.approve(&ada, "ada", "second", &digest(&old)).await.unwrap();
    let again = world.eventually("it is planned again", "second", |s| {
        let plan = s.status.as_ref().unwrap().plan.as_ref();
        s.status.as_ref().unwrap().phase == Some(Phase::PlanReady)
            && plan.is_some_and(|p| p.state_serial == serial && p.digest.is_some())
            && s.status.as_ref().unwrap().approvals.is_some()
    });
    let again = again.await;
    let approvals = again.status.as_ref().unwrap().approvals.clone().unwrap();
    assert!(approvals.counted.is_empty(), "{approvals:?}");

    // Between the approval and the claim: refused by the gateway.
    *world.controls.held.lock().unwrap() = Some("ce-apply-".to_owned());
    world.approve(&ada, "ada", "second", &digest(&again)).await.unwrap();
    job(&world, "second", Phase::Applying).await;
    let serial = move_on(&world, &store, "main").await;
    let before = claims(&world).await;
    *world.controls.held.lock().unwrap() = None;
    let ended = world.reaches("second", Phase::Failed).await;
    let (reason, message) = told(&ended);
    assert_eq!(reason, "StalePlan", "{message}");
    assert!(message.contains("moved on") && message.contains("Plan anew"), "{message}");
    let head = head(&world, "main").await.unwrap();
    assert_eq!(
        head["versions"].as_array().unwrap().last().unwrap()["serial"],
        serial,
        "the state is as it was"
    );
    assert!(head["applying"].is_null());
    assert_eq!(claims(&world).await, before, "no claim was taken");
    let stack = world.project().await.status.unwrap().stacks.remove(0);
    assert!(stack.unresolved.is_none() && stack.held_by.is_none(), "{stack:?}");
}

#[tokio::test]
async fn a_runners_token_opens_what_is_its_own_and_nothing_else() {
    let world = World::start().await;
    world.quickstart(PLAIN, json!({}));
    *world.controls.held.lock().unwrap() = Some("ce-".to_owned());
    let ada = world.person("ada").await;
    let (cluster, node) = (world.acting(JOB_CONTROLLER).await, world.acting(NODE).await);
    let mut pods = BTreeMap::new();
    for name in ["a", "b"] {
        world
            .ask(&ada, name, json!({ "stack": name, "changes": text(&format!("of-{name}")) }))
            .await
            .unwrap();
        let job = job(&world, name, Phase::Planning).await;
        let pod = kubelet::create_pod(&cluster, TEAM, &job).await;
        let token = kubelet::token(&node, TEAM, &pod).await;
        pods.insert(name, (job, pod, token));
    }
    let (job_a, pod_a, token_a) = &pods["a"];
    let (_, pod_b, token_b) = &pods["b"];
    let runner = Runner::of(&world, job_a);

    // Whose token it is decides, not what the call says.
    for (token, own, foreign) in [(token_a, "of-a", "of-b"), (token_b, "of-b", "of-a")] {
        for path in ["/v1/bundle", "/v1/bundle?session=a", "/v1/bundle?session=b&job=b"] {
            let (status, body) = runner.call(Some(token), Method::GET, path, vec![]).await;
            let body = String::from_utf8(body).unwrap();
            assert_eq!(status, 200, "{body}");
            assert!(body.contains(own) && !body.contains(foreign), "{body}");
        }
    }

    // Of another audience, altered, ended, none.
    let fresh = kubelet::token(&node, TEAM, pod_a).await;
    for audience in ["somebody-else", "https://kubernetes.default.svc", "cloud-engine-reader"] {
        let other = signed(&world, &fresh, |claims| claims["aud"] = json!([audience]));
        assert_eq!(runner.bundle(&other).await, 401, "for {audience}");
    }
    assert_eq!(runner.bundle("nonsense").await, 401);
    assert_eq!(runner.call(None, Method::GET, "/v1/bundle", vec![]).await.0, 401, "no token");
    let ends = |after: i64| {
        move |claims: &mut Value| {
            claims["exp"] = json!(k8s_openapi::jiff::Timestamp::now().as_second() + after);
        }
    };
    assert_eq!(runner.bundle(&signed(&world, &fresh, ends(3600))).await, 200, "signed anew, it is good");
    assert_eq!(runner.bundle(&signed(&world, &fresh, ends(-3600))).await, 401, "an ended token");
    let (front, _) = token_a.rsplit_once('.').unwrap();
    let (_, signature) = token_b.rsplit_once('.').unwrap();
    assert_eq!(runner.bundle(&format!("{front}.{signature}")).await, 401, "another token's signature");

    // Of the right account, but of no pod; of another account.
    let unbound = signed(&world, &fresh, |claims| {
        claims["kubernetes.io"]
            .as_object_mut()
            .unwrap()
            .retain(|key, _| !["pod", "node"].contains(&key.as_str()));
    });
    assert_eq!(runner.bundle(&unbound).await, 403, "bound to no pod");
    let accounts: Api<ServiceAccount> = Api::namespaced(cluster.clone(), TEAM);
    let wish = json!({ "metadata": {}, "spec": { "audiences": ["cloud-engine-gateway"] } });
    let wish = serde_json::from_value(wish).unwrap();
    let reader = accounts.create_token_request("cloud-engine-reader", &PostParams::default(), &wish).await;
    assert_eq!(runner.bundle(&reader.unwrap().status.unwrap().token).await, 403, "another account");

    // A plan pod writes nothing but its plan.
    let state = json!({ "version": 4, "serial": 1, "lineage": "l", "resources": [], "outputs": {} });
    let zero = format!("sha256:{}", "0".repeat(64));
    let claim = json!({ "planDigest": zero, "planJsonDigest": zero });
    let refused = [
        (Method::POST, "/v1/state?ID=x", state.to_string()),
        (Method::POST, "/v1/rescue", state.to_string()),
        (Method::DELETE, "/v1/state", String::new()),
        (Method::POST, "/v1/claim", claim.to_string()),
        (Method::PUT, "/v1/outputs", json!({ "values": { "a": "b" } }).to_string()),
        (Method::POST, "/v1/journal", json!([{ "address": "a", "event": "Started" }]).to_string()),
        (Method::GET, "/v1/plan", String::new()),
    ];
    for (method, path, body) in refused {
        let (status, answer) = runner.call(Some(token_a), method.clone(), path, body.into_bytes()).await;
        assert_eq!(status, 403, "{method} {path}: {}", String::from_utf8_lossy(&answer));
    }
    for path in ["/v1/sessions/b/log", "/v1/sessions/a/plan"] {
        let request = runner.http.get(format!("{}{path}", runner.base)).bearer_auth(token_a);
        let answer = request.header("x-cloud-engine-token", token_a).send().await.unwrap();
        assert_eq!(answer.status(), 401, "a runner is no reader");
    }
    assert!(claims(&world).await.is_empty() && head(&world, "a").await.is_none(), "nothing was written");

    // A pod that is gone calls no more: not with a token that was never seen, not for what cannot be undone.
    let unseen = kubelet::token(&node, TEAM, pod_b).await;
    let live: Api<Pod> = Api::namespaced(cluster.clone(), TEAM);
    live.delete(&pod_b.name_any(), &DeleteParams::default().grace_period(0)).await.unwrap();
    assert_eq!(runner.bundle(&unseen).await, 401, "its pod is deleted");
    let (status, _) =
        runner.call(Some(token_b), Method::POST, "/v1/claim", claim.to_string().into_bytes()).await;
    // The API server itself remembers for 10 s that the token was good; then the gateway finds no pod.
    assert!([401, 403].contains(&status), "a claim asks afresh: {status}");
}

/// The token with other claims, signed by the API server's own key.
fn signed(world: &World, token: &str, change: impl FnOnce(&mut Value)) -> String {
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as B64};
    let mut parts = token.split('.');
    let (header, claims) = (parts.next().unwrap(), parts.next().unwrap());
    let mut claims: Value = serde_json::from_slice(&B64.decode(claims).unwrap()).unwrap();
    let now = k8s_openapi::jiff::Timestamp::now().as_second();
    claims["iat"] = json!(now - 7200);
    claims["nbf"] = json!(now - 7200);
    change(&mut claims);
    let signed = format!("{header}.{}", B64.encode(claims.to_string()));
    let file = world.control_plane().join("forged.txt");
    std::fs::write(&file, &signed).unwrap();
    let key = world.control_plane().join("pki/sa.key");
    let out =
        Command::new("openssl").args(["dgst", "-sha256", "-sign"]).arg(key).arg(&file).output().unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    // SEQUENCE { INTEGER r, INTEGER s } becomes r and s of 32 bytes each.
    let der = out.stdout;
    let mut raw = Vec::new();
    let mut rest = &der[2..];
    for _ in 0..2 {
        let length = usize::from(rest[1]);
        let number = &rest[2..2 + length];
        let number = &number[number.len().saturating_sub(32)..];
        raw.extend(std::iter::repeat_n(0, 32 - number.len()));
        raw.extend_from_slice(number);
        rest = &rest[2 + length..];
    }
    format!("{signed}.{}", B64.encode(raw))
}

#[tokio::test]
async fn ten_stacks_go_at_once_and_one_stack_goes_one_by_one() {
    let world = World::start().await;
    world.quickstart(PLAIN, json!({}));
    let ada = world.person("ada").await;
    // Who held the stack `s0`, in order.
    let (projects, seen) = (
        Api::<cloud_engine::api::CloudProject>::namespaced(world.admin.clone(), TEAM),
        std::sync::Arc::<std::sync::Mutex<Vec<String>>>::default(),
    );
    let watching = tokio::spawn(watch_holder(projects, std::sync::Arc::clone(&seen)));
    let mut names: Vec<String> = (0..10).map(|i| format!("s{i}")).collect();
    for name in &names {
        world.ask(&ada, name, json!({ "stack": name, "changes": text(name) })).await.unwrap();
    }
    // Two sessions of one second have no certain order: the rival comes when the stack is held.
    for _ in 0..300 {
        if !seen.lock().unwrap().is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(*seen.lock().unwrap(), ["s0"], "held within 30 s");
    world.ask(&ada, "rival", json!({ "stack": "s0", "changes": text("rival") })).await.unwrap();
    names.push("rival".to_owned());
    for name in &names {
        let ready = world.reaches(name, Phase::PlanReady).await;
        world.approve(&ada, "ada", name, &digest(&ready)).await.unwrap();
        if name == "s0" {
            // The rival may plan only now, so the others need not wait for it.
            world.reaches(name, Phase::Applied).await;
        }
    }
    let mut ended = BTreeMap::new();
    for name in &names {
        ended.insert(name.as_str(), world.reaches(name, Phase::Applied).await);
    }
    watching.abort();
    for stack in world.project().await.status.unwrap().stacks {
        assert!(stack.held_by.is_none() && stack.resource_count == 1, "{stack:?}");
        assert_eq!(stack.revision, if stack.name == "s0" { 2 } else { 1 });
    }
    let holders: Vec<String> = seen.lock().unwrap().clone();
    assert_eq!(holders, ["s0", "rival"], "one after the other");
    let since = |name: &str, phase: Phase| {
        let history = &ended[name].status.as_ref().unwrap().history;
        history.iter().find(|item| item.phase == phase).unwrap().at.0
    };
    assert!(since("rival", Phase::Planning) >= since("s0", Phase::Applied), "{}", story(&ended["rival"]));
    assert_eq!(claims(&world).await.len(), 11);
}

async fn watch_holder(
    projects: Api<cloud_engine::api::CloudProject>,
    seen: std::sync::Arc<std::sync::Mutex<Vec<String>>>,
) {
    loop {
        let project = projects.get("shop").await.unwrap();
        let stacks = project.status.map(|s| s.stacks).unwrap_or_default();
        if let Some(holder) = stacks.into_iter().find(|s| s.name == "s0").and_then(|s| s.held_by) {
            let mut seen = seen.lock().unwrap();
            if seen.last() != Some(&holder.session) {
                seen.push(holder.session);
            }
        }
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
}

#[tokio::test]
async fn plans_and_states_of_several_mebibytes_go_and_come_back() {
    const LARGE: &str = r#"
variable "text" {
  type    = string
  default = "none"
}
resource "terraform_data" "large" {
  input = join("", [for i in range(1000) : join("", [for j in range(18) : base64sha512("${var.text}-${i}-${j}")])])
}
output "text" {
  value = sha256(terraform_data.large.output)
}
"#;
    let world = World::start().await;
    world.quickstart(LARGE, json!({}));
    let ada = world.person("ada").await;
    world.ask(&ada, "large", json!({ "changes": text("x"), "outputsSecret": "sum" })).await.unwrap();
    let ready = world.reaches("large", Phase::PlanReady).await;
    for part in ["plan", "plan-json"] {
        let stored = chunks(&world, &ready, part).await;
        let length: usize = stored.iter().map(|chunk| bytes(chunk).len()).sum();
        assert!(stored.len() > 1 && length > 1024 * 1024, "{part}: {length} bytes in {}", stored.len());
    }
    world.approve(&ada, "ada", "large", &digest(&ready)).await.unwrap();
    world.reaches("large", Phase::Applied).await;
    let state =
        head(&world, "main").await.unwrap()["versions"].as_array().unwrap().last().unwrap()["blob"].clone();
    assert!(
        state["bytes"].as_u64().unwrap() > 1024 * 1024 && state["chunks"].as_u64().unwrap() > 1,
        "{state}"
    );
    let sum = world.secret("sum").await.unwrap().data.unwrap();
    assert_eq!(sum["own_text"].0.len(), 64);
    // Read back by the next plan, it is the same to the letter.
    world.ask(&ada, "again", json!({ "changes": text("x") })).await.unwrap();
    assert_eq!(told(&world.reaches("again", Phase::Applied).await).0, "NothingToDo");
}

#[tokio::test]
async fn a_log_of_fifty_thousand_lines_is_kept_through_a_kill_and_read_from_any_byte() {
    let mut world = World::start().await;
    world.quickstart(PLAIN, json!({}));
    *world.controls.held.lock().unwrap() = Some("ce-".to_owned());
    let ada = world.person("ada").await;
    world.ask(&ada, "long", json!({})).await.unwrap();
    let job = job(&world, "long", Phase::Planning).await;
    let (cluster, node) = (world.acting(JOB_CONTROLLER).await, world.acting(NODE).await);
    let pod = kubelet::create_pod(&cluster, TEAM, &job).await;
    let token = kubelet::token(&node, TEAM, &pod).await;
    let lines: String =
        (0..50_000).map(|i| format!("line {i:05}: what the engine said about ä resource\n")).collect();
    let all = lines.as_bytes();
    let runner = Runner::of(&world, &job);
    let mut offset = 0;
    let mut killed = false;
    while offset < all.len() {
        let piece = &all[offset..all.len().min(offset + 60_000)];
        let last = offset + piece.len() == all.len();
        let path = format!("/v1/log?offset={offset}{}", if last { "&final=true" } else { "" });
        let (status, body) = runner.call(Some(&token), Method::POST, &path, piece.to_vec()).await;
        let answer: Value = serde_json::from_slice(&body).unwrap();
        assert!(status == 200 || status == 409, "{status} {answer}");
        // A gateway that lost something says from where to send again.
        offset = usize::try_from(answer["received"].as_u64().unwrap()).unwrap();
        let durable = usize::try_from(answer["durable"].as_u64().unwrap()).unwrap();
        if !killed && offset > all.len() / 2 && durable < offset {
            world.kill_controller();
            world.start_controller();
            killed = true;
            wait_for_gateway(&runner).await;
            let (status, _) = runner
                .call(Some(&token), Method::POST, &format!("/v1/log?offset={offset}"), b"x".to_vec())
                .await;
            assert_eq!(status, 409, "what was in memory alone is asked for again");
        }
    }
    assert!(killed, "the kill came in between");
    let ca = environment(&job, "CLOUD_ENGINE_GATEWAY_CA");
    let whole = cli(&world, "ada", &ca, &["logs", "long"]);
    assert!(whole == all, "{} of {} bytes", whole.len(), all.len());
    let middle = 1_234_567;
    world.kill_controller();
    world.start_controller();
    wait_for_gateway(&runner).await;
    let rest = cli(&world, "ada", &ca, &["logs", "long", "--offset", &middle.to_string()]);
    assert!(rest == all[middle..], "{} of {} bytes", rest.len(), all.len() - middle);
    let end = cli(&world, "ada", &ca, &["logs", "long", "--offset", &all.len().to_string()]);
    assert!(end.is_empty());
}

async fn wait_for_gateway(runner: &Runner) {
    for _ in 0..100 {
        if runner.http.get(format!("{}/healthz", runner.base)).send().await.is_ok() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("no gateway in 10 s");
}

#[tokio::test]
async fn nobody_makes_our_objects_and_we_overwrite_nobodys() {
    let world = World::start().await;
    world.quickstart(PLAIN, json!({}));
    let ada = world.person("ada").await;
    // Eve administers the namespace, with Kubernetes' own role.
    world
        .kubectl(&["create", "rolebinding", "eve", "--clusterrole=admin", "--user=eve", "-n", TEAM])
        .unwrap();
    let eve = world.acting("eve").await;
    guarded(&world).await;
    let container = json!([{ "name": "x", "image": "x" }]);
    let (plain, runner) = (
        json!({ "restartPolicy": "Never", "containers": container }),
        json!({ "restartPolicy": "Never", "serviceAccountName": "cloud-engine-runner", "containers": container }),
    );
    for labels in [
        json!({ "cloudengine.dev/session": "11111111-1111-1111-1111-111111111111" }),
        json!({ "app.kubernetes.io/managed-by": "cloud-engine" }),
        json!({}),
    ] {
        let marked = labels != json!({});
        let meta = json!({ "name": "forged", "labels": labels });
        let bodies = [
            ("v1", "Secret", json!({ "metadata": meta })),
            ("v1", "ConfigMap", json!({ "metadata": meta })),
            (
                "batch/v1",
                "Job",
                json!({ "metadata": meta, "spec": { "template": { "spec": if marked { &plain } else { &runner } } } }),
            ),
            ("v1", "Pod", json!({ "metadata": meta, "spec": if marked { &plain } else { &runner } })),
        ];
        for (version, kind, mut body) in bodies {
            if !marked && ["Secret", "ConfigMap"].contains(&kind) {
                continue;
            }
            body["apiVersion"] = json!(version);
            body["kind"] = json!(kind);
            let error = create(&eve, version, kind, &body).await.expect_err("a forged object");
            assert!(error.contains("make or edit a DeploymentSession instead"), "{kind}: {error}");
        }
    }
    // What is anybody's own is not in the way, until it is to become ours.
    let own: Secret = serde_json::from_value(
        json!({ "metadata": { "name": "precious" }, "stringData": { "own": "eve's" } }),
    )
    .unwrap();
    secrets(&eve).create(&PostParams::default(), &own).await.unwrap();
    let label = json!({ "metadata": { "labels": { "cloudengine.dev/session": "x" } } });
    let error = secrets(&eve).patch("precious", &PatchParams::default(), &Patch::Merge(&label)).await;
    assert!(error.expect_err("a label added later").to_string().contains("DeploymentSession"));

    // Outputs never go where something of somebody else is.
    for (name, target) in
        [("onto", "precious"), ("state", "ce-stack-shop-state"), ("ca", "cloud-engine-gateway-ca")]
    {
        world
            .ask(&ada, name, json!({ "stack": name, "changes": text("x"), "outputsSecret": target }))
            .await
            .unwrap();
        let ready = world.reaches(name, Phase::PlanReady).await;
        world.approve(&ada, "ada", name, &digest(&ready)).await.unwrap();
        let ended = world.reaches(name, Phase::Applied).await;
        let message = told(&ended).1;
        assert!(message.contains("NameTaken") && message.contains(target), "{message}");
        let outputs = world.secret(target).await.and_then(|s| s.data).unwrap_or_default();
        assert!(!outputs.keys().any(|key| key.contains("text")), "{target}: {:?}", outputs.keys());
    }
    let kept = world.secret("precious").await.unwrap();
    assert_eq!(kept.data.unwrap()["own"].0, b"eve's");
    assert!(kept.metadata.labels.is_none() && kept.metadata.owner_references.is_none());

    // What the controller stored is the controller's to write.
    let stack = world.secret("ce-stack-shop.onto").await.unwrap();
    let forged = json!({ "stringData": { "head": "{}" } });
    let error = secrets(&eve).patch(&stack.name_any(), &PatchParams::default(), &Patch::Merge(&forged)).await;
    assert!(error.is_err(), "the head of a stack is not edited");
}

/// Waits until the API server has taken up the policies and Eve's role: seconds after they were made.
async fn guarded(world: &World) {
    let maps: Api<ConfigMap> = Api::namespaced(world.acting("eve").await, TEAM);
    let labels = json!({ "app.kubernetes.io/managed-by": "cloud-engine" });
    let forged = serde_json::from_value(json!({ "metadata": { "name": "dry", "labels": labels } })).unwrap();
    let dry = PostParams { dry_run: true, ..PostParams::default() };
    for _ in 0..200 {
        let answer = maps.create(&dry, &forged).await;
        if answer.is_err_and(|error| error.to_string().contains("DeploymentSession")) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("no policy in 20 s");
}

/// Creates an object of any kind; gives the API server's words when it is refused.
async fn create(client: &Client, version: &str, kind: &str, body: &Value) -> Result<(), String> {
    let (group, version) = version.rsplit_once('/').unwrap_or(("", version));
    let gvk = kube::api::GroupVersionKind::gvk(group, version, kind);
    let resource = kube::api::ApiResource::from_gvk(&gvk);
    let api: Api<kube::api::DynamicObject> = Api::namespaced_with(client.clone(), TEAM, &resource);
    let object = serde_json::from_value(body.clone()).unwrap();
    api.create(&PostParams::default(), &object).await.map(drop).map_err(|error| error.to_string())
}

#[tokio::test]
async fn who_administers_the_namespace_does_not_become_a_runner() {
    let world = World::start().await;
    world.quickstart(PLAIN, json!({}));
    *world.controls.held.lock().unwrap() = Some("ce-".to_owned());
    let ada = world.person("ada").await;
    world
        .kubectl(&["create", "rolebinding", "eve", "--clusterrole=admin", "--user=eve", "-n", TEAM])
        .unwrap();
    let eve = world.acting("eve").await;
    let cluster = world.acting(JOB_CONTROLLER).await;
    world.ask(&ada, "one", json!({})).await.unwrap();
    let job = job(&world, "one", Phase::Planning).await;
    let pod = kubelet::create_pod(&cluster, TEAM, &job).await;
    guarded(&world).await;

    // A token of the runner's pod.
    let accounts: Api<ServiceAccount> = Api::namespaced(eve.clone(), TEAM);
    let bound = json!({ "apiVersion": "v1", "kind": "Pod", "name": pod.name_any(), "uid": pod.uid() });
    let wish =
        json!({ "metadata": {}, "spec": { "audiences": ["cloud-engine-gateway"], "boundObjectRef": bound } });
    let wish = serde_json::from_value(wish).unwrap();
    let made = accounts.create_token_request("cloud-engine-runner", &PostParams::default(), &wish).await;
    assert!(made.expect_err("a runner's token").to_string().contains("runner"), "told");
    let reader = json!({ "metadata": {}, "spec": { "audiences": ["cloud-engine-reader"] } });
    let reader = serde_json::from_value(reader).unwrap();
    accounts.create_token_request("cloud-engine-reader", &PostParams::default(), &reader).await.unwrap();

    // Another image in the runner's pod, which the kubelet would start with the token in reach; another owner.
    let pods: Api<Pod> = Api::namespaced(eve.clone(), TEAM);
    let owner = json!({ "apiVersion": "batch/v1", "kind": "Job", "name": "ce-apply-x", "uid": "x", "controller": true });
    let forged = [
        json!({ "spec": { "containers": [{ "name": "runner", "image": "eve/own" }] } }),
        json!({ "metadata": { "ownerReferences": [owner] } }),
        json!({ "metadata": { "labels": { "cloudengine.dev/session": "x" } } }),
        json!({ "metadata": { "labels": null } }),
    ];
    for body in forged {
        let patch = if body["spec"].is_null() { Patch::Merge(&body) } else { Patch::Strategic(&body) };
        let answer = pods.patch(&pod.name_any(), &PatchParams::default(), &patch).await;
        let error = answer.expect_err(&body.to_string()).to_string();
        assert!(error.contains("make or edit a DeploymentSession instead"), "{body}: {error}");
    }
    let note = json!({ "metadata": { "annotations": { "example.com/note": "seen" } } });
    pods.patch(&pod.name_any(), &PatchParams::default(), &Patch::Merge(&note)).await.unwrap();
    let error = world.kubectl(&["--as=eve", "-n", TEAM, "exec", &pod.name_any(), "--", "tofu", "console"]);
    assert!(error.as_ref().is_err_and(|e| e.contains("DeploymentSession")), "{error:?}");
    let deployed = world.kubectl(&["--as=eve", "-n", TEAM, "delete", "pod", &pod.name_any(), "--wait=false"]);
    assert!(deployed.is_ok(), "who administers the namespace may end what runs in it: {deployed:?}");
}

#[tokio::test]
async fn secrets_stay_out_of_everything_that_people_read() {
    const KEY: &str = "canary-key-9f3b6c1d7e";
    const OUTPUT: &str = "canary-output-5a8e2f";
    let world = World::start().await;
    let module = r#"
variable "text" {
  type    = string
  default = "none"
}
variable "hidden" {
  type      = string
  sensitive = true
  default   = "canary-output-5a8e2f"
}
resource "terraform_data" "one" {
  input = var.hidden
  lifecycle {
    precondition {
      condition     = var.text != "tell"
      error_message = "the key is canary-key-9f3b6c1d7e"
    }
  }
}
output "text" {
  value     = terraform_data.one.output
  sensitive = true
}
"#;
    let credentials =
        json!({ "type": "service_account", "private_key": KEY, "client_email": "x@example.com" });
    let secret = json!({ "apiVersion": "v1", "kind": "Secret", "metadata": { "name": "cloud", "namespace": TEAM },
        "stringData": { "GOOGLE_CREDENTIALS": credentials.to_string(), "OTHER": "canary-other-key" } });
    world.apply(&secret.to_string());
    world.quickstart(module, json!({ "credentials": { "secretRef": { "name": "cloud" } } }));
    let ada = world.person("ada").await;
    world.ask(&ada, "one", json!({ "changes": text("quiet"), "outputsSecret": "out" })).await.unwrap();
    let ready = world.reaches("one", Phase::PlanReady).await;
    let jobs: Api<Job> = Api::namespaced(world.admin.clone(), TEAM);
    let plan = jobs.get(&ready.status.as_ref().unwrap().plan.as_ref().unwrap().job).await.unwrap();
    let ca = environment(&plan, "CLOUD_ENGINE_GATEWAY_CA");
    assert!(!serde_json::to_string(&plan).unwrap().contains("canary"), "the Job refers to the Secret");
    world.approve(&ada, "ada", "one", &digest(&ready)).await.unwrap();
    world.reaches("one", Phase::Applied).await;
    let arrived = world.secret("out").await.unwrap().data.unwrap();
    assert_eq!(arrived["own_text"].0, OUTPUT.as_bytes(), "the output arrived where it was asked for");

    // A module that prints the key, as a provider's error could.
    world.ask(&ada, "tell", json!({ "stack": "tell", "changes": text("tell") })).await.unwrap();
    let failed = world.reaches("tell", Phase::Failed).await;
    assert!(told(&failed).1.contains("the key is"), "the rest of the error is told: {}", told(&failed).1);

    let mut read: Vec<(&str, String)> = Vec::new();
    let log = |name: &str| String::from_utf8(cli(&world, "ada", &ca, &["logs", name])).unwrap();
    read.push(("log", log("one")));
    assert!(read[0].1.contains("apply"), "{}", read[0].1);
    read.push(("log of the failure", log("tell")));
    assert!(read[1].1.contains("the key is"), "{}", read[1].1);
    for args in
        [&["plan", "one"][..], &["plan", "one", "--full"], &["plan", "one", "-o", "json"], &["plan", "tell"]]
    {
        read.push(("plan", String::from_utf8(cli(&world, "ada", &ca, args)).unwrap()));
    }
    read.push(("controller's log", world.whole_log()));
    for kind in ["deploymentsessions", "cloudprojects", "jobs", "pods"] {
        read.push((kind, world.kubectl(&["get", kind, "-A", "-o", "json"]).unwrap()));
    }
    read.push(("events", world.kubectl(&["get", "events.events.k8s.io", "-A", "-o", "json"]).unwrap()));
    let metrics = reqwest::get(format!("http://127.0.0.1:{}/metrics", world.http_port())).await.unwrap();
    read.push(("metrics", metrics.text().await.unwrap()));
    for (what, text) in &read {
        assert!(!text.is_empty(), "{what}");
        for canary in [KEY, OUTPUT, "canary-other-key"] {
            assert!(!text.contains(canary), "{canary} in {what}");
        }
    }
}

#[test]
fn the_chart_asks_for_no_right_that_it_does_not_need() {
    let out = Command::new(tool("helm"))
        .args(["template", "cloud-engine"])
        .arg(root().join("charts/cloud-engine"))
        .args(["--namespace", OPERATOR, "--set", &format!("projectNamespaces={{{TEAM}}}")])
        .output()
        .unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let mut roles = 0;
    for document in serde_yaml_ng::Deserializer::from_slice(&out.stdout) {
        let object = Value::deserialize(document).unwrap();
        let kind = object["kind"].as_str().unwrap_or_default();
        let name = object["metadata"]["name"].as_str().unwrap_or_default();
        if kind.ends_with("RoleBinding") {
            let subjects = object["subjects"].to_string();
            assert!(
                !subjects.contains("cloud-engine-runner") && !subjects.contains("cloud-engine-reader"),
                "{name}"
            );
            assert!(!object["roleRef"]["name"].as_str().unwrap().contains("admin"), "{name}");
        }
        if !["Role", "ClusterRole"].contains(&kind) {
            continue;
        }
        roles += 1;
        for rule in object["rules"].as_array().unwrap() {
            let list = |key: &str| -> Vec<&str> {
                rule[key].as_array().into_iter().flatten().filter_map(Value::as_str).collect()
            };
            let (groups, resources, verbs) = (list("apiGroups"), list("resources"), list("verbs"));
            let all = [&groups[..], &resources, &verbs, &list("nonResourceURLs")].concat();
            assert!(!all.iter().any(|word| word.contains('*')), "{kind} {name}: {rule}");
            for verb in ["escalate", "bind", "impersonate", "deletecollection"] {
                assert!(!verbs.contains(&verb), "{kind} {name}: {rule}");
            }
            for resource in ["pods/exec", "pods/attach", "pods/ephemeralcontainers", "nodes/proxy"] {
                assert!(!resources.contains(&resource), "{kind} {name}: {rule}");
            }
            if resources.contains(&"secrets") {
                assert_eq!(kind, "Role", "{name} reads Secrets of the whole cluster: {rule}");
                assert!(!verbs.contains(&"list") && !verbs.contains(&"watch"), "{name}: {rule}");
            }
            if resources.contains(&"serviceaccounts/token") {
                assert_eq!(rule["resourceNames"], json!(["cloud-engine-reader"]), "{name}: {rule}");
            }
        }
    }
    assert!(roles >= 7, "{roles} roles were looked at");
}
