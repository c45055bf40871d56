//! `database` on Azure.

use super::Writer;
use crate::api::resource::Database;

/// Adds one to the draft.
pub(super) fn render(writer: &mut Writer<'_, '_>, _: &Database) {
    writer.later();
}
