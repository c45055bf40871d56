//! The repository checks itself.

use cloud_engine::api::{CloudProject, DeploymentSession};
use kube::CustomResourceExt;
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn files(dir: &Path, end: &str) -> Vec<PathBuf> {
    let mut found = vec![];
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path, end));
        } else if path.to_string_lossy().ends_with(end) {
            found.push(path);
        }
    }
    found.sort();
    found
}

#[test]
fn crds_are_what_the_types_generate() {
    for crd in [CloudProject::crd(), DeploymentSession::crd()] {
        let wanted = format!("---\n{}", serde_yaml_ng::to_string(&crd).unwrap());
        for dir in ["crds", "charts/cloud-engine/files/crds"] {
            let path = root().join(dir).join(format!("{}.yaml", crd.spec.names.plural));
            let found = fs::read_to_string(&path).unwrap_or_default();
            assert!(found == wanted, "{} differs from the types: run `make generate`", path.display());
        }
    }
}

/// Rooms that each room may use; `bin` may use all.
fn allowed() -> BTreeMap<&'static str, &'static [&'static str]> {
    BTreeMap::from([
        ("names", &[] as &[_]),
        ("api", &["names"]),
        ("wire", &["api", "names"]),
        ("domain", &["api", "names", "wire"]),
        ("terraform", &["api", "domain", "names", "pricing", "wire"]),
        ("platform", &["api", "names"]),
        ("pricing", &["api"]),
        ("blob", &["api", "domain", "names", "platform", "wire"]),
        ("runner", &["api", "domain", "names", "platform", "terraform", "wire"]),
        ("gateway", &["api", "blob", "domain", "names", "platform", "terraform", "wire"]),
        ("controller", &["api", "blob", "domain", "names", "platform", "pricing", "terraform", "wire"]),
        ("cli", &["api", "domain", "names", "platform", "pricing", "wire"]),
    ])
}

#[test]
fn dependencies_point_one_way() {
    let mut wrong = vec![];
    for path in files(&root().join("src"), ".rs") {
        let relative = path.strip_prefix(root().join("src")).unwrap().to_string_lossy().into_owned();
        let room = relative.split('/').next().unwrap().trim_end_matches(".rs").to_owned();
        if room == "bin" || room == "lib" {
            continue;
        }
        let allowed = allowed();
        let mine = allowed.get(room.as_str()).unwrap_or_else(|| panic!("room {room} is not in the map"));
        let text = fs::read_to_string(&path).unwrap();
        // `use crate::{a::X, b}` and `crate::a::X` in the code alike.
        let flat = text.replace(['\n', ' '], "");
        for (at, _) in flat.match_indices("crate::") {
            let rest = &flat[at + 7..];
            let heads: Vec<String> = if let Some(group) = rest.strip_prefix('{') {
                top_level(group)
            } else {
                vec![rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()]
            };
            for head in heads {
                if head != room && allowed.contains_key(head.as_str()) && !mine.contains(&head.as_str()) {
                    wrong.push(format!("{relative} uses {head}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// First names of the entries of a `use` group that is open at depth 0.
fn top_level(group: &str) -> Vec<String> {
    let (mut depth, mut current, mut heads) = (0, String::new(), vec![]);
    for c in group.chars() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => heads.push(std::mem::take(&mut current)),
            _ if depth == 0 => current.push(c),
            _ => {}
        }
    }
    heads.push(current);
    heads.into_iter().map(|h| h.split("::").next().unwrap_or_default().to_owned()).collect()
}

#[test]
fn examples_are_what_the_types_read() {
    let mut seen = 0;
    for path in files(&root().join("examples"), ".yaml") {
        for document in fs::read_to_string(&path).unwrap().split("\n---") {
            let value: serde_json::Value = serde_yaml_ng::from_str(document).unwrap();
            let read = match value["kind"].as_str() {
                Some("CloudProject") => serde_json::from_value::<CloudProject>(value).map(drop),
                Some("DeploymentSession") => serde_json::from_value::<DeploymentSession>(value).map(drop),
                _ => continue,
            };
            read.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            seen += 1;
        }
    }
    assert!(seen >= 2, "the quick start has a project and a session");
}

#[test]
fn every_field_is_described_and_every_text_and_list_is_bounded() {
    let mut missing = vec![];
    for crd in [CloudProject::crd(), DeploymentSession::crd()] {
        let schema = serde_json::to_value(&crd.spec.versions[0].schema).unwrap();
        let kind = crd.spec.names.kind.clone();
        for part in ["spec", "status"] {
            walk(&schema["openAPIV3Schema"]["properties"][part], &format!("{kind}.{part}"), &mut missing);
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
}

fn walk(schema: &serde_json::Value, path: &str, missing: &mut Vec<String>) {
    if path.contains(".conditions[]") {
        return;
    }
    let kind = schema["type"].as_str().unwrap_or_default();
    if kind == "string"
        && schema.get("enum").is_none()
        && schema.get("maxLength").is_none()
        && schema["format"] != "date-time"
    {
        missing.push(format!("{path} has no maxLength"));
    }
    if kind == "array" {
        if schema.get("maxItems").is_none() {
            missing.push(format!("{path} has no maxItems"));
        }
        walk(&schema["items"], &format!("{path}[]"), missing);
    }
    if let Some(properties) = schema["properties"].as_object() {
        for (name, field) in properties {
            let at = format!("{path}.{name}");
            if field["description"].as_str().unwrap_or_default().is_empty() {
                missing.push(format!("{at} has no description"));
            }
            walk(field, &at, missing);
        }
    }
}
