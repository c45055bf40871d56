//! Pure decisions: no client, no runtime, no clock.

pub mod approval;
pub mod ids;
pub mod state;
