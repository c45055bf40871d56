//! The guard on a plan's JSON form.

use super::{DATA, DATA_WHY, PROVISIONER_WHY, source};
use serde_json::Value;

/// Findings on what the plan was made from: provisioners, refused data sources, providers that are not
/// allowed, modules from outside. Empty when the plan may be shown for approval.
pub fn check_plan(plan: &Value, allowed_providers: &[String]) -> Vec<String> {
    let mut findings = Vec::new();
    let configuration = plan.get("configuration").unwrap_or(&Value::Null);
    let Some(root) = configuration.get("root_module") else {
        return vec!["the plan does not show its configuration, so it cannot be judged. Plan anew with an engine version that the chart lists".to_owned()];
    };
    for (name, config) in entries(configuration.get("provider_config")) {
        let place = format!("provider \"{name}\"");
        let full = text(config, "full_name").or_else(|| text(config, "name")).unwrap_or("unknown/unknown");
        findings.extend(source::refuse(&place, full, allowed_providers));
    }
    module(&mut findings, "", root);
    for changes in ["resource_changes", "resource_drift"] {
        for change in items(plan.get(changes)) {
            let place = text(change, "address").unwrap_or("a resource");
            if let Some(provider) = text(change, "provider_name") {
                findings.extend(source::refuse(place, provider, allowed_providers));
            }
            findings.extend(data(place, change));
        }
    }
    findings.sort();
    findings.dedup();
    findings
}

fn module(findings: &mut Vec<String>, prefix: &str, module: &Value) {
    for resource in items(module.get("resources")) {
        let place = [prefix, text(resource, "address").unwrap_or("a resource")].concat();
        if items(resource.get("provisioners")).next().is_some() {
            findings.push(format!("{place} has a provisioner, which is refused: {PROVISIONER_WHY}"));
        }
        findings.extend(data(&place, resource));
    }
    for (name, call) in entries(module.get("module_calls")) {
        let place = [prefix, "module.", name].concat();
        if !text(call, "source").is_some_and(source::is_inside) {
            findings.push(source::refuse_module(&place));
        }
        if let Some(inner) = call.get("module") {
            self::module(findings, &[&place, "."].concat(), inner);
        }
    }
}

fn data(place: &str, resource: &Value) -> Option<String> {
    let type_ = text(resource, "type").filter(|type_| DATA.contains(type_))?;
    let is_data = matches!(text(resource, "mode"), Some("data" | "ephemeral"));
    is_data.then(|| format!("{place} is a data source of type {type_}, which is refused: {DATA_WHY}"))
}

fn text<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    value.get(key).and_then(Value::as_str)
}

fn items(value: Option<&Value>) -> impl Iterator<Item = &Value> {
    value.and_then(Value::as_array).into_iter().flatten()
}

fn entries(value: Option<&Value>) -> impl Iterator<Item = (&String, &Value)> {
    value.and_then(Value::as_object).into_iter().flatten()
}
