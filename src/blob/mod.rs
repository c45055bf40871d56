//! Bytes beside their owner: chunked, digested, immutable; and the heads that point to them.

use crate::domain::state::BlobRef;
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
