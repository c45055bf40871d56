//! A whole session through the routes, against an API server in memory.

use super::*;
use crate::blob::{BlobStore, Owner, double};
use crate::domain::ids::digest;
use crate::names;
use crate::wire::{ClaimAnswer, LogAnswer, PlanOutcome, PlanReport};
use axum::body::Body;
use http::{Request, StatusCode};
use k8s_openapi::jiff::Timestamp;
use serde_json::{Value, json};
use tower::ServiceExt;

struct Fixed;

impl Clock for Fixed {
    fn now(&self) -> Timestamp {
        "2026-01-01T00:10:00Z".parse().unwrap()
    }
}

struct World {
    client: kube::Client,
    cluster: double::Shared,
    router: axum::Router,
    nudged: tokio::sync::mpsc::Receiver<(String, String)>,
}

const SESSIONS: &str = "/apis/cloudengine.dev/v1alpha1/namespaces/team/deploymentsessions/s";

impl World {
    fn new() -> Self {
        let (client, cluster) = double::cluster();
        let (nudge, nudged) = tokio::sync::mpsc::channel(8);
        let app = Arc::new(Gateway {
            store: SecretStore { client: client.clone() },
            auth: auth::Auth::new(client.clone()),
            logs: logs::Logs::default(),
            clock: Arc::new(Fixed),
            client: client.clone(),
            nudge,
        });
        let world = Self { client, cluster, router: routes::router(app), nudged };
        world.set(
            "/apis/cloudengine.dev/v1alpha1/namespaces/team/cloudprojects/p",
            json!({"apiVersion": "cloudengine.dev/v1alpha1", "kind": "CloudProject",
                "metadata": {"name": "p", "namespace": "team", "uid": "project-uid"},
                "spec": {"provider": "gcp", "region": "europe-west1", "sandbox": true}}),
        );
        world.session(json!({"phase": "Planning"}));
        world.token("reader", names::READER_AUDIENCE, names::READER_ACCOUNT, Value::Null);
        world
    }

    fn set(&self, path: &str, object: Value) {
        self.cluster.lock().unwrap().objects.insert(path.to_owned(), object);
    }

    fn session(&self, status: Value) {
        self.set(
            SESSIONS,
            json!({"apiVersion": "cloudengine.dev/v1alpha1", "kind": "DeploymentSession",
                "metadata": {"name": "s", "namespace": "team", "uid": "session-uid"},
                "spec": {"project": "p", "requestedBy": "ada", "outputsSecret": "out",
                    "approvals": [{"by": "ben", "planDigest": digest(b"plan")}]},
                "status": status}),
        );
    }

    fn token(&self, token: &str, audience: &str, account: &str, extra: Value) {
        let user = json!({"username": format!("system:serviceaccount:team:{account}"), "extra": extra});
        let known = (audience.to_owned(), user);
        self.cluster.lock().unwrap().tokens.insert(token.to_owned(), known);
    }

