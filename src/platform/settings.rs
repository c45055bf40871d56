//! What a process is told by its environment. `cloud-engine controller --help` lists the same names.

use crate::api::project::EngineKind;
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;

/// Settings of the controller.
#[derive(clap::Args, Debug, Clone)]
pub struct ControllerSettings {
    /// Namespace that the controller runs in.
    #[arg(long, env = "CLOUD_ENGINE_NAMESPACE", default_value = "cloud-engine")]
    pub namespace: String,
    /// Name of the controller's pod: who holds the Lease.
    #[arg(long, env = "CLOUD_ENGINE_POD_NAME", default_value = "cloud-engine-controller")]
    pub pod_name: String,
    /// Namespaces that are served, comma-separated.
    #[arg(long, env = "CLOUD_ENGINE_NAMESPACES", value_delimiter = ',', required = true)]
    pub namespaces: Vec<String>,
    /// Address that the gateway listens on.
    #[arg(long, env = "CLOUD_ENGINE_GATEWAY_LISTEN", default_value = "0.0.0.0:8443")]
    pub gateway_listen: SocketAddr,
    /// Address that runners reach the gateway at.
    #[arg(long, env = "CLOUD_ENGINE_GATEWAY_URL")]
    pub gateway_url: String,
    /// Address for health and metrics.
    #[arg(long, env = "CLOUD_ENGINE_HTTP_LISTEN", default_value = "0.0.0.0:8080")]
    pub http_listen: SocketAddr,
    /// Installed engines: JSON list of `{kind, version, image, sandboxImage}`.
    #[arg(long, env = "CLOUD_ENGINE_ENGINES", value_parser = parse_engines)]
    pub engines: Engines,
    /// Address that runners reach the sandbox cloud at.
    #[arg(long, env = "CLOUD_ENGINE_RUNNER_SANDBOX_URL")]
    pub sandbox_url: Option<String>,
}

/// The installed engines.
#[derive(Debug, Clone, Default)]
pub struct Engines(pub Vec<EngineImage>);

/// An installed engine.
#[derive(Serialize, Deserialize, Debug, Clone, PartialEq, Eq)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EngineImage {
    /// OpenTofu or Terraform.
    pub kind: EngineKind,
    /// Exact version.
    pub version: String,
    /// Image of the runner with this engine.
    pub image: String,
    /// The same with the sandbox cloud's providers.
    #[serde(default)]
    pub sandbox_image: Option<String>,
}

fn parse_engines(text: &str) -> Result<Engines, String> {
    serde_json::from_str(text)
        .map(Engines)
        .map_err(|error| format!("a JSON list of {{kind, version, image}} is wanted: {error}"))
}

impl Engines {
    /// The engine that a project asks for; without a version the newest of its kind.
    pub fn find(&self, wanted: &crate::api::project::Engine) -> Option<&EngineImage> {
        let number = |engine: &EngineImage| -> Vec<u64> {
            engine.version.split('.').map(|part| part.parse().unwrap_or(0)).collect()
        };
        self.0
            .iter()
            .filter(|e| e.kind == wanted.kind && wanted.version.as_ref().is_none_or(|v| *v == e.version))
            .max_by_key(|e| number(e))
    }

    /// What is installed, for a message.
    pub fn list(&self) -> String {
        let names: Vec<String> =
            self.0.iter().map(|e| format!("{} {}", e.kind.as_str(), e.version)).collect();
        if names.is_empty() { "none".to_owned() } else { names.join(", ") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::project::Engine;

    #[test]
    fn without_a_version_the_newest_is_taken() {
        let engines = parse_engines(
            r#"[{"kind":"OpenTofu","version":"1.9.0","image":"a"},{"kind":"OpenTofu","version":"1.12.6","image":"b"}]"#,
        )
        .unwrap();
        assert_eq!(engines.find(&Engine::default()).unwrap().image, "b");
        let old = Engine { version: Some("1.9.0".into()), ..Engine::default() };
        assert_eq!(engines.find(&old).unwrap().image, "a");
        let terraform = Engine { kind: EngineKind::Terraform, version: None };
        assert!(engines.find(&terraform).is_none());
    }
}
