//! Sizes of machines, read by the rules of their names. Source: learn.microsoft.com/azure/virtual-machines
//! (naming conventions), as of 2025.

use super::Writer;
use crate::api::resource::DiskType;

/// What the name of a size tells. Whether there is such a size is judged by the price book.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Size {
    /// ARM processors.
    pub(super) arm: bool,
    /// Takes premium disks.
    premium: bool,
}

impl Size {
    /// Reads `Standard_<FAMILY><vCPUs>[-<vCPUs>]<features>[_<accelerator>][_v<version>]`.
    pub(super) fn of(name: &str) -> Self {
        let body = name.split('_').nth(1).unwrap_or_default();
        let family: String = body.chars().take_while(char::is_ascii_uppercase).collect();
        let features = body.trim_start_matches(|c: char| !c.is_ascii_lowercase());
        Self {
            arm: features.contains('p'),
            premium: features.contains('s') || (family.len() > 1 && family.ends_with('S')),
        }
    }

    /// The provider's name of a type of disk, or a finding where the size does not take it.
    pub(super) fn disk(
        self,
        writer: &mut Writer<'_, '_>,
        field: &str,
        type_: DiskType,
    ) -> Option<&'static str> {
        match type_ {
            DiskType::Standard => Some("Standard_LRS"),
            DiskType::Balanced => Some("StandardSSD_LRS"),
            DiskType::Ssd if self.premium => Some("Premium_LRS"),
            DiskType::Ssd => {
                writer.refuse(field, "the size takes no premium disks. Set it to balanced, or choose a size with an s after its number, such as Standard_D2s_v5");
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_what_a_size_is() {
        for (name, arm, premium) in [
            ("Standard_B2s", false, true),
            ("Standard_B2pts_v2", true, true),
            ("Standard_D2_v5", false, false),
            ("Standard_DS1_v2", false, true),
            ("Standard_E4-2ds_v5", false, true),
            ("Standard_NC4as_T4_v3", false, true),
            ("", false, false),
        ] {
            assert_eq!(Size::of(name), Size { arm, premium }, "{name}");
        }
    }
}