    /// A pod whose token is its name.
    fn pod(&self, pod: &str, job: &str, run: &str, annotations: Value) {
        self.set(
            &format!("/apis/batch/v1/namespaces/team/jobs/{job}"),
            json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": {
                "name": job, "uid": format!("{job}-uid"), "annotations": annotations,
                "labels": {names::label::RUN: run},
                "ownerReferences": [{"apiVersion": "cloudengine.dev/v1alpha1", "kind": "DeploymentSession",
                    "name": "s", "uid": "session-uid", "controller": true}]}}),
        );
        self.set(
            &format!("/api/v1/namespaces/team/pods/{pod}"),
            json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": pod, "uid": format!("{pod}-uid"),
                "ownerReferences": [{"apiVersion": "batch/v1", "kind": "Job", "name": job,
                    "uid": format!("{job}-uid"), "controller": true}]}}),
        );
        let extra = json!({"authentication.kubernetes.io/pod-name": [pod],
            "authentication.kubernetes.io/pod-uid": [format!("{pod}-uid")]});
        self.token(pod, names::RUNNER_AUDIENCE, names::RUNNER_ACCOUNT, extra);
    }

    async fn call(
        &self,
        pod: &str,
        method: &str,
        path: &str,
        body: impl Into<Body>,
    ) -> (StatusCode, bytes::Bytes) {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("authorization", format!("Bearer {pod}"))
            .header(names::READER_HEADER, pod)
            .body(body.into())
            .unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let status = response.status();
        (status, axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap())
    }

    async fn status(&self, pod: &str, method: &str, path: &str, body: impl Into<Body>) -> u16 {
        self.call(pod, method, path, body).await.0.as_u16()
    }

    async fn claim(&self, pod: &str) -> ClaimAnswer {
        let request = json!({"planDigest": digest(b"plan"), "planJsonDigest": digest(b"{}")});
        let (status, body) = self.call(pod, "POST", "/v1/claim", request.to_string()).await;
        assert_eq!(status, StatusCode::OK, "{body:?}");
        serde_json::from_slice(&body).unwrap()
    }

    async fn planned(&self) {
        let owner = Owner {
            namespace: "team".to_owned(),
            kind: Owner::SESSION,
            name: "s".to_owned(),
            uid: "session-uid".to_owned(),
        };
        let store = SecretStore { client: self.client.clone() };
        let blob = store.put(&owner, "bundle", b"{\"files\":{}}").await.unwrap();
        let bundle = serde_json::to_string(&blob).unwrap();
        self.pod("planner", "ce-plan-x", "plan", json!({names::annotation::BUNDLE: bundle}));
        let (status, body) = self.call("planner", "GET", "/v1/bundle", "").await;
        assert_eq!((status.as_u16(), &body[..]), (200, b"{\"files\":{}}".as_slice()));
        let report = PlanReport {
            outcome: PlanOutcome::Changes,
            engine: "OpenTofu 1.12.6".to_owned(),
            plan_digest: Some(digest(b"plan")),
            plan_json_digest: Some(digest(b"{}")),
            diagnostics: Vec::new(),
        };
        let report = serde_json::to_string(&report).unwrap();
        assert_eq!(self.status("planner", "POST", "/v1/report", report.clone()).await, 409);
        assert_eq!(self.status("planner", "PUT", "/v1/plan", "plan").await, 200);
        assert_eq!(self.status("planner", "PUT", "/v1/plan", "plan").await, 200);
        assert_eq!(self.status("planner", "PUT", "/v1/plan", "other").await, 409);
        assert_eq!(self.status("planner", "PUT", "/v1/plan-json", "{}").await, 200);
        assert_eq!(self.status("planner", "POST", "/v1/report", report.clone()).await, 200);
        assert_eq!(self.status("planner", "POST", "/v1/report", report).await, 200);
        self.session(json!({"phase": "Approved",
            "plan": {"job": "ce-plan-x", "digest": digest(b"plan"),
                "jsonDigest": digest(b"{}")},
            "approvals": {"required": 1, "text": "1/1",
                "counted": [{"by": "ben", "seenAt": "2026-01-01T00:00:00Z"}]}}));
        let approved = json!({names::annotation::PLAN_DIGEST: digest(b"plan"),
            names::annotation::PLAN_JSON_DIGEST: digest(b"{}")});
        for pod in ["first", "second"] {
            self.pod(pod, "ce-apply-x", "apply", approved.clone());
        }
    }
}

fn state(serial: i64) -> String {
    json!({"serial": serial, "lineage": "l", "resources": [{"mode": "managed", "instances": [{}]}]})
        .to_string()
}

