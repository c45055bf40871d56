//! Each kind of recommendation: offered once, withheld once.

use super::super::recommend::{IN_ALL, Kind, PER_RESOURCE, Recommendation, Signs, recommend};
use super::*;

fn all(changes: Vec<Value>, signs: Signs) -> Vec<Recommendation> {
    recommend(&price(&BOOK, changes), &BOOK, signs)
}

fn of(kind: Kind, type_: &str, after: Value) -> Option<(String, String, String)> {
    with(kind, type_, after, Signs::default())
}

fn with(kind: Kind, type_: &str, after: Value, signs: Signs) -> Option<(String, String, String)> {
    let shown = serde_json::to_value(all(vec![created(type_, after)], signs)).unwrap();
    let kind = serde_json::to_value(kind).unwrap();
    let found = shown.as_array().unwrap().iter().find(|r| r["kind"] == kind)?;
    assert_eq!(found["address"], [type_, ".x"].concat());
    let text = |key: &str| found[key].as_str().unwrap().to_owned();
    Some((text("to"), text("savingMonthly"), text("savingPercent")))
}

fn some(to: &str, saving: &str, percent: &str) -> Option<(String, String, String)> {
    Some((to.into(), saving.into(), percent.into()))
}

const VM: &str = "google_compute_instance";

#[test]
fn a_cheaper_type_is_at_least_as_large() {
    let to = |machine: &str| of(Kind::CheaperType, VM, gcp_vm_with(machine, "us-central1-a", "pd-ssd", 10));
    // 304.86 − 195.67 of e2-standard-8, the cheapest with 8 vCPU and 32 GiB on the same disks.
    assert_eq!(to("c2-standard-8"), some("e2-standard-8", "109.19", "35.8"));
    assert_eq!(to("e2-standard-8"), None);
    // A machine with its own cores does not become one that shares them, nor Intel ARM, nor one with accelerators another.
    assert_ne!(to("e2-standard-2").map(|r| r.0), Some("e2-medium".into()));
    assert_eq!(to("a2-highgpu-1g"), None);
    let arm = |to: Option<(String, String, String)>| to.is_none_or(|r| r.0.starts_with("t2a-"));
    assert!(arm(to("t2a-standard-4")));
    let aws = |machine: &str| {
        of(Kind::CheaperType, "aws_instance", json!({"instance_type": machine, "region": "us-east-1"}))
    };
    assert_eq!(aws("m5.large").map(|r| r.0), Some("m5a.large".into()));
    let azure = |size: &str| {
        of(
            Kind::CheaperType,
            "azurerm_linux_virtual_machine",
            json!({"size": size, "location": "westeurope"}),
        )
    };
    assert!(azure("Standard_D2s_v5").is_none_or(|r| !r.0.contains("_B")), "burstable instead of own cores");
}

#[test]
fn the_next_smaller_is_offered_only_with_a_sign() {
    let vm = |labels: Value| {
        let mut vm = gcp_vm("e2-standard-4", "us-central1-a");
        vm["labels"] = labels;
        vm
    };
    let wanted = some("e2-standard-2", "48.92", "50.0");
    assert_eq!(of(Kind::RightSize, VM, vm(json!({"env": "dev"}))), wanted);
    assert_eq!(of(Kind::RightSize, VM, vm(json!({"Environment": "Test"}))), wanted);
    assert_eq!(of(Kind::RightSize, VM, vm(json!({"env": "prod"}))), None);
    assert_eq!(of(Kind::RightSize, VM, vm(json!({}))), None);
    let dev = Signs { development: true, ..Signs::default() };
    assert_eq!(with(Kind::RightSize, VM, vm(json!({})), dev), wanted);
    let small = Signs { small_workload: true, ..Signs::default() };
    assert_eq!(with(Kind::RightSize, VM, vm(json!({})), small), wanted);
    assert_eq!(with(Kind::RightSize, VM, gcp_vm("e2-standard-2", "us-central1-a"), small), None);
    let aws = json!({"instance_type": "m5.xlarge", "region": "us-east-1", "tags": {"env": "dev"}});
    assert_eq!(of(Kind::RightSize, "aws_instance", aws), some("m5.large", "70.08", "50.0"));
    let azure = json!({"size": "Standard_D4s_v5", "location": "westeurope", "tags": {"env": "dev"}});
    assert_eq!(
        of(Kind::RightSize, "azurerm_linux_virtual_machine", azure).map(|r| r.0),
        Some("Standard_D2s_v5".into())
    );
}

