//! What the provider block says.

use std::collections::BTreeMap;

use crate::value::Value;

/// The provider's configuration, as far as resources depend on it.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Values for arguments resources leave out: `project`, `region`, `zone`,
    /// `deletion_policy`. Unknown while the block is.
    pub given: Value,
    /// Labels for every resource that takes labels; `None` while unknown.
    pub default_labels: Option<BTreeMap<String, Value>>,
    /// The label that says which kind of tool made the resource.
    pub attribution: Attribution,
}

/// When the attribution label is added.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Attribution {
    /// When a resource is made.
    #[default]
    OnCreation,
    /// Also to resources that are there.
    Always,
    /// Never.
    Never,
}

impl Settings {
    /// Reads the provider block; `environment` gives what it leaves out.
    pub fn read(config: &Value, environment: impl Fn(&str) -> Option<String>) -> Self {
        let mut given = Value::Map(BTreeMap::new());
        for (name, variables) in [
            (
                "project",
                &["GOOGLE_PROJECT", "GOOGLE_CLOUD_PROJECT", "GCLOUD_PROJECT", "CLOUDSDK_CORE_PROJECT"][..],
            ),
            ("region", &["GOOGLE_REGION", "GCLOUD_REGION", "CLOUDSDK_COMPUTE_REGION"][..]),
            ("zone", &["GOOGLE_ZONE", "GCLOUD_ZONE", "CLOUDSDK_COMPUTE_ZONE"][..]),
            ("deletion_policy", &[][..]),
        ] {
            let mut value = config.get(name).clone();
            if value.is_null() {
                let found = variables.iter().find_map(|variable| environment(variable));
                value = found.map_or(Value::Null, Value::Text);
            }
            given.set(name, value);
        }
        if given.get("deletion_policy").is_null() {
            given.set("deletion_policy", Value::text("DELETE"));
        }
        let labels = config.get("default_labels");
        let strategy = config.get("terraform_attribution_label_addition_strategy");
        let attribution = match config.get("add_terraform_attribution_label") {
            Value::Bool(false) => Attribution::Never,
            _ if strategy.as_text() == Some("PROACTIVE") => Attribution::Always,
            _ => Attribution::OnCreation,
        };
        Self {
            given,
            default_labels: labels.is_known().then(|| labels.as_map().cloned().unwrap_or_default()),
            attribution,
        }
    }
}
