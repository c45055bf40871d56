//! Are the admission policies in force? Names in sessions are worth something only while the API server compares
//! them with who calls.

use crate::{api::DeploymentSession, names};
use kube::{
    Api, Client,
    api::{ObjectMeta, PostParams},
};
use serde_json::json;

/// Asks the API server, as a dry run, to accept a session in another's name. `true` when our policy refuses it;
/// an error when something else does, so that nobody knows.
pub async fn protects(client: &Client, namespace: &str) -> Result<bool, kube::Error> {
    let mut forged = DeploymentSession::new(
        "forged-to-see-whether-it-is-refused",
        serde_json::from_value(json!({ "project": "none", "draft": true, "requestedBy": "somebody-else" }))
            .map_err(kube::Error::SerdeError)?,
    );
    forged.metadata = ObjectMeta { namespace: Some(namespace.to_owned()), ..forged.metadata };
    let ours = format!("ValidatingAdmissionPolicy '{}'", names::SESSIONS_POLICY);
    let api: Api<DeploymentSession> = Api::namespaced(client.clone(), namespace);
    match api.create(&PostParams { dry_run: true, ..PostParams::default() }, &forged).await {
        Ok(_) => Ok(false),
        Err(kube::Error::Api(status)) if status.message.contains(&ours) => Ok(true),
        Err(error) => Err(error),
    }
}
