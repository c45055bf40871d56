//! `vm` on Azure.

use super::Writer;
use crate::api::resource::Vm;

/// Adds one to the draft.
pub(super) fn render(writer: &mut Writer<'_, '_>, _: &Vm) {
    writer.later();
}
