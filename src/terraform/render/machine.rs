//! Machine types: known, with their sizes, and offered where they are asked for.

use super::{Scope, Writer};
use crate::{
    api::{Provider, resource::Block},
    pricing::{PriceBook, book},
};
use std::sync::LazyLock;

/// The book that the program holds, read once.
static EMBEDDED: LazyLock<Option<PriceBook>> = LazyLock::new(|| book::embedded().ok().map(PriceBook::of));

/// The book that machine types are looked up in, where nobody gives another.
pub(super) fn embedded() -> Option<&'static PriceBook> {
    EMBEDDED.as_ref()
}

/// A finding when a machine type is not known, or not offered in its region. A region that the book does not
/// cover offers what any other does: the cloud itself judges it.
pub(super) fn check(writer: &mut Writer<'_, '_>, block: Block<'_>) {
    let (field, name) = match block {
        Block::Vm(vm) => ("vm.machineType", Some(&vm.machine_type)),
        Block::Cluster(cluster) => ("cluster.machineType", cluster.machine_type.as_ref()),
        _ => return,
    };
    let (Some(name), Some(book)) = (name, writer.scope.prices) else { return };
    if let Some(finding) = judge(book, writer.scope, writer.scope.region_of(writer.resource), name) {
        writer.refuse(field, finding);
    }
}

fn judge(book: &PriceBook, scope: &Scope, region: &str, name: &str) -> Option<String> {
    let provider = scope.input.spec.provider;
    let covered: Vec<String> = if book.knows_region(scope.cloud.name, region) {
        vec![region.to_owned()]
    } else {
        book.regions(provider)
    };
    if covered.is_empty() || covered.iter().any(|place| book.machine(provider, place, name).is_some()) {
        return None;
    }
    let elsewhere = book.regions(provider).iter().any(|place| book.machine(provider, place, name).is_some());
    let what = if elsewhere { ["not offered in ", region].concat() } else { "not known".to_owned() };
    let near = near(book, provider, covered.first()?, name);
    Some(format!("{name} is {what}: choose {near}"))
}

fn near(book: &PriceBook, provider: Provider, region: &str, name: &str) -> String {
    let near = book.nearest_machines(provider, region, name, 3);
    match near.split_last() {
        Some((last, rest)) if !rest.is_empty() => [&rest.join(", "), " or ", last].concat(),
        _ => near.join(""),
    }
}
