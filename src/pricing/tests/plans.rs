//! 50 reference plans. Their monthly prices were worked out from the published lists, not from the book:
//! `working` holds the figures, so that a reader can check them.

use super::super::money::{parse, show_month};
use super::*;
use rust_decimal::Decimal;

#[derive(serde::Deserialize)]
struct Reference {
    name: String,
    working: String,
    monthly: String,
    unpriced: Vec<(String, String)>,
    changes: Vec<Entry>,
}

#[derive(serde::Deserialize)]
struct Entry {
    #[serde(rename = "type")]
    type_: String,
    action: String,
    #[serde(default)]
    before: Value,
    #[serde(default)]
    after: Value,
}

fn references() -> Vec<Reference> {
    serde_json::from_str(include_str!("plans.json")).unwrap()
}

/// `730*0.0335 + 100*0.04`
fn worked_out(text: &str) -> Decimal {
    let product = |term: &str| term.split('*').map(|n| parse(n).unwrap()).product::<Decimal>();
    text.split(" + ").map(product).sum()
}

#[test]
fn fifty_plans_cost_what_was_worked_out() {
    let all = references();
    assert!(all.len() >= 50, "{}", all.len());
    for reference in all {
        assert_eq!(show_month(worked_out(&reference.working)), reference.monthly, "{}", reference.name);
        let entries = reference.changes.into_iter().enumerate();
        let changes = entries.map(|(n, e)| {
            change(&format!("{}.r{n}", e.type_), &e.type_, &e.action, e.before, e.after, json!({}))
        });
        let found = price(&BOOK, changes.collect());
        assert_eq!(month(&found), reference.monthly, "{}: {found:?}", reference.name);
        let gaps: Vec<(String, String)> =
            found.unpriced().map(|u| (u.reason.as_str().to_owned(), u.detail.clone())).collect();
        assert_eq!(gaps, reference.unpriced, "{}", reference.name);
    }
}