#[tokio::test]
async fn what_was_planned_is_applied_by_one_pod() {
    let mut world = World::new();
    world.planned().await;
    assert_eq!(world.nudged.recv().await, Some(("team".to_owned(), "s".to_owned())));
    assert_eq!(world.call("first", "GET", "/v1/plan", "").await.1, "plan");
    assert_eq!(world.status("planner", "GET", "/v1/plan", "").await, 403);
    assert_eq!(world.status("first", "GET", "/v1/state", "").await, 204);
    assert_eq!(world.claim("first").await, ClaimAnswer::Granted);
    assert_eq!(world.claim("first").await, ClaimAnswer::Granted);
    assert_eq!(world.claim("second").await, ClaimAnswer::TakenBy("first-uid".to_owned()));
    let lock = json!({"ID": "lock", "Who": "me"}).to_string();
    assert_eq!(world.status("first", "POST", "/v1/state/lock", lock.clone()).await, 200);
    assert_eq!(world.status("first", "POST", "/v1/state/lock", lock.clone()).await, 200);
    let (status, held) = world.call("second", "POST", "/v1/state/lock", "{\"ID\":\"z\"}").await;
    assert_eq!((status.as_u16(), held), (423, lock.clone().into()));
    // It has told its plan, so it locks nothing any more.
    assert_eq!(world.status("planner", "POST", "/v1/state/lock", "{\"ID\":\"z\"}").await, 409);
    assert_eq!(world.status("first", "POST", "/v1/state?ID=lock", state(1)).await, 200);
    assert_eq!(world.status("first", "POST", "/v1/state?ID=lock", state(1)).await, 200);
    assert_eq!(world.status("first", "POST", "/v1/state?ID=lock", state(0)).await, 409);
    assert_eq!(world.status("first", "POST", "/v1/state?ID=other", state(2)).await, 409);
    assert_eq!(world.status("second", "POST", "/v1/state?ID=lock", state(2)).await, 409);
    assert_eq!(world.status("planner", "POST", "/v1/state?ID=lock", state(2)).await, 403);
    assert_eq!(world.call("planner", "GET", "/v1/state", "").await.1, state(1));
    assert_eq!(world.status("first", "POST", "/v1/state/unlock", "").await, 400);
    assert_eq!(world.status("first", "POST", "/v1/state/unlock", lock).await, 200);
    assert_eq!(world.call("first", "POST", "/v1/rescue", state(2)).await.1, "{\"stored\":\"version\"}");
    assert_eq!(world.call("first", "POST", "/v1/rescue", "rubbish").await.1, "{\"stored\":\"rescued\"}");
    let noted = json!([{"address": "a.b", "event": "Completed"}]).to_string();
    assert_eq!(world.status("first", "POST", "/v1/journal", noted.clone()).await, 200);
    assert_eq!(world.status("second", "POST", "/v1/journal", noted).await, 409);
    let outputs = json!({"values": {"address": "10.0.0.1"}}).to_string();
    assert_eq!(world.status("second", "PUT", "/v1/outputs", outputs.clone()).await, 403);
    assert_eq!(world.status("first", "PUT", "/v1/outputs", outputs.clone()).await, 200);
    let secret = "/api/v1/namespaces/team/secrets/out";
    world.set(secret, json!({"metadata": {"name": "out"}, "data": {"theirs": "eA=="}}));
    assert_eq!(world.status("first", "PUT", "/v1/outputs", outputs).await, 409);
    let report = json!({"outcome": "Applied", "statePersisted": true}).to_string();
    assert_eq!(world.status("second", "POST", "/v1/report", report.clone()).await, 403);
    assert_eq!(world.status("first", "POST", "/v1/report", report).await, 200);
    assert!(matches!(world.claim("first").await, ClaimAnswer::Refused(r) if r.reason == "AlreadyReported"));
}

#[tokio::test]
async fn a_log_is_gathered_and_read_before_it_is_stored() {
    let world = World::new();
    world.planned().await;
    let (status, body) = world.call("first", "POST", "/v1/log?offset=0", "hello ").await;
    let answer: LogAnswer = serde_json::from_slice(&body).unwrap();
    assert_eq!((status.as_u16(), answer), (200, LogAnswer { received: 6, durable: 0 }));
    assert_eq!(world.status("first", "POST", "/v1/log?offset=9", "gap").await, 409);
    assert_eq!(world.call("reader", "GET", "/v1/sessions/s/log?offset=2", "").await.1, "llo ");
    let (_, body) = world.call("first", "POST", "/v1/log?offset=6&final=true", "world").await;
    let answer: LogAnswer = serde_json::from_slice(&body).unwrap();
    assert_eq!(answer, LogAnswer { received: 11, durable: 11 });
    assert_eq!(world.call("reader", "GET", "/v1/sessions/s/log", "").await.1, "hello world");
    assert_eq!(world.call("reader", "GET", "/v1/sessions/s/plan", "").await.1, "{}");
    assert_eq!(world.status("reader", "GET", "/v1/sessions/s/log?ns=other", "").await, 403);
    assert_eq!(world.status("reader", "GET", "/v1/sessions/none/log", "").await, 404);
}

