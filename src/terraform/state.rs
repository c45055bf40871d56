//! Reads an engine's state: its numbers, what it holds, its outputs. Nothing secret leaves but by [`outputs`].

use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// What a state says about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateSummary {
    /// Counts up with each write.
    pub serial: i64,
    /// Tells one history from another.
    pub lineage: String,
    /// Managed instances in it, by address.
    pub resources: Vec<StateResource>,
}

/// One managed instance.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct StateResource {
    /// Address in the configuration.
    pub address: String,
    /// Provider's type.
    pub type_: String,
    /// Address of the module it stands in, such as `module.web`.
    pub module: Option<String>,
}

#[derive(Deserialize)]
struct Raw {
    version: i64,
    serial: i64,
    lineage: String,
    #[serde(default)]
    outputs: BTreeMap<String, Output>,
    #[serde(default)]
    resources: Vec<RawResource>,
    #[serde(default)]
    encrypted_data: Option<serde::de::IgnoredAny>,
}

#[derive(Deserialize)]
struct Output {
    #[serde(default)]
    value: Value,
}

#[derive(Deserialize)]
struct RawResource {
    #[serde(default)]
    module: Option<String>,
    mode: String,
    #[serde(rename = "type")]
    type_: String,
    name: String,
    #[serde(default)]
    instances: Vec<Instance>,
}

#[derive(Deserialize)]
struct Instance {
    #[serde(default)]
    index_key: Option<Value>,
}

/// Serial, lineage and managed instances, sorted by address. Refuses what is no state of version 4, and
/// encrypted states, of whose contents nothing can be said.
pub fn summary(bytes: &[u8]) -> Result<StateSummary, String> {
    let raw = read(bytes)?;
    let managed = raw.resources.iter().filter(|r| r.mode == "managed");
    let mut resources: Vec<StateResource> = managed.flat_map(instances).collect();
    resources.sort();
    Ok(StateSummary { serial: raw.serial, lineage: raw.lineage, resources })
}

/// Values of the root outputs by name: strings as they are, everything else as JSON. They may be secret.
pub fn outputs(bytes: &[u8]) -> Result<BTreeMap<String, String>, String> {
    let raw = read(bytes)?;
    let text = |value: Value| match value {
        Value::String(text) => text,
        other => other.to_string(),
    };
    Ok(raw.outputs.into_iter().map(|(name, output)| (name, text(output.value))).collect())
}

fn read(bytes: &[u8]) -> Result<Raw, String> {
    // The parser's own message could quote the state.
    let raw: Raw = serde_json::from_slice(bytes).map_err(|e| {
        format!(
            "the state cannot be read: line {}, column {} is not what an engine writes",
            e.line(),
            e.column()
        )
    })?;
    if raw.encrypted_data.is_some() {
        return Err("the state is encrypted by the engine, so its contents cannot be checked: turn the engine's own encryption off".to_owned());
    }
    if raw.version != 4 {
        return Err(format!(
            "the state has version {}, but only version 4 is known: use an engine that writes it",
            raw.version
        ));
    }
    if raw.serial < 0 || raw.lineage.is_empty() || raw.lineage.len() > 128 {
        return Err("the state has no valid serial and lineage: no engine writes such a state".to_owned());
    }
    Ok(raw)
}

fn instances(resource: &RawResource) -> impl Iterator<Item = StateResource> {
    resource.instances.iter().map(|instance| {
        let module = resource.module.as_ref().filter(|m| !m.is_empty()).cloned();
        let mut address = module.as_ref().map(|m| format!("{m}.")).unwrap_or_default();
        address.push_str(&resource.type_);
        address.push('.');
        address.push_str(&resource.name);
        if let Some(key) = instance.index_key.as_ref().filter(|key| !key.is_null()) {
            address.push_str(&["[", &key.to_string(), "]"].concat());
        }
        StateResource { address, type_: resource.type_.clone(), module }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn state() -> Value {
        json!({"version": 4, "terraform_version": "1.12.6", "serial": 7, "lineage": "l",
        "outputs": {"url": {"value": "https://x", "type": "string", "sensitive": true}, "n": {"value": [1, "a"]}},
        "resources": [
            {"module": "module.web", "mode": "managed", "type": "terraform_data", "name": "x",
             "instances": [{"index_key": "b"}, {"index_key": 0}]},
            {"mode": "managed", "type": "google_storage_bucket", "name": "data", "instances": [{}]},
            {"mode": "data", "type": "google_project", "name": "p", "instances": [{}]},
        ]})
    }

    #[test]
    fn managed_instances_are_listed_by_address() {
        let read = summary(state().to_string().as_bytes()).unwrap();
        let addresses: Vec<&str> = read.resources.iter().map(|r| r.address.as_str()).collect();
        assert_eq!(
            addresses,
            [
                "google_storage_bucket.data",
                "module.web.terraform_data.x[\"b\"]",
                "module.web.terraform_data.x[0]"
            ]
        );
        assert_eq!((read.serial, read.lineage.as_str()), (7, "l"));
        assert_eq!(read.resources[1].module.as_deref(), Some("module.web"));
    }

    #[test]
    fn outputs_are_strings_or_json() {
        let read = outputs(state().to_string().as_bytes()).unwrap();
        assert_eq!((read["url"].as_str(), read["n"].as_str()), ("https://x", "[1,\"a\"]"));
    }

    #[test]
    fn other_versions_and_encrypted_states_are_refused() {
        assert!(summary(br#"{"version":3,"serial":1,"lineage":"x"}"#).is_err());
        let encrypted = br#"{"version":4,"serial":1,"lineage":"x","encrypted_data":"AAAA"}"#;
        assert!(summary(encrypted).unwrap_err().contains("encrypted"));
    }

    proptest! {
        #[test]
        fn hostile_bytes_are_refused_without_quoting_them(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = summary(&bytes);
        }
    }

    #[test]
    fn deep_nesting_and_secrets_do_no_harm() {
        assert!(summary("[".repeat(100_000).as_bytes()).is_err());
        let error = summary(br#"{"version":4,"serial":"hunter2","lineage":"x"}"#).unwrap_err();
        assert!(!error.contains("hunter2"));
    }
}
