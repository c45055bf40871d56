//! Kind `firewall`: who may talk to what in a network.

use super::{NetworkRef, attach::CIDR};
use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Rules on the traffic of a network's machines.
#[derive(KubeSchema, Serialize, Deserialize, Debug, Clone, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct Firewall {
    /// Whose side the traffic begins on.
    #[serde(default)]
    pub direction: Direction,
    /// What becomes of it. Aws has no deny.
    #[serde(default)]
    pub action: FirewallAction,
    /// Protocols and ports.
    #[schemars(length(min = 1, max = 10))]
    pub rules: Vec<FirewallRule>,
    /// Ranges that the traffic comes from; with egress, that it goes to.
    #[schemars(length(min = 1, max = 50), inner(length(min = 9, max = 18), regex(pattern = CIDR)))]
    #[x_kube(merge_strategy = ListMerge::Set)]
    pub sources: Vec<String>,
    /// Tags of the machines it is for; without any, the whole network.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(
        length(max = 20),
        inner(length(min = 1, max = 63), regex(pattern = r"^[a-z]([-a-z0-9]*[a-z0-9])?$"))
    )]
    #[x_kube(merge_strategy = ListMerge::Set)]
    pub target_tags: Vec<String>,
    /// Order: the lowest number wins. Unique among the firewalls of a network and direction.
    #[serde(default = "thousand")]
    #[schemars(range(min = 100, max = 4096))]
    pub priority: i32,
    /// Network it guards.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network: Option<NetworkRef>,
}

/// One protocol and its ports.
#[derive(KubeSchema, Serialize, Deserialize, Debug, Clone, PartialEq, Eq)]
#[x_kube(
    validation = Rule::new("self.protocol in ['tcp', 'udp'] || !has(self.ports) || self.ports.size() == 0").message("only tcp and udp have ports")
)]
pub struct FirewallRule {
    /// Protocol.
    pub protocol: Protocol,
    /// Ports (443) and ranges of ports (8000-8100); without any, all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(
        length(max = 20),
        inner(length(min = 1, max = 11), regex(pattern = r"^[0-9]{1,5}(-[0-9]{1,5})?$"))
    )]
    #[x_kube(merge_strategy = ListMerge::Set)]
    pub ports: Vec<String>,
}

/// Directions of traffic.
#[derive(Serialize, Deserialize, JsonSchema, Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
#[serde(rename_all = "camelCase")]
pub enum Direction {
    /// To the machines.
    #[default]
    Ingress,
    /// From the machines.
    Egress,
}

/// What becomes of traffic.
#[derive(Serialize, Deserialize, JsonSchema, Debug, Clone, Copy, PartialEq, Eq, Default)]
#[serde(rename_all = "camelCase")]
pub enum FirewallAction {
    /// It passes.
    #[default]
    Allow,
    /// It is dropped.
    Deny,
}

/// Protocols.
#[derive(Serialize, Deserialize, JsonSchema, Debug, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub enum Protocol {
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
    /// ICMP.
    Icmp,
    /// Every protocol.
    All,
}

const fn thousand() -> i32 {
    1000
}
