//! `network` on Azure.

use super::Writer;
use crate::api::resource::Network;

/// Adds one to the draft.
pub(super) fn render(writer: &mut Writer<'_, '_>, _: &Network) {
    writer.later();
}
