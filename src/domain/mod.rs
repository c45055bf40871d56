//! Pure decisions: no client, no runtime, no clock.

pub mod ids;
pub mod state;
