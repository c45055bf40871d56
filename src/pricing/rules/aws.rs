//! Machines, disks, databases, network and storage of AWS.

use super::{Gap, Item, Nodes, Part, Sheet, Term, View, region};
use crate::pricing::assumptions;
use rust_decimal::Decimal;

pub(super) const RULES: [(&str, &[Part]); 10] = [
    ("aws_instance", &[machine, disks, address, monitoring]),
    ("aws_ebs_volume", &[volume]),
    ("aws_db_instance", &[standby, database, database_disk, database_secret]),
    ("aws_nat_gateway", &[nat, nat_traffic]),
    ("aws_eip", &[elastic_ip]),
    ("aws_lb", &[balancer, capacity, balancer_addresses]),
    ("aws_kms_key", &[key]),
    ("aws_secretsmanager_secret", &[secret]),
    ("aws_s3_bucket", &[bucket]),
    ("aws_cloudwatch_log_group", &[logs]),
];

/// What gp3 contains without extra payment. Source: Amazon EBS volume types.
const GP3_IOPS: u32 = 3000;
/// See [`GP3_IOPS`]; MiB/s.
const GP3_THROUGHPUT: u32 = 125;

fn place<'a>(sheet: &Sheet<'a>) -> Result<&'a str, Gap> {
    region(sheet.values(), "region")
}

fn machine(sheet: &mut Sheet) -> Result<(), Gap> {
    let values = sheet.values();
    if values.text("tenancy").is_ok_and(|t| t.is_some_and(|t| t != "default")) {
        return Err(Gap::option("tenancy"));
    }
    let market = match values.blocks("instance_market_options") {
        Ok(blocks) => blocks.first().map(|block| block.text("market_type")).transpose()?.flatten(),
        Err(_) => None,
    };
    let name = values.need_text("instance_type")?;
    machine_line(sheet, place(sheet)?, name, market == Some("spot"), Nodes::fixed(Decimal::ONE))
}

/// Spot has no rows: the list price is the most that it can cost.
pub(super) fn machine_line(
    sheet: &mut Sheet,
    region: &str,
    name: &str,
    spot: bool,
    nodes: Nodes,
) -> Result<(), Gap> {
    let item = Item::new("ec2", name).term(Term::OnDemand).ceiling(spot);
    sheet.buy(region, nodes.of(item, Decimal::ONE))
}

fn disks(sheet: &mut Sheet) -> Result<(), Gap> {
    let values = sheet.values();
    let (region, root) = (place(sheet)?, values.need_block("root_block_device"));
    let done = root.and_then(|disk| {
        disk_line(sheet, region, disk, ["volume_type", "volume_size"], Nodes::fixed(Decimal::ONE))
    });
    sheet.part(done);
    // Without extra disks the provider leaves the list unknown.
    for disk in values.blocks("ebs_block_device").unwrap_or_default() {
        let done = disk_line(sheet, region, disk, ["volume_type", "volume_size"], Nodes::fixed(Decimal::ONE));
        sheet.part(done);
    }
    Ok(())
}

/// The line of a disk; performance above what the type contains has no rows.
pub(super) fn disk_line(
    sheet: &mut Sheet,
    region: &str,
    disk: View,
    [kind, size]: [&str; 2],
    nodes: Nodes,
) -> Result<(), Gap> {
    let (kind, gb) = (disk.need_text(kind)?, disk.need_number(size)?);
    let contained = [("iops", GP3_IOPS), ("throughput", GP3_THROUGHPUT)];
    for (option, most) in contained {
        let more = disk.number(option).is_ok_and(|n| n.is_some_and(|n| n > most.into()));
        if kind == "gp3" && more {
            sheet.gap(Gap::option(option));
        }
    }
    sheet.buy(region, nodes.of(Item::new("ebs", kind), gb))
}

fn address(sheet: &mut Sheet) -> Result<(), Gap> {
    if sheet.values().flag("associate_public_ip_address")? {
        return sheet.buy(place(sheet)?, Item::new("vpc", "public-ip"));
    }
    Ok(())
}

