//! Sizes that only grow. A smaller disk plans as an update, and then fails at the cloud.

use crate::api::{
    Resource,
    resource::{Database, Vm},
};

/// Sizes of disks that nobody gave; no cloud has a smaller default.
const DEFAULT_GB: i32 = 20;

/// Findings on disks that would shrink.
pub(super) fn shrinking(before: &Resource, wanted: &Resource) -> Vec<String> {
    let sizes = |r: &Resource| -> Vec<(String, i32)> {
        match (&r.vm, &r.database) {
            (Some(vm), _) => of_vm(vm),
            (_, Some(database)) => of_database(database),
            _ => Vec::new(),
        }
    };
    let old = sizes(before);
    let smaller = sizes(wanted).into_iter().filter_map(|(field, new)| {
        let (_, old) = old.iter().find(|(known, _)| *known == field)?;
        (new < *old).then(|| format!(
            "\"{}\", {field}: it cannot shrink from {old} to {new} GB, since disks only grow. Keep {old}, or make a new resource and move the data",
            wanted.name
        ))
    });
    smaller.collect()
}

fn of_vm(vm: &Vm) -> Vec<(String, i32)> {
    let boot = ("vm.diskGb".to_owned(), vm.disk_gb.unwrap_or(DEFAULT_GB));
    let data = vm.data_disks.iter().map(|disk| (format!("vm.dataDisks[{}].gb", disk.name), disk.gb));
    std::iter::once(boot).chain(data).collect()
}

fn of_database(database: &Database) -> Vec<(String, i32)> {
    vec![("database.storageGb".to_owned(), database.storage_gb.unwrap_or(DEFAULT_GB))]
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn found(before: Value, wanted: Value) -> Vec<String> {
        let resource = |value| serde_json::from_value::<Resource>(value).unwrap();
        shrinking(&resource(before), &resource(wanted))
    }

    #[test]
    fn disks_grow_and_never_shrink() {
        let vm = |disk: Value| json!({"name": "v", "vm": {"machineType": "e2-small", "diskGb": disk, "dataDisks": [{"name": "d", "gb": 10}]}});
        assert!(found(vm(json!(20)), vm(json!(30))).is_empty());
        assert!(found(vm(json!(null)), vm(json!(20))).is_empty());
        let told = found(vm(json!(30)), vm(json!(null)));
        assert_eq!(told.len(), 1);
        assert!(told[0].starts_with("\"v\", vm.diskGb: it cannot shrink from 30 to 20 GB"), "{told:#?}");
        let more = json!({"name": "v", "vm": {"machineType": "e2-small", "dataDisks": [{"name": "d", "gb": 12}, {"name": "new", "gb": 10}]}});
        assert_eq!(found(more, vm(json!(20))).len(), 1);
        let database = |gb| json!({"name": "b", "database": {"storageGb": gb}});
        assert_eq!(found(database(40), database(39)).len(), 1);
    }
}
