//! Labels of the provider block and of the resource, merged as the google
//! provider does: `terraform_labels` are those of the configuration,
//! `effective_labels` those the resource has in the cloud.

use std::collections::BTreeMap;

use super::Settings;
use super::settings::Attribution;
use crate::value::Value;

const ATTRIBUTION: &str = "goog-terraform-provisioned";

type Labels = BTreeMap<String, Value>;

/// Sets both outputs in a planned state.
pub fn plan(settings: &Settings, prior: &Value, state: &mut Value) {
    let labels = state.get("labels");
    let Some(defaults) = settings.default_labels.as_ref().filter(|_| labels.is_known()) else {
        state.set("terraform_labels", Value::Unknown);
        state.set("effective_labels", Value::Unknown);
        return;
    };
    let of = |value: &Value| value.as_map().cloned().unwrap_or_default();
    let before = of(prior.get("effective_labels"));
    let mut ours = defaults.clone();
    let attributed = match settings.attribution {
        Attribution::Never => false,
        Attribution::Always => true,
        Attribution::OnCreation => prior.is_null() || before.contains_key(ATTRIBUTION),
    };
    if attributed {
        ours.insert(ATTRIBUTION.to_owned(), Value::text("true"));
    }
    ours.extend(of(labels));
    let effective = merged(before, &of(prior.get("terraform_labels")), &ours);
    state.set("terraform_labels", Value::Map(ours));
    state.set("effective_labels", Value::Map(effective));
}

/// The labels of the cloud after the configuration's went from `old` to
/// `new`: labels others set stay.
fn merged(mut cloud: Labels, old: &Labels, new: &Labels) -> Labels {
    cloud.retain(|key, _| !old.contains_key(key) || new.contains_key(key));
    cloud.extend(new.clone());
    cloud
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn settings(json: serde_json::Value) -> Settings {
        Settings::read(&Value::from(&json), |_| None)
    }

    #[test]
    fn defaults_and_own_labels_are_merged() {
        let settings = settings(json!({"default_labels": {"a": "1", "b": "1"}}));
        let mut state = Value::from(&json!({"labels": {"b": "2"}}));
        plan(&settings, &Value::Null, &mut state);
        let wanted = json!({"a": "1", "b": "2", "goog-terraform-provisioned": "true"});
        assert_eq!(state.get("effective_labels").to_json(), wanted);
        assert_eq!(state.get("terraform_labels").to_json(), wanted);
    }

    #[test]
    fn labels_of_others_stay_and_removed_ones_go() {
        let settings = settings(json!({}));
        let prior = Value::from(&json!({
            "terraform_labels": {"gone": "1", "kept": "1"},
            "effective_labels": {"gone": "1", "kept": "1", "other": "1"},
        }));
        let mut state = Value::from(&json!({"labels": {"kept": "2"}}));
        plan(&settings, &prior, &mut state);
        let wanted = json!({"kept": "2", "other": "1"});
        assert_eq!(state.get("effective_labels").to_json(), wanted);
    }

    #[test]
    fn unknown_labels_make_unknown_outputs() {
        let mut state = Value::Map([("labels".to_owned(), Value::Unknown)].into());
        plan(&settings(json!({})), &Value::Null, &mut state);
        assert!(state.get("effective_labels").is_unknown());
    }
}