fn monitoring(sheet: &mut Sheet) -> Result<(), Gap> {
    if sheet.values().flag("monitoring").unwrap_or_default() {
        return Err(Gap::option("monitoring"));
    }
    Ok(())
}

fn volume(sheet: &mut Sheet) -> Result<(), Gap> {
    let (values, region) = (sheet.values(), place(sheet)?);
    disk_line(sheet, region, values, ["type", "size"], Nodes::fixed(Decimal::ONE))
}

fn standby(sheet: &mut Sheet) -> Result<(), Gap> {
    if sheet.values().flag("multi_az")? {
        sheet.set_copies(Decimal::TWO);
    }
    Ok(())
}

fn database(sheet: &mut Sheet) -> Result<(), Gap> {
    let values = sheet.values();
    let sku = [values.need_text("engine")?, "/", values.need_text("instance_class")?].concat();
    sheet.buy(place(sheet)?, Item::new("rds", &sku))
}

fn database_disk(sheet: &mut Sheet) -> Result<(), Gap> {
    let values = sheet.values();
    let sku = ["storage/", values.need_text("storage_type")?].concat();
    let gb = values.need_number("allocated_storage")?;
    let item = Item::new("rds", &sku).times(gb);
    let grows = values.number("max_allocated_storage").ok().flatten().filter(|most| *most > gb);
    sheet.buy(place(sheet)?, grows.map_or(item, |most| item.up_to(most)))
}

/// A password that AWS keeps is a secret of its own, once.
fn database_secret(sheet: &mut Sheet) -> Result<(), Gap> {
    if sheet.values().flag("manage_master_user_password")? {
        sheet.set_copies(Decimal::ONE);
        return secret(sheet);
    }
    Ok(())
}

fn nat(sheet: &mut Sheet) -> Result<(), Gap> {
    sheet.buy(place(sheet)?, Item::new("vpc", "nat/gateway"))
}

fn nat_traffic(sheet: &mut Sheet) -> Result<(), Gap> {
    sheet.buy(place(sheet)?, Item::new("vpc", "nat/data").assumed(assumptions::NAT))
}

fn elastic_ip(sheet: &mut Sheet) -> Result<(), Gap> {
    sheet.buy(place(sheet)?, Item::new("vpc", "public-ip"))
}

/// The provider's default is an application load balancer.
fn kind<'a>(sheet: &Sheet<'a>) -> Result<&'a str, Gap> {
    Ok(sheet.values().text("load_balancer_type")?.unwrap_or("application"))
}

fn balancer(sheet: &mut Sheet) -> Result<(), Gap> {
    let kind = kind(sheet)?;
    sheet.buy(place(sheet)?, Item::new("elb", kind))
}

fn capacity(sheet: &mut Sheet) -> Result<(), Gap> {
    let sku = [kind(sheet)?, "/lcu"].concat();
    sheet.buy(place(sheet)?, Item::new("elb", &sku).assumed(assumptions::LCU))
}

/// One that faces the internet has a public address in each of its subnets.
fn balancer_addresses(sheet: &mut Sheet) -> Result<(), Gap> {
    let values = sheet.values();
    if values.flag("internal")? {
        return Ok(());
    }
    let subnets = values.count("subnets")?.max(values.count("subnet_mapping").unwrap_or_default());
    if subnets == 0 {
        return Err(Gap::new(super::Reason::UnknownValue, "subnets"));
    }
    sheet.buy(place(sheet)?, Item::new("vpc", "public-ip").times(subnets.into()))
}

fn key(sheet: &mut Sheet) -> Result<(), Gap> {
    sheet.buy(place(sheet)?, Item::new("kms", "key"))
}

fn secret(sheet: &mut Sheet) -> Result<(), Gap> {
    sheet.buy(place(sheet)?, Item::new("secretsmanager", "secret"))
}

fn bucket(sheet: &mut Sheet) -> Result<(), Gap> {
    sheet.buy(place(sheet)?, Item::new("s3", "standard").assumed(assumptions::BUCKET))
}

fn logs(sheet: &mut Sheet) -> Result<(), Gap> {
    sheet.buy(place(sheet)?, Item::new("logs", "ingested").assumed(assumptions::LOGS))
}
