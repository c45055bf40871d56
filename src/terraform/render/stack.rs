//! What resources of a stack have to do with each other.

use super::{Scope, Writer, attach::Attachment};
use crate::api::{
    Resource,
    resource::{Block, LoadBalancer, Vm},
};

/// The machines behind a load balancer, and where all of them stand.
pub(super) struct Backends<'a> {
    pub(super) machines: Vec<(&'a Resource, &'a Vm)>,
    pub(super) attachment: Attachment<'a>,
}

impl<'a> Scope<'a> {
    /// The resource of this name.
    pub(super) fn find(&self, name: &str) -> Option<&'a Resource> {
        self.resources.iter().find(|r| r.name == name).copied()
    }

    /// Resources that stand in a network of the stack, by name; load balancers stand where their machines do.
    pub(super) fn in_network<'s>(&'s self, network: &'s str) -> impl Iterator<Item = &'a Resource> + 's {
        self.resources.iter().copied().filter(move |resource| {
            let place = match &resource.load_balancer {
                Some(balancer) => balancer
                    .backends
                    .first()
                    .and_then(|name| self.find(name))
                    .and_then(|vm| self.attachment(vm)),
                None => self.attachment(resource),
            };
            matches!(place, Some(Ok(Attachment::Own { network: name, .. })) if name == network)
        })
    }

    /// Load balancers that a machine stands behind, by name.
    pub(super) fn balancers_of<'s>(
        &'s self,
        machine: &'s str,
    ) -> impl Iterator<Item = (&'a Resource, &'a LoadBalancer)> + 's {
        let all = self.resources.iter().filter_map(|r| Some((*r, r.load_balancer.as_ref()?)));
        all.filter(move |(_, balancer)| balancer.backends.iter().any(|name| name == machine))
    }

    /// Firewalls that aim at a machine, by name: of its network, for the whole of it or for one of its tags.
    pub(super) fn firewalls_of<'s>(&'s self, resource: &'s Resource, vm: &'s Vm) -> Vec<&'a Resource> {
        let Some(Ok(place)) = self.attachment(resource) else { return Vec::new() };
        let aims = |firewall: &&Resource| {
            let Some(Block::Firewall(block)) = firewall.block() else { return false };
            let tagged =
                block.target_tags.is_empty() || block.target_tags.iter().any(|tag| vm.tags.contains(tag));
            tagged && matches!(self.attachment(firewall), Some(Ok(there)) if there.key() == place.key())
        };
        self.resources.iter().copied().filter(aims).collect()
    }
}

impl<'d> Writer<'d, '_> {
    /// The machines behind the load balancer, by name, or findings: on names that are no machine of the stack,
    /// on machines in another region or network.
    pub(super) fn backends(&mut self, balancer: &'d LoadBalancer) -> Option<Backends<'d>> {
        let scope = self.scope;
        let region = self.region();
        let before = self.draft.findings.len();
        let mut machines: Vec<(&Resource, &Vm)> = Vec::new();
        let mut common: Option<Attachment> = None;
        let mut names: Vec<&String> = balancer.backends.iter().collect();
        names.sort_unstable();
        names.dedup();
        for name in names {
            let Some((resource, vm)) = scope.find(name).and_then(|r| Some((r, r.vm.as_ref()?))) else {
                self.refuse(
                    "loadBalancer.backends",
                    format!("the stack holds no vm \"{name}\". Add one, or take the name out"),
                );
                continue;
            };
            if scope.region_of(resource) != region {
                self.refuse("loadBalancer.backends", format!("vm \"{name}\" stands in region {}, not in {region}. Set the load balancer's region, or take the name out", scope.region_of(resource)));
                continue;
            }
            // A machine whose own network is wrong has a finding of its own, which is enough.
            let place = scope.attachment(resource)?.ok()?;
            match &common {
                Some(first) if first.key() != place.key() => self.refuse("loadBalancer.backends", format!("vm \"{name}\" stands in another network than the first of them. All machines of a load balancer stand in one network")),
                Some(_) => {}
                None => common = Some(place),
            }
            machines.push((resource, vm));
        }
        if self.draft.findings.len() > before {
            return None;
        }
        Some(Backends { machines, attachment: common? })
    }
}
