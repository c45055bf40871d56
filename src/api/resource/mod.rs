//! What a session may ask for: one block per kind, one file per kind.

mod attach;
mod bucket;
mod cluster;
mod database;
mod firewall;
mod load_balancer;
mod module;
mod network;
mod vm;

pub use attach::{ExistingNetwork, NetworkRef};
pub use bucket::{Bucket, StorageClass};
pub use cluster::Cluster;
pub use database::{Database, DatabaseEngine};
pub use firewall::{Direction, Firewall, FirewallAction, FirewallRule, Protocol};
pub use load_balancer::{Listen, ListenProtocol, LoadBalancer, Scheme};
pub use module::Module;
pub use network::{Network, Subnet};
pub use vm::{DataDisk, DiskType, Vm};

use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A resource by provider-neutral words. Exactly one of the kinds' blocks is set.
#[derive(KubeSchema, Serialize, Deserialize, Debug, Clone, PartialEq)]
#[x_kube(
    validation = Rule::new("[has(self.vm), has(self.database), has(self.network), has(self.bucket), has(self.cluster), has(self.firewall), has(self.loadBalancer), has(self.module)].filter(x, x).size() == 1").message("set exactly one of vm, database, network, bucket, cluster, firewall, loadBalancer, module")
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
    #[x_kube(validation = Rule::new("self.all(k, k.matches('^[a-z][a-z0-9_-]{0,62}$') && self[k].matches('^[a-z0-9_-]{0,63}$'))").message("label keys begin with a lower-case letter; keys and values hold only lower-case letters, digits, _ and -, at most 63"), validation = Rule::new("self.all(k, k != 'managed-by' && !k.startsWith('ce-'))").message("the labels managed-by and ce-… say whose a resource is, and are set by cloud-engine alone: choose other keys"))]
    pub labels: BTreeMap<String, String>,
    /// Refuse to remove, replace or destroy it while true. Unless set, true for database and cluster, false for
    /// the other kinds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deletion_protection: Option<bool>,
    /// A virtual machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vm: Option<Vm>,
    /// A managed database.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub database: Option<Database>,
    /// A network with its subnets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network: Option<Network>,
    /// A storage bucket.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bucket: Option<Bucket>,
    /// A managed Kubernetes cluster.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cluster: Option<Cluster>,
    /// Rules on a network's traffic.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub firewall: Option<Firewall>,
    /// One address for several machines.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub load_balancer: Option<LoadBalancer>,
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
    /// A managed database.
    Database,
    /// A network.
    Network,
    /// A storage bucket.
    Bucket,
    /// A managed Kubernetes cluster.
    Cluster,
    /// Rules on a network's traffic.
    Firewall,
    /// One address for several machines.
    LoadBalancer,
    /// An own module.
    Module,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 8] = [
        Self::Vm,
        Self::Database,
        Self::Network,
        Self::Bucket,
        Self::Cluster,
        Self::Firewall,
        Self::LoadBalancer,
        Self::Module,
    ];

    /// The kinds, for messages.
    pub const LIST: &'static str = "vm, database, network, bucket, cluster, firewall, loadBalancer, module";

    /// As users write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Vm => "vm",
            Self::Database => "database",
            Self::Network => "network",
            Self::Bucket => "bucket",
            Self::Cluster => "cluster",
            Self::Firewall => "firewall",
            Self::LoadBalancer => "loadBalancer",
            Self::Module => "module",
        }
    }
}

/// The block that a resource sets.
#[derive(Debug, Clone, Copy)]
pub enum Block<'a> {
    /// A virtual machine.
    Vm(&'a Vm),
    /// A managed database.
    Database(&'a Database),
    /// A network.
    Network(&'a Network),
    /// A storage bucket.
    Bucket(&'a Bucket),
    /// A managed Kubernetes cluster.
    Cluster(&'a Cluster),
    /// Rules on a network's traffic.
    Firewall(&'a Firewall),
    /// One address for several machines.
    LoadBalancer(&'a LoadBalancer),
    /// An own module.
    Module(&'a Module),
}

impl Block<'_> {
    /// The kind it is a block of.
    pub const fn kind(self) -> Kind {
        match self {
            Self::Vm(_) => Kind::Vm,
            Self::Database(_) => Kind::Database,
            Self::Network(_) => Kind::Network,
            Self::Bucket(_) => Kind::Bucket,
            Self::Cluster(_) => Kind::Cluster,
            Self::Firewall(_) => Kind::Firewall,
            Self::LoadBalancer(_) => Kind::LoadBalancer,
            Self::Module(_) => Kind::Module,
        }
    }
}

impl Resource {
    /// The one block that is set; `None` when the object did not pass the API server's rules.
    pub fn block(&self) -> Option<Block<'_>> {
        let mut set = [
            self.vm.as_ref().map(Block::Vm),
            self.database.as_ref().map(Block::Database),
            self.network.as_ref().map(Block::Network),
            self.bucket.as_ref().map(Block::Bucket),
            self.cluster.as_ref().map(Block::Cluster),
            self.firewall.as_ref().map(Block::Firewall),
            self.load_balancer.as_ref().map(Block::LoadBalancer),
            self.module.as_ref().map(Block::Module),
        ]
        .into_iter()
        .flatten();
        set.next().filter(|_| set.next().is_none())
    }

    /// The kind of the block that is set.
    pub fn kind(&self) -> Option<Kind> {
        self.block().map(Block::kind)
    }

    /// True while it may not be removed, replaced or destroyed: databases and clusters unless said otherwise.
    pub fn is_protected(&self) -> bool {
        self.deletion_protection
            .unwrap_or_else(|| matches!(self.kind(), Some(Kind::Database | Kind::Cluster)))
    }
}
