//! What is judged on the stack as a whole, for all clouds alike.

use super::{Draft, Scope};

/// Findings that need more than one resource to be seen.
pub(super) fn stack(_draft: &mut Draft, _scope: &Scope) {}
