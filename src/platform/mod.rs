//! Clock, settings, telemetry, health, leadership: what the processes share with their surroundings.

pub mod admission;
pub mod clock;
pub mod http;
pub mod leader;
pub mod metrics;
pub mod settings;
pub mod telemetry;
