//! Holds one write at the API server's door, so that a test can do something in the middle of it: a validating
//! webhook that answers when the test says so.

use super::node::Team;
use axum::{Json, Router, extract::State, routing::post};
use axum_server::tls_rustls::RustlsConfig;
use base64::Engine as _;
use k8s_openapi::api::{admissionregistration::v1::ValidatingWebhookConfiguration, core::v1::Secret};
use kube::{
    Api, Client,
    api::{DeleteParams, PostParams},
};
use serde_json::{Value, json};
use std::{net::SocketAddr, time::Duration};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// Name of what asks whether the door is there.
const PROBE: &str = "gate-probe";

/// A held door.
pub struct Gate {
    configurations: Api<ValidatingWebhookConfiguration>,
    name: String,
    seen: watch::Receiver<Vec<String>>,
    opened: CancellationToken,
}

#[derive(Clone)]
struct Door {
    /// Names end with this when they are to wait.
    suffix: &'static str,
    seen: watch::Sender<Vec<String>>,
    opened: CancellationToken,
}

impl Gate {
    /// From now on new Secrets that hold this part in the team's namespace, with names that end so, wait.
    pub async fn hold(team: &Team, part: &str, suffix: &'static str) -> Self {
        let ip = team.node.host_ip();
        let key = rcgen::generate_simple_self_signed([ip.clone()]).unwrap();
        let (certificate, private) = (key.cert.pem(), key.signing_key.serialize_pem());
        let tls = RustlsConfig::from_pem(certificate.clone().into(), private.into()).await.unwrap();
        let listener = std::net::TcpListener::bind((ip.as_str(), 0)).unwrap();
        listener.set_nonblocking(true).unwrap();
        let address: SocketAddr = listener.local_addr().unwrap();
        let (seen, watched) = watch::channel(Vec::new());
        let door = Door { suffix, seen, opened: CancellationToken::new() };
        let opened = door.opened.clone();
        let router = Router::new().route("/", post(answer)).with_state(door);
        let serving = axum_server::from_tcp_rustls(listener, tls).unwrap().serve(router.into_make_service());
        // Ends with the test.
        tokio::spawn(async move { serving.await.unwrap() });
        let name = format!("gate-{}-{part}", team.namespace);
        let configuration = json!({ "metadata": { "name": name }, "webhooks": [{
            "name": "gate.example.com",
            "clientConfig": { "url": format!("https://{address}/"),
                "caBundle": base64::engine::general_purpose::STANDARD.encode(certificate) },
            "rules": [{ "apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["secrets"] }],
            "namespaceSelector": { "matchLabels": { "kubernetes.io/metadata.name": team.namespace } },
            "objectSelector": { "matchLabels": { "cloudengine.dev/part": part } },
            // A test that dies holds nobody.
            "failurePolicy": "Ignore", "timeoutSeconds": 25, "sideEffects": "None",
            "admissionReviewVersions": ["v1"],
        }] });
        let configurations: Api<ValidatingWebhookConfiguration> = Api::all(team.admin.clone());
        let _ = configurations.delete(&name, &DeleteParams::default()).await;
        let configuration = serde_json::from_value(configuration).unwrap();
        configurations.create(&PostParams::default(), &configuration).await.unwrap();
        let gate = Self { configurations, name, seen: watched, opened };
        gate.until_it_is_asked(team, part).await;
        gate
    }

    /// The API server takes a new webhook up after a moment.
    async fn until_it_is_asked(&self, team: &Team, part: &str) {
        let controller: Client =
            team.node.client(Some("system:serviceaccount:cloud-engine:cloud-engine-controller")).await;
        let secrets: Api<Secret> = Api::namespaced(controller, team.namespace);
        let probe = json!({ "metadata": { "name": PROBE, "labels": { "cloudengine.dev/part": part } } });
        let probe = serde_json::from_value(probe).unwrap();
        let dry = PostParams { dry_run: true, ..PostParams::default() };
        for _ in 0..200 {
            secrets.create(&dry, &probe).await.unwrap();
            if !self.seen.borrow().is_empty() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("the API server does not ask the gate");
    }

    /// Waits until this many writes stand before the door; gives the names of their objects.
    pub async fn caught(&mut self, count: usize) -> Vec<String> {
        let held =
            |seen: &Vec<String>| seen.iter().filter(|name| *name != PROBE).cloned().collect::<Vec<_>>();
        let enough = self.seen.wait_for(|seen| held(seen).len() >= count);
        let enough = tokio::time::timeout(Duration::from_secs(150), enough).await;
        held(&enough.expect("a write comes").unwrap())
    }

    /// Lets everything through again.
    pub async fn open(self) {
        self.opened.cancel();
        self.configurations.delete(&self.name, &DeleteParams::default()).await.unwrap();
    }
}

async fn answer(State(door): State<Door>, Json(review): Json<Value>) -> Json<Value> {
    let request = &review["request"];
    let name = request["name"].as_str().unwrap_or_default().to_owned();
    let held = name != PROBE && name.ends_with(door.suffix);
    if held || name == PROBE {
        door.seen.send_modify(|seen| seen.push(name));
    }
    if held {
        let _ = tokio::time::timeout(Duration::from_secs(24), door.opened.cancelled()).await;
    }
    Json(json!({ "apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview",
        "response": { "uid": request["uid"], "allowed": true } }))
}
