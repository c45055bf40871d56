//! Outputs: into the Secret that the session names, and nothing else.

use super::{App, auth::Caller, auth::Run, error::Fault, parse};
use crate::blob::{Owner, code, head};
use crate::names::{self, label, reason};
use crate::wire::Outputs;
use axum::extract::State;
use bytes::Bytes;
use http::StatusCode;
use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1::Secret;
use kube::api::{Api, PostParams};
use std::collections::BTreeMap;

const PART: &str = "outputs";

/// `PUT /v1/outputs`: 204 when the session names no Secret.
pub async fn put(State(app): State<App>, caller: Caller, body: Bytes) -> Result<StatusCode, Fault> {
    caller.only(Run::Apply)?;
    let outputs: Outputs = parse(&body)?;
    let session = app.session(&caller.namespace, &caller.session, &caller.session_uid).await?;
    let Some(name) = session.spec.outputs_secret else { return Ok(StatusCode::NO_CONTENT) };
    let owner = caller.project_owner()?;
    if !head::load_owned(&app.client, &owner, &caller.stack).await?.applies(&caller.pod_uid) {
        return Err(Fault::not_allowed("No apply of this run is open, so it has no outputs."));
    }
    if reserved(&name) {
        return Err(taken(&name));
    }
    if let Some(key) = outputs.values.keys().find(|key| !is_key(key)) {
        let shown: String = key.chars().take(64).collect();
        return Err(Fault::malformed(format!("{} is no name of an output.", shown.escape_default())));
    }
    let values = outputs.values.into_iter().map(|(k, v)| (k, ByteString(v.into_bytes()))).collect();
    store(&app, &caller, &owner, &name, values).await?;
    tracing::info!(
        namespace = caller.namespace,
        session = caller.session,
        secret = name,
        "stored the outputs"
    );
    Ok(StatusCode::OK)
}

async fn store(
    app: &App,
    caller: &Caller,
    owner: &Owner,
    name: &str,
    values: BTreeMap<String, ByteString>,
) -> Result<(), Fault> {
    let api: Api<Secret> = Api::namespaced(app.client.clone(), &caller.namespace);
    let Some(mut there) = api.get_opt(name).await? else {
        let mut metadata = owner.meta(name, PART);
        if let Some(labels) = &mut metadata.labels {
            labels.insert(label::STACK.to_owned(), caller.stack.clone());
        }
        let secret = Secret { metadata, data: Some(values), ..Secret::default() };
        return written(api.create(&PostParams::default(), &secret).await);
    };
    if !ours(&there, owner, &caller.stack) {
        return Err(taken(name));
    }
    if there.data.as_ref() == Some(&values) {
        return Ok(());
    }
    there.data = Some(values);
    written(api.replace(name, &PostParams::default(), &there).await)
}

fn written(answer: Result<Secret, kube::Error>) -> Result<(), Fault> {
    match answer {
        Ok(_) => Ok(()),
        Err(error) if code(&error) == 409 => {
            Err(Fault::Unavailable("the Secret changed while it was written; repeat".to_owned()))
        }
        Err(error) if code(&error) == 422 => Err(Fault::refused(
            StatusCode::PAYLOAD_TOO_LARGE,
            reason::BLOB_TOO_LARGE,
            "The outputs do not fit into a Secret. Put out less.",
        )),
        Err(error) => Err(error.into()),
    }
}

/// A Secret that we made for the outputs of this stack.
fn ours(secret: &Secret, owner: &Owner, stack: &str) -> bool {
    let has =
        |key: &str, value: &str| secret.metadata.labels.iter().flatten().any(|(k, v)| k == key && v == value);
    owner.owns(&secret.metadata)
        && has(label::MANAGED_BY, names::MANAGER)
        && has(label::PART, PART)
        && has(label::STACK, stack)
}

/// Names of our own objects are no names for outputs.
fn reserved(name: &str) -> bool {
    name.starts_with("ce-") || name.starts_with("cloud-engine-")
}

fn taken(name: &str) -> Fault {
    Fault::conflict(
        reason::NAME_TAKEN,
        format!(
            "The Secret {name} was not made for the outputs of this stack. Name another in outputsSecret."
        ),
    )
}

fn is_key(key: &str) -> bool {
    !key.is_empty()
        && key.len() <= 253
        && key != "."
        && !key.starts_with("..")
        && key.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owner(uid: &str) -> Owner {
        Owner {
            namespace: "team".to_owned(),
            kind: Owner::PROJECT,
            name: "p".to_owned(),
            uid: uid.to_owned(),
        }
    }

    #[test]
    fn only_our_own_secret_of_the_same_stack_is_written_again() {
        let mut metadata = owner("a").meta("out", PART);
        metadata.labels.as_mut().unwrap().insert(label::STACK.to_owned(), "main".to_owned());
        let secret = Secret { metadata, ..Secret::default() };
        assert!(ours(&secret, &owner("a"), "main"));
        assert!(!ours(&secret, &owner("b"), "main"));
        assert!(!ours(&secret, &owner("a"), "other"));
        assert!(!ours(&Secret::default(), &owner("a"), "main"));
        let state = Secret { metadata: owner("a").meta("out", "head"), ..Secret::default() };
        assert!(!ours(&state, &owner("a"), "main"));
        assert!(reserved("ce-stack-p-main") && !reserved("outputs"));
    }

    #[test]
    fn keys_are_those_of_a_secret() {
        assert!(is_key("address") && is_key("a.b-c_1"));
        assert!(!is_key("") && !is_key("..") && !is_key("a/b") && !is_key("ä"));
    }
}
