//! Budgets: how much is used, what may not begin, and when to tell somebody.

use super::money::{self, Cost};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize, Serializer};
use std::collections::BTreeSet;

/// How a total stands against a budget. Without a budget there is nothing to compute: then nobody makes one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Standing {
    /// Budget a month.
    #[serde(serialize_with = "month")]
    pub budget: Decimal,
    /// Total a month.
    #[serde(serialize_with = "month")]
    pub monthly: Decimal,
    /// Share of the budget in percent; `None` of a budget of nothing.
    #[serde(serialize_with = "percent")]
    pub usage_percent: Option<Decimal>,
    /// What is left; not negative.
    #[serde(serialize_with = "month")]
    pub remaining: Decimal,
    /// What is too much; not negative.
    #[serde(serialize_with = "month")]
    pub overage: Decimal,
    /// Nothing is too much.
    pub compliant: bool,
}

fn month<S: Serializer>(value: &Decimal, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&money::show_month(*value))
}

#[allow(clippy::ref_option, reason = "serde calls it so")]
fn percent<S: Serializer>(value: &Option<Decimal>, to: S) -> Result<S::Ok, S::Error> {
    match value {
        Some(value) => to.serialize_some(&money::show_percent(*value)),
        None => to.serialize_none(),
    }
}

/// How a monthly total stands against a budget of the same currency.
pub fn standing(budget: Decimal, monthly: Decimal) -> Standing {
    let overage = (monthly - budget).max(Decimal::ZERO);
    Standing {
        budget,
        monthly,
        usage_percent: money::percent_of(monthly, budget),
        remaining: (budget - monthly).max(Decimal::ZERO),
        overage,
        compliant: overage.is_zero(),
    }
}

/// Whether a plan may go on to its approval.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Gate {
    /// It may.
    Pass,
    /// The project would cost more than its budget, and the plan adds to that.
    OverBudget(Standing),
}

/// Judges a plan: refused when the project's total after it passes the budget and the plan adds to it; what
/// saves may pass. Both figures with ranges at their upper end ([`super::Total::upper`],
/// [`super::Estimate::delta_upper`]), in the budget's currency. No budget, no gate.
pub fn gate(budget: Option<Decimal>, project_after: Cost, delta: Cost) -> Gate {
    let Some(budget) = budget else { return Gate::Pass };
    let standing = standing(budget, project_after.monthly());
    if standing.compliant || delta.monthly() <= Decimal::ZERO {
        Gate::Pass
    } else {
        Gate::OverBudget(standing)
    }
}

/// The thresholds that have fired and did not fall below since. Stored with the project, so that a restart
/// neither repeats nor loses an alert.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fired(pub BTreeSet<u32>);

/// The next state, and the thresholds to tell about now, the lowest first. A threshold (percent of the budget)
/// fires when the applied total reaches it, once; below it, it is armed again. Without a budget nothing fires
/// and nothing is kept.
pub fn alerts(fired: &Fired, thresholds: &[u32], usage_percent: Option<Decimal>) -> (Fired, Vec<u32>) {
    let Some(usage) = usage_percent else { return (Fired::default(), Vec::new()) };
    let reached: BTreeSet<u32> =
        thresholds.iter().copied().filter(|threshold| usage >= Decimal::from(*threshold)).collect();
    let new = reached.difference(&fired.0).copied().collect();
    (Fired(reached), new)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Decimal {
        money::parse(text).unwrap()
    }

    fn shown(budget: &str, monthly: &str) -> serde_json::Value {
        serde_json::to_value(standing(of(budget), of(monthly))).unwrap()
    }

    #[test]
    fn a_total_stands_against_its_budget() {
        assert_eq!(
            shown("100", "105.20"),
            serde_json::json!({"budget": "100.00", "monthly": "105.20", "usagePercent": "105.2",
                "remaining": "0.00", "overage": "5.20", "compliant": false})
        );
        assert_eq!(
            shown("200", "185"),
            serde_json::json!({"budget": "200.00", "monthly": "185.00", "usagePercent": "92.5",
                "remaining": "15.00", "overage": "0.00", "compliant": true})
        );
        assert_eq!(shown("0", "1")["usagePercent"], serde_json::Value::Null);
        assert!(standing(of("100"), of("100")).compliant);
    }

    #[test]
    fn only_what_adds_beyond_the_budget_is_refused() {
        let month = |text: &str| Cost::monthly_price(of(text));
        assert_eq!(gate(Some(of("100")), month("100"), month("20")), Gate::Pass);
        assert!(matches!(gate(Some(of("100")), month("100.01"), month("0.01")), Gate::OverBudget(_)));
        assert_eq!(gate(Some(of("100")), month("150"), Cost::ZERO), Gate::Pass);
        assert_eq!(gate(Some(of("100")), month("150"), -month("5")), Gate::Pass);
        assert_eq!(gate(None, month("1000000"), month("1000000")), Gate::Pass);
    }

    #[test]
    fn a_threshold_fires_once_on_the_way_up_and_again_after_a_fall() {
        let usage = |monthly: &str| standing(of("200"), of(monthly)).usage_percent;
        let step = |fired: &Fired, monthly: &str| {
            // What a restart between two steps leaves of the state.
            let stored = serde_json::to_string(fired).unwrap();
            alerts(&serde_json::from_str(&stored).unwrap(), &[50, 90, 100], usage(monthly))
        };
        let (state, told) = step(&Fired::default(), "90");
        assert_eq!(told, [] as [u32; 0]);
        let (state, told) = step(&state, "185");
        assert_eq!(told, [50, 90]);
        let (state, told) = step(&state, "185");
        assert_eq!(told, [] as [u32; 0]);
        let (state, told) = step(&state, "179.99");
        assert_eq!(told, [] as [u32; 0]);
        let (state, told) = step(&state, "180");
        assert_eq!(told, [90]);
        let (_, told) = step(&state, "250");
        assert_eq!(told, [100]);
        assert_eq!(alerts(&state, &[50], None), (Fired::default(), vec![]));
    }
}
