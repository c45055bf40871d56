//! What the engines read and write, as pure functions: no cluster, no processes, no clock.
//!
//! ```text
//!  previous + changes ─fold─► resources ─render─► files ─guard─► (engine) ─► plan JSON ─guard─► mask ─► read
//!                                                                      └──► state ─► summary, outputs
//!                                                                      └──► log ───► redact
//! ```

pub mod fold;
mod grow;
pub mod guard;
pub mod impact;
pub mod plan;
pub mod redact;
pub mod render;
pub mod state;

pub use plan::PlanView;
pub use redact::Redactor;
pub use render::{RenderInput, Rendered};
pub use state::{StateResource, StateSummary};
