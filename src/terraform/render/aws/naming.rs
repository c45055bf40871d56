//! Tags, and names that are unique in the account.

use super::{Writer, tree};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// Tags of the resource: the user's, its own name, and that name again where the console looks for it. Those of
/// the project come from the provider block.
pub(super) fn tags(writer: &Writer<'_, '_>) -> Value {
    with_name(writer, writer.labels())
}

/// All tags, the project's among them: for what the provider block does not reach.
pub(super) fn all_tags(writer: &Writer<'_, '_>) -> Value {
    with_name(writer, writer.all_labels())
}

fn with_name(writer: &Writer<'_, '_>, mut tags: Value) -> Value {
    // IAM takes keys that differ in case alone for the same.
    if tags.get("name").is_none() {
        tree::insert(&mut tags, "Name", json!(writer.name()));
    }
    tags
}

/// `<role>-<name>-<8 hex digits>`, at most so long: for companions whose names are unique in the account or in a
/// network that other stacks use too. `more` goes into the digits alone.
pub(super) fn unique(writer: &Writer<'_, '_>, role: &str, more: &str, most: usize) -> String {
    let input = &writer.scope.input;
    let seed = [input.project_uid, input.stack, writer.name(), role, more].join("/");
    let digest = hex::encode(Sha256::digest(seed.as_bytes()));
    let digits = digest.get(..8).unwrap_or_default();
    let full = [role, "-", writer.name()].concat();
    let head = full.get(..most.saturating_sub(9)).unwrap_or(&full).trim_end_matches('-');
    [head, "-", digits].concat()
}
