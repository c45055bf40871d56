//! What the controller put into the pod's environment.

use crate::wire::env;
use std::path::PathBuf;

/// The pod's environment, checked.
#[derive(Clone)]
pub(super) struct Settings {
    pub gateway_url: String,
    pub gateway_ca: String,
    pub token_file: PathBuf,
    pub work_dir: PathBuf,
    pub engine: PathBuf,
    pub mirror: Option<PathBuf>,
    pub sandbox_url: Option<String>,
    /// Name and value of the clouds' credentials that are there.
    pub credentials: Vec<(&'static str, String)>,
    /// Variables of the configuration whose values are secret.
    pub variables: Vec<(String, String)>,
}

impl Settings {
    pub(super) fn from_env() -> Result<Self, String> {
        let optional = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let required =
            |name: &str| optional(name).ok_or_else(|| format!("{name} is not set: the controller sets it"));
        Ok(Self {
            gateway_url: required(env::GATEWAY_URL)?.trim_end_matches('/').to_owned(),
            gateway_ca: required(env::GATEWAY_CA)?,
            token_file: required(env::TOKEN_FILE)?.into(),
            work_dir: required(env::WORK_DIR)?.into(),
            engine: required(env::ENGINE)?.into(),
            mirror: optional(env::MIRROR).map(PathBuf::from),
            sandbox_url: optional(env::SANDBOX_URL),
            credentials: env::CREDENTIALS
                .iter()
                .filter_map(|name| optional(name).map(|value| (*name, value)))
                .collect(),
            variables: std::env::vars().filter(|(name, _)| name.starts_with(env::VARIABLE)).collect(),
        })
    }

    /// Everything that must never be read in a log: the credentials, whole and in their parts, and the token.
    pub(super) fn secrets(&self) -> Vec<String> {
        let mut secrets: Vec<String> = self.variables.iter().map(|(_, value)| value.clone()).collect();
        for (_, value) in &self.credentials {
            secrets.push(value.clone());
            if let Ok(serde_json::Value::Object(fields)) = serde_json::from_str(value) {
                let parts = ["private_key", "private_key_id", "client_secret", "refresh_token"];
                secrets
                    .extend(parts.iter().filter_map(|part| fields.get(*part)?.as_str().map(str::to_owned)));
            }
        }
        secrets.extend(std::fs::read_to_string(&self.token_file).ok().map(|token| token.trim().to_owned()));
        secrets.retain(|secret| !secret.is_empty());
        secrets
    }
}
