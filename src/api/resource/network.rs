//! Kind `network`: a private network with its subnets.

use super::attach::CIDR;
use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A private network with its subnets.
#[derive(KubeSchema, Serialize, Deserialize, Debug, Clone, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct Network {
    /// Private range of the whole network, /8 to /28; aws takes /16 to /28.
    #[serde(default = "default_cidr")]
    #[schemars(length(min = 9, max = 18), regex(pattern = CIDR))]
    pub cidr: String,
    /// Subnets inside the range, disjoint; without any, two halves named a and b.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["name".into()]))]
    pub subnets: Vec<Subnet>,
    /// Let machines without a public address reach the internet.
    #[serde(default)]
    pub nat: bool,
    /// Record who talked to whom. Unless set, true, on azure false.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flow_logs: Option<bool>,
}

/// A subnet.
#[derive(Serialize, Deserialize, JsonSchema, Debug, Clone, PartialEq, Eq)]
pub struct Subnet {
    /// Name, unique in the network.
    #[schemars(length(min = 1, max = 40), regex(pattern = r"^[a-z]([-a-z0-9]*[a-z0-9])?$"))]
    pub name: String,
    /// Range inside the network's.
    #[schemars(length(min = 9, max = 18), regex(pattern = CIDR))]
    pub cidr: String,
}

impl Default for Network {
    fn default() -> Self {
        Self { cidr: default_cidr(), subnets: Vec::new(), nat: false, flow_logs: None }
    }
}

fn default_cidr() -> String {
    "10.0.0.0/16".to_owned()
}
