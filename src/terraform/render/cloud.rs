//! What a cloud is to the renderer: its provider, and a function for each kind.

use super::{Draft, RenderInput, Scope, Writer, aws, azure, gcp};
use crate::api::{
    Provider,
    resource::{Bucket, Cluster, Database, Firewall, LoadBalancer, Network, Vm},
};
use hcl::Block;
use serde_json::{Map, Value};

/// Writes the resources of one kind; what is wrong becomes findings.
pub(super) type Write<K> = for<'d> fn(&mut Writer<'d, '_>, &'d K);

/// A cloud: its provider, pinned to the one version that plans are made with, and its kinds.
pub(super) struct Cloud {
    /// As users write it.
    pub(super) name: &'static str,
    /// Name of the provider in the configuration.
    pub(super) local: &'static str,
    /// Source of the provider.
    pub(super) source: &'static str,
    /// Version of the provider.
    pub(super) version: &'static str,
    /// True where firewalls have an order, so that a priority may be there once.
    pub(super) ordered_firewalls: bool,
    /// Values of the provider block beside `region` and `labels`, or a finding.
    pub(super) values: fn(&RenderInput) -> Result<Map<String, Value>, String>,
    /// The provider block; its values are in [`super::provider::value`].
    pub(super) block: fn() -> Block,
    pub(super) vm: Write<Vm>,
    pub(super) database: Write<Database>,
    pub(super) network: Write<Network>,
    pub(super) bucket: Write<Bucket>,
    pub(super) cluster: Write<Cluster>,
    pub(super) firewall: Write<Firewall>,
    pub(super) load_balancer: Write<LoadBalancer>,
    /// Adds what the stack as a whole needs, after all resources are written.
    pub(super) finish: fn(&mut Draft, &Scope),
}

/// Every cloud.
pub(super) static ALL: [&Cloud; 3] = [&gcp::CLOUD, &aws::CLOUD, &azure::CLOUD];

/// The table of a cloud.
pub(super) fn of(provider: Provider) -> &'static Cloud {
    match provider {
        Provider::Gcp => &gcp::CLOUD,
        Provider::Aws => &aws::CLOUD,
        Provider::Azure => &azure::CLOUD,
    }
}
