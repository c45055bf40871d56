//! Takes the secrets out of a plan: engines mark them and show them in clear.

use crate::terraform::Redactor;
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// What stands where a secret stood.
pub const MARK: &str = "(sensitive)";

/// The plan without secrets: values that the engine marks as sensitive become [`MARK`], and so does every
/// other value that holds one of them, since providers copy values without their marks. Variables, their
/// defaults, constants of the configuration and generated configuration are dropped, since nothing marks
/// those. Masking twice changes nothing.
pub fn mask(mut plan: Value) -> Value {
    let mut secrets = BTreeSet::new();
    if let Some(root) = plan.as_object_mut() {
        root.remove("variables");
        if let Some(configuration) = root.get_mut("configuration") {
            strip_configuration(configuration, &mut secrets);
        }
        for (_, value) in root.iter_mut().filter(|(key, _)| *key != "configuration") {
            walk(value, &mut secrets);
        }
        let copies = Redactor::new(secrets);
        for (_, value) in root.iter_mut().filter(|(key, _)| *key != "configuration") {
            sweep(value, &copies, false);
        }
    }
    plan
}

/// Changes, states and outputs have the same shape wherever they stand.
fn walk(value: &mut Value, secrets: &mut BTreeSet<String>) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| walk(item, secrets)),
        Value::Object(object) => {
            object.remove("generated_config");
            for (values, marks) in [
                ("before", "before_sensitive"),
                ("after", "after_sensitive"),
                ("values", "sensitive_values"),
                ("config_values", "config_sensitive"),
            ] {
                hide_pair(object, values, marks, secrets);
            }
            if object.get("sensitive") == Some(&Value::Bool(true)) {
                object.get_mut("value").into_iter().for_each(|value| hide(value, secrets));
            }
            // Whole states keep their modules under `values` too; those have no marks beside them.
            let marked = object.contains_key("sensitive_values");
            let parts = object.iter_mut().filter(|(key, _)| !is_data(key, marked));
            parts.for_each(|(_, value)| walk(value, secrets));
        }
        _ => {}
    }
}

/// True for members that hold values of users, not parts of the plan.
fn is_data(key: &str, marked: bool) -> bool {
    matches!(key, "before" | "after" | "config_values") || marked && key == "values"
}

/// Hides values that hold a secret which is marked elsewhere.
fn sweep(value: &mut Value, copies: &Redactor, data: bool) {
    match value {
        Value::String(text) if data && text != MARK && copies.finds_in(text) => MARK.clone_into(text),
        Value::Array(items) => items.iter_mut().for_each(|item| sweep(item, copies, data)),
        Value::Object(object) => {
            let marked = object.contains_key("sensitive_values");
            for (key, value) in object.iter_mut() {
                let inner = is_data(key, marked) || matches!(key.as_str(), "value" | "message" | "importing");
                sweep(value, copies, data || inner);
            }
        }
        _ => {}
    }
}

fn hide_pair(object: &mut Map<String, Value>, values: &str, marks: &str, secrets: &mut BTreeSet<String>) {
    let Some(marks) = object.get(marks).cloned() else { return };
    if let Some(values) = object.get_mut(values) {
        apply(values, &marks, secrets);
    }
}

/// Hides what the marks name. Where the shapes differ, everything is hidden: better too much than a secret.
fn apply(value: &mut Value, marks: &Value, secrets: &mut BTreeSet<String>) {
    match (value, marks) {
        (value, Value::Bool(true)) => hide(value, secrets),
        (Value::Object(values), Value::Object(marks)) => {
            for (key, mark) in marks {
                if let Some(value) = values.get_mut(key) {
                    apply(value, mark, secrets);
                }
            }
        }
        (Value::Array(values), Value::Array(marks)) if values.len() == marks.len() => {
            values.iter_mut().zip(marks).for_each(|(value, mark)| apply(value, mark, secrets));
        }
        (value, marks) if any(marks) => hide(value, secrets),
        _ => {}
    }
}

fn any(marks: &Value) -> bool {
    match marks {
        Value::Bool(mark) => *mark,
        Value::Array(items) => items.iter().any(any),
        Value::Object(items) => items.values().any(any),
        _ => false,
    }
}

fn hide(value: &mut Value, secrets: &mut BTreeSet<String>) {
    collect(value, secrets);
    if !value.is_null() {
        *value = Value::String(MARK.to_owned());
    }
}

