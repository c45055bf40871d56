//! A state on its way into the cluster, and a state that is another's: the gateway dies between the pieces of a
//! write, and a plan meets a state of another lineage. Real API server, real gateway, real runner and engine.

mod support;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use cloud_engine::{
    api::{Conditions, DeploymentSession, Phase},
    domain::ids,
};
use k8s_openapi::{
    ByteString,
    api::{
        coordination::v1::Lease,
        core::v1::{ConfigMap, Secret},
    },
};
use kube::{
    Api, ResourceExt,
    api::{DeleteParams, ListParams, PostParams},
};
use serde_json::{Value, json};
use std::{collections::BTreeSet, time::Duration};
use support::{
    proxy::{Call, Proxy},
    world::{OPERATOR, TEAM, World, story},
};

const LARGE: &str = r#"
variable "text" {
  type    = string
  default = "none"
}
resource "terraform_data" "large" {
  input = join("", [for i in range(1000) : join("", [for j in range(18) : base64sha512("${var.text}-${i}-${j}")])])
}
"#;
const SMALL: &str = r#"
variable "text" {
  type    = string
  default = "none"
}
resource "terraform_data" "one" {
  input = var.text
}
"#;
const HEAD: &str = "ce-stack-shop.main";

fn digest(session: &DeploymentSession) -> String {
    session.status.as_ref().unwrap().plan.as_ref().unwrap().digest.clone().unwrap()
}

/// Reason and message of `Ready`.
fn told(session: &DeploymentSession) -> (String, String) {
    let ready = session.status.as_ref().unwrap().conditions.find("Ready").unwrap();
    (ready.reason.clone(), ready.message.clone())
}

fn text(value: &str) -> Value {
    json!({ "upsert": [{ "name": "own", "module": { "source": "configmap/own", "inputs": { "text": value } } }] })
}

/// State versions that the head of the stack knows, oldest first.
fn versions(head: &[u8]) -> Vec<Value> {
    let head: Value = serde_json::from_slice(head).unwrap();
    head["versions"].as_array().cloned().unwrap_or_default()
}

async fn head(world: &World) -> Vec<u8> {
    world.secret(HEAD).await.unwrap().data.unwrap()["head"].0.clone()
}

/// Names of all stored chunks of states.
async fn stored(world: &World) -> BTreeSet<String> {
    let secrets: Api<Secret> = Api::namespaced(world.admin.clone(), TEAM);
    let label = ListParams::default().labels("cloudengine.dev/part=state");
    secrets.list(&label).await.unwrap().items.iter().map(ResourceExt::name_any).collect()
}

/// Names of all chunks that these versions are made of.
fn chunks(versions: &[Value]) -> BTreeSet<String> {
    let of = |blob: &Value| {
        let name = blob["name"].as_str().unwrap().to_owned();
        (0..blob["chunks"].as_u64().unwrap()).map(move |n| format!("{name}-{n}"))
    };
    versions.iter().flat_map(|version| of(&version["blob"])).collect()
}

/// The write of the second chunk of a state.
fn second_chunk(call: &Call) -> bool {
    let body: Value = serde_json::from_str(&call.body).unwrap_or_default();
    let named = body["metadata"]["name"].as_str().is_some_and(|name| name.ends_with("-1"));
    call.what.starts_with("POST") && named && body["metadata"]["labels"]["cloudengine.dev/part"] == "state"
}

/// The write that makes stored chunks the current state.
fn state_of_head(call: &Call) -> bool {
    let body: Value = serde_json::from_str(&call.body).unwrap_or_default();
    let Some(head) = body["data"]["head"].as_str() else { return false };
    call.what.ends_with(HEAD) && !versions(&STANDARD.decode(head).unwrap()).is_empty()
}

