//! Random sets of resources: whatever the API server lets through is refused with findings, or written so that it
//! reads back as it was meant.

use crate::case::{CLOUDS, rendered};
use cloud_engine::api::Resource;
use cloud_engine::terraform::{Rendered, guard};
use hcl::Body;
use proptest::{collection::vec, option, prelude::*, test_runner::TestRunner};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Free text, hostile now and then.
fn text() -> impl Strategy<Value = String> {
    "(\\$\\{|%\\{|\"|\\\\|\n|[ -~]|\\PC){0,20}"
}

fn ports() -> impl Strategy<Value = String> {
    prop_oneof![
        (1..=65535u32).prop_map(|p| p.to_string()),
        (1..=300u32, 300..=65535u32).prop_map(|(a, b)| format!("{a}-{b}"))
    ]
}

/// Machine types of a cloud, and one that none has.
fn machine(cloud: &str) -> impl Strategy<Value = &'static str> + Clone + use<> {
    prop::sample::select(match cloud {
        "gcp" => vec!["e2-small", "e2-standard-2", "n4-standard-2", "c4a-standard-1", "nope"],
        "aws" => vec!["t3.micro", "m5.large", "t4g.small", "m7g.large", "nope"],
        _ => vec!["Standard_B2s", "Standard_D2s_v5", "Standard_D4s_v5", "Standard_D2ps_v5", "nope"],
    })
}

/// A block of each kind but module, with what may be said about it.
fn kind(cloud: &str) -> impl Strategy<Value = Value> {
    let vm = (machine(cloud), option::of(text()), any::<(bool, bool)>(), vec("[a-z]{1,5}", 0..3), option::of(0..3i32), option::of(10..90i32))
        .prop_map(|(machine, script, (public, spot), tags, disks, gb)| {
            let tags: BTreeSet<String> = tags.into_iter().collect();
            let disks: Vec<Value> = (0..disks.unwrap_or(0)).map(|i| json!({"name": format!("d{i}"), "gb": 10 + i})).collect();
            json!({"vm": {"machineType": machine, "startupScript": script, "publicIp": public, "spot": spot, "tags": tags, "dataDisks": disks, "diskGb": gb}})
        });
    let database = (any::<(bool, bool, bool)>(), 0..36i32, option::of(20..200i32)).prop_map(|((mysql, ha, public), days, gb)| {
        json!({"database": {"engine": if mysql { "mysql" } else { "postgres" }, "ha": ha, "publicAccess": public, "backupDays": days, "storageGb": gb}})
    });
    let network = (0..3u8, any::<bool>(), option::of(any::<bool>()), vec("[a-z]{1,4}", 0..3)).prop_map(|(octet, nat, logs, names)| {
        let names: BTreeSet<String> = names.into_iter().collect();
        let subnets: Vec<Value> =
            names.iter().enumerate().map(|(i, name)| json!({"name": name, "cidr": format!("10.{octet}.{i}.0/24")})).collect();
        json!({"network": {"cidr": format!("10.{octet}.0.0/16"), "nat": nat, "flowLogs": logs, "subnets": subnets}})
    });
    let bucket = (any::<(bool, bool, bool)>(), option::of(1..400i32), prop::sample::select(vec!["standard", "infrequent", "cold", "archive"]))
        .prop_map(|((versions, public, force), days, class)| {
            json!({"bucket": {"versioning": versions, "publicRead": public, "forceDestroy": force, "expireDays": days, "class": class}})
        });
    let cluster = (option::of(machine(cloud)), any::<bool>(), 1..9i32, any::<bool>()).prop_map(
        |(machine, ha, nodes, scaled)| {
            let count = if scaled {
                json!({"minNodes": nodes, "maxNodes": nodes + 2})
            } else {
                json!({"nodeCount": nodes})
            };
            let mut cluster = json!({"machineType": machine, "ha": ha});
            cluster.as_object_mut().unwrap().extend(count.as_object().unwrap().clone());
            json!({"cluster": cluster})
        },
    );
    let firewall = (vec(ports(), 0..3), any::<(bool, bool)>(), 100..4096i32, vec("[a-z]{1,5}", 0..2)).prop_map(|(ports, (deny, out), priority, tags)| {
        json!({"firewall": {"rules": [{"protocol": "tcp", "ports": ports}, {"protocol": "icmp"}], "sources": ["10.0.0.0/8"],
            "action": if deny { "deny" } else { "allow" }, "direction": if out { "egress" } else { "ingress" },
            "priority": priority, "targetTags": tags}})
    });
    let balancer =
        (vec("[a-d]", 1..3), 1..65535i32, prop::sample::select(vec!["tcp", "http", "https"]), any::<bool>())
            .prop_map(|(backends, port, protocol, external)| {
                let certificate = (protocol == "https").then_some("shop.example.com");
                json!({"loadBalancer": {"listen": {"protocol": protocol, "port": port}, "backends": backends,
                "scheme": if external { "external" } else { "internal" }, "certificate": certificate}})
            });
    prop_oneof![vm, database, network, bucket, cluster, firewall, balancer]
}

