//! Kind `vm`: a virtual machine.

use super::NetworkRef;
use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A virtual machine.
#[derive(KubeSchema, Serialize, Deserialize, Debug, Clone, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct Vm {
    /// Provider's name of the machine type, such as e2-medium, t3.small or Standard_B2s.
    #[schemars(length(min = 2, max = 40), regex(pattern = r"^[A-Za-z][A-Za-z0-9._-]*$"))]
    pub machine_type: String,
    /// Image: ubuntu-24.04, debian-12, or the provider's id of an image.
    #[serde(default = "ubuntu")]
    #[schemars(length(min = 1, max = 300), regex(pattern = r"^[a-zA-Z0-9/][a-zA-Z0-9._/:-]*$"))]
    pub image: String,
    /// Zone; without one the region's `-b` on gcp, the first available on aws, none on azure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 40), regex(pattern = r"^[a-z0-9][a-z0-9-]*$"))]
    pub zone: Option<String>,
    /// Size of the boot disk in GB; it only grows. Unless set 20, on azure 30, which takes 30 to 4095.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 10, max = 65536))]
    pub disk_gb: Option<i32>,
    /// Type of the boot disk.
    #[serde(default)]
    pub disk_type: DiskType,
    /// Give it a public address.
    #[serde(default)]
    pub public_ip: bool,
    /// Tags that firewalls aim at.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(
        length(max = 20),
        inner(length(min = 1, max = 63), regex(pattern = r"^[a-z]([-a-z0-9]*[a-z0-9])?$"))
    )]
    #[x_kube(merge_strategy = ListMerge::Set)]
    pub tags: Vec<String>,
    /// Network it stands in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network: Option<NetworkRef>,
    /// Account that the keys log in to.
    #[serde(default = "ops")]
    #[schemars(length(min = 1, max = 32), regex(pattern = r"^[a-z_][a-z0-9_-]*$"))]
    pub ssh_user: String,
    /// Public keys that may log in, in OpenSSH's form; without any, the key `ssh_public_key` of the project's
    /// credentials Secret. Azure needs one, RSA of at least 2048 bits.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(
        length(max = 10),
        inner(
            length(min = 20, max = 2000),
            regex(pattern = r"^(ssh|ecdsa|sk-ssh|sk-ecdsa)-[a-z0-9@.-]+ [A-Za-z0-9+/=]+( [^\n\r]*)?$")
        )
    )]
    pub ssh_public_keys: Vec<String>,
    /// Script run at the first start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 16384))]
    pub startup_script: Option<String>,
    /// Cheaper, but the cloud may stop it at any time.
    #[serde(default)]
    pub spot: bool,
    /// Identity that programs on the machine act as: a service account's e-mail address on gcp, the name of an
    /// instance profile on aws, the id of a user-assigned identity on azure. Without it none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 300), regex(pattern = r"^[a-zA-Z0-9/][a-zA-Z0-9._/@+=,-]*$"))]
    pub identity: Option<String>,
    /// Disks beside the boot disk.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 8))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["name".into()]))]
    pub data_disks: Vec<DataDisk>,
}

/// A disk that outlives changes of its machine.
#[derive(Serialize, Deserialize, JsonSchema, Debug, Clone, PartialEq, Eq)]
pub struct DataDisk {
    /// Name, unique on the machine.
    #[schemars(length(min = 1, max = 30), regex(pattern = r"^[a-z]([-a-z0-9]*[a-z0-9])?$"))]
    pub name: String,
    /// Size in GB; it only grows.
    #[schemars(range(min = 10, max = 65536))]
    pub gb: i32,
    /// Type.
    #[serde(default, rename = "type")]
    pub type_: DiskType,
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

fn ops() -> String {
    "ops".to_owned()
}