#[tokio::test]
async fn whoever_is_not_a_runner_of_a_living_session_is_turned_away() {
    let world = World::new();
    world.planned().await;
    assert_eq!(world.status("nobody", "GET", "/v1/bundle", "").await, 401);
    assert_eq!(world.status("reader", "GET", "/v1/bundle", "").await, 401);
    assert_eq!(world.status("first", "GET", "/v1/sessions/s/log", "").await, 401);
    assert_eq!(world.status("nobody", "GET", "/healthz", "").await, 200);
    assert_eq!(world.status("nobody", "GET", "/nothing", "").await, 404);
    world.token("other", names::RUNNER_AUDIENCE, "default", Value::Null);
    assert_eq!(world.status("other", "GET", "/v1/state", "").await, 403);
    world.pod("third", "ce-apply-y", "apply", json!({}));
    let path = "/api/v1/namespaces/team/pods/third";
    world.cluster.lock().unwrap().objects.get_mut(path).unwrap()["metadata"]["uid"] = json!("reborn");
    assert_eq!(world.status("third", "GET", "/v1/state", "").await, 403);
    let large = vec![b'x'; 2 * 1024 * 1024];
    assert_eq!(world.status("first", "POST", "/v1/log?offset=0", large).await, 413);
}

#[tokio::test]
async fn a_claim_reads_everything_afresh() {
    let world = World::new();
    world.planned().await;
    let edit = |pointer: &str, value: Value| {
        let mut cluster = world.cluster.lock().unwrap();
        *cluster.objects.get_mut(SESSIONS).unwrap().pointer_mut(pointer).unwrap() = value;
    };
    edit("/spec/approvals", json!([]));
    assert!(matches!(world.claim("first").await, ClaimAnswer::Refused(r) if r.reason == "AwaitingApproval"));
    edit("/spec/approvals", json!([{"by": "ben", "planDigest": digest(b"plan")}]));
    world.cluster.lock().unwrap().unprotected = true;
    let refused = world.claim("first").await;
    assert!(matches!(refused, ClaimAnswer::Refused(r) if r.reason == "AdmissionUnprotected"));
    world.cluster.lock().unwrap().unprotected = false;
    edit(
        "/status/plan",
        json!({"job": "ce-plan-x", "digest": digest(b"plan"),
        "jsonDigest": digest(b"{}"), "stateSerial": 3}),
    );
    assert!(matches!(world.claim("first").await, ClaimAnswer::Refused(r) if r.reason == "StalePlan"));
    let claims = world.cluster.lock().unwrap().objects.keys().filter(|k| k.contains("ce-claim")).count();
    assert_eq!(claims, 0, "a refused claim takes nothing");
}

#[tokio::test]
async fn it_serves_over_tls_that_its_own_authority_vouches_for_and_ends_when_asked() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let (client, _) = double::cluster();
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let listen = SocketAddr::from(([127, 0, 0, 1], port));
    let clock: Arc<dyn Clock> = Arc::new(crate::platform::clock::SystemClock);
    let shutdown = CancellationToken::new();
    let served = tokio::spawn(serve(GatewayConfig {
        client: client.clone(),
        listen,
        operator_namespace: "cloud-engine".to_owned(),
        names: vec!["127.0.0.1".to_owned()],
        trust: tokio::sync::watch::channel(String::new()).0,
        clock: Arc::clone(&clock),
        nudge: tokio::sync::mpsc::channel(1).0,
        shutdown: shutdown.clone(),
    }));
    let bundle = ca::load_or_create(&client, "cloud-engine", clock.as_ref()).await.unwrap();
    let again = ca::load_or_create(&client, "cloud-engine", clock.as_ref()).await.unwrap();
    assert_eq!(bundle.pem_bundle, again.pem_bundle);
    let root = reqwest::Certificate::from_pem(bundle.pem_bundle.as_bytes()).unwrap();
    let http = reqwest::Client::builder().no_proxy().add_root_certificate(root).build().unwrap();
    let mut answer = None;
    for _ in 0..50 {
        answer = http.get(format!("https://127.0.0.1:{port}/healthz")).send().await.ok();
        if answer.is_some() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(answer.unwrap().text().await.unwrap(), "ok");
    let stranger = reqwest::Client::builder().no_proxy().build().unwrap();
    assert!(stranger.get(format!("https://127.0.0.1:{port}/healthz")).send().await.is_err());
    drop(http);
    shutdown.cancel();
    tokio::time::timeout(Duration::from_secs(15), served).await.unwrap().unwrap().unwrap();
}
