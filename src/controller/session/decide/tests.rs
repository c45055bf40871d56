//! Decisions on hand-made worlds.
