//! Whatever is written exists in the schema of the pinned provider: arguments are arguments, blocks are blocks,
//! what is required is there.

use crate::case::{CLOUDS, Case, cases, root};
use hcl::{Block, Body};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;

/// Arguments and blocks that the engine itself knows in every resource.
const META: [&str; 5] = ["depends_on", "count", "for_each", "provider", "lifecycle"];

fn schema(cloud: &str) -> Value {
    let provider = match cloud {
        "gcp" => "google",
        "aws" => "aws",
        _ => "azurerm",
    };
    let path = root().join("sandbox/data").join(provider).join("schema.json");
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap()
}

/// Arguments that may be set, with their flags; a nested attribute counts as a block.
fn flags(attribute: &Value) -> &str {
    attribute.as_str().or_else(|| attribute["mode"].as_str()).unwrap_or_default()
}

fn check(place: &str, body: &Body, shape: &Value, top: bool, wrong: &mut Vec<String>) {
    let empty = Value::Object(serde_json::Map::new());
    let (attributes, blocks) = (
        shape.get("attributes").unwrap_or(&empty).as_object().unwrap(),
        shape.get("blocks").unwrap_or(&empty).as_object().unwrap(),
    );
    let mut given: BTreeMap<&str, usize> = BTreeMap::new();
    for argument in body.attributes() {
        let key = argument.key.as_str();
        given.insert(key, 1);
        match attributes.get(key) {
            _ if top && META.contains(&key) => {}
            None if blocks.contains_key(key) => {
                wrong.push(format!("{place}: {key} is a block, not an argument"))
            }
            None => wrong.push(format!("{place}: there is no argument {key}")),
            Some(known) if flags(known).ends_with("computed") && !flags(known).contains("optional") => {
                wrong.push(format!("{place}: {key} is set by the provider alone"));
            }
            Some(_) => {}
        }
    }
    for block in body.blocks() {
        let key = block.identifier.as_str();
        *given.entry(key).or_default() += 1;
        if top && META.contains(&key) {
            continue;
        }
        match blocks.get(key) {
            None if attributes.contains_key(key) => {
                wrong.push(format!("{place}: {key} is an argument, not a block"))
            }
            None => wrong.push(format!("{place}: there is no block {key}")),
            Some(inner) => check(&format!("{place}.{key}"), &block.body, inner, false, wrong),
        }
    }
    for (key, known) in attributes {
        if flags(known).contains("required") && !given.contains_key(key.as_str()) {
            wrong.push(format!("{place}: {key} is required"));
        }
    }
    for (key, known) in blocks {
        let count = given.get(key.as_str()).copied().unwrap_or_default() as u64;
        if known["min"].as_u64().is_some_and(|min| count < min) {
            wrong.push(format!("{place}: block {key} is required"));
        }
        if known["max"].as_u64().is_some_and(|max| count > max) {
            wrong.push(format!("{place}: block {key} is there {count} times"));
        }
    }
}

fn findings(case: &Case, schema: &Value) -> Vec<String> {
    let body: Body = hcl::parse(&case.rendered().files["main.tf"]).unwrap();
    let mut wrong = vec![];
    for block in body.blocks() {
        let labels: Vec<&str> = block.labels.iter().map(|label| label.as_str()).collect();
        let place = format!("{}: {}", case.name(), labels.join("."));
        let shape = match block.identifier.as_str() {
            "resource" => &schema["resources"][labels[0]],
            "data" => &schema["data_sources"][labels[0]],
            "provider" => &schema["provider"],
            _ => continue,
        };
        if shape.is_null() {
            wrong.push(format!("{place}: the schema has no such type"));
        } else {
            check(&place, &block.body, shape, block.identifier.as_str() != "provider", &mut wrong);
        }
    }
    wrong
}

#[test]
fn all_that_is_written_is_in_the_schema() {
    for cloud in CLOUDS.into_iter().filter(|cloud| !cases(cloud).is_empty()) {
        let schema = schema(cloud);
        let wrong: Vec<String> = cases(cloud).iter().flat_map(|case| findings(case, &schema)).collect();
        assert!(wrong.is_empty(), "{wrong:#?}");
    }
}

#[test]
fn the_check_sees_what_is_wrong() {
    let block = |text: &str| -> Block { hcl::parse(text).unwrap().into_blocks().next().unwrap() };
    let wrong_one = block(
        "resource \"google_compute_disk\" \"d\" {\n  nam = 1\n  self_link = \"x\"\n  timeouts = 3\n  size {}\n}\n",
    );
    let mut wrong = vec![];
    check("d", &wrong_one.body, &schema("gcp")["resources"]["google_compute_disk"], true, &mut wrong);
    wrong.sort();
    assert_eq!(
        wrong,
        [
            "d: name is required",
            "d: self_link is set by the provider alone",
            "d: size is an argument, not a block",
            "d: there is no argument nam",
            "d: timeouts is a block, not an argument",
        ]
    );
}