/// Some resources with names of their own.
pub fn set(cloud: &str) -> impl Strategy<Value = Vec<Resource>> {
    let labels = prop::collection::btree_map("[a-z]{1,4}", "[a-z0-9]{0,4}", 0..3);
    let resource = ("[a-h]", labels, kind(cloud)).prop_map(|(name, labels, mut resource)| {
        resource["name"] = json!(name);
        resource["labels"] = json!(labels);
        resource["deletionProtection"] = json!(false);
        resource
    });
    vec(resource, 1..6).prop_map(|all| {
        let by_name: BTreeMap<String, Value> = all.into_iter().map(|r| (r["name"].to_string(), r)).collect();
        let all: Value = by_name.into_values().collect();
        serde_json::from_value(without_nulls(all)).unwrap()
    })
}

fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            members.into_iter().filter(|(_, v)| !v.is_null()).map(|(k, v)| (k, without_nulls(v))).collect()
        }
        Value::Array(items) => items.into_iter().map(without_nulls).collect(),
        other => other,
    }
}

/// Every `var.a.b["c"]` of the configuration names a value that is there, and every address a block.
fn check(out: &Rendered) -> Result<(), TestCaseError> {
    let values: Value = serde_json::from_str(&out.files["terraform.tfvars.json"]).unwrap();
    let mut declared: BTreeSet<String> = BTreeSet::new();
    for file in ["main.tf", "outputs.tf", "variables.tf"] {
        let Some(text) = out.files.get(file) else { continue };
        let body: Body = hcl::parse(text).unwrap();
        for block in body.blocks() {
            let labels: Vec<&str> = block.labels.iter().map(|label| label.as_str()).collect();
            let address = [&[block.identifier.as_str()], labels.as_slice()].concat().join(".");
            prop_assert!(declared.insert(address.clone()), "{} is there twice", address);
        }
    }
    for (path, text) in out.files.iter().filter(|(path, _)| guard::is_config(path)) {
        for part in text.split("var.").skip(1) {
            let name: String =
                part.chars().take_while(|c| c.is_ascii_alphanumeric() || "-_".contains(*c)).collect();
            prop_assert!(
                declared.contains(&format!("variable.{name}")),
                "{}: var.{} is not declared",
                path,
                name
            );
            let key: String = part[name.len()..]
                .strip_prefix('.')
                .unwrap_or_default()
                .chars()
                .take_while(|c| c.is_ascii_alphanumeric() || *c == '_')
                .collect();
            prop_assert!(
                key.is_empty() || !values[&name][&key].is_null(),
                "{}: var.{}.{} has no value",
                path,
                name,
                key
            );
        }
    }
    Ok(())
}

fn judge(provider: &str, resources: &[Resource], written: &AtomicUsize) -> Result<(), TestCaseError> {
    let mut turned = resources.to_vec();
    turned.reverse();
    match rendered(provider, resources) {
        Ok(out) => {
            written.fetch_add(1, Ordering::Relaxed);
            prop_assert_eq!(guard::check_files(&out.files, &out.providers), Vec::<String>::new());
            check(&out)?;
            for script in resources.iter().filter_map(|r| r.vm.as_ref()?.startup_script.as_ref()) {
                // Azure takes it in base64.
                let quoted = serde_json::to_string(script).unwrap();
                prop_assert!(provider == "azure" || out.files["terraform.tfvars.json"].contains(&quoted));
            }
            prop_assert_eq!(rendered(provider, &turned).unwrap(), out);
        }
        Err(findings) => {
            prop_assert!(findings.iter().all(|f| f.len() > 20 && f.len() < 1024), "{:#?}", findings);
            prop_assert_eq!(rendered(provider, &turned).unwrap_err().len(), findings.len());
        }
    }
    Ok(())
}

#[test]
fn any_set_is_refused_or_well_formed() {
    let written = AtomicUsize::new(0);
    for cloud in CLOUDS {
        let mut runner = TestRunner::new(ProptestConfig::with_cases(100));
        runner.run(&set(cloud), |set| judge(cloud, &set, &written)).unwrap();
    }
    // Both outcomes are seen.
    let written = written.into_inner();
    assert!((30..270).contains(&written), "{written} of 300 were written");
}
