//! What a plan costs, as the status shows it.

use crate::{
    api::session::{CostLine, CostRecommendation, CostStatus, UnpricedItem},
    pricing::{
        Assumptions, Estimate, PriceBook, estimate, money,
        recommend::{Signs, recommend},
        text,
    },
};
use k8s_openapi::jiff::civil::Date;
use serde_json::Value;

/// Prices a plan in JSON.
pub fn of(plan: &Value, book: &PriceBook, today: Date) -> CostStatus {
    let estimate = estimate(plan, book, &Assumptions::default(), today);
    let after = &estimate.after;
    let upper = (after.upper != after.cost).then(|| money::show_month(after.upper.monthly()));
    let recommendations = recommend(&estimate, book, Signs::default());
    CostStatus {
        text: cut(&text::summary(&estimate), 128),
        currency: cut(&estimate.currency, 8),
        hourly: money::show_hour(after.cost.hourly()),
        monthly: money::show_month(after.cost.monthly()),
        monthly_upper: upper,
        delta: money::show_difference(estimate.delta.monthly()),
        at_least: after.at_least,
        lines: lines(&estimate),
        unpriced: unpriced(&estimate),
        assumptions: estimate.assumptions.iter().take(16).map(|a| cut(a, 256)).collect(),
        recommendations: recommendations
            .iter()
            .take(20)
            .map(|r| CostRecommendation {
                address: cut(&r.address, 512),
                kind: r.kind.as_str().to_owned(),
                from: cut(&r.from, 128),
                to: cut(&r.to, 128),
                saving_monthly: money::show_month(r.saving_monthly),
                condition: cut(&r.condition, 256),
            })
            .collect(),
        price_table: cut(&table(&estimate), 256),
    }
}

fn table(estimate: &Estimate) -> String {
    let book = &estimate.book;
    let dated = book.oldest.map_or(String::new(), |date| format!(", prices of {date}"));
    let stale = if book.stale { ", more than 90 days old" } else { "" };
    format!("{} {}{dated}{stale}", book.name, book.digest)
}

fn lines(estimate: &Estimate) -> Vec<CostLine> {
    let mut lines: Vec<_> = estimate.resources.iter().flat_map(|r| &r.after.lines).collect();
    lines.retain(|line| line.cost.monthly() > rust_decimal::Decimal::ZERO);
    lines.sort_by(|a, b| b.cost.monthly().cmp(&a.cost.monthly()).then_with(|| a.address.cmp(&b.address)));
    let shown = lines.into_iter().take(50).map(|line| CostLine {
        address: cut(&line.address, 512),
        sku: cut(&line.sku, 128),
        region: cut(&line.region, 64),
        quantity: cut(&line.quantity.normalize().to_string(), 32),
        monthly: money::show_month(line.cost.monthly()),
    });
    shown.collect()
}

fn unpriced(estimate: &Estimate) -> Vec<UnpricedItem> {
    let items = estimate.resources.iter().flat_map(|r| &r.after.unpriced).take(50).map(|item| UnpricedItem {
        address: cut(&item.address, 512),
        type_: cut(&item.type_, 128),
        reason: cut(&format!("{}: {}", item.reason.as_str(), item.detail), 256),
    });
    items.collect()
}

fn cut(text: &str, most: usize) -> String {
    text.chars().take(most).collect()
}
