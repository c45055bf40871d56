//! An API server in memory for tests: names, versions and conflicts as the real one has them.
#![allow(missing_docs, reason = "a double for tests")]

use http::{Method, Request, Response};
use kube::client::Body;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

#[derive(Default)]
pub struct Cluster {
    pub objects: BTreeMap<String, Value>,
    pub version: u64,
    pub writes: u64,
    /// Writes before whose answer a rival changes the object.
    pub rivals: u64,
    /// Users by their tokens, with the one audience each is for.
    pub tokens: BTreeMap<String, (String, Value)>,
    /// The admission policy on sessions is missing.
    pub unprotected: bool,
}

pub type Shared = Arc<Mutex<Cluster>>;

impl Cluster {
    fn review(&self, body: &[u8]) -> Value {
        let mut review: Value = serde_json::from_slice(body).unwrap();
        let token = review["spec"]["token"].as_str().unwrap_or_default();
        let known =
            self.tokens.get(token).filter(|(audience, _)| review["spec"]["audiences"][0] == **audience);
        review["status"] = known.map_or(
            json!({"authenticated": false}),
            |(audience, user)| json!({"authenticated": true, "audiences": [audience], "user": user}),
        );
        review
    }

    fn answer(&mut self, method: &Method, path: &str, query: Option<&str>, body: &[u8]) -> (u16, Value) {
        let gone = (404, json!({"kind": "Status", "status": "Failure", "reason": "NotFound", "code": 404}));
        let conflict =
            (409, json!({"kind": "Status", "status": "Failure", "reason": "Conflict", "code": 409}));
        if path == "/apis/authentication.k8s.io/v1/tokenreviews" {
            return (201, self.review(body));
        }
        if query.is_some_and(|query| query.contains("dryRun=All")) {
            let message =
                format!("ValidatingAdmissionPolicy '{}' denied request", crate::names::SESSIONS_POLICY);
            let denied = json!({"kind": "Status", "status": "Failure", "reason": "Forbidden", "code": 403, "message": message});
            return if self.unprotected {
                (201, serde_json::from_slice(body).unwrap())
            } else {
                (403, denied)
            };
        }
        match *method {
            Method::GET => self.objects.get(path).map_or(gone, |object| (200, object.clone())),
            Method::DELETE => self.objects.remove(path).map_or(gone, |object| (200, object)),
            _ => {
                let mut object: Value = serde_json::from_slice(body).unwrap();
                let name = object["metadata"]["name"].as_str().unwrap().to_owned();
                let key = if *method == Method::POST { format!("{path}/{name}") } else { path.to_owned() };
                if *method == Method::PUT && self.rivals > 0 {
                    self.rivals -= 1;
                    self.version += 1;
                    let version = json!(self.version.to_string());
                    self.objects.get_mut(&key).unwrap()["metadata"]["resourceVersion"] = version;
                }
                let there = self.objects.get(&key);
                let same = |there: &Value| {
                    there["metadata"]["resourceVersion"] == object["metadata"]["resourceVersion"]
                };
                if there.is_some_and(|there| *method == Method::POST || !same(there)) {
                    return conflict;
                }
                self.version += 1;
                self.writes += 1;
                object["metadata"]["resourceVersion"] = json!(self.version.to_string());
                self.objects.insert(key, object.clone());
                (201, object)
            }
        }
    }
}

pub fn cluster() -> (kube::Client, Shared) {
    let shared = Shared::default();
    let state = Arc::clone(&shared);
    let service = tower::service_fn(move |request: Request<Body>| {
        let state = Arc::clone(&state);
        async move {
            let (parts, body) = request.into_parts();
            let body = body.collect_bytes().await?;
            let (status, value) =
                state.lock().unwrap().answer(&parts.method, parts.uri.path(), parts.uri.query(), &body);
            let body = Body::from(serde_json::to_vec(&value).unwrap());
            Ok::<_, kube::Error>(Response::builder().status(status).body(body).unwrap())
        }
    });
    (kube::Client::new(service, "team"), shared)
}
