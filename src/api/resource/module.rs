//! Kind `module`: an own Terraform module, given as files.

use crate::api::schema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// An own Terraform module of one folder, given as the keys of a ConfigMap.
#[derive(JsonSchema, Serialize, Deserialize, Debug, Clone, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct Module {
    /// Where the files are: `configmap/NAME` in this namespace.
    #[schemars(length(min = 11, max = 263), regex(pattern = r"^configmap/[a-z0-9]([-.a-z0-9]*[a-z0-9])?$"))]
    pub source: String,
    /// Values for the module's variables, by name. Names are judged when the session is validated: CEL has no
    /// type for values of any shape.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(schema_with = "schema::inputs")]
    pub inputs: BTreeMap<String, serde_json::Value>,
    /// Outputs of the module that go to the outputs Secret.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64), inner(length(max = 63), regex(pattern = r"^[a-zA-Z_][a-zA-Z0-9_-]*$")))]
    pub outputs: Vec<String>,
}
