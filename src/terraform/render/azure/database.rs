//! `database` on Azure: a flexible server in a subnet of its own with a private name, or with a public address
//! instead; the password is in no file, plan or state.

use super::{
    Writer, contents,
    head::{self, Head},
    place::{self, Place},
    services::{self, Service},
    tiers, tree,
};
use crate::{
    api::{
        Provider,
        resource::{Database, DatabaseEngine},
    },
    domain::catalogue,
    terraform::render::{attach::Attachment, writer::label},
};
use hcl::{Block, Expression, structure::BlockBuilder};
use serde_json::json;
use sha2::{Digest, Sha256};

/// Days that backups can be kept.
const BACKUP_DAYS: std::ops::RangeInclusive<i32> = 7..=35;
/// Storage in GB: from, to.
const STORAGE_GB: (i32, i32) = (32, 16_384);
const MYSQL_GB: (i32, i32) = (20, 16_384);

/// Adds one database to the draft.
pub(super) fn render(writer: &mut Writer<'_, '_>, database: &Database) {
    writer.database_names(database);
    writer.longest(54, "the name of a database");
    let head = place::head(writer);
    let tier = database.tier.as_deref().unwrap_or("B_Standard_B1ms");
    tiers::check(writer, database, tier);
    check(writer, database);
    let version = database.version.as_deref().unwrap_or(match database.engine {
        DatabaseEngine::Postgres => "16",
        DatabaseEngine::Mysql => "8.0",
    });
    let version = match catalogue::database(Provider::Azure, database.engine, version) {
        Ok(version) => version,
        Err(finding) => return writer.refuse("database.version", finding),
    };
    let Some(place) = place::place(writer) else { return };
    let gb = database.storage_gb.unwrap_or(STORAGE_GB.0);
    let own = json!({
        "server": server_name(writer),
        "version": version,
        "tier": tier,
        "backup_days": database.backup_days,
        "database": database.database,
        "admin_user": database.admin_user,
    });
    let mut values = head.values(writer, own);
    match database.engine {
        DatabaseEngine::Postgres => tree::insert(&mut values, "storage_mb", json!(i64::from(gb) * 1024)),
        DatabaseEngine::Mysql => tree::insert(&mut values, "storage_gb", json!(gb)),
    }
    let service = Service::of(database.engine);
    let existing = !database.public_access && matches!(place.attachment, Attachment::Existing(_));
    if existing {
        place.values(&mut values);
        services::zone_value(writer, service, &mut values);
        head::names(writer, &mut values, [service.key()]);
        writer.warn("database.network", "the existing subnet must be handed to these servers alone (delegated to flexibleServers of the engine), which is not done here");
    }
    if database.public_access {
        tree::insert(&mut values, "clients", contents::clients(database).into());
        writer.warn("database.publicAccess", "on azure a server has a public address or a private one, never both, and changing this later makes it anew, without its data");
    }
    writer.declare(values);
    if existing {
        place.data(writer);
        place.network_data(writer);
        services::names(writer, &head, service, place.network());
    }
    server(writer, &head, &place, database);
    writer.output("address", tree::path(kind(database.engine), &[writer.name(), "fqdn"]));
}

fn check(writer: &mut Writer<'_, '_>, database: &Database) {
    if !BACKUP_DAYS.contains(&database.backup_days) {
        let (least, most) = (BACKUP_DAYS.start(), BACKUP_DAYS.end());
        writer.refuse(
            "database.backupDays",
            format!(
                "azure keeps backups for {least} to {most} days, not {}. Choose {}",
                database.backup_days,
                database.backup_days.clamp(*least, *most)
            ),
        );
    }
    let Some(gb) = database.storage_gb else { return };
    let (least, most) = if database.engine == DatabaseEngine::Postgres { STORAGE_GB } else { MYSQL_GB };
    if !(least..=most).contains(&gb) {
        writer.refuse(
            "database.storageGb",
            format!("azure sells {least} to {most} GB, not {gb}. Choose {}", gb.clamp(least, most)),
        );
    } else if database.engine == DatabaseEngine::Postgres && gb.count_ones() != 1 {
        let below = 1 << gb.ilog2();
        writer.refuse(
            "database.storageGb",
            format!(
                "azure sells storage for postgres in powers of two, and {gb} is none. Choose {below} or {}",
                below * 2
            ),
        );
    }
    if database.engine == DatabaseEngine::Mysql && database.ha {
        writer.warn("database.ha", "with a standby azure grows the storage when it is nearly full: raise storageGb then, since a smaller number makes the server anew, without its data");
    }
}

