//! `loadBalancer` on Azure.

use super::Writer;
use crate::api::resource::LoadBalancer;

/// Adds one to the draft.
pub(super) fn render(writer: &mut Writer<'_, '_>, _: &LoadBalancer) {
    writer.later();
}
