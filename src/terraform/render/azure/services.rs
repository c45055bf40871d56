//! Subnets that managed services want for themselves, security groups of their own around them, and the private
//! names of databases. Their ranges lie in 100.64.0.0/10, which no range of a network can meet, so that they never
//! have to move: a database cannot.

use super::{
    Writer, gateway, groups,
    head::{self, Head},
    tree,
};
use crate::{
    api::resource::{DatabaseEngine, ListenProtocol, Network},
    terraform::render::{Scope, writer::label},
};
use hcl::{Block, Expression};
use serde_json::{Value, json};
use std::{collections::BTreeSet, net::Ipv4Addr};

/// Type of what puts a group around a subnet.
pub(super) const ASSOCIATION: &str = "azurerm_subnet_network_security_group_association";
/// 100.96.0.0: the upper half of 100.64.0.0/10. The lower one is for what clusters hold inside.
const FIRST: u32 = 0x6460_0000;
/// Each network has 512 of these addresses; there are 4096 such parts.
const PART_BITS: u32 = 9;

/// A service with a subnet of its own in each network that needs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Service {
    Gateways,
    Postgres,
    Mysql,
}

impl Service {
    /// The service of an engine.
    pub(super) const fn of(engine: DatabaseEngine) -> Self {
        match engine {
            DatabaseEngine::Postgres => Self::Postgres,
            DatabaseEngine::Mysql => Self::Mysql,
        }
    }

    /// Role of the subnet: with the `_` no subnet of a user can have it.
    pub(super) const fn role(self) -> &'static str {
        match self {
            Self::Gateways => "services_gateways",
            Self::Postgres => "services_postgres",
            Self::Mysql => "services_mysql",
        }
    }

    /// Name of the subnet: with the `_` no subnet of a user can have it.
    const fn subnet(self) -> &'static str {
        match self {
            Self::Gateways => "ce_gateways",
            Self::Postgres => "ce_postgres",
            Self::Mysql => "ce_mysql",
        }
    }

    /// Key of its values, and role of the zone of its names.
    pub(super) const fn key(self) -> &'static str {
        match self {
            Self::Gateways => "gateways",
            Self::Postgres => "postgres",
            Self::Mysql => "mysql",
        }
    }

    /// What the subnet is handed to, and how its names end.
    const fn delegation(self) -> Option<&'static str> {
        match self {
            Self::Gateways => None,
            Self::Postgres => Some("Microsoft.DBforPostgreSQL/flexibleServers"),
            Self::Mysql => Some("Microsoft.DBforMySQL/flexibleServers"),
        }
    }

    /// First address inside the part, and bits.
    const fn range(self) -> (u32, u8) {
        match self {
            Self::Gateways => (0, 24),
            Self::Postgres => (256, 26),
            Self::Mysql => (320, 26),
        }
    }

    /// Label of the security group around it.
    pub(super) const fn guard(self) -> &'static str {
        match self {
            Self::Gateways => "gateways",
            Self::Postgres | Self::Mysql => "services",
        }
    }

    /// Id of the subnet in a network of the stack.
    pub(super) fn subnet_id(self, network: &str) -> Expression {
        tree::path("azurerm_subnet", &[&label(network, self.role()), "id"])
    }
}

/// Services that stand in a network of the stack.
pub(super) fn needed(scope: &Scope<'_>, network: &str) -> BTreeSet<Service> {
    let service = |resource: &crate::api::Resource| match (&resource.database, &resource.load_balancer) {
        (Some(database), _) if !database.public_access => Some(Service::of(database.engine)),
        (_, Some(balancer)) if balancer.listen.protocol != ListenProtocol::Tcp => Some(Service::Gateways),
        _ => None,
    };
    scope.in_network(network).filter_map(service).collect()
}

/// The part of the addresses that a network's services have; it follows from its range.
fn part(network: &Network) -> u32 {
    let first = network.cidr.split('/').next().and_then(|first| first.parse::<Ipv4Addr>().ok());
    let first = first.map_or(0, u32::from);
    FIRST + (((first >> 8) & 0xfff) << PART_BITS)
}

/// The range that the network has beside its own, and the services' ranges in it.
pub(super) fn ranges(network: &Network, services: &BTreeSet<Service>) -> (String, Value) {
    let part = part(network);
    let text = |first: u32, bits: u8| [&Ipv4Addr::from(first).to_string(), "/", &bits.to_string()].concat();
    let inner = services.iter().map(|service| {
        let (first, bits) = service.range();
        (service.key().to_owned(), json!(text(part + first, bits)))
    });
    (text(part, 23), Value::Object(inner.collect()))
}

/// Roles of the companions that have names: security groups, and links of names.
pub(super) fn roles(services: &BTreeSet<Service>) -> BTreeSet<&'static str> {
    let guards = services.iter().map(|service| service.guard());
    let zones = services.iter().filter(|service| service.delegation().is_some()).map(|service| service.key());
    guards.chain(zones).collect()
}

