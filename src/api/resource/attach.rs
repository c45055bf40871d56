//! Where a resource stands in a network.

use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A network of the stack by its name, or one that exists already. Without a reference: the only network of
/// the stack in that region.
#[derive(KubeSchema, Serialize, Deserialize, Debug, Clone, PartialEq, Eq)]
#[x_kube(
    validation = Rule::new("has(self.name) != has(self.existing)").message("name a network of the stack (name) or one that exists already (existing), not both"),
    validation = Rule::new("!has(self.subnet) || has(self.name)").message("subnet belongs to name; with existing set existing.subnet")
)]
pub struct NetworkRef {
    /// Name of a network resource of the stack.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 63), regex(pattern = r"^[a-z]([-a-z0-9]*[a-z0-9])?$"))]
    pub name: Option<String>,
    /// Name of its subnet; without one the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 40), regex(pattern = r"^[a-z]([-a-z0-9]*[a-z0-9])?$"))]
    pub subnet: Option<String>,
    /// A network that this stack does not manage.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub existing: Option<ExistingNetwork>,
}

/// A network that exists already in the project's account. It is read, never changed.
#[derive(Serialize, Deserialize, JsonSchema, Debug, Clone, PartialEq, Eq)]
pub struct ExistingNetwork {
    /// The network: its name on gcp, its id (vpc-…) on aws, RESOURCE-GROUP/NAME on azure.
    #[schemars(length(min = 1, max = 160), regex(pattern = r"^[a-zA-Z0-9][a-zA-Z0-9._/-]*$"))]
    pub network: String,
    /// Its subnet: a name, on aws an id (subnet-…).
    #[schemars(length(min = 1, max = 80), regex(pattern = r"^[a-zA-Z0-9][a-zA-Z0-9._-]*$"))]
    pub subnet: String,
}

/// What an IPv4 range looks like; whether it is one is judged when the session is validated.
pub(super) const CIDR: &str = r"^[0-9]{1,3}(\.[0-9]{1,3}){3}/[0-9]{1,2}$";
