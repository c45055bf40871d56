//! The head of a stack: read, decide, write by compare-and-swap.

use super::{BlobError, Owner, code, data, unreadable, value};
use crate::domain::{ids, state::StackHead};
use crate::{names, wire::Refusal};
use k8s_openapi::api::core::v1::Secret;
use kube::api::{Api, PostParams};

const KEY: &str = "head";
/// How often a write is tried anew after a rival's.
pub(super) const TRIES: u32 = 8;

/// The head of a stack of exactly this project; empty before anything was stored.
pub async fn load_owned(client: &kube::Client, owner: &Owner, stack: &str) -> Result<StackHead, BlobError> {
    let name = ids::stack_head(&owner.name, stack);
    match api(client, &owner.namespace).get_opt(&name).await? {
        None => Ok(StackHead::default()),
        Some(secret) if owner.owns(&secret.metadata) && is_of(&secret, stack) => parse(&name, &secret),
        Some(_) => Err(BlobError::NameTaken { name }),
    }
}

/// Changes the head of a stack. `change` may run several times, each time on what is stored; when it refuses or
/// changes nothing, nothing is written.
pub async fn update_head<T>(
    client: &kube::Client,
    owner: &Owner,
    stack: &str,
    mut change: impl FnMut(&mut StackHead) -> Result<T, Refusal>,
) -> Result<Result<T, Refusal>, BlobError> {
    let name = ids::stack_head(&owner.name, stack);
    let api = api(client, &owner.namespace);
    let mut tries: u32 = 0;
    loop {
        let stored = api.get_opt(&name).await?;
        if let Some(secret) = &stored
            && !(owner.owns(&secret.metadata) && is_of(secret, stack))
        {
            return Err(BlobError::NameTaken { name });
        }
        let before = stored.as_ref().map(|secret| parse(&name, secret)).transpose()?.unwrap_or_default();
        let mut head = before.clone();
        let answer = match change(&mut head) {
            Ok(answer) => answer,
            Err(refusal) => return Ok(Err(refusal)),
        };
        if head == before {
            return Ok(Ok(answer));
        }
        let bytes = serde_json::to_vec(&head).map_err(kube::Error::SerdeError)?;
        let written = match stored {
            None => {
                let mut metadata = owner.meta(&name, KEY);
                if let Some(labels) = &mut metadata.labels {
                    labels.insert(names::label::STACK.to_owned(), stack.to_owned());
                }
                let secret = Secret { metadata, data: Some(data(KEY, bytes)), ..Secret::default() };
                api.create(&PostParams::default(), &secret).await
            }
            Some(mut secret) => {
                secret.data = Some(data(KEY, bytes));
                api.replace(&name, &PostParams::default(), &secret).await
            }
        };
        match written {
            Ok(_) => return Ok(Ok(answer)),
            Err(error) if code(&error) == 409 && tries + 1 < TRIES => tries += 1,
            Err(error) => return Err(error.into()),
        }
    }
}

fn api(client: &kube::Client, namespace: &str) -> Api<Secret> {
    Api::namespaced(client.clone(), namespace)
}

/// `a-b` + `c` and `a` + `b-c` have the same name; the label tells them apart.
fn is_of(secret: &Secret, stack: &str) -> bool {
    secret.metadata.labels.iter().flatten().any(|(k, v)| k == names::label::STACK && v == stack)
}

fn parse(name: &str, secret: &Secret) -> Result<StackHead, BlobError> {
    let bytes = value(secret, KEY).unwrap_or_default();
    serde_json::from_slice(bytes).map_err(|_| unreadable(name, bytes))
}
