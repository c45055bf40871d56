//! Who calls: token → pod → Job → session.

use super::{App, error::Fault};
use crate::api::{CloudProject, DeploymentSession};
use crate::blob::Owner;
use crate::names;
use axum::extract::FromRequestParts;
use http::{HeaderMap, header::AUTHORIZATION, request::Parts};
use k8s_openapi::api::authentication::v1::{TokenReview, TokenReviewSpec, UserInfo};
use k8s_openapi::api::{batch::v1::Job, core::v1::Pod};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, OwnerReference};
use kube::api::{Api, PostParams};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

const CACHE_ENTRIES: usize = 1024;
const CACHE_TIME: Duration = Duration::from_secs(60);
const POD_NAME: &str = "authentication.kubernetes.io/pod-name";
const POD_UID: &str = "authentication.kubernetes.io/pod-uid";

/// What a runner's Job does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Run {
    /// Plans.
    Plan,
    /// Applies.
    Apply,
}

/// A runner's pod, and whom it serves.
#[derive(Debug, Clone)]
pub struct Caller {
    /// Namespace of all of them.
    pub namespace: String,
    /// uid of the pod.
    pub pod_uid: String,
    /// Name of its Job.
    pub job: String,
    /// What the Job does.
    pub run: Run,
    /// Annotations of the Job.
    pub annotations: BTreeMap<String, String>,
    /// Name of the session.
    pub session: String,
    /// uid of the session.
    pub session_uid: String,
    /// Name of the stack.
    pub stack: String,
    /// Name of the project.
    pub project: String,
    /// uid of the project, if it exists.
    pub project_uid: Option<String>,
}

impl Caller {
    /// The session as an owner of bytes.
    pub fn session_owner(&self) -> Owner {
        Owner {
            namespace: self.namespace.clone(),
            kind: Owner::SESSION,
            name: self.session.clone(),
            uid: self.session_uid.clone(),
        }
    }

    /// The project as an owner of bytes.
    pub fn project_owner(&self) -> Result<Owner, Fault> {
        let Some(uid) = self.project_uid.clone() else {
            return Err(Fault::conflict(
                names::reason::PROJECT_MISSING,
                format!("The project {} does not exist. Make it, then plan anew.", self.project),
            ));
        };
        let (namespace, name) = (self.namespace.clone(), self.project.clone());
        Ok(Owner { namespace, kind: Owner::PROJECT, name, uid })
    }

    /// Only for pods of this kind of Job.
    pub fn only(&self, run: Run) -> Result<(), Fault> {
        if self.run == run {
            return Ok(());
        }
        Err(Fault::not_allowed(match run {
            Run::Plan => "Only a plan Job does this. An apply uses what was planned and approved.",
            Run::Apply => "Only an apply Job does this. A plan reads, it never writes.",
        }))
    }

    /// An annotation of the Job.
    pub fn annotation(&self, key: &str) -> Option<&str> {
        self.annotations.get(key).map(String::as_str)
    }
}

/// A reader of logs and plans in one namespace.
#[derive(Debug, Clone)]
pub struct Reader {
    /// Its namespace.
    pub namespace: String,
}

/// Resolves tokens; remembers for a minute.
pub struct Auth {
    client: kube::Client,
    known: Mutex<HashMap<[u8; 32], (Instant, Caller)>>,
}

impl Auth {
    /// With an empty memory.
    pub fn new(client: kube::Client) -> Self {
        Self { client, known: Mutex::new(HashMap::new()) }
    }

    /// The runner that calls. `fresh` asks the API server again, for what cannot be undone.
    pub async fn runner(&self, headers: &HeaderMap, fresh: bool) -> Result<Caller, Fault> {
        let token = bearer(headers).ok_or_else(|| Fault::unauthenticated(NO_TOKEN))?;
        let key: [u8; 32] = Sha256::digest(token.as_bytes()).into();
        if !fresh && let Some(known) = self.recall(&key) {
            return Ok(known);
        }
        let user = self.review(token, names::RUNNER_AUDIENCE).await?;
        let caller = self.resolve(&user).await?;
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= CACHE_ENTRIES {
            known.retain(|_, (since, _)| since.elapsed() < CACHE_TIME);
        }
        if known.len() >= CACHE_ENTRIES {
            known.clear();
        }
        known.insert(key, (Instant::now(), caller.clone()));
        Ok(caller)
    }

