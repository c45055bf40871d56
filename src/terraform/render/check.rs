//! What is judged for all clouds alike: ranges, ports, names, and what needs more than one resource to be seen.

use super::{Draft, Scope, Writer, cidr::Cidr};
use crate::api::resource::{Block, Database, Firewall};
use std::collections::BTreeMap;

/// Names that databases keep for themselves.
const RESERVED_USERS: [&str; 10] = [
    "admin",
    "administrator",
    "azure_superuser",
    "cloudsqladmin",
    "guest",
    "postgres",
    "public",
    "rdsadmin",
    "root",
    "user",
];
const RESERVED_DATABASES: [&str; 9] = [
    "information_schema",
    "innodb",
    "mysql",
    "performance_schema",
    "postgres",
    "rdsadmin",
    "sys",
    "template0",
    "template1",
];

/// Findings that need more than one resource to be seen.
pub(super) fn stack(draft: &mut Draft, scope: &Scope) {
    // Security groups have no order.
    if scope.cloud.ordered_firewalls {
        priorities(draft, scope);
    }
}

/// Firewalls of one network and direction with the same priority: the cloud would not know which wins.
fn priorities(draft: &mut Draft, scope: &Scope) {
    let mut seen = BTreeMap::new();
    for resource in &scope.resources {
        let (Some(Block::Firewall(firewall)), Some(Ok(attachment))) =
            (resource.block(), scope.attachment(resource))
        else {
            continue;
        };
        let key = (attachment.key(), firewall.direction, firewall.priority);
        if let Some(other) = seen.insert(key, &resource.name) {
            draft.findings.push(format!(
                "\"{}\", firewall.priority: {} is also that of firewall \"{other}\" in the same network and direction, so nobody knows which wins. Give one of them another number between 100 and 4096",
                resource.name, firewall.priority
            ));
        }
    }
}

impl Writer<'_, '_> {
    /// Findings on ranges that are none.
    pub(super) fn ranges(&mut self, field: &str, ranges: &[String]) {
        for (index, range) in ranges.iter().enumerate() {
            if Cidr::parse(range).is_none() {
                self.refuse(&[field, "[", &index.to_string(), "]"].concat(), format!("{range} is no range given by its first address, such as 203.0.113.0/24 or, for one address, 203.0.113.7/32"));
            }
        }
    }

    /// Findings on the ranges and ports of a firewall.
    pub(super) fn traffic(&mut self, firewall: &Firewall) {
        self.ranges("firewall.sources", &firewall.sources);
        for (index, rule) in firewall.rules.iter().enumerate() {
            for port in rule.ports.iter().filter(|port| ports(port).is_none()) {
                self.refuse(&["firewall.rules[", &index.to_string(), "].ports"].concat(), format!("{port} is neither a port nor a range of ports, the lower first, between 1 and 65535, such as 443 or 8000-8100"));
            }
        }
    }

    /// Findings on names in a database that its engine keeps for itself, and on its ranges.
    pub(super) fn database_names(&mut self, database: &Database) {
        self.ranges("database.authorizedNetworks", &database.authorized_networks);
        if RESERVED_USERS.contains(&database.admin_user.as_str()) || database.admin_user.starts_with("pg_") {
            self.refuse(
                "database.adminUser",
                format!(
                    "{} is a name that databases keep for themselves. Choose another, such as ceadmin",
                    database.admin_user
                ),
            );
        }
        if RESERVED_DATABASES.contains(&database.database.as_str()) {
            self.refuse(
                "database.database",
                format!(
                    "{} is a name that databases keep for themselves. Choose another, such as app",
                    database.database
                ),
            );
        }
    }

    /// False, with a finding, when a name inside a resource cannot be part of a label.
    pub(super) fn plain(&mut self, field: &str, name: &str) -> bool {
        let begins = name.bytes().next().is_some_and(|b| b.is_ascii_lowercase());
        let plain = name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if !(begins && plain && name.len() <= 63) {
            self.refuse(field, format!("{name:?} is no name: a name is made of lower-case letters, digits and hyphens, beginning with a letter. Rename it"));
        }
        begins && plain && name.len() <= 63
    }

    /// A finding when the cloud takes only shorter names.
    pub(super) fn longest(&mut self, most: usize, what: &str) {
        let name = self.name();
        if name.len() > most {
            self.refuse(
                "name",
                format!("{what} has {} characters, but {most} are the most. Shorten the name", name.len()),
            );
        }
    }
}

/// The first and last port of `443` or `8000-8100`.
pub(super) fn ports(text: &str) -> Option<(u16, u16)> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let (first, last) = (first.parse().ok()?, last.parse().ok()?);
    (1 <= first && first <= last).then_some((first, last))
}

#[cfg(test)]
mod tests {
    use super::ports;

    #[test]
    fn ports_are_read() {
        assert_eq!(ports("443"), Some((443, 443)));
        assert_eq!(ports("8000-8100"), Some((8000, 8100)));
        for bad in ["0", "65536", "90-80", "1-2-3", "", "-"] {
            assert_eq!(ports(bad), None, "{bad}");
        }
    }
}
