//! Reconcilers, one folder per kind, each in four steps: observe (all reads) → decide (pure) → apply (all
//! writes) → status.
//!
//! ```text
//!  CloudProject ──watch──► project::reconcile ──► conditions, finalizer
//!       │ status change
//!       ▼
//!  DeploymentSession ────► session::reconcile ──► Jobs, stack head, status
//!       ▲         ▲
//!      Jobs    nudge of the gateway (a report came)
//! ```

mod error;
pub mod project;
pub mod run;
pub mod session;

pub use error::{Class, ReconcileError};
pub use run::{Context, run};
