//! What holds for every plan.

use super::super::money::Cost;
use super::*;
use proptest::prelude::*;
use rust_decimal::Decimal;

/// Values of a resource: priced, partly priced, or not at all.
fn resource() -> impl Strategy<Value = (&'static str, Value)> {
    let machine =
        prop::sample::select(vec!["e2-micro", "e2-medium", "n1-standard-4", "c2-standard-8", "e2-unheard"]);
    let zone =
        prop::sample::select(vec!["us-central1-a", "europe-west1-b", "asia-southeast1-c", "moon-west1-a"]);
    let disk = prop::sample::select(vec!["pd-standard", "pd-balanced", "pd-ssd", "hyperdisk-balanced"]);
    prop_oneof![
        (machine, zone.clone(), disk.clone(), 1..2000u32)
            .prop_map(|(m, z, d, gb)| ("google_compute_instance", gcp_vm_with(m, z, d, gb))),
        (zone, disk, 1..70000u32)
            .prop_map(|(z, d, gb)| ("google_compute_disk", json!({"type": d, "size": gb, "zone": z}))),
        (1..9u32, 0..9u32).prop_map(|(least, more)| ("google_container_node_pool", json!({
            "location": "us-central1", "autoscaling": [{"min_node_count": least, "max_node_count": least + more}],
            "node_config": [{"machine_type": "e2-medium", "disk_size_gb": 50, "disk_type": "pd-ssd"}]}))),
        (1..9u32).prop_map(|gb| ("aws_instance", json!({"instance_type": "t3.micro", "region": "us-east-1",
            "associate_public_ip_address": gb % 2 == 0, "root_block_device": [{"volume_type": "gp3", "volume_size": gb}],
            "instance_market_options": [{"market_type": if gb % 3 == 0 { "spot" } else { "" }}]}))),
        Just(("aws_nat_gateway", json!({"region": "us-east-1"}))),
        Just(("aws_kms_key", json!({"region": "us-east-1"}))),
        Just(("google_compute_router_nat", json!({"region": "us-central1"}))),
        Just(("google_storage_bucket", json!({"location": "EU"}))),
        Just(("azurerm_linux_virtual_machine", json!({"size": "Standard_B2s", "location": "westeurope"}))),
        Just(("google_compute_network", json!({}))),
        Just(("google_unheard_of", json!({}))),
    ]
}

/// A change of a resource; both sides are of one type.
fn entry() -> impl Strategy<Value = Value> {
    let action = prop::sample::select(vec!["create", "update", "delete", "no-op", "replace", "forget"]);
    (action, resource(), resource()).prop_map(|(action, (type_, before), (other, after))| {
        let after = if other == type_ { after } else { before.clone() };
        match action {
            "create" => change("a", type_, action, Value::Null, after, json!({})),
            "delete" | "forget" => change("a", type_, action, before, Value::Null, json!({})),
            "no-op" => change("a", type_, action, before.clone(), before, json!({})),
            _ => change("a", type_, action, before, after, json!({})),
        }
    })
}

/// Entries with addresses of their own.
fn entries(prefix: &'static str) -> impl Strategy<Value = Vec<Value>> {
    prop::collection::vec(entry(), 0..7).prop_map(move |mut all| {
        for (n, entry) in all.iter_mut().enumerate() {
            entry["address"] = json!(format!("{prefix}.r{n}"));
        }
        all
    })
}

fn run(changes: &[Value]) -> Estimate {
    price(&BOOK, changes.to_vec())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn order_does_not_matter((ordered, shuffled) in entries("a").prop_flat_map(|all| (Just(all.clone()), Just(all).prop_shuffle()))) {
        prop_assert_eq!(run(&ordered), run(&shuffled));
    }

    #[test]
    fn the_estimate_of_both_is_the_sum((a, b) in (entries("a"), entries("b"))) {
        let both = run(&[a.clone(), b.clone()].concat());
        let (a, b) = (run(&a), run(&b));
        prop_assert_eq!(both.before.cost, a.before.cost + b.before.cost);
        prop_assert_eq!(both.after.cost, a.after.cost + b.after.cost);
        prop_assert_eq!(both.after.upper, a.after.upper + b.after.upper);
        prop_assert_eq!(both.delta, a.delta + b.delta);
        prop_assert_eq!(both.after.at_least, a.after.at_least || b.after.at_least);
        let parts: Cost = both.resources.iter().map(|r| r.delta()).sum();
        prop_assert_eq!(both.delta, parts);
    }

    #[test]
    fn what_is_made_and_unmade_costs_nothing(all in prop::collection::vec(resource(), 0..7)) {
        let with = |action| all.iter().enumerate().map(|(n, (type_, values))| {
            let (before, after) = if action == "create" { (Value::Null, values.clone()) } else { (values.clone(), Value::Null) };
            change(&format!("a.r{n}"), type_, action, before, after, json!({}))
        }).collect::<Vec<_>>();
        let (made, unmade) = (run(&with("create")), run(&with("delete")));
        prop_assert_eq!(made.delta + unmade.delta, Cost::ZERO);
        prop_assert_eq!(made.delta_upper + unmade.delta_upper, Cost::ZERO);
    }

    #[test]
    fn a_plan_without_changes_has_no_difference(all in prop::collection::vec(resource(), 0..7)) {
        let changes: Vec<Value> = all.into_iter().enumerate()
            .map(|(n, (type_, v))| change(&format!("a.r{n}"), type_, "no-op", v.clone(), v, json!({}))).collect();
        let found = run(&changes);
        prop_assert_eq!((found.delta, found.delta_upper), (Cost::ZERO, Cost::ZERO));
        prop_assert_eq!(found.before, found.after);
    }

    #[test]
    fn no_estimate_is_negative(all in entries("a")) {
        let found = run(&all);
        for total in [found.before, found.after] {
            prop_assert!(total.cost.monthly() >= Decimal::ZERO);
            prop_assert!(total.upper.monthly() >= total.cost.monthly());
        }
        for line in found.lines() {
            prop_assert!(line.cost.monthly() >= Decimal::ZERO && line.upper().monthly() >= line.cost.monthly());
        }
    }

    #[test]
    fn a_month_is_730_hours_on_every_line(all in entries("a")) {
        for line in run(&all).lines() {
            let hours = line.cost.hourly() * super::super::money::HOURS_PER_MONTH;
            // What is sold by the month may have no last digit per hour: 28 are kept.
            let apart = (hours - line.cost.monthly()).abs();
            prop_assert!(apart < Decimal::new(1, 18), "{line:?}");
            if line.unit == super::super::book::Unit::Hour {
                prop_assert_eq!(hours, line.cost.monthly());
            }
        }
    }

    #[test]
    fn what_has_no_price_never_lowers_a_total((all, gaps) in (entries("a"), 1..5usize)) {
        let without = run(&all);
        let unknown = (0..gaps).map(|n| change(&format!("b.r{n}"), "google_compute_instance", "create", Value::Null,
            json!({"zone": "us-central1-a", "boot_disk": [{"source": "d"}]}), json!({"machine_type": true})));
        let with = run(&all.iter().cloned().chain(unknown).collect::<Vec<_>>());
        prop_assert!(with.after.cost.monthly() >= without.after.cost.monthly());
        prop_assert_eq!(with.after.cost, without.after.cost);
        prop_assert!(with.after.at_least);
    }
}
