//! Writes the configuration of a stack. Values of users go to the variables file, never into code; code is
//! built as a syntax tree and printed the way `fmt` leaves it.

mod cidr;
mod gcp;
mod module;
mod print;
mod provider;
pub use provider::{allowed as allowed_providers, lock_file_holds};
#[cfg(test)]
mod tests;
mod tree;

use crate::api::{CloudProjectSpec, Kind, Provider, Resource, resource::Block as Kinds};
use hcl::{Block, Body};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

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
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// Files by relative path.
    pub files: BTreeMap<String, String>,
    /// Providers that may be used, sorted, such as `hashicorp/google`.
    pub providers: Vec<String>,
}

/// What is being written.
#[derive(Default)]
struct Draft {
    findings: Vec<String>,
    files: BTreeMap<String, String>,
    variables: Vec<Block>,
    blocks: Vec<Block>,
    outputs: Vec<Block>,
    values: Map<String, Value>,
    /// Providers in use, by their source without a host.
    used: BTreeSet<String>,
    /// Names in the cloud that follow from several names, and whose they are.
    taken: BTreeMap<String, Vec<String>>,
}

/// The configuration of the stack: the same bytes for the same set, whatever its order. Errors are all
/// findings at once, each saying what is wrong, why, and what to do.
pub fn render(input: &RenderInput) -> Result<Rendered, Vec<String>> {
    let mut draft = Draft::default();
    let mut resources: Vec<&Resource> = input.resources.iter().collect();
    resources.sort_by(|a, b| a.name.cmp(&b.name));
    let mut names = BTreeSet::new();
    for resource in resources {
        if !names.insert(resource.name.as_str()) {
            draft.findings.push(format!(
                "\"{}\" is there twice: names are unique in a stack, so give one of them another name",
                resource.name
            ));
        }
        match module::check_name(resource) {
            Some(finding) => draft.findings.push(finding),
            None => one(&mut draft, input, resource),
        }
    }
    let taken = std::mem::take(&mut draft.taken);
    gcp::clashes(&mut draft, &taken);
    provider::render(&mut draft, input);
    if !draft.findings.is_empty() {
        return Err(draft.findings);
    }
    Ok(Rendered { providers: provider::allowed(input.spec), files: finish(draft) })
}

fn one(draft: &mut Draft, input: &RenderInput, resource: &Resource) {
    let provider = input.spec.provider;
    match (resource.block(), provider) {
        (Some(Kinds::Module(block)), _) => {
            module::render(draft, resource, block, input.modules.get(&resource.name));
        }
        (Some(Kinds::Vm(block)), Provider::Gcp) => gcp::vm(draft, input, resource, block),
        (Some(Kinds::Network(block)), Provider::Gcp) => gcp::network(draft, input, resource, block),
        (Some(Kinds::Bucket(block)), Provider::Gcp) => gcp::bucket(draft, input, resource, block),
        (Some(Kinds::Vm(_)), _) => draft.findings.push(later(resource, Kind::Vm, provider)),
        (Some(Kinds::Network(_)), _) => draft.findings.push(later(resource, Kind::Network, provider)),
        (Some(Kinds::Bucket(_)), _) => draft.findings.push(later(resource, Kind::Bucket, provider)),
        (None, _) => draft.findings.push(format!(
            "\"{}\" sets none or several of vm, network, bucket, module: set exactly one of them",
            resource.name
        )),
    }
}

fn later(resource: &Resource, kind: Kind, provider: Provider) -> String {
    let cloud = match provider {
        Provider::Gcp => "gcp",
        Provider::Aws => "aws",
        Provider::Azure => "azure",
    };
    format!(
        "\"{}\" cannot be made: kind {} on {cloud} comes later. Use kind module with a module of your own",
        resource.name,
        kind.as_str()
    )
}

fn finish(draft: Draft) -> BTreeMap<String, String> {
    let mut files = draft.files;
    let mut file = |name: &str, blocks: Vec<Block>| {
        if !blocks.is_empty() {
            files.insert(name.to_owned(), print::print(&Body::builder().add_blocks(blocks).build()));
        }
    };
    file("main.tf", draft.blocks);
    file("variables.tf", draft.variables);
    file("outputs.tf", draft.outputs);
    let values = Value::Object(draft.values);
    files.insert("terraform.tfvars.json".to_owned(), [&pretty(&values), "\n"].concat());
    files
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_else(|_| value.to_string())
}
