//! Pure decisions: no client, no runtime, no clock.

pub mod approval;
pub mod catalogue;
pub mod ids;
pub mod session;
pub mod state;
