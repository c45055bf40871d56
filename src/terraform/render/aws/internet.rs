//! Which subnets the internet reaches and which reach it. A subnet has one way out: past the internet gateway,
//! which only public addresses can use, or through the NAT gateway.

use crate::{
    api::resource::{Block, Network, Scheme},
    terraform::render::{Scope, attach::Attachment, subnets, writer::label},
};
use std::collections::BTreeSet;

/// A subnet and the first one in the other zone: subnets lie in the first two zones by turns. One alone where
/// there is no other.
pub(super) fn pair(network: &Network, subnet: &str) -> Vec<String> {
    let names = subnets::names(network);
    let Some(at) = names.iter().position(|name| name == subnet) else { return Vec::new() };
    let other = names.iter().enumerate().find(|(index, _)| index % 2 != at % 2);
    std::iter::once(subnet.to_owned()).chain(other.map(|(_, name)| name.clone())).collect()
}

/// The subnets that load balancers stand in: the first of each zone.
pub(super) fn front(network: &Network) -> Vec<String> {
    subnets::names(network).first().map(|first| pair(network, first)).unwrap_or_default()
}

/// Subnets of a network with something public in them.
pub(super) fn public(scope: &Scope<'_>, name: &str, network: &Network) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for resource in scope.in_network(name) {
        let subnet = || match scope.attachment(resource) {
            Some(Ok(Attachment::Own { subnet, .. })) => subnet,
            _ => String::new(),
        };
        match resource.block() {
            Some(Block::Vm(vm)) if vm.public_ip => found.extend([subnet()]),
            Some(Block::Database(database)) if database.public_access => {
                found.extend(pair(network, &subnet()));
            }
            Some(Block::LoadBalancer(balancer)) if balancer.scheme == Scheme::External => {
                found.extend(front(network));
            }
            _ => {}
        }
    }
    found
}

/// The first cluster of a network: its nodes fetch images from the internet.
pub(super) fn cluster<'s>(scope: &'s Scope<'_>, name: &'s str) -> Option<&'s str> {
    scope.in_network(name).find(|r| r.cluster.is_some()).map(|r| r.name.as_str())
}

/// True when subnets without something public have a way out.
pub(super) fn has_nat(scope: &Scope<'_>, name: &str, network: &Network) -> bool {
    network.nat || cluster(scope, name).is_some()
}

/// Types and labels of what has to stand before something in these subnets can use their way out.
pub(super) fn ways(
    scope: &Scope<'_>,
    name: &str,
    network: &Network,
    subnets: &[String],
) -> Vec<(&'static str, String)> {
    let public = public(scope, name, network);
    let nat = has_nat(scope, name, network);
    let mut ways = BTreeSet::new();
    for subnet in subnets {
        let way = match (public.contains(subnet), nat) {
            (true, _) => "public",
            (false, true) => "private",
            (false, false) => continue,
        };
        ways.insert(("aws_route", label(name, way)));
        ways.insert(("aws_route_table_association", label(name, subnet)));
    }
    ways.into_iter().collect()
}
