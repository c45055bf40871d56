//! Kind `module`: an own Terraform module, given as files.

use crate::api::schema;
use kube::KubeSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// An own Terraform module of one folder, given as the keys of a ConfigMap.
#[derive(KubeSchema, Serialize, Deserialize, Debug, Clone, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct Module {
    /// Where the files are: `configmap/NAME` in this namespace.
    #[schemars(length(min = 11, max = 263), regex(pattern = r"^configmap/[a-z0-9]([-.a-z0-9]*[a-z0-9])?$"))]
    pub source: String,
    /// Values for the module's variables.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(schema_with = "schema::inputs")]
    #[x_kube(validation = Rule::new("self.all(k, k.matches('^[a-zA-Z_][a-zA-Z0-9_-]{0,62}$') && !(k in ['source', 'version', 'providers', 'count', 'for_each', 'depends_on']))").message("an input is a variable of the module: letters, digits, _ and -, and none of source, version, providers, count, for_each, depends_on"))]
    pub inputs: BTreeMap<String, serde_json::Value>,
    /// Outputs of the module that go to the outputs Secret.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64), inner(length(max = 63), regex(pattern = r"^[a-zA-Z_][a-zA-Z0-9_-]*$")))]
    pub outputs: Vec<String>,
}
