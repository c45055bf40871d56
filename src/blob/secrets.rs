//! Bytes as immutable Secrets, in chunks named by owner and content.

use super::{BlobError, BlobStore, Owner, code, data, value};
use crate::domain::{ids, state::BlobRef};
use k8s_openapi::api::core::v1::Secret;
use kube::api::{Api, DeleteParams, PostParams};

/// Bytes of one Secret, below the limit of 1 MiB.
const CHUNK: usize = 900 * 1024;
/// Bytes that may be stored as one blob.
pub const MAX_BYTES: u64 = 32 * 1024 * 1024;
const KEY: &str = "bytes";
/// Beginning of the names of all bytes; nothing else is ever read as bytes.
const PREFIX: &str = "ce-blob-";

/// Keeps bytes in the cluster.
#[derive(Clone)]
pub struct SecretStore {
    /// Client of the API server.
    pub client: kube::Client,
}

impl SecretStore {
    fn api(&self, namespace: &str) -> Api<Secret> {
        Api::namespaced(self.client.clone(), namespace)
    }

    /// Where these bytes of this owner are once they are stored.
    pub fn reference(owner: &Owner, bytes: &[u8]) -> Result<BlobRef, BlobError> {
        let length = bytes.len() as u64;
        if length > MAX_BYTES {
            return Err(BlobError::TooLarge { bytes: length, cap: MAX_BYTES });
        }
        let digest = ids::digest(bytes);
        let chunks = u32::try_from(split(bytes).len()).unwrap_or(u32::MAX);
        Ok(BlobRef { name: name(owner, &digest), chunks, bytes: length, digest })
    }
}

/// Prefix of the names of these bytes.
fn name(owner: &Owner, digest: &str) -> String {
    format!("{PREFIX}{}-{}", ids::short_uid(&owner.uid), ids::short(digest, 24))
}

fn split(bytes: &[u8]) -> Vec<&[u8]> {
    if bytes.is_empty() { vec![bytes] } else { bytes.chunks(CHUNK).collect() }
}

impl BlobStore for SecretStore {
    async fn put(&self, owner: &Owner, part: &'static str, bytes: &[u8]) -> Result<BlobRef, BlobError> {
        let blob = Self::reference(owner, bytes)?;
        let api = self.api(&owner.namespace);
        for (index, chunk) in split(bytes).into_iter().enumerate() {
            create_once(&api, owner, part, &format!("{}-{index}", blob.name), chunk).await?;
        }
        Ok(blob)
    }

    async fn get(&self, namespace: &str, blob: &BlobRef) -> Result<Vec<u8>, BlobError> {
        if blob.bytes > MAX_BYTES {
            return Err(BlobError::TooLarge { bytes: blob.bytes, cap: MAX_BYTES });
        }
        if !blob.name.starts_with(PREFIX) {
            return Err(BlobError::NameTaken { name: blob.name.clone() });
        }
        let api = self.api(namespace);
        let mut bytes = Vec::new();
        for index in 0..blob.chunks {
            let missing = || BlobError::MissingChunk { name: blob.name.clone(), index };
            let secret = api.get_opt(&format!("{}-{index}", blob.name)).await?.ok_or_else(missing)?;
            bytes.extend_from_slice(value(&secret, KEY).ok_or_else(missing)?);
            if bytes.len() as u64 > blob.bytes {
                break;
            }
        }
        let found = ids::digest(&bytes);
        if found == blob.digest && bytes.len() as u64 == blob.bytes {
            Ok(bytes)
        } else {
            Err(BlobError::Altered { name: blob.name.clone(), found, wanted: blob.digest.clone() })
        }
    }

    async fn delete(&self, namespace: &str, blob: &BlobRef) -> Result<(), BlobError> {
        if !blob.name.starts_with(PREFIX) {
            return Err(BlobError::NameTaken { name: blob.name.clone() });
        }
        let api = self.api(namespace);
        for index in 0..blob.chunks {
            match api.delete(&format!("{}-{index}", blob.name), &DeleteParams::default()).await {
                Err(error) if code(&error) != 404 => return Err(error.into()),
                _ => {}
            }
        }
        Ok(())
    }
}

/// Creates an immutable Secret; when the name is taken, only the same bytes of the same owner pass.
pub(super) async fn create_once(
    api: &Api<Secret>,
    owner: &Owner,
    part: &str,
    name: &str,
    bytes: &[u8],
) -> Result<(), BlobError> {
    let secret = Secret {
        metadata: owner.meta(name, part),
        immutable: Some(true),
        data: Some(data(KEY, bytes.to_vec())),
        ..Secret::default()
    };
    match api.create(&PostParams::default(), &secret).await {
        Ok(_) => Ok(()),
        Err(error) if code(&error) == 409 => {
            let taken = api.get(name).await?;
            if owner.owns(&taken.metadata) && value(&taken, KEY) == Some(bytes) {
                Ok(())
            } else {
                Err(BlobError::NameTaken { name: name.to_owned() })
            }
        }
        Err(error) => Err(error.into()),
    }
}

/// Bytes of such a Secret, when it is this owner's.
pub(super) async fn read_once(
    api: &Api<Secret>,
    uid: &str,
    name: &str,
) -> Result<Option<Vec<u8>>, BlobError> {
    let Some(secret) = api.get_opt(name).await? else { return Ok(None) };
    let ours = secret.metadata.owner_references.iter().flatten().any(|r| r.uid == uid);
    Ok(if ours { value(&secret, KEY).map(<[u8]>::to_vec) } else { None })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owner(uid: &str) -> Owner {
        Owner {
            namespace: "team".to_owned(),
            kind: Owner::SESSION,
            name: "s".to_owned(),
            uid: uid.to_owned(),
        }
    }

    #[test]
    fn chunks_fit_into_a_secret_and_nothing_is_lost() {
        assert_eq!(split(b"").len(), 1);
        let bytes = vec![7; CHUNK * 2 + 1];
        let chunks = split(&bytes);
        assert_eq!(chunks.iter().map(|c| c.len()).collect::<Vec<_>>(), [CHUNK, CHUNK, 1]);
        assert_eq!(chunks.concat(), bytes);
    }

    #[test]
    fn a_name_follows_from_owner_and_content() {
        let digest = ids::digest(b"x");
        let uid = "0f0e0d0c-1111-2222-3333-444455556666";
        let name = name(&owner(uid), &digest);
        assert_eq!(name, format!("ce-blob-0f0e0d0c1111-{}", &digest[7..31]));
        assert!(name.len() + 4 <= 63);
    }

    #[test]
    fn only_the_same_uid_and_kind_owns() {
        let meta = owner("a").meta("n", "plan");
        assert!(owner("a").owns(&meta));
        assert!(!owner("b").owns(&meta));
        assert!(!Owner { kind: Owner::PROJECT, ..owner("a") }.owns(&meta));
        assert_eq!(meta.labels.unwrap()[crate::names::label::SESSION], "a");
    }
}
