//! Reads the engine's plan in JSON: what it would do, how grave that is, and a form of it that may be shown.

mod dependents;
mod mask;
mod read;

pub use mask::{MARK, mask};
pub use read::{PlanView, read};

use crate::domain::ids;
use serde_json::Value;

/// The bytes of a plan's JSON form with sorted keys, and their digest: the same plan has the same digest.
pub fn digest_json(plan: &Value) -> (Vec<u8>, String) {
    let mut plan = plan.clone();
    plan.sort_all_objects();
    let bytes = plan.to_string().into_bytes();
    let digest = ids::digest(&bytes);
    (bytes, digest)
}
