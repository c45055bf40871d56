//! The resources people write: data and CEL, nothing else.
//!
//! ```text
//!  CloudProject ◄── spec.project ── DeploymentSession ── changes.upsert[] ──► Resource (one file per kind)
//! ```

pub mod condition;
pub mod project;
pub mod resource;
pub mod schema;
pub mod session;

pub use condition::Conditions;
pub use project::{CloudProject, CloudProjectSpec, CloudProjectStatus, Provider};
pub use resource::{Kind, Resource};
pub use session::{DeploymentSession, DeploymentSessionSpec, DeploymentSessionStatus, Phase};
