//! What a plan costs, in the status of its session.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a stack costs after the plan, by list prices. Amounts are decimal strings.
#[derive(Serialize, Deserialize, JsonSchema, Debug, Clone, PartialEq, Eq, Default)]
#[serde(rename_all = "camelCase")]
pub struct CostStatus {
    /// In one line, for a table.
    #[schemars(length(max = 128))]
    pub text: String,
    /// Currency of all amounts.
    #[schemars(length(max = 8))]
    pub currency: String,
    /// An hour, after the plan.
    #[schemars(length(max = 32))]
    pub hourly: String,
    /// A month of 730 hours, after the plan.
    #[schemars(length(max = 32))]
    pub monthly: String,
    /// The most that a month can cost, where it can grow.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 32))]
    pub monthly_upper: Option<String>,
    /// What the plan changes a month.
    #[schemars(length(max = 32))]
    pub delta: String,
    /// Something has no price: the true amounts are higher.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub at_least: bool,
    /// What is paid for after the plan, the dearest first; at most 50.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 50))]
    pub lines: Vec<CostLine>,
    /// What has no price, and why; at most 50.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 50))]
    pub unpriced: Vec<UnpricedItem>,
    /// What quantities rest on that no plan tells.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16), inner(length(max = 256)))]
    pub assumptions: Vec<String>,
    /// What would cost less; at most 20.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 20))]
    pub recommendations: Vec<CostRecommendation>,
    /// The table of prices: name, digest and the date of its oldest price in use.
    #[schemars(length(max = 256))]
    pub price_table: String,
}

/// One line of the cost.
#[derive(Serialize, Deserialize, JsonSchema, Debug, Clone, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct CostLine {
    /// Address in the configuration.
    #[schemars(length(max = 512))]
    pub address: String,
    /// Name in the table.
    #[schemars(length(max = 128))]
    pub sku: String,
    /// Region of the price.
    #[schemars(length(max = 64))]
    pub region: String,
    /// So many units.
    #[schemars(length(max = 32))]
    pub quantity: String,
    /// A month.
    #[schemars(length(max = 32))]
    pub monthly: String,
}

/// Something without a price.
#[derive(Serialize, Deserialize, JsonSchema, Debug, Clone, PartialEq, Eq)]
pub struct UnpricedItem {
    /// Address in the configuration.
    #[schemars(length(max = 512))]
    pub address: String,
    /// Provider's type.
    #[serde(rename = "type")]
    #[schemars(length(max = 128))]
    pub type_: String,
    /// Why.
    #[schemars(length(max = 256))]
    pub reason: String,
}

/// Something that would cost less.
#[derive(Serialize, Deserialize, JsonSchema, Debug, Clone, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct CostRecommendation {
    /// Address in the configuration.
    #[schemars(length(max = 512))]
    pub address: String,
    /// What kind of change.
    #[schemars(length(max = 32))]
    pub kind: String,
    /// What it is.
    #[schemars(length(max = 128))]
    pub from: String,
    /// What it would be.
    #[schemars(length(max = 128))]
    pub to: String,
    /// What that saves a month.
    #[schemars(length(max = 32))]
    pub saving_monthly: String,
    /// When it holds; empty when always.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[schemars(length(max = 256))]
    pub condition: String,
}
