//! Kind `module`: an own Terraform module, given as files.

use crate::api::schema;
use kube::KubeSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// An own Terraform module of one folder, given as the keys of a ConfigMap, or one from the project's list.
#[derive(KubeSchema, Serialize, Deserialize, Debug, Clone, PartialEq)]
#[x_kube(
    validation = Rule::new("self.source.startsWith('configmap/') != has(self.version)").message("a module from elsewhere needs its exact version; one from a ConfigMap has none")
)]
#[serde(rename_all = "camelCase")]
pub struct Module {
    /// Where the files are: `configmap/NAME` in this namespace, or an address on the project's list.
    #[schemars(length(min = 3, max = 263), regex(pattern = r"^[a-zA-Z0-9][-a-zA-Z0-9._~/:@?=&]*$"))]
    pub source: String,
    /// Exact version of a module from a registry (1.2.3), or the whole commit of one from Git (40 hex digits).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(
        length(min = 5, max = 40),
        regex(pattern = r"^([0-9a-f]{40}|[0-9]+\.[0-9]+\.[0-9]+([-+.a-zA-Z0-9]+)?)$")
    )]
    pub version: Option<String>,
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