#[test]
fn commitments_and_spot_need_their_rows() {
    let vm = || gcp_vm("e2-medium", "us-central1-a");
    assert_eq!(of(Kind::CommitOneYear, VM, vm()), some("e2-medium 1y", "9.05", "37.0"));
    assert_eq!(of(Kind::CommitThreeYears, VM, vm()), some("e2-medium 3y", "13.45", "55.0"));
    assert_eq!(of(Kind::Spot, VM, vm()), some("e2-medium spot", "9.78", "40.0"));
    // The list gives no commitment of these, and none at all on AWS.
    let aws = || json!({"instance_type": "m5.large", "region": "us-east-1"});
    for kind in [Kind::CommitOneYear, Kind::CommitThreeYears] {
        assert_eq!(of(kind, VM, gcp_vm("f1-micro", "us-central1-a")), None);
        assert_eq!(of(kind, "aws_instance", aws()), None);
    }
    assert_eq!(of(Kind::Spot, "aws_instance", aws()), None);
    let mut spot = vm();
    spot["scheduling"] = json!([{"provisioning_model": "SPOT"}]);
    assert_eq!(all(vec![created(VM, spot)], Signs::default()), []);
}

#[test]
fn slower_disks_and_unused_addresses() {
    let disk = |kind: &str| json!({"type": kind, "size": 100, "zone": "us-central1-a"});
    assert_eq!(
        of(Kind::DiskType, "google_compute_disk", disk("pd-ssd")),
        some("pd-balanced", "7.00", "41.2")
    );
    assert_eq!(of(Kind::DiskType, "google_compute_disk", disk("pd-balanced")), None);
    let volume = |kind: &str| json!({"type": kind, "size": 100, "region": "us-east-1"});
    assert_eq!(of(Kind::DiskType, "aws_ebs_volume", volume("gp2")), some("gp3", "2.00", "20.0"));
    assert_eq!(of(Kind::DiskType, "aws_ebs_volume", volume("gp3")), None);
    let address = |users: Value| json!({"region": "us-central1", "users": users});
    assert_eq!(
        of(Kind::UnusedAddress, "google_compute_address", address(json!([]))),
        some("no address", "7.30", "100.0")
    );
    assert_eq!(of(Kind::UnusedAddress, "google_compute_address", address(json!(["x"]))), None);
}

#[test]
fn sustained_use_is_noted_where_it_is_given() {
    let to = |machine: &str| of(Kind::SustainedUse, VM, gcp_vm(machine, "us-central1-a"));
    assert_eq!(to("n1-standard-4"), some("n1-standard-4 all month", "41.61", "30.0"));
    for machine in ["n2-standard-4", "c2-standard-4"] {
        assert_eq!(to(machine).unwrap().2, "20.0");
    }
    assert_eq!(to("e2-standard-4"), None);
    let total = price(&BOOK, vec![created(VM, gcp_vm("n1-standard-4", "us-central1-a"))]);
    assert_eq!(month(&total), "138.70");
}

#[test]
fn the_largest_savings_come_first_and_the_lists_end() {
    let many = |n: u32| {
        (0..n).map(|i| {
            let mut vm = gcp_vm_with("n1-standard-8", "us-central1-a", "pd-ssd", 10 * (i + 1));
            vm["labels"] = json!({"env": "dev"});
            change(&format!("{VM}.v{i}"), VM, "create", Value::Null, vm, json!({}))
        })
    };
    let one = all(many(1).collect(), Signs::default());
    assert_eq!(one.len(), PER_RESOURCE);
    assert!(one.is_sorted_by(|a, b| a.saving_monthly >= b.saving_monthly));
    let all = all(many(9).collect(), Signs::default());
    assert_eq!(all.len(), IN_ALL);
    assert!(all.is_sorted_by(|a, b| a.saving_monthly >= b.saving_monthly));
}
