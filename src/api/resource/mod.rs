//! What a session may ask for: one block per kind, one file per kind.

mod bucket;
mod module;
mod network;
mod vm;

pub use bucket::{Bucket, StorageClass};
pub use module::Module;
pub use network::{Network, Subnet};
pub use vm::{DiskType, NetworkRef, Vm};

use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A resource by provider-neutral words. Exactly one of the kinds' blocks is set.
#[derive(KubeSchema, Serialize, Deserialize, Debug, Clone, PartialEq)]
#[x_kube(
    validation = Rule::new("[has(self.vm), has(self.network), has(self.bucket), has(self.module)].filter(x, x).size() == 1").message("set exactly one of vm, network, bucket, module")
)]
#[serde(rename_all = "camelCase")]
pub struct Resource {
    /// Name: lower-case letters, digits and hyphens, beginning with a letter; unique in the stack.
    #[schemars(length(min = 1, max = 63), regex(pattern = r"^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$"))]
    pub name: String,
    /// Region, where it is not the project's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 2, max = 40), regex(pattern = r"^[a-z][a-z0-9-]*$"))]
    pub region: Option<String>,
    /// Labels (tags on AWS and Azure), beside ours.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(extend("maxProperties" = 20, "additionalProperties" = {"type": "string", "maxLength": 63}))]
    #[x_kube(validation = Rule::new("self.all(k, k.matches('^[a-z][a-z0-9_-]{0,62}$') && self[k].matches('^[a-z0-9_-]{0,63}$'))").message("label keys begin with a lower-case letter; keys and values hold only lower-case letters, digits, _ and -, at most 63"))]
    pub labels: BTreeMap<String, String>,
    /// Refuse to remove or replace it while true.
    #[serde(default)]
    pub deletion_protection: bool,
    /// A virtual machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vm: Option<Vm>,
    /// A network with its subnets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network: Option<Network>,
    /// A storage bucket.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bucket: Option<Bucket>,
    /// An own Terraform module.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub module: Option<Module>,
}

/// Kinds of resource.
#[derive(Serialize, Deserialize, JsonSchema, Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "camelCase")]
pub enum Kind {
    /// A virtual machine.
    Vm,
    /// A network.
    Network,
    /// A storage bucket.
    Bucket,
    /// An own module.
    Module,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Vm, Self::Network, Self::Bucket, Self::Module];

    /// As users write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Vm => "vm",
            Self::Network => "network",
            Self::Bucket => "bucket",
            Self::Module => "module",
        }
    }
}

/// The block that a resource sets.
#[derive(Debug, Clone, Copy)]
pub enum Block<'a> {
    /// A virtual machine.
    Vm(&'a Vm),
    /// A network.
    Network(&'a Network),
    /// A storage bucket.
    Bucket(&'a Bucket),
    /// An own module.
    Module(&'a Module),
}

impl Resource {
    /// The one block that is set; `None` when the object did not pass the API server's rules.
    pub fn block(&self) -> Option<Block<'_>> {
        match (&self.vm, &self.network, &self.bucket, &self.module) {
            (Some(vm), None, None, None) => Some(Block::Vm(vm)),
            (None, Some(network), None, None) => Some(Block::Network(network)),
            (None, None, Some(bucket), None) => Some(Block::Bucket(bucket)),
            (None, None, None, Some(module)) => Some(Block::Module(module)),
            _ => None,
        }
    }

    /// The kind of the block that is set.
    pub fn kind(&self) -> Option<Kind> {
        self.block().map(|block| match block {
            Block::Vm(_) => Kind::Vm,
            Block::Network(_) => Kind::Network,
            Block::Bucket(_) => Kind::Bucket,
            Block::Module(_) => Kind::Module,
        })
    }
}
