//! What the provider block says.

use std::collections::BTreeMap;

use super::at_path;
use crate::kind::ProviderTable;
use crate::value::Value;

/// The provider's configuration, as far as resources depend on it.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Values for arguments resources leave out, such as a region, and for
    /// ids and outputs. Unknown while the block is.
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
    pub fn read(table: &ProviderTable, config: &Value, environment: impl Fn(&str) -> Option<String>) -> Self {
        let mut values = Value::Map(BTreeMap::new());
        for (name, given) in &table.given {
            let said = given.argument.as_ref().map_or(Value::Null, |argument| config.get(argument).clone());
            let value = if said.is_null() {
                let found = given.environment.iter().find_map(|variable| environment(variable));
                found.or_else(|| given.default.clone()).map_or(Value::Null, Value::Text)
            } else {
                said
            };
            values.set(name, value);
        }
        let strategy = config.get("terraform_attribution_label_addition_strategy");
        let attribution = match config.get("add_terraform_attribution_label") {
            Value::Bool(false) => Attribution::Never,
            _ if strategy.as_text() == Some("PROACTIVE") => Attribution::Always,
            _ => Attribution::OnCreation,
        };
        Self { given: values, default_labels: default_labels(config), attribution }
    }
}

/// As google and aws write them.
fn default_labels(config: &Value) -> Option<BTreeMap<String, Value>> {
    let mut all = BTreeMap::new();
    for path in ["default_labels", "default_tags", "default_tags.tags"] {
        for labels in at_path(config, path) {
            if !labels.is_known() {
                return None;
            }
            all.extend(labels.as_map().cloned().unwrap_or_default());
        }
    }
    Some(all)
}
