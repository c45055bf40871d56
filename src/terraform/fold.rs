//! The desired set of a stack: what it was, with one session's changes in it.

use super::grow;
use crate::api::{Kind, Resource, session::Changes};
use std::collections::{BTreeMap, BTreeSet};

/// The previous set with the changes folded in, sorted by name. An upsert replaces the resource of its name.
/// All findings come at once: names that are unknown or given twice, blocks that are missing, and
/// everything that would remove what is protected.
pub fn fold(previous: &[Resource], changes: &Changes) -> Result<Vec<Resource>, Vec<String>> {
    let mut set: BTreeMap<&str, &Resource> = previous.iter().map(|r| (r.name.as_str(), r)).collect();
    let mut findings = Vec::new();
    let removed: BTreeSet<&str> = changes.remove.iter().map(String::as_str).collect();
    for name in &removed {
        match set.remove(name) {
            None => findings.push(format!(
                "\"{name}\" cannot be removed: the stack holds no resource of that name. It holds {}; correct or drop the name in changes.remove",
                names(previous)
            )),
            Some(resource) => findings.extend(protection(resource, "removed")),
        }
    }
    let mut seen = BTreeSet::new();
    for wanted in &changes.upsert {
        let name = wanted.name.as_str();
        if removed.contains(name) {
            findings.push(format!(
                "\"{name}\" is both in changes.upsert and in changes.remove: keep it in one of them"
            ));
        }
        if !seen.insert(name) {
            findings.push(format!("\"{name}\" is twice in changes.upsert: names are unique in a stack, so give one of them another name"));
        }
        findings.extend(judge(set.get(name).copied(), wanted));
        set.insert(name, wanted);
    }
    if findings.is_empty() { Ok(set.into_values().cloned().collect()) } else { Err(findings) }
}

/// Findings against removing the whole stack: one for each protected resource.
pub fn destroy(previous: &[Resource]) -> Vec<String> {
    previous.iter().filter_map(|resource| protection(resource, "destroyed")).collect()
}

fn judge(before: Option<&Resource>, wanted: &Resource) -> Vec<String> {
    let name = &wanted.name;
    let Some(kind) = wanted.kind() else {
        return vec![format!("\"{name}\" sets none or several of {}: set exactly one of them", Kind::LIST)];
    };
    match before.and_then(|before| before.kind().map(|was| (before, was))) {
        Some((before, was)) if was != kind => {
            let as_what = format!("replaced by a {}", kind.as_str());
            protection(before, &as_what).into_iter().collect()
        }
        Some((before, _)) => grow::shrinking(before, wanted),
        None => Vec::new(),
    }
}

fn protection(resource: &Resource, verb: &str) -> Option<String> {
    let name = &resource.name;
    resource.is_protected().then(|| format!(
        "\"{name}\" cannot be {verb}: its deletionProtection is true. If that is meant, first apply a session that sets deletionProtection: false on it, and then this one"
    ))
}

fn names(resources: &[Resource]) -> String {
    let mut names: Vec<&str> = resources.iter().map(|r| r.name.as_str()).collect();
    names.sort_unstable();
    if names.is_empty() { "none yet".to_owned() } else { names.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn resources(value: Value) -> Vec<Resource> {
        serde_json::from_value(value).unwrap()
    }

    fn stack() -> Vec<Resource> {
        resources(json!([
            {"name": "web", "module": {"source": "configmap/web", "inputs": {"size": 1}}},
            {"name": "data", "deletionProtection": true, "bucket": {}},
        ]))
    }

    fn changes(value: Value) -> Changes {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn an_upsert_replaces_by_name_and_the_set_is_sorted() {
        let wanted = changes(json!({"upsert": [
            {"name": "web", "module": {"source": "configmap/web", "inputs": {"size": 2}}},
            {"name": "a", "bucket": {}},
        ]}));
        let set = fold(&stack(), &wanted).unwrap();
        let names: Vec<&str> = set.iter().map(|r| r.name.as_str()).collect();
        assert_eq!(names, ["a", "data", "web"]);
        assert_eq!(set[2].module.as_ref().unwrap().inputs["size"], json!(2));
    }

    #[test]
    fn all_findings_come_at_once() {
        let wanted = changes(json!({
            "remove": ["nope", "data", "web"],
            "upsert": [{"name": "web", "bucket": {}}, {"name": "x"}, {"name": "x", "bucket": {}}],
        }));
        let findings = fold(&stack(), &wanted).unwrap_err();
        assert_eq!(findings.len(), 5, "{findings:#?}");
        assert!(findings[0].contains("deletionProtection: false"));
        assert!(findings[1].contains("data, web"));
    }

    #[test]
    fn protection_holds_against_another_kind_even_when_lifted_at_once() {
        let wanted = changes(json!({"upsert": [{"name": "data", "module": {"source": "configmap/web"}}]}));
        assert_eq!(fold(&stack(), &wanted).unwrap_err().len(), 1);
        let lift = changes(json!({"upsert": [{"name": "data", "bucket": {}}]}));
        let lifted = fold(&stack(), &lift).unwrap();
        assert!(fold(&lifted, &changes(json!({"remove": ["data"]}))).is_ok());
    }

    #[test]
    fn databases_and_clusters_are_protected_unless_said_otherwise() {
        let stack = resources(json!([{"name": "d", "database": {}}, {"name": "c", "cluster": {}},
            {"name": "e", "deletionProtection": false, "database": {}}, {"name": "v", "vm": {"machineType": "e2-small"}}]));
        assert_eq!(destroy(&stack).len(), 2);
    }

    #[test]
    fn a_disk_does_not_shrink() {
        let before = resources(json!([{"name": "v", "vm": {"machineType": "e2-small", "diskGb": 40}}]));
        let less = changes(json!({"upsert": [{"name": "v", "vm": {"machineType": "e2-small"}}]}));
        assert!(fold(&before, &less).unwrap_err()[0].contains("vm.diskGb"));
    }

    #[test]
    fn a_destroy_names_what_is_protected() {
        assert_eq!(destroy(&stack()).len(), 1);
    }
}
