//! Plans of whole resources against the real tables.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use super::*;
use crate::store::Record;

fn google() -> Catalogue {
    Catalogue::find("google").unwrap().unwrap()
}

fn settings() -> Settings {
    let block = json!({"project": "p", "region": "r1", "zone": "r1-b"});
    Settings::read(&google().provider, &Value::from(&block), |_| None)
}

/// Plans as an engine asks for it: the proposal keeps what the
/// configuration leaves out.
fn planned(kind: &str, prior: &Value, config: Json) -> Planned {
    let google = google();
    let subject = Subject::find(&google, kind).unwrap();
    let config = crate::schema::conform(subject.block, &Value::from(&config));
    plan(&subject, &settings(), [prior, &config, &config]).unwrap()
}

fn applied(kind: &str, config: Json) -> Value {
    let google = google();
    let subject = Subject::find(&google, kind).unwrap();
    let state = planned(kind, &Value::Null, config).state;
    let nothing = BTreeMap::new();
    let with = Settling { settings: &settings(), referred: &nothing, time: "now", same: 0 };
    settle(&subject, &with, &state, &Value::Null).state
}

fn paths(planned: &Planned) -> Vec<String> {
    let step = |step: &Step| match step {
        Step::Name(name) => name.clone(),
        Step::Index(index) => index.to_string(),
    };
    let path = |path: &Path| path.iter().map(step).collect::<Vec<_>>().join(".");
    planned.replace.iter().map(path).collect()
}

fn instance() -> Json {
    json!({
        "name": "web", "machine_type": "e2-small",
        "boot_disk": [{"initialize_params": [{"image": "debian-12", "size": 20}]}],
        "network_interface": [{"subnetwork": "projects/p/regions/r1/subnetworks/s"}],
    })
}

#[test]
fn a_new_resource_has_unknown_outputs_and_known_defaults() {
    let state = planned("google_compute_instance", &Value::Null, instance()).state;
    assert!(state.get("id").is_unknown() && state.get("scheduling").is_unknown());
    assert_eq!(state.get("zone"), &Value::text("r1-b"));
    assert_eq!(state.get("deletion_protection"), &Value::Bool(false));
    let disk = state.get("boot_disk").at(0);
    assert_eq!(disk.get("auto_delete"), &Value::Bool(true));
    assert!(disk.get("source").is_unknown());
}

#[test]
fn after_apply_nothing_is_unknown_and_the_next_plan_is_empty() {
    for (kind, config) in [
        ("google_compute_instance", instance()),
        ("google_compute_network", json!({"name": "n"})),
        ("google_storage_bucket", json!({"name": "b", "location": "EU"})),
        ("google_service_account", json!({"account_id": "sa"})),
        ("google_compute_attached_disk", json!({"disk": "d", "instance": "projects/q/zones/z/instances/i"})),
    ] {
        let state = applied(kind, config.clone());
        assert!(state.is_known(), "{kind}");
        let again = planned(kind, &state, config);
        assert_eq!(again.state, state, "{kind}");
        assert!(again.replace.is_empty(), "{kind}");
    }
}

#[test]
fn ids_are_the_clouds() {
    let id = |kind, config| applied(kind, config).get("id").as_text().unwrap().to_owned();
    assert_eq!(id("google_compute_instance", instance()), "projects/p/zones/r1-b/instances/web");
    let attached = json!({"disk": "a/b/d", "instance": "projects/q/zones/z/instances/i"});
    assert_eq!(id("google_compute_attached_disk", attached), "projects/q/zones/z/instances/i/d");
    let account = json!({"account_id": "sa"});
    assert_eq!(
        id("google_service_account", account),
        "projects/p/serviceAccounts/sa@p.iam.gserviceaccount.com"
    );
}

#[test]
fn replacement_follows_the_table() {
    let state = applied("google_compute_instance", instance());
    let change = |pointer: &str, value: Json| {
        let mut config = instance();
        match config.pointer_mut(pointer) {
            Some(found) => *found = value,
            None => config[pointer.trim_start_matches('/')] = value,
        }
        paths(&planned("google_compute_instance", &state, config))
    };
    assert_eq!(change("/name", json!("db")), ["name"]);
    assert_eq!(change("/zone", json!("r1-c")), ["zone"]);
    assert!(change("/machine_type", json!("e2-medium")).is_empty());
    let size = "/boot_disk/0/initialize_params/0/size";
    assert!(change(size, json!(30)).is_empty());
    assert!(change(size, json!(10)).is_empty());
    assert_eq!(
        change("/boot_disk/0/initialize_params/0/image", json!("ubuntu")),
        ["boot_disk.0.initialize_params.0.image"]
    );
    let two = json!([{"subnetwork": "s"}, {"subnetwork": "t"}]);
    assert_eq!(change("/network_interface", two), ["network_interface"]);
}

#[test]
fn shrinking_is_told_from_growing() {
    let disk = |size: i64| json!({"name": "d", "size": size});
    let state = applied("google_compute_disk", disk(20));
    let plan = |size| paths(&planned("google_compute_disk", &state, disk(size)));
    assert!(plan(30).is_empty());
    assert_eq!(plan(10), ["size"]);

    let subnet = |range: &str| json!({"name": "s", "network": "n", "ip_cidr_range": range});
    let state = applied("google_compute_subnetwork", subnet("10.0.0.0/20"));
    let plan = |range| paths(&planned("google_compute_subnetwork", &state, subnet(range)));
    assert!(plan("10.0.0.0/16").is_empty());
    assert_eq!(plan("10.0.0.0/24"), ["ip_cidr_range"]);
}

#[test]
fn another_spelling_of_a_reference_is_no_change() {
    let google = google();
    let subnet = |network: String| json!({"name": "s", "network": network, "ip_cidr_range": "10.0.0.0/20"});
    let id = "projects/p/global/networks/n";
    let state = applied("google_compute_subnetwork", subnet(id.to_owned()));
    let again =
        planned("google_compute_subnetwork", &state, subnet(format!("{}{id}", google.provider.links[0])));
    assert_eq!(again.state, state);
    let other = planned("google_compute_subnetwork", &state, subnet("m".to_owned()));
    assert_eq!(paths(&other), ["network"]);
}

#[test]
fn secrets_stay_out_of_the_record_and_in_the_state() {
    let google = google();
    let subject = Subject::find(&google, "google_compute_disk").unwrap();
    let config = json!({
        "name": "d", "labels": {"a": "1"},
        "disk_encryption_key": [{"raw_key": "clear", "raw_key_wo": "hidden"}],
    });
    let state = applied("google_compute_disk", config.clone());
    let key = state.get("disk_encryption_key").at(0);
    assert_eq!(key.get("raw_key"), &Value::text("clear"));
    assert!(key.get("raw_key_wo").is_null());
    let record = to_record(&subject, &state);
    let text = json!(record).to_string();
    assert!(!text.contains("clear") && !text.contains("hidden"), "{text}");
    let prints = fingerprints(subject.block, &Value::from(&config));
    assert!(prints["disk_encryption_key.raw_key_wo"].as_str().unwrap().starts_with("sha256:"));
    let kept = Record {
        id: state.get("id").as_text().unwrap().to_owned(),
        created: "now".to_owned(),
        attributes: record,
        ..Record::default()
    };
    assert_eq!(from_record(&subject, &settings(), &kept, &state), state);
    // Read for the first time, all is there that the cloud tells.
    let read = from_record(&subject, &settings(), &kept, &Value::Null);
    assert_eq!(read.get("self_link"), state.get("self_link"));
}
