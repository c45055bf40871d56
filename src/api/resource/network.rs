//! Kind `network`: a private network with its subnets.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A private network with its subnets.
#[derive(Serialize, Deserialize, JsonSchema, Debug, Clone, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct Network {
    /// Private range of the whole network.
    #[serde(default = "default_cidr")]
    #[schemars(length(min = 9, max = 18), regex(pattern = CIDR))]
    pub cidr: String,
    /// Subnets inside the range, disjoint; without any, two halves.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16))]
    pub subnets: Vec<Subnet>,
    /// Let machines without a public address reach the internet.
    #[serde(default)]
    pub nat: bool,
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

const CIDR: &str = r"^[0-9]{1,3}(\.[0-9]{1,3}){3}/[0-9]{1,2}$";

fn default_cidr() -> String {
    "10.0.0.0/16".to_owned()
}
