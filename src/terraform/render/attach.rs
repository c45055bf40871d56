//! Which network a resource stands in.

use super::{Draft, RenderInput, Scope, Writer, subnets};
use crate::api::{
    Resource,
    resource::{Block, ExistingNetwork, Network, NetworkRef},
};
use std::collections::BTreeMap;

/// Where a resource stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Attachment<'a> {
    /// In a network of the stack.
    Own {
        /// Name of the network.
        network: &'a str,
        /// Its block.
        block: &'a Network,
        /// Name of the subnet.
        subnet: String,
    },
    /// In a network that exists already; data sources read it.
    Existing(&'a ExistingNetwork),
}

impl<'a> Attachment<'a> {
    /// The same for the same network.
    pub(super) fn key(&self) -> (bool, &'a str) {
        match self {
            Self::Own { network, .. } => (false, network),
            Self::Existing(existing) => (true, &existing.network),
        }
    }
}

/// The reference of a kind that stands in a network; `None` for the other kinds.
pub(super) fn reference(resource: &Resource) -> Option<(&'static str, Option<&NetworkRef>)> {
    match resource.block()? {
        Block::Vm(vm) => Some(("vm.network", vm.network.as_ref())),
        Block::Database(database) => Some(("database.network", database.network.as_ref())),
        Block::Cluster(cluster) => Some(("cluster.network", cluster.network.as_ref())),
        Block::Firewall(firewall) => Some(("firewall.network", firewall.network.as_ref())),
        Block::Network(_) | Block::Bucket(_) | Block::LoadBalancer(_) | Block::Module(_) => None,
    }
}

/// The networks that have to be added, because a resource names none and its region has none; each with a
/// warning. `main` in the project's own region, `main-<region>` elsewhere.
pub(super) fn missing(draft: &mut Draft, input: &RenderInput) -> Vec<Resource> {
    let region = |r: &Resource| r.region.clone().unwrap_or_else(|| input.spec.region.clone());
    let mut wanted: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for resource in input.resources {
        let place = region(resource);
        let has = input.resources.iter().any(|r| r.network.is_some() && region(r) == place);
        if !has && matches!(reference(resource), Some((_, None))) {
            wanted.entry(place).or_default().push(&resource.name);
        }
    }
    let mut added = Vec::new();
    for (place, mut users) in wanted {
        let name = if place == input.spec.region { "main".to_owned() } else { ["main-", &place].concat() };
        // A name that is taken: the resources get their finding when they are written.
        if input.resources.iter().any(|r| r.name == name) {
            continue;
        }
        users.sort_unstable();
        draft.warnings.push(format!(
            "a network \"{name}\" with the range 10.0.0.0/16 is added in {place} for {}, since the stack has none there. To choose another, add a network to changes.upsert",
            users.join(", ")
        ));
        added.push(Resource {
            name,
            region: (place != input.spec.region).then_some(place),
            labels: BTreeMap::new(),
            deletion_protection: None,
            vm: None,
            database: None,
            network: Some(Network::default()),
            bucket: None,
            cluster: None,
            firewall: None,
            load_balancer: None,
            module: None,
        });
    }
    added
}

impl<'a> Scope<'a> {
    /// Where a resource stands; an error is a finding on the field. `None` for kinds that name no network.
    pub(super) fn attachment<'s>(&'s self, resource: &'s Resource) -> Option<Result<Attachment<'s>, String>> {
        let (_, reference) = reference(resource)?;
        Some(self.resolve(self.region_of(resource), reference))
    }

    fn resolve<'s>(&'s self, place: &str, wanted: Option<&'s NetworkRef>) -> Result<Attachment<'s>, String> {
        if let Some(existing) = wanted.and_then(|wanted| wanted.existing.as_ref()) {
            return Ok(Attachment::Existing(existing));
        }
        let here = self.resources.iter().filter(|r| r.network.is_some() && self.region_of(r) == place);
        let networks: Vec<&Resource> = here.copied().collect();
        let names = || networks.iter().map(|n| n.name.as_str()).collect::<Vec<_>>().join(", ");
        let found = match (wanted.and_then(|wanted| wanted.name.as_ref()), networks.as_slice()) {
            (Some(name), all) => all.iter().find(|n| n.name == *name).ok_or_else(|| format!(
                "the stack holds no network \"{name}\" in region {place} (it holds {}). Add a network there with changes.upsert, or name one of the region",
                if networks.is_empty() { "none".to_owned() } else { names() }
            ))?,
            (None, [only]) => only,
            (None, []) => return Err(format!("the stack holds no network in region {place}, and a network \"main\" cannot be added, because another resource is called so. Add a network there with changes.upsert")),
            (None, _) => return Err(format!("the stack holds several networks in region {place} ({}), so say which: set name to one of them", names())),
        };
        let Some(block) = found.network.as_ref() else { return Err(String::new()) };
        let subnets = subnets::names(block);
        let subnet = wanted.and_then(|wanted| wanted.subnet.as_ref()).or(subnets.first());
        match subnet {
            Some(subnet) if subnets.contains(subnet) => {
                Ok(Attachment::Own { network: &found.name, block, subnet: subnet.clone() })
            }
            _ => Err(format!(
                "network \"{}\" has no subnet \"{}\" (it has {}). Correct subnet",
                found.name,
                subnet.map_or("", String::as_str),
                subnets.join(", ")
            )),
        }
    }
}

impl<'d> Writer<'d, '_> {
    /// Where the resource stands, or a finding.
    pub(super) fn attachment(&mut self) -> Option<Attachment<'d>> {
        let scope = self.scope;
        let (field, _) = reference(self.resource)?;
        match scope.attachment(self.resource)? {
            Ok(attachment) => Some(attachment),
            Err(finding) => {
                self.refuse(field, finding);
                None
            }
        }
    }
}
