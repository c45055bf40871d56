//! Sizes of machines, read by the rules of their names. Source: learn.microsoft.com/azure/virtual-machines
//! (naming conventions), as of 2025.

use super::Writer;
use crate::{api::resource::DiskType, domain::catalogue::nearest};

/// Sizes that are proposed in place of one that is none.
const USUAL: [&str; 24] = [
    "Standard_B1s",
    "Standard_B1ms",
    "Standard_B2s",
    "Standard_B2ms",
    "Standard_B4ms",
    "Standard_B2s_v2",
    "Standard_B2as_v2",
    "Standard_B2ps_v2",
    "Standard_D2s_v3",
    "Standard_D2s_v5",
    "Standard_D4s_v5",
    "Standard_D8s_v5",
    "Standard_D16s_v5",
    "Standard_D2as_v5",
    "Standard_D4as_v5",
    "Standard_D8as_v5",
    "Standard_D2ps_v5",
    "Standard_D4ps_v5",
    "Standard_E2s_v5",
    "Standard_E4s_v5",
    "Standard_E8s_v5",
    "Standard_F2s_v2",
    "Standard_F4s_v2",
    "Standard_F8s_v2",
];

/// What the name of a size tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Size {
    /// ARM processors.
    pub(super) arm: bool,
    /// Takes premium disks.
    premium: bool,
}

/// `Standard_<FAMILY><vCPUs>[-<vCPUs>]<features>[_<accelerator>][_v<version>]`
fn parse(name: &str) -> Option<Size> {
    let rest = name.strip_prefix("Standard_")?;
    let (body, tail) = rest.split_once('_').unwrap_or((rest, "v1"));
    let family = body.len() - body.trim_start_matches(|c: char| c.is_ascii_uppercase()).len();
    let (family, body) = body.split_at_checked(family)?;
    let features = body.trim_start_matches(|c: char| c.is_ascii_digit() || c == '-');
    let counted = body.starts_with(|c: char| c.is_ascii_digit());
    let lower = features.chars().all(|c| c.is_ascii_lowercase());
    let plain = !tail.is_empty() && tail.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    (!family.is_empty() && counted && lower && plain).then(|| Size {
        arm: features.contains('p'),
        premium: features.contains('s') || (family.len() > 1 && family.ends_with('S')),
    })
}

/// What the size is, or a finding with the nearest ones.
pub(super) fn check(writer: &mut Writer<'_, '_>, field: &str, name: &str) -> Option<Size> {
    let size = parse(name);
    if size.is_none() {
        writer.refuse(field, format!("azure has no size {name}: choose {}", nearest(name, &USUAL)));
    }
    size
}

impl Size {
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
            ("Standard_D2_v5", false, false),
            ("Standard_DS1_v2", false, true),
            ("Standard_D2ps_v5", true, true),
            ("Standard_E4-2ds_v5", false, true),
            ("Standard_NC4as_T4_v3", false, true),
        ] {
            assert_eq!(parse(name), Some(Size { arm, premium }), "{name}");
        }
        for name in [
            "",
            "e2-small",
            "Standard_",
            "Standard_D",
            "Standard_2s",
            "standard_d2s_v5",
            "Standard_D2s_",
            "Standard_D2s_v5${x}",
            "Basic_A1",
        ] {
            assert_eq!(parse(name), None, "{name}");
        }
        assert!(USUAL.iter().all(|name| parse(name).is_some()));
    }
}
