//! Cloud Engine: self-service cloud as Kubernetes resources.
//!
//! ```text
//!  bin ──► controller ─┐
//!      ├─► gateway ────┼─► blob ─┐
//!      ├─► runner ─────┤         ├─► domain ─► api ─► names
//!      └─► cli ────────┴─► terraform, pricing, wire, platform
//! ```
//!
//! Arrows point one way; `tests/architecture.rs` reads the `use` lines and holds it.

pub mod api;
pub mod blob;
pub mod cli;
pub mod controller;
pub mod domain;
pub mod gateway;
pub mod names;
pub mod platform;
pub mod pricing;
pub mod runner;
pub mod terraform;
pub mod wire;
