//! Writes the configuration of a stack. Values of users go to the variables file, never into code; code is
//! built as a syntax tree and printed the way `fmt` leaves it.
//!
//! ```text
//!  resources ─check─► for each: Writer ──► cloud's table (gcp/ aws/ azure/: one file per kind) ─► Draft ─print─► files
//! ```
//!
//! A cloud is a folder with a [`cloud::Cloud`] in it; a kind is a file in each of these folders and a row of that table.

mod attach;
mod aws;
mod azure;
mod check;
mod cidr;
mod cloud;
mod draft;
mod gcp;
mod machine;
mod module;
mod order;
mod print;
mod provider;
mod stack;
mod subnets;
#[cfg(test)]
mod tests;
mod tree;
mod values;
mod writer;

pub use provider::{allowed as allowed_providers, lock_file_holds};

use crate::wire::SecretVariable;
use crate::{
    api::{CloudProjectSpec, Kind, Resource, resource::Block as Kinds},
    pricing::PriceBook,
};
use cloud::Cloud;
use draft::Draft;
use std::collections::{BTreeMap, BTreeSet};
use writer::Writer;

/// What a stack is rendered from.
#[derive(Debug, Clone, Copy)]
pub struct RenderInput<'a> {
    /// Name of the project.
    pub project: &'a str,
    /// Name of the stack.
    pub stack: &'a str,
    /// uid of the project: makes global names unique.
    pub project_uid: &'a str,
    /// The project.
    pub spec: &'a CloudProjectSpec,
    /// The desired set, in any order.
    pub resources: &'a [Resource],
    /// Files of the modules, by resource name.
    pub modules: &'a BTreeMap<String, BTreeMap<String, String>>,
}

/// A stack's configuration.
#[derive(Debug, Clone, PartialEq)]
pub struct Rendered {
    /// Files by relative path.
    pub files: BTreeMap<String, String>,
    /// Providers that may be used, sorted, such as `hashicorp/google`.
    pub providers: Vec<String>,
    /// What people should know before they approve, such as a network that was added.
    pub warnings: Vec<String>,
    /// Networks that were added because resources needed one. They belong to the desired set from then on: else
    /// they would go as soon as another network comes, with what stands in them.
    pub added: Vec<Resource>,
    /// Variables of the root that are in no file: their values come from Secrets, by the environment.
    pub secrets: Vec<SecretVariable>,
}

/// What all resources of a stack are written with.
struct Scope<'a> {
    input: RenderInput<'a>,
    cloud: &'static Cloud,
    /// The book that machine types are looked up in.
    prices: Option<&'a PriceBook>,
    /// All resources by name, those that were added among them.
    resources: Vec<&'a Resource>,
}

/// The configuration of the stack: the same bytes for the same set, whatever its order. Errors are all
/// findings at once, each saying what is wrong, why, and what to do. Machine types are those of the price book
/// that the program holds.
pub fn render(input: &RenderInput) -> Result<Rendered, Vec<String>> {
    with(input, machine::embedded())
}

/// The same with another price book, such as one with the operator's own tables.
pub fn render_with(input: &RenderInput, prices: &PriceBook) -> Result<Rendered, Vec<String>> {
    with(input, Some(prices))
}

fn with(input: &RenderInput, prices: Option<&PriceBook>) -> Result<Rendered, Vec<String>> {
    let mut draft = Draft::default();
    let added = attach::missing(&mut draft, input);
    let all: Vec<Resource> = input.resources.iter().chain(&added).map(order::sorted).collect();
    let mut resources: Vec<&Resource> = all.iter().collect();
    resources.sort_by(|a, b| a.name.cmp(&b.name));
    let scope = Scope { input: *input, cloud: cloud::of(input.spec.provider), prices, resources };
    let mut names = BTreeSet::new();
    for resource in &scope.resources {
        if !names.insert(resource.name.as_str()) {
            draft.findings.push(format!(
                "\"{}\" is there twice: names are unique in a stack, so give one of them another name",
                resource.name
            ));
        }
        match module::check_name(resource) {
            Some(finding) => draft.findings.push(finding),
            None => one(&mut draft, &scope, resource),
        }
    }
    check::stack(&mut draft, &scope);
    (scope.cloud.finish)(&mut draft, &scope);
    draft.clashes();
    provider::render(&mut draft, &scope);
    draft.finish(provider::allowed(input.spec), added)
}

fn one(draft: &mut Draft, scope: &Scope, resource: &Resource) {
    let cloud = scope.cloud;
    let Some(block) = resource.block() else {
        draft.findings.push(format!(
            "\"{}\" sets none or several of {}: set exactly one of them",
            resource.name,
            Kind::LIST
        ));
        return;
    };
    let mut writer = Writer::new(draft, scope, resource);
    machine::check(&mut writer, block);
    match block {
        Kinds::Module(block) => {
            module::render(writer.draft, resource, block, scope.input.modules.get(&resource.name));
        }
        Kinds::Vm(block) => (cloud.vm)(&mut writer, block),
        Kinds::Database(block) => (cloud.database)(&mut writer, block),
        Kinds::Network(block) => (cloud.network)(&mut writer, block),
        Kinds::Bucket(block) => (cloud.bucket)(&mut writer, block),
        Kinds::Cluster(block) => (cloud.cluster)(&mut writer, block),
        Kinds::Firewall(block) => (cloud.firewall)(&mut writer, block),
        Kinds::LoadBalancer(block) => (cloud.load_balancer)(&mut writer, block),
    }
}
