//! The user's cluster: sessions by name, and who the user is there.

use super::{CliError, Place};
use crate::api::DeploymentSession;
use k8s_openapi::api::authentication::v1::SelfSubjectReview;
use kube::api::{ApiResource, DynamicObject, Patch, PatchParams, PostParams};
use kube::{Api, Client, Config};
use serde_json::{Value, json};

/// A connection with the user's kubeconfig.
pub struct Cluster {
    pub(super) client: Client,
    pub(super) namespace: String,
}

/// A session as it was read: typed, and as the API server wrote it.
pub struct Seen {
    /// Typed.
    pub session: DeploymentSession,
    /// The entries of `spec.approvals` as they are: others' must go back unchanged to the letter.
    pub approvals: Vec<Value>,
    /// Version that was read.
    pub resource_version: String,
}

impl Cluster {
    /// Connects to the cluster of the current context.
    pub async fn connect(place: &Place) -> Result<Self, CliError> {
        let mut config = Config::infer().await.map_err(|e| CliError::Config(e.to_string()))?;
        // A person waits here and can repeat a command; the client's own retry also repeats writes.
        config.default_retry = false;
        let namespace = place.namespace.clone().unwrap_or_else(|| config.default_namespace.clone());
        let client = Client::try_from(config).map_err(|e| CliError::Config(e.to_string()))?;
        Ok(Self { client, namespace })
    }

    fn sessions(&self) -> Api<DynamicObject> {
        let resource = ApiResource::erase::<DeploymentSession>(&());
        Api::namespaced_with(self.client.clone(), &self.namespace, &resource)
    }

    /// Reads a session.
    pub async fn session(&self, name: &str) -> Result<Seen, CliError> {
        let doing = || format!("read session {name} in namespace {}", self.namespace);
        let object = self.sessions().get(name).await.map_err(CliError::api(doing()))?;
        let resource_version = object.metadata.resource_version.clone().unwrap_or_default();
        let raw = serde_json::to_value(object);
        let raw = raw.map_err(|e| CliError::api(doing())(kube::Error::SerdeError(e)))?;
        let approvals = raw.pointer("/spec/approvals").and_then(Value::as_array).cloned().unwrap_or_default();
        let session = serde_json::from_value(raw);
        let session = session.map_err(|e| CliError::api(doing())(kube::Error::SerdeError(e)))?;
        Ok(Seen { session, approvals, resource_version })
    }

    /// Changes `spec` of the session that was seen; refused with a conflict when it is another by now.
    pub async fn patch_spec(&self, name: &str, seen: &Seen, spec: Value) -> Result<(), CliError> {
        let patch = json!({
            "metadata": { "resourceVersion": seen.resource_version, "uid": seen.session.metadata.uid },
            "spec": spec,
        });
        self.sessions()
            .patch(name, &PatchParams::default(), &Patch::Merge(patch))
            .await
            .map(|_| ())
            .map_err(CliError::api(format!("change session {name} in namespace {}", self.namespace)))
    }

    /// The name that the API server knows the user by.
    pub async fn whoami(&self) -> Result<String, CliError> {
        let api: Api<SelfSubjectReview> = Api::all(self.client.clone());
        let answer = api
            .create(&PostParams::default(), &SelfSubjectReview::default())
            .await
            .map_err(CliError::api("ask who you are"))?;
        answer.status.and_then(|s| s.user_info).and_then(|u| u.username).ok_or_else(|| {
            CliError::Refused(
                "the API server does not say who you are: log in with a user of its own".to_owned(),
            )
        })
    }
}
