//! Azure's own price list: pages of the Azure Retail Prices API, as JSON. Source of its form: Microsoft Learn, Azure
//! Retail Prices overview.

use super::{Draft, Found, Key, Machine, Term, Unit, azure, is_region};
use serde::Deserialize;
use std::collections::BTreeMap;

/// Sizes of the steps in which managed disks are sold, in GB: `P10`, `E10` and `S10` are 128. Source: Microsoft
/// Learn, Azure managed disk types.
const STEPS: [(u32, u32); 14] = [
    (1, 4),
    (2, 8),
    (3, 16),
    (4, 32),
    (6, 64),
    (10, 128),
    (15, 256),
    (20, 512),
    (30, 1024),
    (40, 2048),
    (50, 4096),
    (60, 8192),
    (70, 16384),
    (80, 32767),
];
/// Products that are disks, and what the provider calls them.
const DISKS: [(&str, &str); 3] = [
    ("Premium SSD Managed Disks", "Premium"),
    ("Standard SSD Managed Disks", "StandardSSD"),
    ("Standard HDD Managed Disks", "Standard"),
];

/// One page.
#[derive(Deserialize)]
struct Page {
    #[serde(rename = "Items")]
    items: Vec<Item>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Item {
    currency_code: String,
    retail_price: serde_json::Number,
    #[serde(default)]
    arm_region_name: String,
    #[serde(default)]
    arm_sku_name: String,
    #[serde(default)]
    sku_name: String,
    #[serde(default)]
    meter_name: String,
    #[serde(default)]
    product_name: String,
    #[serde(default)]
    service_name: String,
    #[serde(default)]
    unit_of_measure: String,
    #[serde(default, rename = "type")]
    type_: String,
    #[serde(default)]
    is_primary_meter_region: bool,
}

/// Reads a page, or a list of pages. What is bought otherwise than on demand or as spot, and Windows, are no faults:
/// they are not what this table is of.
pub(super) fn read(draft: &mut Draft) -> Found {
    let one = serde_json::from_str::<Page>(draft.text).map(|page| vec![page]);
    let pages = one.or_else(|_| serde_json::from_str::<Vec<Page>>(draft.text));
    let Ok(pages) = pages else {
        draft.fault(1, "page", "it is no page of the Azure Retail Prices API");
        return draft.finish();
    };
    let sizes = azure::sizes();
    let mut lines = BTreeMap::new();
    for (number, item) in pages.iter().flat_map(|page| &page.items).enumerate() {
        let line = number as u64 + 1;
        let row = [item.arm_region_name.as_str(), &item.sku_name].join(",");
        if item.type_ != "Consumption" || !item.is_primary_meter_region || item.is_other_sale() {
            continue;
        }
        if item.currency_code != "USD" {
            draft.fault(line, &row, "the price is not in USD");
        } else if !is_region(&item.arm_region_name) {
            draft.fault(line, &row, "the region is no region");
        } else if item.service_name == "Virtual Machines" && item.unit_of_measure == "1 Hour" {
            machine(draft, line, item, &sizes, &mut lines);
        } else if let Some(sku) = item.disk() {
            let key = Key::new("azure", &item.arm_region_name, "disk", &sku, Term::OnDemand);
            draft.add(line, key, Unit::Month, &item.retail_price.to_string(), None);
        } else {
            draft.fault(line, &row, "what it is the price of is not known");
        }
    }
    azure::judge(draft, &lines);
    draft.finish()
}

fn machine(
    draft: &mut Draft,
    line: u64,
    item: &Item,
    sizes: &BTreeMap<&str, Machine>,
    lines: &mut BTreeMap<Key, u64>,
) {
    let term = if item.sku_name.ends_with(" Spot") { Term::Spot } else { Term::OnDemand };
    let key = Key::new("azure", &item.arm_region_name, "vm", &item.arm_sku_name, term);
    match sizes.get(item.arm_sku_name.as_str()) {
        Some(machine) => {
            let added =
                draft.add(line, key.clone(), Unit::Hour, &item.retail_price.to_string(), Some(machine));
            if added && term == Term::OnDemand {
                lines.insert(key, line);
            }
        }
        None => draft.fault(line, key.as_str(), "vCPU and memory are not known"),
    }
}

impl Item {
    fn is_other_sale(&self) -> bool {
        ["Windows", "Cloud Services", "Dedicated"].iter().any(|word| self.product_name.contains(word))
            || self.sku_name.ends_with(" Low Priority")
    }

    /// Name of a disk's step in the book, such as `Premium_LRS/128`.
    fn disk(&self) -> Option<String> {
        let (_, kind) = DISKS.iter().find(|(product, _)| *product == self.product_name)?;
        let (step, redundancy) = self.sku_name.split_once(' ')?;
        let number: u32 = step.get(1..)?.parse().ok()?;
        let (_, gb) = STEPS.iter().find(|(known, _)| *known == number)?;
        let whole =
            self.unit_of_measure == "1/Month" && self.meter_name == [&self.sku_name, " Disk"].concat();
        let plain = ["LRS", "ZRS"].contains(&redundancy);
        (whole && plain).then(|| format!("{kind}_{redundancy}/{gb}"))
    }
}
