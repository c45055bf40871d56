//! One price: its key, and what stands beside it.

use crate::api::Provider;
use crate::pricing::money::Cost;
use k8s_openapi::jiff::civil::Date;
use rust_decimal::Decimal;
use serde::Serialize;
use std::sync::Arc;

/// How long one commits to buying.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum Term {
    /// No commitment: the list price.
    #[serde(rename = "on-demand")]
    OnDemand,
    /// May be stopped at any time.
    #[serde(rename = "spot")]
    Spot,
    /// One year.
    #[serde(rename = "1y")]
    OneYear,
    /// Three years.
    #[serde(rename = "3y")]
    ThreeYears,
}

impl Term {
    /// All, in the order of tables.
    pub const ALL: [Self; 4] = [Self::OnDemand, Self::Spot, Self::OneYear, Self::ThreeYears];

    /// As tables write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OnDemand => "on-demand",
            Self::Spot => "spot",
            Self::OneYear => "1y",
            Self::ThreeYears => "3y",
        }
    }

    /// The reverse of [`Self::as_str`].
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|term| term.as_str() == text)
    }
}

/// What a price is for one of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unit {
    /// An hour of existing.
    Hour,
    /// A gigabyte kept for a month.
    GbMonth,
    /// A month of existing.
    Month,
    /// A gigabyte that passes.
    Gb,
    /// An hour of one load balancer capacity unit.
    LcuHour,
    /// No charge.
    Free,
}

impl Unit {
    /// All.
    pub const ALL: [Self; 6] = [Self::Hour, Self::GbMonth, Self::Month, Self::Gb, Self::LcuHour, Self::Free];

    /// As tables write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hour => "hour",
            Self::GbMonth => "gb-month",
            Self::Month => "month",
            Self::Gb => "gb",
            Self::LcuHour => "lcu-hour",
            Self::Free => "free",
        }
    }

    /// The reverse of [`Self::as_str`].
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|unit| unit.as_str() == text)
    }
}

/// Processor architectures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Arch {
    /// Intel and AMD, 64 bit.
    X86_64,
    /// ARM, 64 bit.
    Arm64,
}

impl Arch {
    /// As tables write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::X86_64 => "x86_64",
            Self::Arm64 => "arm64",
        }
    }

    /// The reverse of [`Self::as_str`].
    pub fn parse(text: &str) -> Option<Self> {
        [Self::X86_64, Self::Arm64].into_iter().find(|arch| arch.as_str() == text)
    }
}

/// The key of a row: the first five columns of a table, as they stand in it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(pub(in crate::pricing) String);

impl Key {
    /// Joins the five columns.
    pub fn new(provider: &str, region: &str, service: &str, sku: &str, term: Term) -> Self {
        Self([provider, region, service, sku, term.as_str()].join(","))
    }

    /// A column, counted from 0: provider, region, service, sku, term.
    pub fn column(&self, number: usize) -> &str {
        self.0.split(',').nth(number).unwrap_or_default()
    }

    /// As it stands in a table.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::borrow::Borrow<str> for Key {
    fn borrow(&self) -> &str {
        &self.0
    }
}

/// What a table says about a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Price of one unit, in the currency of the table. 0 only for [`Unit::Free`].
    pub price: Decimal,
    /// What the price is for.
    pub unit: Unit,
    /// Processors that the guest sees.
    pub vcpu: Option<u32>,
    /// Share of processors that is billed, where it differs; only shown.
    pub billed_vcpu: Option<Decimal>,
    /// Memory in GiB.
    pub mem_gib: Option<Decimal>,
    /// Architecture.
    pub arch: Option<Arch>,
    /// Where the price was published.
    pub source: Arc<str>,
    /// When.
    pub as_of: Date,
}

impl Row {
    /// What one unit costs while it exists.
    pub const fn cost(&self) -> Cost {
        match self.unit {
            Unit::Hour | Unit::LcuHour => Cost::hourly_price(self.price),
            Unit::GbMonth | Unit::Month | Unit::Gb => Cost::monthly_price(self.price),
            Unit::Free => Cost::ZERO,
        }
    }
}

/// The clouds as tables write them.
pub const fn cloud(provider: Provider) -> &'static str {
    match provider {
        Provider::Gcp => "gcp",
        Provider::Aws => "aws",
        Provider::Azure => "azure",
    }
}

/// Providers that a table may name; `other` is for the engine's helpers, such as `random`.
pub(in crate::pricing) const CLOUDS: [&str; 4] = ["gcp", "aws", "azure", OTHER];
/// See [`CLOUDS`].
pub(in crate::pricing) const OTHER: &str = "other";
