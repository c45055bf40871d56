//! Structured logs.

use tracing_subscriber::EnvFilter;

/// Starts logging as JSON lines to standard output; `RUST_LOG` sets the level, `info` without it.
pub fn start() {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    // A second start (in tests) keeps the first; there is nothing to do about it.
    let _ = tracing_subscriber::fmt().json().flatten_event(true).with_env_filter(filter).try_init();
}
