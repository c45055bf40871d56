//! What things cost: price book and plan in, estimate out. Pure: nothing here reads a file, a clock or a cluster.
//!
//! ```text
//!  embedded table ─┐                    plan JSON ──► Change ─┐
//!  ConfigMaps ─────┴─► PriceBook ──────────────────────────────┴─► estimate ─► recommend, budget, text
//!  rendered files ─────────────────► plan-like JSON ──► Change ─┘
//!  published lists ─► refresh ─► a new dated table
//! ```
//!
//! Figures are on-demand list prices for Linux; a month has 730 hours. What has no price is listed with the
//! reason, never guessed.

pub mod assumptions;
pub mod book;
pub mod budget;
mod change;
mod estimate;
pub mod money;
pub mod recommend;
pub mod refresh;
mod rendered;
mod rules;
mod sheet;
pub mod text;
mod view;

pub use assumptions::Assumptions;
pub use book::PriceBook;
pub use estimate::{BookUsed, Estimate, ResourceCost, Side, Total, estimate};
pub use rendered::plan_of as plan_of_rendered;
pub use rules::covered as covered_types;
pub use sheet::{Bound, Line, Reason, Unpriced};

#[cfg(test)]
mod tests;
