//! Builders and doubles of the scenario tests: a real API server and etcd, the real controller as a process,
//! and [`kubelet`], which plays Job controller and kubelet and starts the real runner with the real engine.

#![allow(dead_code, reason = "each test binary uses a part")]

pub mod gate;
pub mod kubelet;
pub mod node;
pub mod proxy;
pub mod stories;
pub mod world;

use std::path::PathBuf;

/// Root of the repository.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// A tool that `tools/install` built. A missing one fails the test and says how to get it.
pub fn tool(name: &str) -> PathBuf {
    let found = std::process::Command::new(root().join("tools/path")).arg(name).output().unwrap();
    assert!(found.status.success(), "{name} is missing: run tools/install {name}");
    PathBuf::from(String::from_utf8(found.stdout).unwrap().trim())
}
