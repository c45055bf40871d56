//! Amounts of money: exact decimals, rounded only where they are shown.

use rust_decimal::{Decimal, RoundingStrategy};
use serde::Serialize;
use serde::ser::{SerializeStruct, Serializer};
use std::iter::Sum;
use std::ops::{Add, AddAssign, Neg, Sub};

/// Hours of a month, everywhere.
pub const HOURS_PER_MONTH: Decimal = Decimal::from_parts(730, 0, 0, false, 0);

/// Most digits after the point that a price or quantity may have.
const SCALE: u32 = 16;
/// No price or quantity is larger. With [`SCALE`] it keeps every product within what the type holds.
const LARGEST: Decimal = Decimal::from_parts(1_000_000_000, 0, 0, false, 0);

/// A price or quantity as tables and plans write it: digits, perhaps a point and digits; not negative, at most
/// a thousand million, at most 16 digits after the point. `None` for anything else.
pub fn parse(text: &str) -> Option<Decimal> {
    let plain = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    let value = if plain { Decimal::from_str_exact(text).ok()? } else { return None };
    (value.scale() <= SCALE && value <= LARGEST).then_some(value)
}

/// What something costs while it exists. What is sold by the hour and by the month is kept apart, so sums are
/// exact whatever their order: a twelfth of anything has no last digit, and neither has a 730th.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Cost {
    by_hour: Decimal,
    by_month: Decimal,
}

impl Cost {
    /// Nothing.
    pub const ZERO: Self = Self { by_hour: Decimal::ZERO, by_month: Decimal::ZERO };

    /// An amount for each hour.
    pub const fn hourly_price(amount: Decimal) -> Self {
        Self { by_hour: amount, by_month: Decimal::ZERO }
    }

    /// An amount for each month.
    pub const fn monthly_price(amount: Decimal) -> Self {
        Self { by_hour: Decimal::ZERO, by_month: amount }
    }

    /// Per hour; 28 digits where a month's price does not divide.
    pub fn hourly(self) -> Decimal {
        self.by_hour + self.by_month / HOURS_PER_MONTH
    }

    /// Per month of 730 hours, exact.
    pub fn monthly(self) -> Decimal {
        self.by_hour * HOURS_PER_MONTH + self.by_month
    }

    /// So many of it.
    #[must_use]
    pub fn times(self, quantity: Decimal) -> Self {
        Self { by_hour: self.by_hour * quantity, by_month: self.by_month * quantity }
    }
}

impl Add for Cost {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self { by_hour: self.by_hour + other.by_hour, by_month: self.by_month + other.by_month }
    }
}

impl Sub for Cost {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        self + -other
    }
}

impl Neg for Cost {
    type Output = Self;
    fn neg(self) -> Self {
        Self { by_hour: -self.by_hour, by_month: -self.by_month }
    }
}

impl AddAssign for Cost {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sum for Cost {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::ZERO, Add::add)
    }
}

/// As it is shown: `{"hourly": "0.0335", "monthly": "24.46"}`.
impl Serialize for Cost {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut shown = to.serialize_struct("Cost", 2)?;
        shown.serialize_field("hourly", &show_hour(self.hourly()))?;
        shown.serialize_field("monthly", &show_month(self.monthly()))?;
        shown.end()
    }
}

/// An amount per hour as it is shown: four digits, half away from zero.
pub fn show_hour(amount: Decimal) -> String {
    show(amount, 4)
}

/// An amount per month as it is shown: two digits, half away from zero.
pub fn show_month(amount: Decimal) -> String {
    show(amount, 2)
}

/// A percentage as it is shown: one digit, half away from zero.
pub fn show_percent(percent: Decimal) -> String {
    show(percent, 1)
}

/// As [`show_month`], with the sign of what comes and goes: `+24.46`, `-5.00`, `0.00`.
pub fn show_difference(amount: Decimal) -> String {
    let text = show_month(amount);
    if text.starts_with('-') || text.bytes().all(|b| matches!(b, b'0' | b'.')) {
        text
    } else {
        ["+", &text].concat()
    }
}

fn show(amount: Decimal, digits: u32) -> String {
    let rounded = amount.round_dp_with_strategy(digits, RoundingStrategy::MidpointAwayFromZero);
    // There is no negative nothing.
    let rounded = if rounded.is_zero() { Decimal::ZERO } else { rounded };
    format!("{rounded:.*}", digits as usize)
}

/// `part` of `whole` in percent; `None` of nothing.
pub fn percent_of(part: Decimal, whole: Decimal) -> Option<Decimal> {
    (part * Decimal::ONE_HUNDRED).checked_div(whole)
}

/// Writes a decimal into JSON as a string, all digits.
pub(super) fn as_text<S: Serializer>(value: &Decimal, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&value.normalize().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Decimal {
        parse(text).unwrap()
    }

    #[test]
    fn halves_go_away_from_zero_and_only_on_display() {
        assert_eq!(show_month(of("0.005")), "0.01");
        assert_eq!(show_month(-of("0.005")), "-0.01");
        assert_eq!(show_month(-of("0.004")), "0.00");
        assert_eq!(show_hour(of("0.00005")), "0.0001");
        assert_eq!(show_month(of("5")), "5.00");
        assert_eq!(show_difference(of("1.005")), "+1.01");
        assert_eq!(
            (show_difference(of("0.001")), show_difference(-of("2"))),
            ("0.00".into(), "-2.00".into())
        );
        // Three times 0.004 is 0.01, not nothing.
        let third = Cost::monthly_price(of("0.004"));
        assert_eq!(show_month((third + third + third).monthly()), "0.01");
    }

    #[test]
    fn what_is_no_amount_is_refused() {
        for text in ["", "-1", "+1", "1e3", "NaN", ".", "1.2.3", "1,5", "0.12345678901234567", "1000000001"] {
            assert_eq!(parse(text), None, "{text}");
        }
        assert_eq!(parse("1000000000"), Some(LARGEST));
    }

    #[test]
    fn the_largest_product_does_not_overflow() {
        let cost = Cost::hourly_price(LARGEST).times(LARGEST);
        assert_eq!(cost.monthly(), LARGEST * LARGEST * HOURS_PER_MONTH);
        let exact = Cost::hourly_price(of("999999999.99999999999999")).times(of("3"));
        assert!((exact + exact - exact).monthly() > Decimal::ZERO);
    }

    #[test]
    fn month_and_hour_follow_from_each_other() {
        let month = Cost::monthly_price(of("3.65"));
        assert_eq!((month.hourly(), month.monthly()), (of("0.005"), of("3.65")));
        let hour = Cost::hourly_price(of("0.03350571"));
        assert_eq!((show_hour(hour.hourly()), show_month(hour.monthly())), ("0.0335".into(), "24.46".into()));
    }
}
