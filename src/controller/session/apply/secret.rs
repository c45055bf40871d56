//! Passwords that the product makes up: once, random, in a Secret of the project, read by nobody but the kubelet.

use super::super::facts::{Observed, project_owner};
use crate::{
    controller::{Context, ReconcileError},
    names::reason,
    wire::SecretVariable,
};
use k8s_openapi::{ByteString, api::core::v1::Secret};
use kube::{Api, api::PostParams};
use std::collections::BTreeMap;

/// Letters of a password: no two that look alike, nothing that a shell, a URL or a database would read otherwise.
const LETTERS: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz23456789X";
/// Letters of a password: five bits each, and some that every rule on passwords asks for.
const LENGTH: usize = 32;

/// Makes the Secret, or finds that it is ours. Another's of that name is refused, and never read.
pub async fn make(context: &Context, seen: &Observed, wanted: &SecretVariable) -> Result<(), ReconcileError> {
    let Some(project) = &seen.project else { return Ok(()) };
    let owner = project_owner(project);
    let secret = Secret {
        metadata: owner.meta(&wanted.secret, "password"),
        data: Some(BTreeMap::from([(wanted.key.clone(), ByteString(password()?))])),
        ..Secret::default()
    };
    let api: Api<Secret> = Api::namespaced(context.client.clone(), &owner.namespace);
    match api.create(&PostParams::default(), &secret).await {
        Ok(_) => Ok(()),
        Err(kube::Error::Api(status)) if status.code == 409 => {
            let there = api.get_metadata(&wanted.secret).await?;
            if owner.owns(&there.metadata) {
                return Ok(());
            }
            Err(ReconcileError::Bug(format!(
                "{}: the Secret {} exists and is not this project's; rename it, or the resource",
                reason::NAME_TAKEN,
                wanted.secret
            )))
        }
        Err(error) => Err(error.into()),
    }
}

fn password() -> Result<Vec<u8>, ReconcileError> {
    let mut random = [0_u8; LENGTH];
    getrandom::fill(&mut random).map_err(|error| ReconcileError::Bug(format!("no randomness: {error}")))?;
    let letters = random.iter().filter_map(|byte| LETTERS.get(usize::from(byte % 32)).copied());
    Ok(b"A1-".iter().copied().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_differ_and_hold_what_rules_ask_for() {
        let (one, two) = (password().unwrap(), password().unwrap());
        assert_ne!(one, two);
        let text = String::from_utf8(one).unwrap();
        assert_eq!(text.len(), LENGTH + 3);
        assert!(text.contains(|c: char| c.is_ascii_digit()) && text.contains('A') && text.contains('-'));
    }
}
