//! `firewall` on AWS.

use super::Writer;
use crate::api::resource::Firewall;

/// Adds one to the draft.
pub(super) fn render(writer: &mut Writer<'_, '_>, _: &Firewall) {
    writer.later();
}
