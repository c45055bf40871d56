//! Machine types that would do for less.

use super::{Kind, Offers, Recommendation};
use crate::api::Provider;
use crate::pricing::book::Machine;
use crate::pricing::refresh::azure_family;
use crate::pricing::sheet::Line;

/// Families whose disks are hyperdisks only: a machine with other disks cannot become one of them.
const HYPERDISK_ONLY: [&str; 6] = ["n4-", "n4a-", "n4d-", "c4-", "c4a-", "c4d-"];
/// From this number of processors on a machine is large for a small workload (`xlarge` on AWS).
const LARGE_VCPU: u32 = 4;

/// The cheapest type of the region that is at least as large: vCPU and memory, same architecture, shared cores
/// only instead of shared cores, accelerators never.
pub(super) fn cheaper(offers: &Offers, line: &Line) -> Option<Recommendation> {
    let provider = provider(line);
    let now = offers.book.machine(provider, &line.region, &line.sku)?;
    if has_accelerator(provider, &now.name) {
        return None;
    }
    let other_disks =
        offers.resource.after.lines.iter().any(|l| l.service == "disk" && l.sku.starts_with("pd-"));
    let fits = |m: &Machine| {
        m.vcpu >= now.vcpu
            && m.mem_gib >= now.mem_gib
            && m.arch == now.arch
            && (!shares_cores(provider, &m.name) || shares_cores(provider, &now.name))
            && !has_accelerator(provider, &m.name)
            && !(other_disks && HYPERDISK_ONLY.iter().any(|family| m.name.starts_with(family)))
    };
    let found = offers.book.machines(provider, &line.region).into_iter().filter(fits);
    let best =
        found.min_by(|a, b| a.cost.monthly().cmp(&b.cost.monthly()).then_with(|| a.name.cmp(&b.name)))?;
    let same = family(provider, &best.name) == family(provider, &now.name);
    let condition = if same { "" } else { "if the work does not need what its family is made for" };
    offers.offer(line, Kind::CheaperType, best.name, best.cost.times(line.quantity), condition)
}

/// The next smaller type of the family, when there is a sign that half is enough.
pub(super) fn smaller(offers: &Offers, line: &Line) -> Option<Recommendation> {
    let provider = provider(line);
    let now = offers.book.machine(provider, &line.region, &line.sku)?;
    let named = |e: &String| ["dev", "development", "test", "testing"].contains(&e.as_str());
    let sign = offers.resource.environment.as_ref().is_some_and(named)
        || offers.signs.development
        || (offers.signs.small_workload && now.vcpu >= LARGE_VCPU);
    if !sign {
        return None;
    }
    let own = family(provider, &now.name);
    let below = offers.book.machines(provider, &line.region).into_iter().filter(|m| {
        let smaller =
            m.vcpu <= now.vcpu && m.mem_gib <= now.mem_gib && (m.vcpu, m.mem_gib) != (now.vcpu, now.mem_gib);
        smaller && family(provider, &m.name) == own
    });
    let next = below.max_by(|a, b| (a.vcpu, a.mem_gib, &b.name).cmp(&(b.vcpu, b.mem_gib, &a.name)))?;
    offers.offer(line, Kind::RightSize, next.name, next.cost.times(line.quantity), "if half is enough")
}

fn provider(line: &Line) -> Provider {
    match line.service {
        "ec2" => Provider::Aws,
        "vm" => Provider::Azure,
        _ => Provider::Gcp,
    }
}

/// What a type shares with its larger and smaller sisters.
fn family(provider: Provider, name: &str) -> String {
    match provider {
        Provider::Gcp => match name {
            "e2-micro" | "e2-small" | "e2-medium" => "e2-shared".to_owned(),
            _ => name.rsplit_once('-').map_or(name, |(family, _)| family).to_owned(),
        },
        Provider::Aws => name.split('.').next().unwrap_or(name).to_owned(),
        Provider::Azure if name.starts_with("Standard_B") && !name.ends_with("_v2") => {
            "Standard_B".to_owned()
        }
        Provider::Azure => azure_family(name),
    }
}

/// Shared or burstable processors.
fn shares_cores(provider: Provider, name: &str) -> bool {
    match provider {
        Provider::Gcp => ["e2-micro", "e2-small", "e2-medium", "f1-micro", "g1-small"].contains(&name),
        Provider::Aws => name.starts_with('t'),
        Provider::Azure => name.starts_with("Standard_B"),
    }
}

fn has_accelerator(provider: Provider, name: &str) -> bool {
    let begins = |all: &[&str]| all.iter().any(|family| name.starts_with(family));
    match provider {
        Provider::Gcp => begins(&["a2-", "a3-", "a4-", "g2-", "g4-"]),
        Provider::Aws => begins(&[
            "g4", "g5", "g6", "g7", "gr6", "p2", "p3", "p4", "p5", "p6", "inf", "trn", "dl1", "vt1", "f1",
            "f2",
        ]),
        Provider::Azure => name.starts_with("Standard_N"),
    }
}
