//! Clock, settings, telemetry, health, leadership: what the processes share with their surroundings.

pub mod clock;
