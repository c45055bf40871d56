//! What of Google Cloud's network costs something.

use super::{Gap, Item, Part, Reason, Sheet, gcp};
use crate::pricing::assumptions;

/// Service of everything here.
const NETWORK: &str = "network";

pub(super) const RULES: [(&str, &[Part]); 5] = [
    ("google_compute_router_nat", &[nat, nat_traffic]),
    ("google_compute_forwarding_rule", &[forwarding_rule, forwarded]),
    ("google_compute_global_forwarding_rule", &[global_rule, global_forwarded]),
    ("google_compute_address", &[address]),
    ("google_compute_vpn_tunnel", &[tunnel]),
];

/// The row is that of 32 machines and more; fewer cost less, and no plan tells how many will use it.
fn nat(sheet: &mut Sheet) -> Result<(), Gap> {
    sheet.buy(gcp::region(sheet.values())?, Item::new(NETWORK, "nat/gateway").ceiling(true))
}

fn nat_traffic(sheet: &mut Sheet) -> Result<(), Gap> {
    sheet.buy(gcp::region(sheet.values())?, Item::new(NETWORK, "nat/data").assumed(assumptions::NAT))
}

fn forwarding_rule(sheet: &mut Sheet) -> Result<(), Gap> {
    sheet.buy(gcp::region(sheet.values())?, Item::new(NETWORK, "forwarding-rule"))
}

fn forwarded(sheet: &mut Sheet) -> Result<(), Gap> {
    let item = Item::new(NETWORK, "forwarding-rule/data").assumed(assumptions::BALANCER);
    sheet.buy(gcp::region(sheet.values())?, item)
}

/// Global rules have rows of their own, under the region `global`.
fn global_rule(sheet: &mut Sheet) -> Result<(), Gap> {
    sheet.buy("global", Item::new(NETWORK, "forwarding-rule"))
}

fn global_forwarded(sheet: &mut Sheet) -> Result<(), Gap> {
    sheet.buy("global", Item::new(NETWORK, "forwarding-rule/data").assumed(assumptions::BALANCER))
}

/// An address in use is paid with the machine that uses it; one without use costs on its own.
fn address(sheet: &mut Sheet) -> Result<(), Gap> {
    let values = sheet.values();
    if values.text("address_type")?.is_some_and(|kind| kind == "INTERNAL") {
        return Ok(());
    }
    match values.count("users") {
        Err(_) => Err(Gap::new(Reason::UnknownValue, "users")),
        Ok(0) => sheet.buy(gcp::region(values)?, Item::new(NETWORK, "ip/unused")),
        Ok(_) => Ok(()),
    }
}

fn tunnel(sheet: &mut Sheet) -> Result<(), Gap> {
    sheet.buy(gcp::region(sheet.values())?, Item::new(NETWORK, "vpn/tunnel"))
}
