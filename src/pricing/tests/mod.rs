//! Tests of the room as a whole.

mod layers;
mod lines;
mod plans;
mod properties;
mod recommendations;
mod references;
mod rendered;
mod shown;
mod sources;
mod speed;

use super::book::{self, Layer, TABLE_KEY, Table, table::COLUMNS};
use super::{Assumptions, Estimate, PriceBook, estimate};
use k8s_openapi::jiff::civil::{Date, date};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

static EMBEDDED: LazyLock<Arc<Table>> = LazyLock::new(|| book::embedded().unwrap());
pub(in crate::pricing) static BOOK: LazyLock<PriceBook> =
    LazyLock::new(|| PriceBook::of(Arc::clone(&EMBEDDED)));

/// Prices that the embedded table does not have, as an operator would add them. Made up, but for the four that
/// secondary sources name: Cloud SQL's vCPU and memory, db.t4g.micro and its gp3.
const VENDOR: &str = include_str!("vendor.csv");

static WITH_VENDOR: LazyLock<PriceBook> =
    LazyLock::new(|| PriceBook::layered(Arc::clone(&EMBEDDED), &[layer("vendor", VENDOR, &[])], "shop"));

const TODAY: Date = date(2026, 8, 1);

/// A ConfigMap with a table of `provider,region,service,sku,unit,price` lines, and further data.
fn config_map(lines: &str, data: &[(&str, &str)]) -> BTreeMap<String, String> {
    let mut table = COLUMNS.join(",");
    for line in lines.lines() {
        let (key, rest) = line.match_indices(',').nth(3).map(|(at, _)| line.split_at(at)).unwrap();
        table.push_str(&format!("\n{key},on-demand{rest},,,,,a vendor,2026-07-15"));
    }
    let mut map: BTreeMap<String, String> = data.iter().map(|(k, v)| ((*k).into(), (*v).into())).collect();
    if !lines.is_empty() {
        map.insert(TABLE_KEY.into(), table);
    }
    map
}

fn layer(name: &str, lines: &str, data: &[(&str, &str)]) -> Layer {
    Layer::read(name, &config_map(lines, data), &BTreeMap::new()).unwrap()
}

/// One entry of a plan.
fn change(address: &str, type_: &str, action: &str, before: Value, after: Value, unknown: Value) -> Value {
    let actions = match action {
        "replace" => json!(["delete", "create"]),
        other => json!([other]),
    };
    json!({"address": address, "mode": "managed", "type": type_,
        "change": {"actions": actions, "before": before, "after": after, "after_unknown": unknown}})
}

fn created(type_: &str, after: Value) -> Value {
    change(&[type_, ".x"].concat(), type_, "create", Value::Null, after, json!({}))
}

fn plan(changes: Vec<Value>) -> Value {
    json!({"format_version": "1.2", "resource_changes": changes})
}

fn price(book: &PriceBook, changes: Vec<Value>) -> Estimate {
    estimate(&plan(changes), book, &Assumptions::default(), TODAY)
}

/// A machine of Google Cloud on a disk that is priced elsewhere.
fn gcp_vm(machine: &str, zone: &str) -> Value {
    json!({"machine_type": machine, "zone": zone, "boot_disk": [{"source": "a-disk"}]})
}

/// The same with a disk of its own.
fn gcp_vm_with(machine: &str, zone: &str, disk: &str, gb: u32) -> Value {
    json!({"machine_type": machine, "zone": zone,
        "boot_disk": [{"initialize_params": [{"type": disk, "size": gb, "image": "debian-cloud/debian-12"}]}]})
}

fn month(estimate: &Estimate) -> String {
    super::money::show_month(estimate.after.cost.monthly())
}
