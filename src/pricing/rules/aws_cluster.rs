//! Kubernetes clusters of AWS.

use super::aws::{disk_line, machine_line};
use super::{Gap, Item, Nodes, Part, Reason, Sheet, View, region};

pub(super) const RULES: [(&str, &[Part]); 2] =
    [("aws_eks_cluster", &[fee]), ("aws_eks_node_group", &[machines, disks])];

fn fee(sheet: &mut Sheet) -> Result<(), Gap> {
    sheet.buy(region(sheet.values(), "region")?, Item::new("eks", "cluster"))
}

/// The wished number counts, the largest is what it can grow to.
fn nodes(values: View) -> Result<Nodes, Gap> {
    let scaling = values.need_block("scaling_config")?;
    let counted = scaling.need_number("desired_size")?;
    Ok(Nodes { counted, most: scaling.number("max_size")?.filter(|most| *most > counted) })
}

/// The values of the launch template that the group names, found through the configuration: its id is not
/// known before the apply.
fn template<'a>(sheet: &Sheet<'a>) -> Result<Option<View<'a>>, Gap> {
    let named =
        ["id", "name"].iter().find_map(|key| sheet.plan.named_by(sheet.change, &["launch_template", key]));
    if let Some(template) = named {
        return Ok(Some(template.view(sheet.side)));
    }
    if sheet.values().blocks("launch_template")?.is_empty() {
        return Ok(None);
    }
    Err(Gap::new(Reason::UnknownValue, "launch_template"))
}

fn machines(sheet: &mut Sheet) -> Result<(), Gap> {
    let (values, template) = (sheet.values(), template(sheet)?);
    let of_template = template.map(|t| t.text("instance_type")).transpose()?.flatten();
    let name = match of_template {
        Some(name) => name,
        // Several types are alternatives: which of them runs is not known.
        None => match values.texts("instance_types")?.as_slice() {
            [only] => *only,
            _ => return Err(Gap::new(Reason::UnknownValue, "instance_types")),
        },
    };
    let spot = values.text("capacity_type").is_ok_and(|kind| kind == Some("SPOT"));
    machine_line(sheet, region(values, "region")?, name, spot, nodes(values)?)
}

fn disks(sheet: &mut Sheet) -> Result<(), Gap> {
    let (values, template) = (sheet.values(), template(sheet)?);
    let (place, nodes) = (region(values, "region")?, nodes(values)?);
    let mappings = template.map(|t| t.blocks("block_device_mappings")).transpose()?.unwrap_or_default();
    if mappings.is_empty() {
        // The size may stand in the group; the type is the provider's choice.
        return Err(Gap::new(Reason::UnknownValue, "disks of the nodes"));
    }
    for mapping in mappings {
        let disk = mapping.need_block("ebs")?;
        disk_line(sheet, place, disk, ["volume_type", "volume_size"], nodes)?;
    }
    Ok(())
}
