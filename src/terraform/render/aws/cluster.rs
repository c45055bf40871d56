//! `cluster` on AWS.

use super::Writer;
use crate::api::resource::Cluster;

/// Adds one to the draft.
pub(super) fn render(writer: &mut Writer<'_, '_>, _: &Cluster) {
    writer.later();
}
