//! Kind `cluster`: managed Kubernetes.

use super::{NetworkRef, attach::CIDR};
use kube::KubeSchema;
use serde::{Deserialize, Serialize};

/// A managed Kubernetes cluster with one pool of nodes without public addresses.
#[derive(KubeSchema, Serialize, Deserialize, Debug, Clone, PartialEq, Eq)]
#[x_kube(
    validation = Rule::new("has(self.minNodes) == has(self.maxNodes)").message("minNodes and maxNodes come together"),
    validation = Rule::new("!(has(self.nodeCount) && has(self.maxNodes))").message("set nodeCount, or minNodes and maxNodes"),
    validation = Rule::new("!(has(self.minNodes) && has(self.maxNodes)) || self.minNodes <= self.maxNodes").message("minNodes may not be larger than maxNodes")
)]
#[serde(rename_all = "camelCase")]
pub struct Cluster {
    /// Version of Kubernetes; without one what the provider's default channel gives.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 20), regex(pattern = r"^[0-9]+\.[0-9]+(\.[0-9]+(-[a-z]+\.[0-9]+)?)?$"))]
    pub version: Option<String>,
    /// Nodes in total; without it, and without minNodes and maxNodes, 2 (with ha on gcp 3).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1000))]
    pub node_count: Option<i32>,
    /// Fewest nodes in total that the pool shrinks to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1000))]
    pub min_nodes: Option<i32>,
    /// Most nodes in total that the pool grows to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1000))]
    pub max_nodes: Option<i32>,
    /// Provider's name of the nodes' machine type; without one e2-standard-2, t3.large or Standard_D2s_v5.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 2, max = 40), regex(pattern = r"^[A-Za-z][A-Za-z0-9._-]*$"))]
    pub machine_type: Option<String>,
    /// Size of a node's disk in GB.
    #[serde(default = "fifty")]
    #[schemars(range(min = 30, max = 4095))]
    pub disk_gb: i32,
    /// Spread over three zones. On gcp numbers of nodes are then multiples of 3.
    #[serde(default)]
    pub ha: bool,
    /// Ranges that may reach the API; without any the API has a private address only.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 20), inner(length(min = 9, max = 18), regex(pattern = CIDR)))]
    #[x_kube(merge_strategy = ListMerge::Set)]
    pub authorized_networks: Vec<String>,
    /// Network it stands in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network: Option<NetworkRef>,
}

const fn fifty() -> i32 {
    50
}