    fn recall(&self, key: &[u8; 32]) -> Option<Caller> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(key).filter(|(since, _)| since.elapsed() < CACHE_TIME).map(|(_, caller)| caller.clone())
    }

    /// The reader that calls.
    async fn reader(&self, headers: &HeaderMap) -> Result<Reader, Fault> {
        let token = headers
            .get(names::READER_HEADER)
            .and_then(|value| value.to_str().ok())
            .filter(|token| !token.is_empty())
            .ok_or_else(|| Fault::unauthenticated(NO_TOKEN))?;
        let user = self.review(token, names::READER_AUDIENCE).await?;
        match account(&user) {
            Some((namespace, names::READER_ACCOUNT)) => Ok(Reader { namespace: namespace.to_owned() }),
            _ => Err(Fault::not_allowed(format!(
                "Plans and logs are read with a token of the service account {}.",
                names::READER_ACCOUNT
            ))),
        }
    }

    async fn review(&self, token: &str, audience: &str) -> Result<UserInfo, Fault> {
        let review = TokenReview {
            spec: TokenReviewSpec {
                audiences: Some(vec![audience.to_owned()]),
                token: Some(token.to_owned()),
            },
            ..TokenReview::default()
        };
        let answer = Api::all(self.client.clone()).create(&PostParams::default(), &review).await?;
        let status = answer.status.unwrap_or_default();
        let for_us = status.audiences.iter().flatten().any(|a| a == audience);
        match status.user {
            Some(user) if status.authenticated == Some(true) && for_us => Ok(user),
            _ => Err(Fault::unauthenticated(
                "The token is not valid, or not made for the gateway. A runner reads its token file before each \
                 call.",
            )),
        }
    }

    async fn resolve(&self, user: &UserInfo) -> Result<Caller, Fault> {
        let Some((namespace, names::RUNNER_ACCOUNT)) = account(user) else {
            return Err(denied("its token is not of the runners' service account"));
        };
        let (Some(pod_name), Some(pod_uid)) = (extra(user, POD_NAME), extra(user, POD_UID)) else {
            return Err(denied("its token is not bound to a pod"));
        };
        let pod = self.api::<Pod>(namespace).get_opt(pod_name).await?;
        let pod = pod
            .filter(|pod| pod.metadata.uid.as_deref() == Some(pod_uid))
            .ok_or_else(|| denied("its pod is gone"))?;
        let reference =
            controller(&pod.metadata, "Job").ok_or_else(|| denied("its pod belongs to no Job"))?;
        let job = self.api::<Job>(namespace).get_opt(&reference.name).await?;
        let job = job
            .filter(|job| job.metadata.uid.as_deref() == Some(&reference.uid))
            .ok_or_else(|| denied("its Job is gone"))?;
        let run = run(&job.metadata).ok_or_else(|| denied("its Job neither plans nor applies"))?;
        let reference = session(&job.metadata).ok_or_else(|| denied("its Job belongs to no session"))?;
        let session = self.api::<DeploymentSession>(namespace).get_opt(&reference.name).await?;
        let session = session
            .filter(|session| session.metadata.uid.as_deref() == Some(&reference.uid))
            .ok_or_else(|| denied("its session is gone"))?;
        let project = self.api::<CloudProject>(namespace).get_opt(&session.spec.project).await?;
        Ok(Caller {
            namespace: namespace.to_owned(),
            pod_uid: pod_uid.to_owned(),
            job: job.metadata.name.clone().unwrap_or_default(),
            run,
            session: reference.name.clone(),
            session_uid: reference.uid.clone(),
            annotations: job.metadata.annotations.unwrap_or_default(),
            stack: session.spec.stack,
            project: session.spec.project,
            project_uid: project.and_then(|p| p.metadata.uid),
        })
    }

    fn api<K>(&self, namespace: &str) -> Api<K>
    where
        K: kube::Resource<Scope = k8s_openapi::NamespaceResourceScope>,
        K::DynamicType: Default,
    {
        Api::namespaced(self.client.clone(), namespace)
    }
}

