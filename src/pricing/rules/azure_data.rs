//! Databases, network and storage of Azure.

use super::azure::region;
use super::{Gap, Item, Part, Sheet};
use crate::pricing::assumptions;
use rust_decimal::Decimal;

pub(super) const RULES: [(&str, &[Part]); 7] = [
    ("azurerm_public_ip", &[public_ip]),
    ("azurerm_nat_gateway", &[nat, nat_traffic]),
    ("azurerm_lb", &[balancer, balancer_traffic]),
    ("azurerm_application_gateway", &[gateway, gateway_traffic]),
    ("azurerm_postgresql_flexible_server", &[standby, postgres, postgres_disk]),
    ("azurerm_mysql_flexible_server", &[standby, mysql, mysql_disk]),
    ("azurerm_storage_account", &[storage]),
];

/// Service of everything in the network.
const NETWORK: &str = "network";
/// Service of database servers.
const SERVER: &str = "flexible-server";
/// MB of a GB.
const MB: Decimal = Decimal::from_parts(1024, 0, 0, false, 0);

fn buy(sheet: &mut Sheet, item: Item) -> Result<(), Gap> {
    let region = region(sheet.values())?;
    sheet.buy(&region, item)
}

fn public_ip(sheet: &mut Sheet) -> Result<(), Gap> {
    // The provider's documented default.
    let sku = ["public-ip/", sheet.values().text("sku")?.unwrap_or("Standard")].concat();
    buy(sheet, Item::new(NETWORK, &sku))
}

fn nat(sheet: &mut Sheet) -> Result<(), Gap> {
    buy(sheet, Item::new(NETWORK, "nat/gateway"))
}

fn nat_traffic(sheet: &mut Sheet) -> Result<(), Gap> {
    buy(sheet, Item::new(NETWORK, "nat/data").assumed(assumptions::NAT))
}

fn balancer(sheet: &mut Sheet) -> Result<(), Gap> {
    let sku = ["lb/", sheet.values().text("sku")?.unwrap_or("Standard")].concat();
    buy(sheet, Item::new(NETWORK, &sku))
}

fn balancer_traffic(sheet: &mut Sheet) -> Result<(), Gap> {
    buy(sheet, Item::new(NETWORK, "lb/data").assumed(assumptions::BALANCER))
}

fn gateway(sheet: &mut Sheet) -> Result<(), Gap> {
    let sku = ["application-gateway/", sheet.values().need_block("sku")?.need_text("tier")?].concat();
    buy(sheet, Item::new(NETWORK, &sku))
}

fn gateway_traffic(sheet: &mut Sheet) -> Result<(), Gap> {
    buy(sheet, Item::new(NETWORK, "application-gateway/data").assumed(assumptions::BALANCER))
}

/// High availability is a second of everything.
fn standby(sheet: &mut Sheet) -> Result<(), Gap> {
    let on = |mode: &str| mode != "Disabled";
    let block = sheet.values().block("high_availability")?;
    if block.map(|block| block.need_text("mode")).transpose()?.is_some_and(on) {
        sheet.set_copies(Decimal::TWO);
    }
    Ok(())
}

fn postgres(sheet: &mut Sheet) -> Result<(), Gap> {
    server(sheet, "postgresql/")
}

fn mysql(sheet: &mut Sheet) -> Result<(), Gap> {
    server(sheet, "mysql/")
}

fn server(sheet: &mut Sheet, engine: &str) -> Result<(), Gap> {
    let sku = [engine, sheet.values().need_text("sku_name")?].concat();
    buy(sheet, Item::new(SERVER, &sku))
}

fn postgres_disk(sheet: &mut Sheet) -> Result<(), Gap> {
    let gb = sheet.values().need_number("storage_mb")?.checked_div(MB).unwrap_or_default();
    buy(sheet, Item::new(SERVER, "postgresql/storage").times(gb))
}

fn mysql_disk(sheet: &mut Sheet) -> Result<(), Gap> {
    let gb = sheet.values().need_block("storage")?.need_number("size_gb")?;
    buy(sheet, Item::new(SERVER, "mysql/storage").times(gb))
}

/// Data at rest; requests are not assumed.
fn storage(sheet: &mut Sheet) -> Result<(), Gap> {
    let values = sheet.values();
    let tier = values.text("access_tier")?.unwrap_or("Hot");
    let sku = [tier, "-", values.need_text("account_replication_type")?].concat();
    buy(sheet, Item::new("storage", &sku).assumed(assumptions::BUCKET))
}
