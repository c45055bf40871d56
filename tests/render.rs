//! What is rendered, held against golden files, the pinned schemas and the real engine.
//!
//! A case is a folder `tests/golden/CLOUD/CASE` with `resources.yaml`, as in `changes.upsert`, and, where something
//! exists before, `existing.json` for the sandbox; the other files in it are what is rendered.
//! `UPDATE_GOLDEN=1 cargo test --test render` writes them anew.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "render/case.rs"]
mod case;
#[path = "render/docs.rs"]
mod docs;
#[path = "render/engine.rs"]
mod engine;
#[path = "render/golden.rs"]
mod golden;
#[path = "render/hostile.rs"]
mod hostile;
#[path = "render/random.rs"]
mod random;
#[path = "render/sandbox.rs"]
mod sandbox;
#[path = "render/schema.rs"]
mod schema;
