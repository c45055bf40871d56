//! `bucket` on AWS.

use super::Writer;
use crate::api::resource::Bucket;

/// Adds one to the draft.
pub(super) fn render(writer: &mut Writer<'_, '_>, _: &Bucket) {
    writer.later();
}
