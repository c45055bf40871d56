//! Provider sources and module sources.

use hcl::edit::expr::{Expression, ObjectKey};

/// Hosts that the engines assume when none is written.
const HOSTS: [&str; 2] = ["registry.opentofu.org", "registry.terraform.io"];
/// The provider that is part of the engines.
const BUILTIN: &str = "builtin/terraform";

/// `namespace/name` of a source as people or plans write it; the whole text when it names another host.
pub(super) fn normal(source: &str) -> String {
    let source = source.to_ascii_lowercase();
    let parts: Vec<&str> = source.split('/').collect();
    match parts.as_slice() {
        ["terraform"] | ["terraform.io", "builtin", "terraform"] => BUILTIN.to_owned(),
        [name] => ["hashicorp/", name].concat(),
        [host, namespace, name] if HOSTS.contains(host) => [namespace, "/", name].concat(),
        _ => source,
    }
}

/// A finding when the provider is not allowed.
pub(super) fn refuse(place: &str, source: &str, allowed: &[String]) -> Option<String> {
    let source = normal(source);
    if source == BUILTIN || allowed.iter().any(|a| normal(a) == source) {
        return None;
    }
    Some(format!(
        "{place} uses provider {source}, which this project does not allow (allowed: {}). Use one of these, or have the provider added to spec.allow.providers of the CloudProject",
        if allowed.is_empty() { "none".to_owned() } else { allowed.join(", ") }
    ))
}

/// True for module sources inside the folder: `./…` without `..`.
pub(super) fn is_inside(source: &str) -> bool {
    source.strip_prefix("./").is_some_and(super::is_safe_path)
}

/// A finding on the source of a module call.
pub(super) fn refuse_module(place: &str) -> String {
    format!(
        "{place} takes its source from outside the module: only a literal \"./folder\" below the calling file is allowed, so that what was reviewed is what runs. Copy the files in"
    )
}

/// The source in an entry of `required_providers`. Where it is not plain to see, it is one that nobody allows.
pub(super) fn of_requirement(value: &Expression) -> Option<String> {
    let Expression::Object(object) = value else { return None };
    let key = |key: &ObjectKey| match key {
        ObjectKey::Ident(name) | ObjectKey::Expression(Expression::Variable(name)) => {
            Some(name.as_str().to_owned())
        }
        ObjectKey::Expression(key) => key.as_str().map(str::to_owned),
    };
    let keys: Vec<Option<String>> = object.iter().map(|(name, _)| key(name)).collect();
    let sources = keys.iter().filter(|key| key.as_deref() == Some("source")).count();
    if sources > 1 || keys.iter().any(Option::is_none) {
        return Some(UNCLEAR.to_owned());
    }
    let (_, value) = object.iter().find(|(name, _)| key(name).as_deref() == Some("source"))?;
    Some(value.expr().as_str().unwrap_or(UNCLEAR).to_owned())
}

/// Stands for a source that is not plain text.
const UNCLEAR: &str = "(not plain text)/(unknown)";