const NO_TOKEN: &str = "There is no token with the call.";

fn denied(why: &str) -> Fault {
    tracing::warn!(why, "a caller is turned away");
    Fault::not_allowed(format!("This caller may not use the gateway: {why}."))
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(AUTHORIZATION)?.to_str().ok()?;
    value.strip_prefix("Bearer ").map(str::trim).filter(|token| !token.is_empty())
}

/// Namespace and name of a service account.
fn account(user: &UserInfo) -> Option<(&str, &str)> {
    user.username.as_deref()?.strip_prefix("system:serviceaccount:")?.split_once(':')
}

fn extra<'a>(user: &'a UserInfo, key: &str) -> Option<&'a str> {
    match user.extra.as_ref()?.get(key)?.as_slice() {
        [one] => Some(one),
        _ => None,
    }
}

fn controller<'a>(meta: &'a ObjectMeta, kind: &str) -> Option<&'a OwnerReference> {
    let mut owners = meta.owner_references.iter().flatten();
    owners.find(|r| r.controller == Some(true) && r.kind == kind && r.api_version == "batch/v1")
}

fn session(meta: &ObjectMeta) -> Option<&OwnerReference> {
    let ours = format!("{}/", names::GROUP);
    let mut owners = meta.owner_references.iter().flatten();
    owners.find(|r| r.kind == Owner::SESSION && r.api_version.starts_with(&ours))
}

fn run(meta: &ObjectMeta) -> Option<Run> {
    match meta.labels.as_ref()?.get(names::label::RUN)?.as_str() {
        "plan" => Some(Run::Plan),
        "apply" => Some(Run::Apply),
        _ => None,
    }
}

impl FromRequestParts<App> for Caller {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Fault> {
        app.auth.runner(&parts.headers, false).await
    }
}

impl FromRequestParts<App> for Reader {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Fault> {
        app.auth.reader(&parts.headers).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(name: &str) -> UserInfo {
        UserInfo { username: Some(name.to_owned()), ..UserInfo::default() }
    }

    #[test]
    fn an_account_is_read_from_its_user_name() {
        assert_eq!(account(&user("system:serviceaccount:team:runner")), Some(("team", "runner")));
        assert_eq!(account(&user("team:runner")), None);
    }

    #[test]
    fn a_value_said_twice_is_not_believed() {
        let mut user = user("x");
        user.extra = Some(BTreeMap::from([(POD_UID.to_owned(), vec!["a".to_owned(), "b".to_owned()])]));
        assert_eq!(extra(&user, POD_UID), None);
        assert_eq!(extra(&user, POD_NAME), None);
    }

    #[test]
    fn only_a_bearer_token_is_a_token() {
        let mut headers = HeaderMap::new();
        assert_eq!(bearer(&headers), None);
        headers.insert(AUTHORIZATION, "Basic x".parse().unwrap());
        assert_eq!(bearer(&headers), None);
        headers.insert(AUTHORIZATION, "Bearer abc".parse().unwrap());
        assert_eq!(bearer(&headers), Some("abc"));
    }

    #[test]
    fn a_job_of_another_group_is_no_job() {
        let reference = |version: &str, controller| OwnerReference {
            api_version: version.to_owned(),
            kind: "Job".to_owned(),
            controller: Some(controller),
            ..OwnerReference::default()
        };
        let meta = |r| ObjectMeta { owner_references: Some(vec![r]), ..ObjectMeta::default() };
        assert!(controller(&meta(reference("batch/v1", true)), "Job").is_some());
        assert!(controller(&meta(reference("batch/v1", false)), "Job").is_none());
        assert!(controller(&meta(reference("evil/v1", true)), "Job").is_none());
    }
}
