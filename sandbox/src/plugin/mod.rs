//! The plugin side of the engine's plugin protocol: handshake, transport and
//! the host's own services.

mod controller;
mod handshake;
mod listener;
mod stdio;
mod tls;

pub use handshake::{COOKIE_VARIABLE, serve};
