//! What a plan costs: before, after, and the difference.

use super::assumptions::Assumptions;
use super::book::{FRESH_DAYS, PriceBook};
use super::change::{Action, Plan};
use super::money::Cost;
use super::rules;
use super::sheet::{Line, Sheet, Unpriced, Which};
use k8s_openapi::jiff::civil::Date;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeSet;

/// One side of a resource.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Side {
    /// What is priced.
    pub lines: Vec<Line>,
    /// What is not.
    pub unpriced: Vec<Unpriced>,
}

impl Side {
    /// The sum of the side.
    pub fn total(&self) -> Total {
        Total {
            cost: self.lines.iter().map(|line| line.cost).sum(),
            upper: self.lines.iter().map(Line::upper).sum(),
            at_least: !self.unpriced.is_empty(),
        }
    }
}

/// What one resource costs, before and after.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ResourceCost {
    /// Address in the plan.
    pub address: String,
    /// Type.
    #[serde(rename = "type")]
    pub type_: String,
    /// What becomes of it.
    pub action: Action,
    /// The environment that its labels or tags name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub environment: Option<String>,
    /// As it runs.
    pub before: Side,
    /// As it would run.
    pub after: Side,
}

impl ResourceCost {
    /// What the change adds or, negative, saves.
    pub fn delta(&self) -> Cost {
        self.after.total().cost - self.before.total().cost
    }
}

/// A sum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Total {
    /// What is priced, with ranges at their lower end.
    #[serde(flatten)]
    pub cost: Cost,
    /// The same with ranges at their upper end; budgets judge this.
    pub upper: Cost,
    /// Something has no price, so the sum reads "at least".
    pub at_least: bool,
}

impl Total {
    fn add(&mut self, other: Self) {
        self.cost += other.cost;
        self.upper += other.upper;
        self.at_least |= other.at_least;
    }
}

/// Which prices an estimate rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BookUsed {
    /// Names of the tables, what counts first before.
    pub name: String,
    /// Digest of the book.
    pub digest: String,
    /// Oldest date of the prices used; `None` when none was.
    pub oldest: Option<Date>,
    /// The oldest price used is more than 90 days old.
    pub stale: bool,
}

/// What a plan costs. Shown amounts are rounded; sums are of unrounded lines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Estimate {
    /// Currency of every amount.
    pub currency: String,
    /// The prices it rests on.
    pub book: BookUsed,
    /// What runs now.
    pub before: Total,
    /// What would run.
    pub after: Total,
    /// What the plan adds or, negative, saves.
    pub delta: Cost,
    /// The same with ranges at their upper end.
    pub delta_upper: Cost,
    /// By address.
    pub resources: Vec<ResourceCost>,
    /// What the sums assume, in words.
    pub assumptions: Vec<String>,
}

impl Estimate {
    /// The lines of what would run.
    pub fn lines(&self) -> impl Iterator<Item = &Line> {
        self.resources.iter().flat_map(|resource| &resource.after.lines)
    }

    /// What of it has no price.
    pub fn unpriced(&self) -> impl Iterator<Item = &Unpriced> {
        self.resources.iter().flat_map(|resource| &resource.after.unpriced)
    }
}

/// Prices a plan in JSON, or what [`super::plan_of_rendered`] makes of a rendered stack. `today` judges the age
/// of the prices.
pub fn estimate(plan: &Value, book: &PriceBook, assumptions: &Assumptions, today: Date) -> Estimate {
    let plan = Plan::read(plan);
    let mut resources: Vec<ResourceCost> = plan
        .changes
        .iter()
        .map(|change| {
            let side = |which: Which| {
                let mut sheet = Sheet::new(book, assumptions, &plan, change, which);
                if change.exists(which) {
                    rules::price(&mut sheet);
                }
                Side { lines: sheet.lines, unpriced: sheet.unpriced }
            };
            let shown = if change.exists(Which::After) { Which::After } else { Which::Before };
            ResourceCost {
                address: change.address.to_owned(),
                type_: change.type_.to_owned(),
                action: change.action,
                environment: change.environment(shown),
                before: side(Which::Before),
                after: side(Which::After),
            }
        })
        .collect();
    resources.sort_by(|a, b| a.address.cmp(&b.address));
    sum(resources, book, today)
}

fn sum(resources: Vec<ResourceCost>, book: &PriceBook, today: Date) -> Estimate {
    let (mut before, mut after) = (Total::default(), Total::default());
    let mut assumed = BTreeSet::new();
    let mut oldest: Option<Date> = None;
    for resource in &resources {
        before.add(resource.before.total());
        after.add(resource.after.total());
        for line in resource.before.lines.iter().chain(&resource.after.lines) {
            assumed.extend(line.assumption.clone());
            oldest = Some(oldest.map_or(line.as_of, |date| date.min(line.as_of)));
        }
    }
    Estimate {
        currency: book.currency().to_owned(),
        book: BookUsed {
            name: book.name(),
            digest: book.digest(),
            oldest,
            stale: oldest.is_some_and(|date| age_in_days(date, today) > FRESH_DAYS),
        },
        before,
        after,
        delta: after.cost - before.cost,
        delta_upper: after.upper - before.upper,
        resources,
        assumptions: assumed.into_iter().collect(),
    }
}

/// Days from one date to another.
pub(super) fn age_in_days(from: Date, to: Date) -> i32 {
    from.until(to).map_or(0, |span| span.get_days())
}
