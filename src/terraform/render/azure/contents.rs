//! What is in a database server, and who may reach it from outside.

use super::{Writer, database::kind, head::Head, tree};
use crate::{
    api::resource::{Database, DatabaseEngine},
    terraform::render::cidr::Cidr,
};
use hcl::{Attribute, Block};
use serde_json::{Map, Value, json};

/// First and last address of each range that may reach a public address, by the range.
pub(super) fn clients(database: &Database) -> Map<String, Value> {
    let given = database.authorized_networks.iter().filter(|_| database.public_access);
    let ranges = given.filter_map(|range| Cidr::parse(range));
    let client = |range: Cidr| {
        let (first, last) = range.ends();
        let name = ["client_", &range.to_string().replace('.', "-").replace('/', "_")].concat();
        let value = json!({"name": name, "first": first.to_string(), "last": last.to_string()});
        (range.to_string(), value)
    };
    ranges.map(client).collect()
}

/// The database in the server, and who may reach a public address.
pub(super) fn render(writer: &Writer<'_, '_>, head: &Head, database: &Database) -> Vec<Block> {
    let name = writer.name();
    let (type_, rule, server): (&str, &str, Vec<Attribute>) = match database.engine {
        DatabaseEngine::Postgres => (
            "azurerm_postgresql_flexible_server_database",
            "azurerm_postgresql_flexible_server_firewall_rule",
            vec![tree::attr("server_id", tree::path(kind(database.engine), &[name, "id"]))],
        ),
        DatabaseEngine::Mysql => (
            "azurerm_mysql_flexible_database",
            "azurerm_mysql_flexible_server_firewall_rule",
            vec![head.group(), tree::attr("server_name", tree::path(kind(database.engine), &[name, "name"]))],
        ),
    };
    let text = match database.engine {
        DatabaseEngine::Postgres => ["UTF8", "en_US.utf8"],
        DatabaseEngine::Mysql => ["utf8mb4", "utf8mb4_unicode_ci"],
    };
    let [charset, collation] = text;
    let inner = writer
        .main(type_)
        .add_attribute(tree::attr("name", writer.var("database")))
        .add_attributes(server.clone())
        .add_attribute(tree::attr("charset", charset))
        .add_attribute(tree::attr("collation", collation));
    let mut blocks = vec![inner.build()];
    // By the range, so one that comes or goes leaves the others as they are.
    for (range, client) in &clients(database) {
        let value = |key: &str| tree::member("var", &[name, "clients"], range, key);
        let label = client.get("name").and_then(Value::as_str).unwrap_or_default();
        let block = writer
            .companion(rule, label)
            .add_attribute(tree::attr("name", value("name")))
            .add_attributes(server.clone())
            .add_attribute(tree::attr("start_ip_address", value("first")))
            .add_attribute(tree::attr("end_ip_address", value("last")));
        blocks.push(block.build());
    }
    blocks
}