/// Waits until the proxy has killed the controller.
async fn killed(world: &World, proxy: &Proxy, at: &str) {
    for _ in 0..600 {
        if proxy.has_killed() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("no {at} in 60 s: {}", world.log());
}

/// Another process in the place of the dead one, as the kubelet would start it; the Lease need not run out.
async fn restart(world: &mut World, proxy: &Proxy) {
    world.kill_controller();
    let leases: Api<Lease> = Api::namespaced(world.admin.clone(), OPERATOR);
    for lease in leases.list(&ListParams::default()).await.unwrap() {
        let _ = leases.delete(&lease.name_any(), &DeleteParams::default()).await;
    }
    world.start_controller();
    proxy.serve_process(world.controller_pid().unwrap());
}

#[tokio::test]
async fn a_gateway_killed_between_the_pieces_of_a_state_stores_it_when_it_is_back() {
    let mut world = World::start().await;
    let proxy = Proxy::start(world.controller_client().await).await;
    world.proxy_controller(&proxy.url);
    restart(&mut world, &proxy).await;
    world.quickstart(LARGE, json!({}));
    let ada = world.person("ada").await;
    world.ask(&ada, "large", json!({ "changes": text("x") })).await.unwrap();
    let ready = world.reaches("large", Phase::PlanReady).await;
    proxy.kill_before(second_chunk);
    world.approve(&ada, "ada", "large", &digest(&ready)).await.unwrap();

    killed(&world, &proxy, "second chunk").await;
    assert_eq!(stored(&world).await.len(), 1, "the first chunk alone");
    assert!(versions(&head(&world).await).is_empty());
    proxy.kill_before(state_of_head);
    restart(&mut world, &proxy).await;

    killed(&world, &proxy, "head with a state").await;
    let whole = stored(&world).await;
    assert!(whole.len() > 1, "all chunks: {whole:?}");
    assert!(versions(&head(&world).await).is_empty(), "which nothing points to");
    restart(&mut world, &proxy).await;

    let ended = world.reaches("large", Phase::Applied).await;
    let versions = versions(&head(&world).await);
    assert_eq!(versions.len(), 1, "{versions:?}");
    assert!(versions[0]["blob"]["bytes"].as_u64().unwrap() > 1024 * 1024, "{versions:?}");
    assert_eq!(versions[0]["serial"], json!(ended.status.unwrap().apply.unwrap().serial));
    assert_eq!(
        (stored(&world).await, chunks(&versions)),
        (whole.clone(), whole),
        "the same chunks, no other"
    );
    let started = world.controls.started.lock().unwrap().clone();
    assert_eq!(started.iter().filter(|job| job.starts_with("ce-apply-")).count(), 1, "{started:?}");
}

/// Puts a state of another lineage, else the same, in the place of the current one. Gives the new head.
async fn replace_lineage(world: &World) -> Value {
    let controller = world.controller_client().await;
    let secrets: Api<Secret> = Api::namespaced(controller, TEAM);
    let mut secret = world.secret(HEAD).await.unwrap();
    let mut head: Value = serde_json::from_slice(&secret.data.as_ref().unwrap()["head"].0).unwrap();
    let version = head["versions"].as_array_mut().unwrap().last_mut().unwrap();
    let old = format!("{}-0", version["blob"]["name"].as_str().unwrap());
    let mut chunk = world.secret(&old).await.unwrap();
    let mut state: Value = serde_json::from_slice(&chunk.data.as_ref().unwrap()["bytes"].0).unwrap();
    let other = "11111111-2222-3333-4444-555555555555";
    state["lineage"] = json!(other);
    let bytes = serde_json::to_vec(&state).unwrap();
    let digest = ids::digest(&bytes);
    let name = format!("{}-other", version["blob"]["name"].as_str().unwrap());
    version["lineage"] = json!(other);
    version["blob"] = json!({ "name": name, "chunks": 1, "bytes": bytes.len(), "digest": digest });
    chunk.metadata.name = Some(format!("{name}-0"));
    chunk.metadata.resource_version = None;
    chunk.metadata.uid = None;
    chunk.metadata.managed_fields = None;
    chunk.data.as_mut().unwrap().insert("bytes".to_owned(), ByteString(bytes));
    secrets.create(&PostParams::default(), &chunk).await.unwrap();
    let stored = ByteString(serde_json::to_vec(&head).unwrap());
    secret.data.as_mut().unwrap().insert("head".to_owned(), stored);
    secrets.replace(HEAD, &PostParams::default(), &secret).await.unwrap();
    head
}

#[tokio::test]
async fn a_plan_of_another_lineage_is_refused_and_changes_nothing() {
    let world = World::start().await;
    world.quickstart(SMALL, json!({}));
    let ada = world.person("ada").await;
    world.ask(&ada, "first", json!({ "changes": text("one") })).await.unwrap();
    let ready = world.reaches("first", Phase::PlanReady).await;
    world.approve(&ada, "ada", "first", &digest(&ready)).await.unwrap();
    world.reaches("first", Phase::Applied).await;

    world.ask(&ada, "second", json!({ "changes": text("two") })).await.unwrap();
    let ready = world.reaches("second", Phase::PlanReady).await;
    let replaced = replace_lineage(&world).await;
    world.approve(&ada, "ada", "second", &digest(&ready)).await.unwrap();
    let ended = world.reaches("second", Phase::Failed).await;
    let (reason, message) = told(&ended);
    assert_eq!(reason, "StalePlan", "{}", story(&ended));
    assert!(message.contains("nothing was changed") && message.contains("plan again"), "{message}");

    let head: Value = serde_json::from_slice(&head(&world).await).unwrap();
    assert_eq!(head["versions"], replaced["versions"], "the state is as it was put there");
    assert!(head["lock"].is_null() && head["applying"].is_null(), "{head}");
    assert_eq!(head["rescued"], json!([]), "{head}");
    let stack = world.project().await.status.unwrap().stacks.remove(0);
    assert!(stack.held_by.is_none() && stack.unresolved.is_none() && stack.revision == 1, "{stack:?}");
    let maps: Api<ConfigMap> = Api::namespaced(world.admin.clone(), TEAM);
    let claims = maps.list(&ListParams::default()).await.unwrap();
    let claims = claims.items.iter().filter(|map| map.name_any().starts_with("ce-claim-")).count();
    assert!(claims <= 2, "no third apply");

    // Planned anew, it goes on from what is there.
    world.ask(&ada, "third", json!({ "changes": text("two") })).await.unwrap();
    let ready = world.reaches("third", Phase::PlanReady).await;
    assert_eq!(ready.status.as_ref().unwrap().plan.as_ref().unwrap().summary.update, 1, "{}", story(&ready));
    world.approve(&ada, "ada", "third", &digest(&ready)).await.unwrap();
    world.reaches("third", Phase::Applied).await;
}
