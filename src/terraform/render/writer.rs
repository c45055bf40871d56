//! The hand that writes one resource: what all clouds need for it.

use super::{Draft, Scope, SecretVariable, tree};
use crate::{api::Resource, domain::catalogue};
use hcl::{Block, Expression, structure::BlockBuilder};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Writes one resource into the draft.
pub(super) struct Writer<'d, 'a> {
    pub(super) draft: &'d mut Draft,
    pub(super) scope: &'d Scope<'a>,
    pub(super) resource: &'d Resource,
}

impl<'d, 'a> Writer<'d, 'a> {
    /// A writer for one resource.
    pub(super) fn new(draft: &'d mut Draft, scope: &'d Scope<'a>, resource: &'d Resource) -> Self {
        Self { draft, scope, resource }
    }

    /// Name of the resource: the label of its main block.
    pub(super) fn name(&self) -> &'d str {
        &self.resource.name
    }

    /// A finding on a field, such as `vm.zone`: what is wrong, why, and what to do.
    pub(super) fn refuse(&mut self, field: &str, why: impl AsRef<str>) {
        self.draft.findings.push(["\"", self.name(), "\", ", field, ": ", why.as_ref()].concat());
    }

    /// Something to know about a field.
    pub(super) fn warn(&mut self, field: &str, what: impl AsRef<str>) {
        self.draft.warnings.push(["\"", self.name(), "\", ", field, ": ", what.as_ref()].concat());
    }

    /// The finding of a kind that the cloud's folder does not write yet.
    pub(super) fn later(&mut self) {
        let kind = self.resource.kind().map_or("?", crate::api::Kind::as_str);
        self.draft.findings.push(format!(
            "\"{}\" cannot be made: kind {kind} on {} comes later. Use kind module with a module of your own",
            self.name(),
            self.scope.cloud.name,
        ));
    }

    /// The region the resource stands in; a finding when the cloud does not have it or the project does not
    /// list it.
    pub(super) fn region(&mut self) -> &'d str {
        let spec = self.scope.input.spec;
        let region = self.scope.region_of(self.resource);
        if let Some(unknown) = catalogue::unknown_region(spec.provider, region) {
            self.refuse("region", unknown);
        } else if region != spec.region && !spec.regions.iter().any(|r| r == region) {
            let listed: Vec<&str> =
                std::iter::once(&spec.region).chain(&spec.regions).map(String::as_str).collect();
            self.refuse("region", format!(
                "{region} is not on the project's list ({}). Choose one of them, or have it added to spec.regions of the CloudProject",
                listed.join(", ")
            ));
        }
        region
    }

    /// Labels of the resource: the user's and its own name. Those of the project come from the provider block,
    /// where the provider has such.
    pub(super) fn labels(&self) -> Value {
        let mut labels = self.resource.labels.clone();
        labels.insert("ce-resource".to_owned(), self.resource.name.clone());
        json!(labels)
    }

    /// All labels, the project's among them: for providers that set none by themselves.
    pub(super) fn all_labels(&self) -> Value {
        let mut labels: BTreeMap<String, String> = self.resource.labels.clone();
        labels.extend(self.scope.labels());
        labels.insert("ce-resource".to_owned(), self.resource.name.clone());
        json!(labels)
    }

    /// Adds the variable of the resource, named like it, with its values.
    pub(super) fn declare(&mut self, values: Value) {
        self.draft.used.insert(self.scope.cloud.source.to_owned());
        self.draft.declare(self.name(), values);
    }

    /// `var.<name>.<key>`
    pub(super) fn var(&self, key: &str) -> Expression {
        tree::path("var", &[self.name(), key])
    }

    /// `<key> = var.<name>.<key>` for each key.
    pub(super) fn same<const N: usize>(&self, keys: [&str; N]) -> [hcl::Attribute; N] {
        keys.map(|key| tree::attr(key, self.var(key)))
    }

    /// `resource "<type>" "<name>"`
    pub(super) fn main(&self, type_: &str) -> BlockBuilder {
        tree::resource(type_, self.name())
    }

    /// `resource "<type>" "<name>_<role>"`
    pub(super) fn companion(&self, type_: &str, role: &str) -> BlockBuilder {
        tree::resource(type_, &self.label(role))
    }

    /// `<name>_<role>`: names hold no `_`, so it is nobody else's.
    pub(super) fn label(&self, role: &str) -> String {
        label(self.name(), role)
    }

    /// Adds a block of the configuration.
    pub(super) fn add(&mut self, block: impl Into<Block>) {
        self.draft.blocks.push(block.into());
    }

    /// Adds the output `<name>_<key>`.
    pub(super) fn output(&mut self, key: &str, value: Expression) {
        let name = self.label(key);
        self.draft.outputs.push(tree::output(&name, value));
    }

    /// Adds the variable `<name>_<role>`, whose value is in the Secret `<project>-<name>-<suffix>`, and gives
    /// the reference to it.
    pub(super) fn secret(&mut self, role: &str, suffix: &str, key: &str) -> Expression {
        let variable = self.label(role);
        let secret = [self.scope.input.project, "-", self.name(), "-", suffix].concat();
        let reference = tree::path("var", &[&variable]);
        self.draft.secret(SecretVariable { variable, secret, key: key.to_owned() });
        reference
    }

    /// The public key of the credentials Secret, empty where there is none: `var.ssh_public_key`.
    pub(super) fn ssh_public_key(&mut self) -> Expression {
        if self.draft.once("variable ssh_public_key") {
            let block = Block::builder("variable")
                .add_label("ssh_public_key")
                .add_attribute(tree::attr("type", tree::word("string")))
                .add_attribute(tree::attr("default", ""))
                .add_attribute(tree::attr("nullable", false));
            self.draft.variables.push(block.build());
        }
        tree::path("var", &["ssh_public_key"])
    }
}

/// `<name>_<role>`
pub(super) fn label(name: &str, role: &str) -> String {
    [name, "_", role].concat()
}

impl<'a> Scope<'a> {
    /// The region a resource stands in.
    pub(super) fn region_of<'r>(&self, resource: &'r Resource) -> &'r str
    where
        'a: 'r,
    {
        resource.region.as_deref().unwrap_or(&self.input.spec.region)
    }

    /// Labels that all resources of the stack carry.
    pub(super) fn labels(&self) -> BTreeMap<String, String> {
        let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        [
            pair("managed-by", "cloud-engine"),
            pair("ce-project", self.input.project),
            pair("ce-stack", self.input.stack),
        ]
        .into()
    }

    /// The first eight hex digits of the project's uid: makes global names unique.
    pub(super) fn short_uid(&self) -> String {
        self.input.project_uid.chars().filter(char::is_ascii_hexdigit).take(8).collect()
    }
}
