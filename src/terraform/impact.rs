//! How grave a change is, judged from the plan alone. The tables say which types hold data and which
//! in-place changes restart a machine, as the vendors' documentation has it.

use crate::api::session::{ChangeAction, Impact};
use serde_json::Value;

/// Types whose deletion takes data along: disks, volumes, databases and their servers, buckets, storage
/// accounts, containers.
const DATA: [&str; 31] = [
    "google_compute_disk",
    "google_compute_region_disk",
    "google_sql_database_instance",
    "google_sql_database",
    "google_storage_bucket",
    "google_storage_bucket_object",
    "google_filestore_instance",
    "google_bigquery_dataset",
    "google_bigquery_table",
    "google_spanner_instance",
    "google_spanner_database",
    "google_firestore_database",
    "google_redis_instance",
    "aws_ebs_volume",
    "aws_db_instance",
    "aws_rds_cluster",
    "aws_s3_bucket",
    "aws_s3_object",
    "aws_dynamodb_table",
    "aws_efs_file_system",
    "aws_elasticache_cluster",
    "azurerm_managed_disk",
    "azurerm_postgresql_flexible_server",
    "azurerm_postgresql_flexible_server_database",
    "azurerm_mysql_flexible_server",
    "azurerm_mysql_flexible_database",
    "azurerm_mssql_database",
    "azurerm_mssql_server",
    "azurerm_storage_account",
    "azurerm_storage_container",
    "azurerm_cosmosdb_account",
];

/// Machines, and the block and argument that say whether the root disk goes along. Default: it does.
const MACHINES: [(&str, &str, &str); 4] = [
    ("google_compute_instance", "boot_disk", "auto_delete"),
    ("aws_instance", "root_block_device", "delete_on_termination"),
    ("azurerm_linux_virtual_machine", "os_disk", "delete_os_disk_on_deletion"),
    ("azurerm_windows_virtual_machine", "os_disk", "delete_os_disk_on_deletion"),
];

/// In-place changes that restart what runs. A path covers everything below it.
const REBOOTS: [(&str, &[&str]); 12] = [
    (
        "google_compute_instance",
        &["machine_type", "service_account", "shielded_instance_config", "network_interface"],
    ),
    (
        "google_sql_database_instance",
        &[
            "database_version",
            "settings.tier",
            "settings.edition",
            "settings.availability_type",
            "settings.database_flags",
        ],
    ),
    ("google_container_node_pool", &["version", "node_config"]),
    ("aws_instance", &["instance_type", "user_data"]),
    ("aws_db_instance", &["instance_class", "engine_version", "port", "identifier", "parameter_group_name"]),
    ("aws_eks_node_group", &["version", "launch_template"]),
    ("azurerm_linux_virtual_machine", &["size", "network_interface_ids", "os_disk"]),
    ("azurerm_windows_virtual_machine", &["size", "network_interface_ids", "os_disk"]),
    ("azurerm_managed_disk", &["disk_size_gb"]),
    ("azurerm_postgresql_flexible_server", &["sku_name", "version"]),
    ("azurerm_mysql_flexible_server", &["sku_name", "version"]),
    ("azurerm_kubernetes_cluster", &["kubernetes_version", "default_node_pool"]),
];

/// Switching the backups of an AWS database on or off restarts it; another number of days does not.
const BACKUPS: (&str, &str) = ("aws_db_instance", "backup_retention_period");

/// How grave one change is. `changed` are the paths that differ, without list positions
/// (`settings.tier`); `before` and `after` are the values of the plan, masked or not.
pub fn of(type_: &str, action: ChangeAction, changed: &[String], before: &Value, after: &Value) -> Impact {
    match action {
        ChangeAction::Read | ChangeAction::Forget => Impact::None,
        ChangeAction::Create => Impact::Create,
        ChangeAction::Update if reboots(type_, changed, before, after) => Impact::Reboot,
        ChangeAction::Update => Impact::Update,
        ChangeAction::Replace | ChangeAction::Destroy if loses_data(type_, before) => Impact::DataLoss,
        ChangeAction::Replace => Impact::Replace,
        ChangeAction::Destroy => Impact::Destroy,
    }
}