/// Remembers the texts in a secret value.
fn collect(value: &Value, secrets: &mut BTreeSet<String>) {
    match value {
        Value::String(text) if text != MARK => {
            secrets.insert(text.clone());
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, secrets)),
        Value::Object(items) => items.values().for_each(|item| collect(item, secrets)),
        _ => {}
    }
}

fn strip_configuration(value: &mut Value, secrets: &mut BTreeSet<String>) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| strip_configuration(item, secrets)),
        Value::Object(object) => {
            if let Some(Value::Object(variables)) = object.get_mut("variables") {
                for variable in variables.values_mut().filter_map(Value::as_object_mut) {
                    let default = variable.remove("default");
                    if let (Some(default), Some(Value::Bool(true))) = (default, variable.get("sensitive")) {
                        collect(&default, secrets);
                    }
                }
            }
            if let Some(constant) = object.get_mut("constant_value") {
                *constant = Value::String("(constant)".to_owned());
            }
            object.values_mut().for_each(|value| strip_configuration(value, secrets));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn plan() -> Value {
        json!({
            "variables": {"v": {"value": "hunter2"}},
            "resource_changes": [{"change": {
                "before": {"a": "hunter2", "b": [{"c": "hunter2", "d": 1}], "n": null, "set": ["hunter2", 1]},
                "before_sensitive": {"a": true, "b": [{"c": true}], "n": true, "set": [true]},
                "after": "hunter2", "after_sensitive": true, "generated_config": "x = \"hunter2\""}}],
            "resource_drift": [{"change": {"before": {"a": "hunter2"}, "before_sensitive": {"a": true}}}],
            "deferred_changes": [{"resource_change": {"change": {"after": ["hunter2"], "after_sensitive": [true]}}}],
            "output_changes": {"o": {"before": "hunter2", "after": "hunter2", "before_sensitive": true, "after_sensitive": true}},
            "planned_values": {
                "outputs": {"o": {"sensitive": true, "value": {"x": "hunter2"}}},
                "root_module": {"child_modules": [{"resources": [
                    {"values": {"p": {"q": "hunter2"}, "open": 1}, "sensitive_values": {"p": {"q": true}}}]}]}},
            "prior_state": {"values": {"outputs": {"o": {"sensitive": true, "value": "hunter2"}},
                "root_module": {"resources": [{"values": {"p": "hunter2"}, "sensitive_values": {"p": true}}]}}},
            "configuration": {
                "provider_config": {"g": {"expressions": {"credentials": {"constant_value": "hunter2"}}}},
                "root_module": {"variables": {"v": {"default": "hunter2", "sensitive": true}},
                    "module_calls": {"m": {"source": "./m", "module": {"variables": {"w": {"default": {"x": "hunter2"}}}}}}}},
        })
    }

    #[test]
    fn no_secret_stays() {
        let masked = mask(plan());
        assert!(!masked.to_string().contains("hunter2"), "{masked:#}");
        assert!(masked.get("variables").is_none());
        let before = &masked["resource_changes"][0]["change"]["before"];
        assert_eq!((&before["n"], &before["b"][0]["d"]), (&Value::Null, &json!(1)));
        assert_eq!(masked["configuration"]["root_module"]["module_calls"]["m"]["source"], "./m");
    }

    #[test]
    fn copies_without_a_mark_are_hidden_and_the_rest_stays() {
        let masked = mask(json!({"resource_changes": [{"address": "a.create", "change": {
            "actions": ["create"],
            "after": {"input": {"p": "create"}, "output": {"p": "x create y", "t": "open"}, "list": ["Y3JlYXRl"]},
            "after_sensitive": {"input": {"p": true}, "output": {}}}}]}));
        let change = &masked["resource_changes"][0];
        assert_eq!(change["change"]["after"]["output"], json!({"p": MARK, "t": "open"}));
        assert_eq!(change["change"]["after"]["list"], json!([MARK]), "base64 of it");
        assert_eq!(
            (&change["address"], &change["change"]["actions"][0]),
            (&json!("a.create"), &json!("create"))
        );
    }

    #[test]
    fn masking_twice_changes_nothing() {
        let once = mask(plan());
        assert_eq!(mask(once.clone()), once);
    }
}