/// Adds the subnets of a network's services, what guards them, and the databases' names.
pub(super) fn render(writer: &mut Writer<'_, '_>, head: &Head, services: &BTreeSet<Service>) {
    let guards: BTreeSet<&str> = services.iter().map(|service| service.guard()).collect();
    for guard in guards {
        let block = head.companion(writer, groups::GROUP, guard);
        writer.add(block.build());
    }
    for service in services {
        let block = subnet(writer, head, *service);
        writer.add(block);
        let guard = [
            tree::attr("subnet_id", service.subnet_id(writer.name())),
            tree::attr(
                "network_security_group_id",
                tree::path(groups::GROUP, &[&writer.label(service.guard()), "id"]),
            ),
        ];
        // Gateways may not be cut off from their management even for a moment.
        let manager = (*service == Service::Gateways)
            .then(|| tree::depends_on(&[("azurerm_network_security_rule", &writer.label("manager"))]));
        let association =
            writer.companion(ASSOCIATION, service.role()).add_attributes(guard).add_attributes(manager);
        writer.add(association.build());
        if *service != Service::Gateways {
            let network = tree::path("azurerm_virtual_network", &[writer.name(), "id"]);
            names(writer, head, *service, network);
        }
    }
    if services.contains(&Service::Gateways) {
        for (role, priority) in [("manager", 100), ("clients", 110)] {
            let block = gateway::guard_rule(writer, head, role, priority);
            writer.add(block);
        }
    }
}

fn subnet(writer: &Writer<'_, '_>, head: &Head, service: Service) -> Block {
    let range = tree::index("var", &[writer.name(), "services"], service.key());
    let mut block = writer
        .companion("azurerm_subnet", service.role())
        .add_attribute(tree::attr("name", service.subnet()))
        .add_attribute(head.group())
        .add_attribute(tree::attr(
            "virtual_network_name",
            tree::path("azurerm_virtual_network", &[writer.name(), "name"]),
        ))
        .add_attribute(tree::attr("address_prefixes", vec![range]));
    if let Some(delegation) = service.delegation() {
        let join: Vec<Expression> = vec!["Microsoft.Network/virtualNetworks/subnets/join/action".into()];
        let to = [tree::attr("name", delegation), tree::attr("actions", join)];
        let handed = Block::builder("delegation")
            .add_attribute(tree::attr("name", "servers"))
            .add_block(tree::block("service_delegation", to));
        // The service adds it by itself where it is not there, for its backups.
        let storage = tree::block("service_endpoint", [tree::attr("service", "Microsoft.Storage")]);
        block = block.add_block(handed.build()).add_block(storage);
    }
    block.build()
}

/// Adds the zone of a service's private names, and links it with a network. Its name is the value `zone_<key>`.
pub(super) fn names(writer: &mut Writer<'_, '_>, head: &Head, service: Service, network: Expression) {
    let role = service.key();
    let zone = writer
        .companion("azurerm_private_dns_zone", role)
        .add_attribute(tree::attr("name", writer.var(&["zone_", role].concat())))
        .add_attribute(head.group())
        .add_attribute(head::tags(writer));
    let link = writer
        .companion("azurerm_private_dns_zone_virtual_network_link", role)
        .add_attribute(tree::attr("name", head::name(writer, role)))
        .add_attribute(tree::attr("private_dns_zone_id", zone_id(writer.name(), service)))
        .add_attribute(tree::attr("virtual_network_id", network))
        .add_attribute(head::tags(writer));
    writer.add(zone.build());
    writer.add(link.build());
}

/// Adds the name of the zone to the values of the network or database that holds it.
pub(super) fn zone_value(writer: &Writer<'_, '_>, service: Service, values: &mut Value) {
    let key = service.key();
    let zone = [writer.name(), ".private.", key, ".database.azure.com"].concat();
    tree::insert(values, &["zone_", key].concat(), json!(zone));
}

/// Id of the zone that `owner`, a network or a database, holds.
pub(super) fn zone_id(owner: &str, service: Service) -> Expression {
    tree::path("azurerm_private_dns_zone", &[&label(owner, service.key()), "id"])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn services_have_a_range_that_no_network_meets() {
        for (cidr, wanted) in [
            ("10.0.0.0/16", "100.96.0.0/23"),
            ("10.1.0.0/16", "100.98.0.0/23"),
            ("192.168.255.0/24", "100.113.254.0/23"),
        ] {
            let network = Network { cidr: cidr.to_owned(), ..Network::default() };
            let all = BTreeSet::from([Service::Gateways, Service::Mysql]);
            let (range, inner) = ranges(&network, &all);
            assert_eq!(range, wanted);
            assert_eq!(inner.as_object().unwrap().len(), 2);
        }
        let all = BTreeSet::from([Service::Gateways, Service::Postgres, Service::Mysql]);
        let (_, inner) = ranges(&Network::default(), &all);
        assert_eq!(
            inner,
            json!({"gateways": "100.96.0.0/24", "postgres": "100.96.1.0/26", "mysql": "100.96.1.64/26"})
        );
    }
}
