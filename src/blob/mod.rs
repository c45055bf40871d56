//! Bytes beside their owner: chunked, digested, immutable; and the heads that point to them.

#[cfg(test)]
pub(crate) mod double;
pub mod head;
pub mod log;
pub mod report;
mod secrets;
#[cfg(test)]
mod tests;

pub use secrets::{MAX_BYTES, SecretStore};

use crate::domain::state::BlobRef;
use crate::names;
use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1::Secret;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, OwnerReference};
use std::collections::BTreeMap;
use std::future::Future;

/// Who owns bytes: they go when their owner goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    /// Namespace of owner and bytes.
    pub namespace: String,
    /// `DeploymentSession` or `CloudProject`.
    pub kind: &'static str,
    /// Name of the owner.
    pub name: String,
    /// uid of the owner.
    pub uid: String,
}

/// What can go wrong with bytes.
#[derive(thiserror::Error, Debug)]
pub enum BlobError {
    /// A chunk is not there.
    #[error("part {index} of {name} is missing: it was deleted by somebody, or never stored")]
    MissingChunk {
        /// Prefix of the chunks' names.
        name: String,
        /// Number of the chunk.
        index: u32,
    },
    /// The bytes are not those that were stored.
    #[error("{name} was altered: its digest is {found}, not {wanted}")]
    Altered {
        /// Prefix of the chunks' names.
        name: String,
        /// Digest of what is there.
        found: String,
        /// Digest of what was stored.
        wanted: String,
    },
    /// More than may be stored.
    #[error("{bytes} bytes are more than the {cap} that fit in the cluster; an object store takes more")]
    TooLarge {
        /// What was handed over.
        bytes: u64,
        /// What fits.
        cap: u64,
    },
    /// An object of that name belongs to somebody else.
    #[error("{name} exists and is not ours")]
    NameTaken {
        /// Name of the object.
        name: String,
    },
    /// The API server said no, or nothing.
    #[error("the API server: {0}")]
    Api(#[from] kube::Error),
}

impl BlobError {
    /// Stored bytes are lost or altered: repeating does not help.
    pub const fn is_damage(&self) -> bool {
        matches!(self, Self::MissingChunk { .. } | Self::Altered { .. })
    }

    /// The object is not there.
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::Api(error) if code(error) == 404)
    }
}

impl Owner {
    /// Kind of a session.
    pub const SESSION: &'static str = "DeploymentSession";
    /// Kind of a project.
    pub const PROJECT: &'static str = "CloudProject";

    /// The reference that lets the garbage collector take the bytes along.
    pub fn reference(&self) -> OwnerReference {
        OwnerReference {
            api_version: format!("{}/{}", names::GROUP, names::VERSION),
            kind: self.kind.to_owned(),
            name: self.name.clone(),
            uid: self.uid.clone(),
            ..OwnerReference::default()
        }
    }

    /// True when this object is owned by this owner, by uid.
    pub fn owns(&self, meta: &ObjectMeta) -> bool {
        meta.owner_references.iter().flatten().any(|r| r.kind == self.kind && r.uid == self.uid)
    }

    /// Metadata of an object that holds a part for this owner.
    pub fn meta(&self, name: &str, part: &str) -> ObjectMeta {
        let mut labels = BTreeMap::from([
            (names::label::MANAGED_BY.to_owned(), names::MANAGER.to_owned()),
            (names::label::PART.to_owned(), part.to_owned()),
        ]);
        if self.kind == Self::SESSION {
            labels.insert(names::label::SESSION.to_owned(), self.uid.clone());
        } else {
            labels.insert(names::label::PROJECT.to_owned(), self.name.clone());
        }
        ObjectMeta {
            name: Some(name.to_owned()),
            namespace: Some(self.namespace.clone()),
            labels: Some(labels),
            owner_references: Some(vec![self.reference()]),
            ..ObjectMeta::default()
        }
    }
}

/// Status code of the API server's answer; 0 when there was none.
pub fn code(error: &kube::Error) -> u16 {
    match error {
        kube::Error::Api(status) => status.code,
        _ => 0,
    }
}

/// One value of a Secret.
fn value<'a>(secret: &'a Secret, key: &str) -> Option<&'a [u8]> {
    secret.data.as_ref()?.get(key).map(|bytes| bytes.0.as_slice())
}

fn data(key: &str, bytes: Vec<u8>) -> BTreeMap<String, ByteString> {
    BTreeMap::from([(key.to_owned(), ByteString(bytes))])
}

/// What is stored under this name cannot be read.
fn unreadable(name: &str, bytes: &[u8]) -> BlobError {
    BlobError::Altered {
        name: name.to_owned(),
        found: crate::domain::ids::digest(bytes),
        wanted: "what was written there".to_owned(),
    }
}

/// Stores bytes.
pub trait BlobStore: Send + Sync {
    /// Stores bytes for an owner. Storing the same bytes again changes nothing and gives the same answer.
    fn put(
        &self,
        owner: &Owner,
        part: &'static str,
        bytes: &[u8],
    ) -> impl Future<Output = Result<BlobRef, BlobError>> + Send;

    /// Reads bytes and proves that they are the stored ones.
    fn get(&self, namespace: &str, blob: &BlobRef)
    -> impl Future<Output = Result<Vec<u8>, BlobError>> + Send;

    /// Deletes bytes; what is gone already is fine.
    fn delete(&self, namespace: &str, blob: &BlobRef) -> impl Future<Output = Result<(), BlobError>> + Send;
}
