//! Kind `loadBalancer`: one address for several machines.

use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One address in front of machines of the stack; it stands in their network.
#[derive(KubeSchema, Serialize, Deserialize, Debug, Clone, PartialEq, Eq)]
#[x_kube(
    validation = Rule::new("(self.listen.protocol == 'https') == has(self.certificate)").message("https needs a certificate, and only https has one")
)]
#[serde(rename_all = "camelCase")]
pub struct LoadBalancer {
    /// What it listens to.
    pub listen: Listen,
    /// Who can reach it.
    #[serde(default)]
    pub scheme: Scheme,
    /// Names of the machines (kind vm) of the stack that the traffic goes to.
    #[schemars(
        length(min = 1, max = 20),
        inner(length(min = 1, max = 63), regex(pattern = r"^[a-z]([-a-z0-9]*[a-z0-9])?$"))
    )]
    #[x_kube(merge_strategy = ListMerge::Set)]
    pub backends: Vec<String>,
    /// Port of the machines; without one the one it listens to. Traffic to them is not encrypted by it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 65535))]
    pub target_port: Option<i32>,
    /// Path that healthy machines answer with 200; for http and https.
    #[serde(default = "root")]
    #[schemars(length(min = 1, max = 200), regex(pattern = r"^/[A-Za-z0-9._~/?=&%-]*$"))]
    pub health_path: String,
    /// Certificate for https: the provider's id of one; on gcp also a domain, for which one is made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 3, max = 300), regex(pattern = r"^[a-zA-Z0-9/][a-zA-Z0-9._/:-]*$"))]
    pub certificate: Option<String>,
}

/// What a load balancer listens to.
#[derive(Serialize, Deserialize, JsonSchema, Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listen {
    /// Protocol.
    pub protocol: ListenProtocol,
    /// Port.
    #[schemars(range(min = 1, max = 65535))]
    pub port: i32,
}

/// Protocols of load balancers.
#[derive(Serialize, Deserialize, JsonSchema, Debug, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub enum ListenProtocol {
    /// Passed on as it is.
    Tcp,
    /// HTTP.
    Http,
    /// HTTPS, decrypted by the load balancer.
    Https,
}

/// Who can reach a load balancer.
#[derive(Serialize, Deserialize, JsonSchema, Debug, Clone, Copy, PartialEq, Eq, Default)]
#[serde(rename_all = "camelCase")]
pub enum Scheme {
    /// The network alone.
    #[default]
    Internal,
    /// The internet.
    External,
}

fn root() -> String {
    "/".to_owned()
}
