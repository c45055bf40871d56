//! Labels of the provider block and of the resource, merged as the providers
//! do. google: `terraform_labels` are those of the configuration,
//! `effective_labels` those the resource has in the cloud; what others set
//! stays. aws: `tags_all` are all tags; what nobody configured goes.

use std::collections::BTreeMap;

use super::Settings;
use super::settings::Attribution;
use crate::schema::Block;
use crate::value::Value;

const ATTRIBUTION: &str = "goog-terraform-provisioned";

type Labels = BTreeMap<String, Value>;

/// How a resource type holds its labels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// An argument such as `labels`; `terraform_labels`, `effective_labels`.
    Google(&'static str),
    /// `tags`, `tags_all`.
    Aws,
}

impl Style {
    /// The style of a shape; `None` where nothing is merged.
    pub fn of(block: &Block) -> Option<Self> {
        let has = |name| block.attributes.contains_key(name);
        let argument = if has("labels") { "labels" } else { "resource_labels" };
        let google = has("effective_labels").then_some(Self::Google(argument));
        google.or(has("tags_all").then_some(Self::Aws))
    }

    /// The outputs, which the cloud does not tell apart.
    pub fn outputs(self) -> &'static [&'static str] {
        match self {
            Self::Google(_) => &["effective_labels", "terraform_labels"],
            Self::Aws => &["tags_all"],
        }
    }

    /// What the cloud has of them, under the argument's name.
    pub fn to_cloud(self, state: &mut Value) {
        let (from, to) = match self {
            Self::Google(argument) => ("effective_labels", argument),
            Self::Aws => ("tags_all", "tags"),
        };
        let all = state.get(from).clone();
        state.set(to, all);
    }

    /// The arguments and outputs from what the cloud has.
    pub fn read_back(self, settings: &Settings, prior: &Value, state: &mut Value) {
        match self {
            Self::Google(argument) => {
                let all = labels(state.get(argument));
                for name in [argument, "terraform_labels"] {
                    let ours = only_known(&all, prior.get(name));
                    state.set(name, ours);
                }
                state.set("effective_labels", Value::Map(all));
            }
            Self::Aws => {
                let all = labels(state.get("tags"));
                let before = prior.get("tags");
                let defaults = settings.default_labels.as_ref();
                let given = |key: &String, value: &Value| {
                    defaults.is_some_and(|defaults| defaults.get(key) == Some(value))
                        && before.member(key).is_none()
                };
                let mut ours = all.clone();
                ours.retain(|key, value| !given(key, value));
                let none = ours.is_empty() && before.is_null();
                state.set("tags", if none { Value::Null } else { Value::Map(ours) });
                state.set("tags_all", Value::Map(all));
            }
        }
    }
}

/// Sets the outputs in a planned state.
pub fn plan(style: Style, settings: &Settings, prior: &Value, state: &mut Value) {
    match style {
        Style::Google(argument) => plan_google(settings, prior, state, argument),
        Style::Aws => {
            let tags = state.get("tags");
            let all = settings.default_labels.clone().filter(|_| tags.is_known());
            let all = all.map_or(Value::Unknown, |mut all| {
                all.extend(labels(tags));
                Value::Map(all)
            });
            state.set("tags_all", all);
        }
    }
}

fn labels(value: &Value) -> Labels {
    value.as_map().cloned().unwrap_or_default()
}

fn plan_google(settings: &Settings, prior: &Value, state: &mut Value, argument: &str) {
    let given = state.get(argument);
    let Some(defaults) = settings.default_labels.as_ref().filter(|_| given.is_known()) else {
        state.set("terraform_labels", Value::Unknown);
        state.set("effective_labels", Value::Unknown);
        return;
    };
    let before = labels(prior.get("effective_labels"));
    let mut ours = defaults.clone();
    let attributed = match settings.attribution {
        Attribution::Never => false,
        Attribution::Always => true,
        Attribution::OnCreation => prior.is_null() || before.contains_key(ATTRIBUTION),
    };
    if attributed {
        ours.insert(ATTRIBUTION.to_owned(), Value::text("true"));
    }
    ours.extend(labels(given));
    let effective = merged(before, &labels(prior.get("terraform_labels")), &ours);
    state.set("terraform_labels", Value::Map(ours));
    state.set("effective_labels", Value::Map(effective));
}

fn only_known(all: &Labels, known: &Value) -> Value {
    match known.as_map() {
        Some(known) => Value::Map(
            all.iter()
                .filter(|(key, _)| known.contains_key(*key))
                .map(|(key, value)| (key.clone(), value.clone()))
                .collect(),
        ),
        None => Value::Null,
    }
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
        let google = crate::kind::Catalogue::find("google").unwrap().unwrap();
        Settings::read(&google.provider, &Value::from(&json), |_| None)
    }

    #[test]
    fn defaults_and_own_labels_are_merged() {
        let settings = settings(json!({"default_labels": {"a": "1", "b": "1"}}));
        let mut state = Value::from(&json!({"labels": {"b": "2"}}));
        plan(Style::Google("labels"), &settings, &Value::Null, &mut state);
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
        plan(Style::Google("labels"), &settings, &prior, &mut state);
        let wanted = json!({"kept": "2", "other": "1"});
        assert_eq!(state.get("effective_labels").to_json(), wanted);
    }

    #[test]
    fn unknown_labels_make_unknown_outputs() {
        let mut state = Value::Map([("labels".to_owned(), Value::Unknown)].into());
        plan(Style::Google("labels"), &settings(json!({})), &Value::Null, &mut state);
        assert!(state.get("effective_labels").is_unknown());
    }

    #[test]
    fn tags_are_read_back_without_the_defaults() {
        let settings = settings(json!({"default_labels": {"d": "1", "e": "1"}}));
        let mut state = Value::from(&json!({"tags": {"e": "1", "own": "1"}}));
        let prior = state.clone();
        plan(Style::Aws, &settings, &prior, &mut state);
        assert_eq!(state.get("tags_all").to_json(), json!({"d": "1", "e": "1", "own": "1"}));
        Style::Aws.to_cloud(&mut state);
        state.set("tags", Value::from(&json!({"d": "1", "e": "1", "own": "2", "hand": "1"})));
        Style::Aws.read_back(&settings, &prior, &mut state);
        assert_eq!(state.get("tags").to_json(), json!({"e": "1", "own": "2", "hand": "1"}));
        let mut bare = Value::from(&json!({"tags": {"d": "1", "e": "1"}}));
        Style::Aws.read_back(&settings, &Value::Null, &mut bare);
        assert!(bare.get("tags").is_null());
    }
}