fn loses_data(type_: &str, before: &Value) -> bool {
    let machine = MACHINES.iter().find(|(machine, ..)| *machine == type_);
    let kept =
        |block: &str, argument: &str| first(before.get(block)).get(argument) == Some(&Value::Bool(false));
    machine.is_some_and(|(_, block, argument)| !kept(block, argument)) || DATA.contains(&type_)
}

fn reboots(type_: &str, changed: &[String], before: &Value, after: &Value) -> bool {
    let hit = |path: &str| {
        changed.iter().any(|c| {
            c == path || c.strip_prefix(path).is_some_and(|rest| rest.starts_with('.'))
                // A block that comes, goes or is unknown as a whole counts for what is in it.
                || path.strip_prefix(c.as_str()).is_some_and(|rest| rest.starts_with('.'))
        })
    };
    let table = REBOOTS.iter().find(|(of, _)| *of == type_);
    let days = |value: &Value| value.get(BACKUPS.1).and_then(Value::as_i64).unwrap_or_default();
    let backups = type_ == BACKUPS.0 && hit(BACKUPS.1) && (days(before) == 0) != (days(after) == 0);
    backups || table.is_some_and(|(_, paths)| paths.iter().any(|path| hit(path)))
}

/// The only block of its kind, which the plan shows as a list of one or as an object.
fn first(value: Option<&Value>) -> &Value {
    match value {
        Some(Value::Array(items)) => items.first().unwrap_or(&Value::Null),
        Some(other) => other,
        None => &Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn update(type_: &str, path: &str) -> Impact {
        of(type_, ChangeAction::Update, &[path.to_owned()], &Value::Null, &Value::Null)
    }

    #[test]
    fn every_row_of_the_table_means_a_reboot() {
        for (type_, paths) in REBOOTS {
            for path in paths {
                assert_eq!(update(type_, path), Impact::Reboot, "{type_} {path}");
                assert_eq!(update(type_, &format!("{path}.below")), Impact::Reboot);
            }
            assert_eq!(update(type_, "labels"), Impact::Update);
        }
        assert_eq!(update("google_compute_instance", "machine_type_x"), Impact::Update);
        assert_eq!(update("google_sql_database_instance", "settings"), Impact::Reboot);
    }

    #[test]
    fn data_goes_with_its_keeper() {
        for type_ in DATA {
            for action in [ChangeAction::Replace, ChangeAction::Destroy] {
                assert_eq!(of(type_, action, &[], &Value::Null, &Value::Null), Impact::DataLoss, "{type_}");
            }
        }
        assert_eq!(
            of("terraform_data", ChangeAction::Replace, &[], &Value::Null, &Value::Null),
            Impact::Replace
        );
        assert_eq!(
            of("google_compute_network", ChangeAction::Destroy, &[], &Value::Null, &Value::Null),
            Impact::Destroy
        );
    }

    #[test]
    fn a_machine_loses_its_root_disk_unless_the_plan_says_otherwise() {
        for (type_, block, argument) in MACHINES {
            let kept = json!({block: [{argument: false}]});
            assert_eq!(
                of(type_, ChangeAction::Destroy, &[], &kept, &Value::Null),
                Impact::Destroy,
                "{type_}"
            );
            let gone = json!({block: [{argument: true}]});
            assert_eq!(
                of(type_, ChangeAction::Replace, &[], &gone, &Value::Null),
                Impact::DataLoss,
                "{type_}"
            );
            assert_eq!(of(type_, ChangeAction::Destroy, &[], &Value::Null, &Value::Null), Impact::DataLoss);
        }
    }

    #[test]
    fn backups_restart_an_aws_database_only_on_and_off() {
        let paths = [BACKUPS.1.to_owned()];
        let of = |a: i64, b: i64| {
            of(
                "aws_db_instance",
                ChangeAction::Update,
                &paths,
                &json!({BACKUPS.1: a}),
                &json!({BACKUPS.1: b}),
            )
        };
        assert_eq!((of(0, 7), of(7, 0), of(7, 14)), (Impact::Reboot, Impact::Reboot, Impact::Update));
    }
}
