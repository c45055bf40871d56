use super::*;
use crate::terraform::plan::{digest_json, mask};
use serde_json::json;

fn resource(address: &str, type_: &str, actions: &[&str]) -> Value {
    json!({"address": address, "mode": "managed", "type": type_, "change": {"actions": actions}})
}

fn plan(resources: Value) -> Value {
    json!({"format_version": "1.2", "resource_changes": resources})
}

#[test]
fn the_gravest_change_comes_first() {
    let resources = json!([
        resource("a.new", "terraform_data", &["create"]),
        resource("a.same", "terraform_data", &["no-op"]),
        resource("a.left", "terraform_data", &["forget"]),
        resource("a.again", "terraform_data", &["create", "delete"]),
        resource("a.gone", "google_storage_bucket", &["delete"]),
        resource("a.old", "terraform_data", &["update"]),
        {"address": "data.x.y", "mode": "data", "type": "x", "change": {"actions": ["read"]}},
    ]);
    let view = read(&plan(resources)).unwrap();
    let order: Vec<&str> = view.changes.iter().map(|c| c.address.as_str()).collect();
    assert_eq!(order, ["a.gone", "a.again", "a.left", "a.old", "a.new", "data.x.y"]);
    assert_eq!(view.summary.text, "+1 ~1 ±1 -1");
    assert_eq!(view.changes[0].impact, Impact::DataLoss);
    assert!(view.has_changes && !view.empties);
}

#[test]
fn replacement_reasons_are_the_paths() {
    let mut wanted = resource("a.b", "terraform_data", &["delete", "create"]);
    wanted["action_reason"] = json!("replace_because_cannot_update");
    assert_eq!(read(&plan(json!([wanted]))).unwrap().changes[0].reasons, ["replace_because_cannot_update"]);
    wanted["change"]["replace_paths"] = json!([["boot_disk", 0, "image"], ["zone"]]);
    assert_eq!(read(&plan(json!([wanted]))).unwrap().changes[0].reasons, ["boot_disk.0.image", "zone"]);
}

#[test]
fn an_update_of_the_machine_type_is_a_reboot() {
    let mut wanted = resource("g.vm", "google_compute_instance", &["update"]);
    wanted["change"]["before"] = json!({"machine_type": "e2-small", "labels": {"a": "b"}});
    wanted["change"]["after"] = json!({"machine_type": "e2-medium", "labels": {"a": "b"}});
    assert_eq!(read(&plan(json!([wanted]))).unwrap().changes[0].impact, Impact::Reboot);
    wanted["change"]["after"] = json!({"machine_type": "e2-small", "labels": {"a": "c"}});
    assert_eq!(read(&plan(json!([wanted]))).unwrap().changes[0].impact, Impact::Update);
    wanted["change"]["after_unknown"] = json!({"service_account": true});
    assert_eq!(read(&plan(json!([wanted]))).unwrap().changes[0].impact, Impact::Reboot);
}

#[test]
fn outputs_moves_and_imports_alone_are_something_to_apply() {
    let mut output = plan(json!([]));
    output["output_changes"] = json!({"o": {"actions": ["create"]}});
    assert!(read(&output).unwrap().has_changes);
    output["output_changes"] = json!({"o": {"actions": ["no-op"]}});
    assert!(!read(&output).unwrap().has_changes);
    let mut moved = resource("a.b", "terraform_data", &["no-op"]);
    moved["previous_address"] = json!("a.c");
    assert!(read(&plan(json!([moved]))).unwrap().has_changes);
    let mut imported = resource("a.b", "terraform_data", &["no-op"]);
    imported["change"]["importing"] = json!({"id": "x"});
    assert!(read(&plan(json!([imported]))).unwrap().has_changes);
}

#[test]
fn emptying_is_told_apart() {
    let gone = resource("a.b", "terraform_data", &["delete"]);
    assert!(read(&plan(json!([gone]))).unwrap().empties);
    assert!(!read(&plan(json!([gone, resource("a.c", "x", &["no-op"])]))).unwrap().empties);
    assert!(!read(&plan(json!([]))).unwrap().empties);
}

#[test]
fn an_abandoned_resource_is_forgotten() {
    let mut gone = resource("g.c", "google_service_networking_connection", &["delete"]);
    gone["change"]["before"] = json!({"deletion_policy": "ABANDON"});
    assert_eq!(read(&plan(json!([gone]))).unwrap().changes[0].action, ChangeAction::Forget);
}

#[test]
fn what_is_not_understood_is_refused() {
    assert!(read(&json!({"format_version": "2.0"})).unwrap_err().contains("format 2.0"));
    assert!(read(&json!({"format_version": "1.2", "errored": true})).is_err());
    assert!(read(&plan(json!([resource("a", "b", &["open"])]))).unwrap_err().contains("open"));
    assert!(read(&json!([])).is_err());
}

#[test]
fn the_digest_does_not_depend_on_the_order_of_keys() {
    let one: Value = serde_json::from_str(r#"{"b":1,"a":{"d":1,"c":2}}"#).unwrap();
    let two: Value = serde_json::from_str(r#"{"a":{"c":2,"d":1},"b":1}"#).unwrap();
    assert_eq!(digest_json(&one), digest_json(&two));
    assert_eq!(digest_json(&mask(one)).0, br#"{"a":{"c":2,"d":1},"b":1}"#);
}
