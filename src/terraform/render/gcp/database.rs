//! `database` on Google Cloud: `google_sql_database_instance` with a private address, one database and one
//! user, whose password is in no file, plan or state.

use super::{
    Writer,
    place::{self, Place},
    tree,
};
use crate::{
    api::{
        Provider,
        resource::{Database, DatabaseEngine},
    },
    domain::catalogue,
    terraform::render::attach::Attachment,
};
use hcl::{Attribute, Block};
use serde_json::json;

/// Days of logs that a database can be wound back by; the edition keeps no more.
const LOG_DAYS: i32 = 7;
/// Sizes that are proposed in place of one that is not sold.
const TIERS: [&str; 10] = [
    "db-f1-micro",
    "db-g1-small",
    "db-custom-1-3840",
    "db-custom-2-7680",
    "db-custom-2-13312",
    "db-custom-4-15360",
    "db-custom-4-26624",
    "db-custom-8-30720",
    "db-custom-16-61440",
    "db-custom-32-122880",
];

/// Adds one database to the draft.
pub(super) fn render(writer: &mut Writer<'_, '_>, database: &Database) {
    writer.database_names(database);
    let region = writer.region();
    let tier = database.tier.as_deref().unwrap_or("db-custom-1-3840");
    check_tier(writer, tier);
    let version = database.version.as_deref().unwrap_or(match database.engine {
        DatabaseEngine::Postgres => "16",
        DatabaseEngine::Mysql => "8.0",
    });
    let version = match catalogue::database(Provider::Gcp, database.engine, version) {
        Ok(version) => version,
        Err(finding) => return writer.refuse("database.version", finding),
    };
    let Some(place) = place::place(writer) else { return };
    let backups = database.backup_days > 0;
    let mut values = json!({
        "name": writer.name(),
        "region": region,
        "version": version,
        "tier": tier,
        "storage_gb": database.storage_gb.unwrap_or(20),
        "availability": if database.ha { "REGIONAL" } else { "ZONAL" },
        "backups": backups,
        "deletion_protection": writer.resource.is_protected(),
        "public_access": database.public_access,
        "database": database.database,
        "admin_user": database.admin_user,
        // The provider does not add the project's labels to these.
        "labels": writer.all_labels(),
    });
    if backups {
        tree::insert(&mut values, "backup_days", json!(database.backup_days));
        tree::insert(&mut values, "log_days", json!(database.backup_days.min(LOG_DAYS)));
    }
    if !database.authorized_networks.is_empty() {
        let mut networks = database.authorized_networks.clone();
        networks.sort();
        tree::insert(&mut values, "authorized_networks", json!(networks));
    }
    place.values(&mut values, region);
    writer.declare(values);
    place.data(writer);
    if let Attachment::Existing(_) = place.attachment {
        writer.warn("database.network", "the existing network must have private services access (a peering with servicenetworking.googleapis.com), which is not made here");
    }
    writer.warn(
        "name",
        "Google keeps the name of a deleted database for a week: until then no other can be called so",
    );
    let instance = instance(writer, &place, database);
    writer.add(instance);
    inside(writer);
    let address = tree::path("google_sql_database_instance", &[writer.name(), "private_ip_address"]);
    writer.output("address", address);
}

fn check_tier(writer: &mut Writer<'_, '_>, tier: &str) {
    if !is_tier(tier) {
        let near = catalogue::nearest(tier, &TIERS);
        writer.refuse("database.tier", format!("{tier} is not sold: choose {near}, or db-custom-CPUS-MEGABYTES with 1 or an even number of CPUs up to 96, and 0.9 to 6.5 GB for each in steps of 256 MB, at least 3840 MB"));
    }
}

/// Source: cloud.google.com/sql/docs/postgres/create-instance (custom machine types), as of 2025.
fn is_tier(tier: &str) -> bool {
    let Some(custom) = tier.strip_prefix("db-custom-") else { return TIERS.contains(&tier) };
    let Some((cpus, memory)) = custom.split_once('-') else { return false };
    let (Ok(cpus), Ok(memory)) = (cpus.parse::<u64>(), memory.parse::<u64>()) else { return false };
    let enough = memory * 10 >= cpus * 9 * 1024 && memory * 10 <= cpus * 65 * 1024;
    (1..=96).contains(&cpus)
        && (cpus == 1 || cpus.is_multiple_of(2))
        && memory >= 3840
        && memory.is_multiple_of(256)
        && enough
}

