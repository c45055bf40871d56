//! `database` on AWS: `aws_db_instance` in subnets of two zones, reached from its network alone. AWS makes the
//! password and keeps it in Secrets Manager.

use super::{
    Writer, group,
    group::{Peer, Rule, Traffic, Way},
    internet, machine, naming,
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
use hcl::{Block, Expression};
use serde_json::json;

/// Gigabytes that gp3 storage of a database holds.
/// Source: docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Storage.html, as of 2025.
const STORAGE: std::ops::RangeInclusive<i32> = 20..=65_536;

/// Adds one database to the draft.
pub(super) fn render(writer: &mut Writer<'_, '_>, database: &Database) {
    writer.database_names(database);
    check_name(writer);
    let region = writer.region();
    let class = database.tier.as_deref().unwrap_or("db.t4g.micro");
    machine::check_class(writer, class);
    let storage = database.storage_gb.unwrap_or(20);
    if !STORAGE.contains(&storage) {
        writer.refuse(
            "database.storageGb",
            format!(
                "AWS sells {} to {} GB, not {storage}. Choose a size between them",
                STORAGE.start(),
                STORAGE.end()
            ),
        );
    }
    let (engine, usual, port) = match database.engine {
        DatabaseEngine::Postgres => ("postgres", "16", 5432),
        DatabaseEngine::Mysql => ("mysql", "8.0", 3306),
    };
    let version = database.version.as_deref().unwrap_or(usual);
    let version = match catalogue::database(Provider::Aws, database.engine, version) {
        Ok(version) => version,
        Err(finding) => return writer.refuse("database.version", finding),
    };
    let Some(place) = place::place(writer) else { return };
    let Some(subnets) = place.two_zones(writer, "database.network") else { return };
    let mut values = json!({
        "name": writer.name(),
        "region": region,
        "engine": engine,
        "version": version,
        "class": class,
        "storage_gb": storage,
        "ha": database.ha,
        "backup_days": database.backup_days,
        "public_access": database.public_access,
        "database": database.database,
        "admin_user": database.admin_user,
        "group": naming::unique(writer, "database", "", 255),
        "port": port,
        // A subnet group belongs to one network: in another it is another, to which the database moves.
        "subnet_group": naming::unique(writer, "subnets", &place.key(), 255),
        "final_snapshot": naming::unique(writer, "final", "", 255),
        "deletion_protection": writer.resource.is_protected(),
        "tags": naming::tags(writer),
    });
    if !database.authorized_networks.is_empty() {
        let ranges: serde_json::Map<_, _> =
            database.authorized_networks.iter().map(|range| (key(range), json!(range))).collect();
        tree::insert(&mut values, "authorized_networks", json!(ranges));
    }
    place.values(&mut values);
    writer.declare(values);
    place.data(writer);
    place.all_subnets(writer);
    if database.public_access && matches!(place.attachment, Attachment::Existing(_)) {
        writer.warn("database.publicAccess", "the subnets of the existing network must have a route to an internet gateway, which is not made here");
    }
    writer.warn("name", "a destroy leaves a last snapshot, which is kept and billed; while it is there, another database of this name cannot be destroyed");
    rules(writer, &place, database);
    let group = writer
        .main("aws_db_subnet_group")
        .add_attributes(writer.same(["region"]))
        .add_attribute(tree::attr("name", writer.var("subnet_group")))
        .add_attribute(tree::attr("subnet_ids", subnets))
        .add_attributes(writer.same(["tags"]))
        .add_block(tree::block("lifecycle", [tree::attr("create_before_destroy", true)]));
    writer.add(group.build());
    let instance = instance(writer, &place, database);
    writer.add(instance);
    let of = |key: &str| tree::path("aws_db_instance", &[writer.name(), key]);
    let (address, secret) = (of("address"), tree::at_first(of("master_user_secret"), "secret_arn"));
    writer.output("address", address);
    writer.output("password_secret", secret);
}

fn check_name(writer: &mut Writer<'_, '_>) {
    if writer.name().contains("--") {
        writer.refuse("name", "AWS takes no two hyphens in a row in the name of a database. Take one out");
    }
}

/// A range as part of a label.
fn key(range: &str) -> String {
    range.replace(['.', '/'], "-")
}

/// The network may reach it, and with a public address the ranges that are given.
fn rules(writer: &mut Writer<'_, '_>, place: &Place<'_>, database: &Database) {
    group::add(writer, place, "Lets clients of a database in");
    let name = writer.name();
    let mut add = |role: Option<&str>, what: &str, range: Expression| {
        let rule = Rule {
            role,
            what,
            way: Way::In,
            group: group::id(name),
            traffic: Traffic::Port(writer.var("port")),
            peer: Peer::Range(range),
        };
        group::rule(writer, rule);
    };
    add(None, "From the network", place.range());
    let mut ranges = database.authorized_networks.clone();
    ranges.sort();
    ranges.dedup();
    for range in ranges {
        let key = key(&range);
        add(
            Some(&key),
            "From an authorized network",
            tree::index("var", &[name, "authorized_networks"], &key),
        );
    }
}

fn instance(writer: &Writer<'_, '_>, place: &Place<'_>, database: &Database) -> Block {
    let name = writer.name();
    let from = |to: &str, key: &str| tree::attr(to, writer.var(key));
    let logs: Vec<Expression> = match database.engine {
        DatabaseEngine::Postgres => vec!["postgresql".into(), "upgrade".into()],
        DatabaseEngine::Mysql => vec!["error".into(), "slowquery".into()],
    };
    let mut block = writer
        .main("aws_db_instance")
        .add_attributes(writer.same(["region"]))
        .add_attribute(from("identifier", "name"))
        .add_attributes(writer.same(["engine"]))
        .add_attribute(from("engine_version", "version"))
        .add_attribute(from("instance_class", "class"))
        .add_attribute(from("allocated_storage", "storage_gb"))
        .add_attribute(tree::attr("storage_type", "gp3"))
        .add_attribute(tree::attr("storage_encrypted", true))
        .add_attribute(from("db_name", "database"))
        .add_attribute(from("username", "admin_user"))
        .add_attribute(tree::attr("manage_master_user_password", true))
        .add_attributes(writer.same(["port"]))
        .add_attribute(tree::attr("db_subnet_group_name", tree::path("aws_db_subnet_group", &[name, "name"])))
        .add_attribute(tree::attr("vpc_security_group_ids", vec![group::id(name)]))
        .add_attribute(from("publicly_accessible", "public_access"))
        .add_attribute(from("multi_az", "ha"))
        .add_attribute(from("backup_retention_period", "backup_days"))
        .add_attribute(tree::attr("copy_tags_to_snapshot", true))
        .add_attribute(tree::attr("enabled_cloudwatch_logs_exports", logs))
        .add_attribute(tree::attr("auto_minor_version_upgrade", true))
        // A new major version and the time of a change are what the approval is about.
        .add_attribute(tree::attr("allow_major_version_upgrade", true))
        .add_attribute(tree::attr("apply_immediately", true))
        .add_attributes(writer.same(["deletion_protection"]))
        .add_attribute(tree::attr("skip_final_snapshot", false))
        .add_attribute(from("final_snapshot_identifier", "final_snapshot"))
        .add_attributes(writer.same(["tags"]));
    if let (true, Attachment::Own { block: network, subnet, .. }) =
        (database.public_access, &place.attachment)
    {
        block = block.add_attributes(place.ways(writer, &internet::pair(network, subnet)));
    }
    block.build()
}
