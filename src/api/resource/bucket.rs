//! Kind `bucket`: object storage.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A private, versioned storage bucket.
#[derive(Serialize, Deserialize, JsonSchema, Debug, Clone, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct Bucket {
    /// Name in the provider's global namespace; without one `<name>-<8 hex digits of the project's uid>`, on
    /// azure without hyphens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 3, max = 63), regex(pattern = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$"))]
    pub global_name: Option<String>,
    /// Storage class. Azure has no archive.
    #[serde(default)]
    pub class: StorageClass,
    /// Keep old versions of objects.
    #[serde(default = "yes")]
    pub versioning: bool,
    /// Provider's id of a key to encrypt with; without one the provider's own key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 300), regex(pattern = r"^[a-zA-Z0-9][a-zA-Z0-9._/:-]*$"))]
    pub kms_key: Option<String>,
    /// Let everybody read the objects.
    #[serde(default)]
    pub public_read: bool,
    /// Delete objects after this many days; without it never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 36500))]
    pub expire_days: Option<i32>,
    /// Days that replaced versions of an object are kept.
    #[serde(default = "month")]
    #[schemars(range(min = 1, max = 36500))]
    pub noncurrent_days: i32,
    /// Let a destroy delete the bucket with its objects.
    #[serde(default)]
    pub force_destroy: bool,
}

/// Storage classes, from hot to cold.
#[derive(Serialize, Deserialize, JsonSchema, Debug, Clone, Copy, PartialEq, Eq, Default)]
#[serde(rename_all = "camelCase")]
pub enum StorageClass {
    /// Read often.
    #[default]
    Standard,
    /// Read about once a month.
    Infrequent,
    /// Read about once a quarter.
    Cold,
    /// Read about once a year.
    Archive,
}

const fn yes() -> bool {
    true
}

const fn month() -> i32 {
    30
}
