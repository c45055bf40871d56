//! Figures that were checked by hand against the published lists.

use super::super::book::Term;
use super::super::money::{Cost, show_difference, show_month, show_percent};
use super::super::recommend::saving;
use super::*;

/// Price of an hour, all digits, and of a month as shown.
fn both(changes: Vec<Value>) -> (String, String) {
    let estimate = price(&BOOK, changes);
    assert_eq!(estimate.unpriced().count(), 0, "{estimate:?}");
    (estimate.after.cost.hourly().normalize().to_string(), month(&estimate))
}

fn cost(cloud: &str, region: &str, service: &str, sku: &str, term: Term) -> Cost {
    BOOK.price(cloud, region, service, sku, term).unwrap().cost()
}

#[test]
fn machines_of_google_cloud() {
    for (machine, zone, hour, month) in [
        ("e2-micro", "us-central1-a", "0.0083764275", "6.11"),
        ("e2-small", "us-central1-a", "0.016752855", "12.23"),
        ("e2-medium", "us-central1-a", "0.03350571", "24.46"),
        ("e2-medium", "europe-west1-b", "0.03685773", "26.91"),
        ("e2-medium", "asia-southeast1-c", "0.04133307", "30.17"),
        ("e2-standard-2", "us-central1-f", "0.06701142", "48.92"),
        ("e2-standard-4", "us-central1-f", "0.13402284", "97.84"),
        ("n1-standard-4", "us-central1-f", "0.189999", "138.70"),
        ("c2-standard-8", "us-central1-f", "0.417616", "304.86"),
    ] {
        let found = both(vec![created("google_compute_instance", gcp_vm(machine, zone))]);
        assert_eq!(found, (hour.to_owned(), month.to_owned()), "{machine} {zone}");
    }
}

#[test]
fn sustained_use_is_a_note_beside_the_list_price() {
    let sustained = cost("gcp", "us-central1", "sustained-use", "n1-standard-4", Term::OnDemand);
    assert_eq!(show_month(sustained.monthly()), "97.09");
}

#[test]
fn a_change_of_the_machine_saves_the_difference() {
    let [before, after] = ["c2-standard-8", "e2-standard-2"].map(|m| gcp_vm(m, "us-central1-a"));
    let changed = change("a", "google_compute_instance", "update", before, after, json!({}));
    let estimate = price(&BOOK, vec![changed]);
    assert_eq!(show_difference(estimate.delta.monthly()), "-255.94");
    let (saved, percent) = saving(estimate.before.cost, estimate.after.cost).unwrap();
    assert_eq!((show_month(saved), show_percent(percent)), ("255.94".into(), "84.0".into()));
}

#[test]
fn machines_with_disks() {
    for (disk, month) in [("pd-standard", "28.46"), ("pd-balanced", "34.46"), ("pd-ssd", "41.46")] {
        let vm = gcp_vm_with("e2-medium", "us-central1-a", disk, 100);
        assert_eq!(both(vec![created("google_compute_instance", vm)]).1, month, "{disk}");
    }
}

#[test]
fn commitments_and_spot() {
    let of = |term| cost("gcp", "us-central1", "compute", "e2-medium", term);
    let list = of(Term::OnDemand);
    for (term, month, percent) in [
        (Term::OneYear, "15.41", Some("37.0")),
        (Term::ThreeYears, "11.01", Some("55.0")),
        (Term::Spot, "14.68", None),
    ] {
        assert_eq!(show_month(of(term).monthly()), month);
        if let Some(percent) = percent {
            assert_eq!(show_percent(saving(list, of(term)).unwrap().1), percent);
        }
    }
    assert_eq!(of(Term::Spot).hourly().normalize().to_string(), "0.020106");
}

#[test]
fn machines_of_aws_and_azure() {
    for (machine, hour, month) in [("t3.micro", "0.0104", "7.59"), ("m5.large", "0.096", "70.08")] {
        let vm = json!({"instance_type": machine, "region": "us-east-1", "root_block_device": [{"volume_type": "gp3", "volume_size": 0}]});
        assert_eq!(both(vec![created("aws_instance", vm)]), (hour.into(), month.into()), "{machine}");
    }
    for (size, location, hour, month) in [
        ("Standard_B1s", "East US", "0.0104", "7.59"),
        ("Standard_B2s", "eastus", "0.0416", "30.37"),
        ("Standard_B2s", "West Europe", "0.048", "35.04"),
    ] {
        let vm = json!({"size": size, "location": location, "os_disk": [{"diff_disk_settings": [{"option": "Local"}]}]});
        assert_eq!(
            both(vec![created("azurerm_linux_virtual_machine", vm)]),
            (hour.into(), month.into()),
            "{size}"
        );
    }
}

#[test]
fn the_guest_sees_more_than_is_billed() {
    use crate::api::Provider::Gcp;
    for (name, vcpu, billed) in [("e2-micro", 2, "0.25"), ("e2-small", 2, "0.5"), ("e2-medium", 2, "1")] {
        let machine = BOOK.machine(Gcp, "us-central1", name).unwrap();
        assert_eq!((machine.vcpu, machine.billed_vcpu.unwrap().to_string().as_str()), (vcpu, billed));
    }
    assert_eq!(BOOK.machine(Gcp, "us-central1", "e2-standard-2").unwrap().billed_vcpu, None);
}

#[test]
fn nearest_names_are_offered_for_unknown_ones() {
    use crate::api::Provider::{Aws, Azure, Gcp};
    assert_eq!(BOOK.machine(Gcp, "us-central1", "e2-meduim"), None);
    assert_eq!(BOOK.nearest_machines(Gcp, "us-central1", "e2-meduim", 3)[0], "e2-medium");
    assert_eq!(BOOK.nearest_machines(Aws, "us-east-1", "t3-micro", 3)[0], "t3.micro");
    assert_eq!(BOOK.nearest_machines(Azure, "westeurope", "standard_d2s_v5", 3)[0], "Standard_D2s_v5");
    assert_eq!(BOOK.nearest_machines(Gcp, "nowhere", "e2-medium", 3), [] as [String; 0]);
    assert_eq!(BOOK.nearest_regions(Gcp, "us-central-1", 3).len(), 3);
    assert_eq!(BOOK.nearest_regions(Gcp, "us-central-1", 3)[0], "us-central1");
    assert_eq!(BOOK.regions(Aws), ["us-east-1"]);
}
