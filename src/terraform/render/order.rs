//! Lists whose order means nothing are written in one order.

use crate::api::Resource;

/// The same resource with its sets sorted.
pub(super) fn sorted(resource: &Resource) -> Resource {
    let mut resource = resource.clone();
    if let Some(vm) = &mut resource.vm {
        vm.tags.sort();
        vm.data_disks.sort_by(|a, b| a.name.cmp(&b.name));
    }
    if let Some(database) = &mut resource.database {
        database.authorized_networks.sort();
    }
    if let Some(cluster) = &mut resource.cluster {
        cluster.authorized_networks.sort();
    }
    if let Some(firewall) = &mut resource.firewall {
        firewall.sources.sort();
        firewall.target_tags.sort();
        for rule in &mut firewall.rules {
            rule.ports.sort();
        }
    }
    if let Some(balancer) = &mut resource.load_balancer {
        balancer.backends.sort();
    }
    if let Some(module) = &mut resource.module {
        module.outputs.sort();
    }
    resource
}