fn instance(writer: &Writer<'_, '_>, place: &Place<'_>, database: &Database) -> Block {
    let from = |to: &str, key: &str| tree::attr(to, writer.var(key));
    let mut settings = Block::builder("settings")
        .add_attribute(from("tier", "tier"))
        .add_attribute(tree::attr("edition", "ENTERPRISE"))
        .add_attribute(from("availability_type", "availability"))
        .add_attribute(from("disk_size", "storage_gb"))
        .add_attribute(from("deletion_protection_enabled", "deletion_protection"))
        .add_attribute(from("user_labels", "labels"))
        .add_block(backups(writer, database));
    let mut ip = Block::builder("ip_configuration")
        .add_attribute(from("ipv4_enabled", "public_access"))
        .add_attribute(tree::attr("private_network", place.network()))
        .add_attribute(tree::attr("ssl_mode", "ENCRYPTED_ONLY"));
    for index in 0..database.authorized_networks.len() {
        let value = tree::nth("var", &[writer.name(), "authorized_networks"], index);
        ip = ip.add_block(tree::block("authorized_networks", [tree::attr("value", value)]));
    }
    settings = settings.add_block(ip.build());
    let mut block = writer
        .main("google_sql_database_instance")
        .add_attributes(writer.same(["name", "region"]))
        .add_attribute(from("database_version", "version"))
        .add_attributes(writer.same(["deletion_protection"]));
    if let Attachment::Own { network, .. } = place.attachment {
        let services = super::network::services(network);
        block = block.add_attribute(tree::depends_on(&[("google_service_networking_connection", &services)]));
    }
    block.add_block(settings.build()).build()
}

fn backups(writer: &Writer<'_, '_>, database: &Database) -> Block {
    let mut block =
        Block::builder("backup_configuration").add_attribute(tree::attr("enabled", writer.var("backups")));
    // To a point in time by the log: MySQL calls it by another name.
    let log = match database.engine {
        DatabaseEngine::Postgres => "point_in_time_recovery_enabled",
        DatabaseEngine::Mysql => "binary_log_enabled",
    };
    block = block.add_attribute(tree::attr(log, writer.var("backups")));
    if database.backup_days > 0 {
        let kept: [Attribute; 2] = [
            tree::attr("retained_backups", writer.var("backup_days")),
            tree::attr("retention_unit", "COUNT"),
        ];
        block = block
            .add_attribute(tree::attr("transaction_log_retention_days", writer.var("log_days")))
            .add_block(tree::block("backup_retention_settings", kept));
    }
    block.build()
}

/// The database and the user. The database is made after the user, so that a destroy removes it before: a user
/// that owns tables cannot be dropped.
fn inside(writer: &mut Writer<'_, '_>) {
    let name = writer.name();
    let instance = tree::attr("instance", tree::path("google_sql_database_instance", &[name, "name"]));
    let password = writer.secret("password", "db", "password");
    let user = writer
        .main("google_sql_user")
        .add_attribute(tree::attr("name", writer.var("admin_user")))
        .add_attribute(instance.clone())
        .add_attribute(tree::attr("password_wo", password))
        .add_attribute(tree::attr("password_wo_version", 1));
    let database = writer
        .main("google_sql_database")
        .add_attribute(tree::attr("name", writer.var("database")))
        .add_attribute(instance)
        .add_attribute(tree::depends_on(&[("google_sql_user", name)]));
    writer.add(user.build());
    writer.add(database.build());
}

#[cfg(test)]
mod tests {
    use super::is_tier;

    #[test]
    fn tiers_follow_the_rules_of_custom_machines() {
        for good in ["db-custom-1-3840", "db-custom-2-13312", "db-custom-96-638976", "db-g1-small"] {
            assert!(is_tier(good), "{good}");
        }
        for bad in [
            "db-custom-3-7680",
            "db-custom-1-3000",
            "db-custom-2-16384",
            "db-custom-1-3841",
            "db-custom-1",
            "db-x",
        ] {
            assert!(!is_tier(bad), "{bad}");
        }
    }
}
