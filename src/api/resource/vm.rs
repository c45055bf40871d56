//! Kind `vm`: a virtual machine.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A virtual machine.
#[derive(Serialize, Deserialize, JsonSchema, Debug, Clone, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct Vm {
    /// Provider's name of the machine type, such as e2-medium.
    #[schemars(length(min = 2, max = 40), regex(pattern = r"^[A-Za-z][A-Za-z0-9._-]*$"))]
    pub machine_type: String,
    /// Image: ubuntu-24.04 or debian-12.
    #[serde(default = "ubuntu")]
    #[schemars(length(min = 1, max = 200), regex(pattern = r"^[a-zA-Z0-9][a-zA-Z0-9._/:-]*$"))]
    pub image: String,
    /// Zone; without one the region's `-b`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 3, max = 40), regex(pattern = r"^[a-z][a-z0-9-]*$"))]
    pub zone: Option<String>,
    /// Size of the boot disk in GB; it only grows.
    #[serde(default = "twenty")]
    #[schemars(range(min = 10, max = 65536))]
    pub disk_gb: i32,
    /// Type of the boot disk.
    #[serde(default)]
    pub disk_type: DiskType,
    /// Give it a public address.
    #[serde(default)]
    pub public_ip: bool,
    /// Network tags, for firewall rules.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 20), inner(length(max = 63), regex(pattern = r"^[a-z]([-a-z0-9]*[a-z0-9])?$")))]
    pub tags: Vec<String>,
    /// Network it stands in; without one the only network of the stack.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network: Option<NetworkRef>,
    /// Script run at the first start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 16384))]
    pub startup_script: Option<String>,
}

/// A network of the same stack.
#[derive(Serialize, Deserialize, JsonSchema, Debug, Clone, PartialEq, Eq)]
pub struct NetworkRef {
    /// Name of the network resource.
    #[schemars(length(min = 1, max = 63), regex(pattern = r"^[a-z]([-a-z0-9]*[a-z0-9])?$"))]
    pub name: String,
    /// Name of its subnet; without one the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 40), regex(pattern = r"^[a-z]([-a-z0-9]*[a-z0-9])?$"))]
    pub subnet: Option<String>,
}

/// Types of disk.
#[derive(Serialize, Deserialize, JsonSchema, Debug, Clone, Copy, PartialEq, Eq, Default)]
#[serde(rename_all = "camelCase")]
pub enum DiskType {
    /// Price and speed balanced.
    #[default]
    Balanced,
    /// Cheapest.
    Standard,
    /// Fastest.
    Ssd,
}

fn ubuntu() -> String {
    "ubuntu-24.04".to_owned()
}

const fn twenty() -> i32 {
    20
}
