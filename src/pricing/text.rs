//! An estimate in plain words, for a terminal or a thread. The date of the prices stands above them.

use super::budget::Standing;
use super::estimate::{Estimate, Total, age_in_days};
use super::money::{show_difference, show_hour, show_month, show_percent};
use super::recommend::Recommendation;
use super::sheet::{Bound, Line};
use k8s_openapi::jiff::civil::Date;

/// Everything about an estimate that a person needs to judge it. Text of plans is made harmless: control
/// characters become `?`.
pub fn estimate(estimate: &Estimate, recommendations: &[Recommendation], today: Date) -> String {
    let mut out = String::new();
    head(&mut out, estimate, today);
    lines(&mut out, estimate);
    unpriced(&mut out, estimate);
    list(&mut out, "Assumed", estimate.assumptions.iter().cloned());
    list(&mut out, "Would cost less", recommendations.iter().map(recommendation));
    out
}

/// One line for a summary: `at least 24.46 USD a month (+24.46), prices of 2026-07-30`.
pub fn summary(estimate: &Estimate) -> String {
    let after = &estimate.after;
    let dated = estimate.book.oldest.map_or(String::new(), |date| format!(", prices of {date}"));
    format!(
        "{}{} {} a month{} ({}){dated}",
        at_least(after),
        show_month(after.cost.monthly()),
        estimate.currency,
        up_to(after),
        show_difference(estimate.delta.monthly()),
    )
}

/// A budget in one line: `185.00 of 200.00 a month, 92.5 %, 15.00 left`.
pub fn standing(standing: &Standing, currency: &str) -> String {
    let rest = if standing.compliant {
        format!("{} left", show_month(standing.remaining))
    } else {
        format!("{} too much", show_month(standing.overage))
    };
    let share = standing.usage_percent.map(|p| format!(", {} %", show_percent(p))).unwrap_or_default();
    let (monthly, budget) = (show_month(standing.monthly), show_month(standing.budget));
    format!("{monthly} of {budget} {currency} a month{share}, {rest}")
}

fn head(out: &mut String, estimate: &Estimate, today: Date) {
    let after = &estimate.after;
    push(
        out,
        &format!(
            "Cost       {}{} {} a month{}, {} an hour",
            at_least(after),
            show_month(after.cost.monthly()),
            estimate.currency,
            up_to(after),
            show_hour(after.cost.hourly()),
        ),
    );
    push(
        out,
        &format!(
            "Change     {} a month, from {}{}",
            show_difference(estimate.delta.monthly()),
            at_least(&estimate.before),
            show_month(estimate.before.cost.monthly()),
        ),
    );
    let book = &estimate.book;
    let digest: String = book.digest.chars().take("sha256:".len() + 12).collect();
    let dated = match book.oldest {
        Some(date) if book.stale => {
            format!(", the oldest of {date}, {} days ago: they may have changed", age_in_days(date, today))
        }
        Some(date) => format!(", the oldest of {date}"),
        None => String::new(),
    };
    push(out, &format!("Prices     {} {digest}{dated}; a month has 730 hours", plain(&book.name)));
}

fn at_least(total: &Total) -> &'static str {
    if total.at_least { "at least " } else { "" }
}

fn up_to(total: &Total) -> String {
    if total.upper == total.cost {
        return String::new();
    }
    format!(", up to {}", show_month(total.upper.monthly()))
}

fn lines(out: &mut String, estimate: &Estimate) {
    let rows: Vec<[String; 3]> = estimate.lines().map(line).collect();
    if rows.is_empty() {
        return;
    }
    push(out, "\nLines (a month)");
    let width = |column: usize| rows.iter().map(|row| row.get(column).map_or(0, |c| c.chars().count())).max();
    let (first, second, third) = (width(0), width(1), width(2));
    let [first, second, third] = [first, second, third].map(Option::unwrap_or_default);
    for [address, what, month] in &rows {
        push(out, &format!("  {address:<first$}  {what:<second$}  {month:>third$}"));
    }
}

fn line(line: &Line) -> [String; 3] {
    let bound = match line.bound {
        Some(Bound::Ceiling) => ", at most".to_owned(),
        Some(Bound::UpTo { cost }) => format!(", up to {}", show_month(cost.monthly())),
        None => String::new(),
    };
    let assumed = if line.assumption.is_some() { ", assumed" } else { "" };
    let term = match line.term {
        super::book::Term::OnDemand => "",
        other => other.as_str(),
    };
    let name = [line.sku.as_str(), term].join(" ");
    let what = format!(
        "{} in {}, {} × {} a {}{assumed}{bound}",
        plain(name.trim_end()),
        plain(&line.region),
        line.quantity.normalize(),
        line.price.normalize(),
        line.unit.as_str(),
    );
    [plain(&line.address), what, show_month(line.cost.monthly())]
}

fn unpriced(out: &mut String, estimate: &Estimate) {
    let words = estimate
        .unpriced()
        .map(|one| format!("{}: {} ({})", plain(&one.address), plain(&one.detail), one.reason.as_str()));
    list(out, "Without a price, so the cost is \"at least\"", words);
}

fn recommendation(one: &Recommendation) -> String {
    let condition = if one.condition.is_empty() { String::new() } else { format!(", {}", one.condition) };
    format!(
        "{}: {} → {} saves {} a month ({} %){condition}",
        plain(&one.address),
        plain(&one.from),
        plain(&one.to),
        show_month(one.saving_monthly),
        show_percent(one.saving_percent),
    )
}

fn list(out: &mut String, title: &str, entries: impl Iterator<Item = String>) {
    for (number, entry) in entries.enumerate() {
        if number == 0 {
            push(out, &format!("\n{title}"));
        }
        push(out, &format!("  {entry}"));
    }
}

fn push(out: &mut String, text: &str) {
    out.push_str(text.trim_end());
    out.push('\n');
}

/// Control characters, and marks that change the direction of writing, could hide what is shown.
fn plain(text: &str) -> String {
    let hides = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    };
    text.chars().map(|c| if hides(c) { '?' } else { c }).collect()
}
