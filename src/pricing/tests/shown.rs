//! What people see: amounts rounded, dates beside them.

use super::super::budget::standing;
use super::super::money::parse;
use super::super::recommend::{Signs, recommend};
use super::super::text;
use super::*;

fn sample() -> Estimate {
    price(
        &BOOK,
        vec![
            change(
                "google_compute_instance.web",
                "google_compute_instance",
                "update",
                gcp_vm("e2-small", "us-central1-a"),
                gcp_vm_with("e2-medium", "us-central1-a", "pd-balanced", 20),
                json!({}),
            ),
            created("google_storage_bucket", json!({"location": "EU"})),
            created("google_compute_router_nat", json!({"region": "us-central1"})),
            change("google_x.\u{1b}[2J", "google_x", "create", Value::Null, json!({}), json!({})),
        ],
    )
}

#[test]
fn an_estimate_reads_as_sentences() {
    let estimate = sample();
    let digest: String = estimate.book.digest.chars().take(19).collect();
    let wanted = include_str!("estimate.txt").replace("{digest}", &digest);
    // Columns are as wide as their widest cell; what is in them counts here.
    let squeeze = |text: &str| {
        text.lines().map(|l| l.split_whitespace().collect::<Vec<_>>().join(" ")).collect::<Vec<_>>()
    };
    assert_eq!(squeeze(&text::estimate(&estimate, &[], TODAY)), squeeze(&wanted));
}

#[test]
fn the_date_stands_wherever_a_price_is_shown() {
    let estimate = sample();
    let offers = recommend(&estimate, &BOOK, Signs::default());
    assert!(!offers.is_empty());
    let shown = text::estimate(&estimate, &offers, TODAY);
    assert!(shown.contains("2026-07-30") && shown.contains("saves"), "{shown}");
    assert_eq!(text::summary(&estimate), "at least 66.26 USD a month (+54.03), prices of 2026-07-30");
    let json = serde_json::to_value(&estimate).unwrap();
    assert_eq!(json["book"]["oldest"], "2026-07-30");
    for resource in json["resources"].as_array().unwrap() {
        for line in resource["after"]["lines"].as_array().unwrap() {
            assert_eq!(line["asOf"], "2026-07-30", "{line}");
        }
    }
    let old = super::super::estimate(
        &plan(vec![created("google_storage_bucket", json!({"location": "EU"}))]),
        &BOOK,
        &Assumptions::default(),
        date(2026, 12, 1),
    );
    assert!(
        text::estimate(&old, &[], date(2026, 12, 1))
            .contains("of 2026-07-30, 124 days ago: they may have changed")
    );
}

#[test]
fn a_line_in_json_has_strings_for_amounts() {
    let found = price(&BOOK, vec![created("google_compute_instance", gcp_vm("e2-medium", "us-central1-a"))]);
    let json = serde_json::to_value(&found).unwrap();
    assert_eq!(
        json["resources"][0]["after"]["lines"][0],
        json!({"address": "google_compute_instance.x", "type": "google_compute_instance", "service": "compute",
            "sku": "e2-medium", "term": "on-demand", "region": "us-central1", "quantity": "1", "unit": "hour",
            "price": "0.03350571", "hourly": "0.0335", "monthly": "24.46", "asOf": "2026-07-30"})
    );
    assert_eq!((&json["currency"], &json["delta"]["monthly"]), (&json!("USD"), &json!("24.46")));
    assert_eq!(json["after"]["atLeast"], false);
}

#[test]
fn a_total_is_the_rounded_sum_of_unrounded_lines() {
    // 3 × 0.34 GB: 0.0136 each shows as 0.01, together 0.04.
    let disk = |n: u32| {
        change(
            &format!("d{n}"),
            "google_compute_disk",
            "create",
            Value::Null,
            json!({"type": "pd-standard", "size": "0.34", "zone": "us-central1-a"}),
            json!({}),
        )
    };
    let found = price(&BOOK, (0..3).map(disk).collect());
    let lines: Vec<String> =
        found.lines().map(|l| super::super::money::show_month(l.cost.monthly())).collect();
    assert_eq!((lines, month(&found)), (vec!["0.01".to_owned(); 3], "0.04".into()));
}

#[test]
fn a_budget_reads_as_a_sentence() {
    let of =
        |budget, monthly| text::standing(&standing(parse(budget).unwrap(), parse(monthly).unwrap()), "USD");
    assert_eq!(of("100", "105.20"), "105.20 of 100.00 USD a month, 105.2 %, 5.20 too much");
    assert_eq!(of("200", "185"), "185.00 of 200.00 USD a month, 92.5 %, 15.00 left");
}