/// Name of the server, which is unique in all of Azure: told apart by project and stack.
fn server_name(writer: &Writer<'_, '_>) -> String {
    let input = writer.scope.input;
    let digest = hex::encode(Sha256::digest([input.project_uid, "/", input.stack].concat().as_bytes()));
    [writer.name(), "-", digest.get(..8).unwrap_or_default()].concat()
}

pub(super) const fn kind(engine: DatabaseEngine) -> &'static str {
    match engine {
        DatabaseEngine::Postgres => "azurerm_postgresql_flexible_server",
        DatabaseEngine::Mysql => "azurerm_mysql_flexible_server",
    }
}

fn server(writer: &mut Writer<'_, '_>, head: &Head, place: &Place<'_>, database: &Database) {
    let from = |to: &str, key: &str| tree::attr(to, writer.var(key));
    let password = writer.label("password");
    let password = [
        tree::attr("administrator_password_wo", tree::path("var", &[&password])),
        tree::attr("administrator_password_wo_version", 1),
    ];
    let mut block = writer
        .main(kind(database.engine))
        .add_attribute(from("name", "server"))
        .add_attribute(head.group())
        .add_attributes(writer.same(["location"]))
        .add_attribute(head::tags(writer))
        .add_attributes(writer.same(["version"]))
        .add_attribute(from("sku_name", "tier"))
        .add_attribute(from("administrator_login", "admin_user"))
        .add_attributes(password)
        .add_attribute(from("backup_retention_days", "backup_days"));
    if database.engine == DatabaseEngine::Postgres {
        block = block.add_attributes(writer.same(["storage_mb"]));
    }
    block = reach(writer, block, place, database);
    if database.engine == DatabaseEngine::Mysql {
        // Storage that grows by itself would be shrunk by the next plan, and a shrink makes the server anew.
        let grow = tree::attr("auto_grow_enabled", database.ha);
        block = block.add_block(tree::block("storage", [from("size_gb", "storage_gb"), grow]));
    }
    if database.ha {
        block = block.add_block(tree::block("high_availability", [tree::attr("mode", "ZoneRedundant")]));
    }
    block = block.add_block(zones(database.ha));
    let inside = contents::render(writer, head, database);
    writer.secret("password", "db", "password");
    writer.add(block.build());
    for block in inside {
        writer.add(block);
    }
}

/// A private name and a subnet, or a public address.
fn reach(
    writer: &Writer<'_, '_>,
    block: BlockBuilder,
    place: &Place<'_>,
    database: &Database,
) -> BlockBuilder {
    let public = match database.engine {
        DatabaseEngine::Postgres => tree::attr("public_network_access_enabled", database.public_access),
        DatabaseEngine::Mysql => {
            tree::attr("public_network_access", if database.public_access { "Enabled" } else { "Disabled" })
        }
    };
    let block = block.add_attribute(public);
    if database.public_access {
        return block;
    }
    let service = Service::of(database.engine);
    let (subnet, owner) = match place.attachment {
        Attachment::Own { network, .. } => (service.subnet_id(network), network),
        Attachment::Existing(_) => (place.subnet(), writer.name()),
    };
    let link = label(owner, service.key());
    block
        .add_attribute(tree::attr("delegated_subnet_id", subnet))
        .add_attribute(tree::attr("private_dns_zone_id", services::zone_id(owner, service)))
        .add_attribute(tree::depends_on(&[("azurerm_private_dns_zone_virtual_network_link", &link)]))
}

/// Azure chooses the zones, and swaps them when the standby takes over.
fn zones(standby: bool) -> Block {
    let mut zones: Vec<Expression> = vec![tree::word("zone")];
    if standby {
        zones.push(tree::nth_member("high_availability", &[], 0, "standby_availability_zone"));
    }
    tree::block("lifecycle", [tree::attr("ignore_changes", zones)])
}
