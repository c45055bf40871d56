//! The configuration while it is being written.

use super::{Rendered, SecretVariable, print, tree, values};
use crate::api::Resource;
use hcl::{Block, Body};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

/// What is being written.
#[derive(Default)]
pub(super) struct Draft {
    pub(super) findings: Vec<String>,
    pub(super) warnings: Vec<String>,
    pub(super) files: BTreeMap<String, String>,
    pub(super) variables: Vec<Block>,
    pub(super) blocks: Vec<Block>,
    pub(super) outputs: Vec<Block>,
    pub(super) values: Map<String, Value>,
    /// Providers in use, by their source without a host.
    pub(super) used: BTreeSet<String>,
    secrets: Vec<SecretVariable>,
    /// Names in the cloud that follow from several names, and whose they are.
    taken: BTreeMap<String, Vec<String>>,
    /// What is written once, however many resources need it.
    once: BTreeSet<String>,
}

impl Draft {
    /// True the first time it is asked with this key: for blocks that several resources share.
    pub(super) fn once(&mut self, key: &str) -> bool {
        self.once.insert(key.to_owned())
    }

    /// Notes that `owner` will be called `name` in the cloud, in a space of names (`scope`) where they are unique.
    pub(super) fn claim(&mut self, scope: &str, name: &str, owner: String) {
        self.taken.entry([scope, " ", name].concat()).or_default().push(owner);
    }

    /// Adds a variable of the root and its values.
    pub(super) fn declare(&mut self, name: &str, values: Value) {
        self.variables.push(tree::variable(name, values::type_of(&values)));
        self.values.insert(name.to_owned(), values);
    }

    /// Adds a variable whose value is in a Secret: in no file, no state, no plan and no log.
    pub(super) fn secret(&mut self, secret: SecretVariable) {
        let block = Block::builder("variable")
            .add_label(secret.variable.as_str())
            .add_attribute(tree::attr("type", tree::word("string")))
            .add_attribute(tree::attr("ephemeral", true))
            .add_attribute(tree::attr("sensitive", true))
            .add_attribute(tree::attr("nullable", false));
        self.variables.push(block.build());
        self.secrets.push(secret);
    }

    /// Findings on names that two resources would share in the cloud.
    pub(super) fn clashes(&mut self) {
        for (name, owners) in std::mem::take(&mut self.taken).iter().filter(|(_, owners)| owners.len() > 1) {
            let name = name.split_once(' ').map_or(name.as_str(), |(_, name)| name);
            self.findings.push(format!(
                "{} would both be called \"{name}\" in the cloud, where names are unique. Rename one of them",
                owners.join(" and ")
            ));
        }
    }

    /// The files, or all findings.
    pub(super) fn finish(
        mut self,
        providers: Vec<String>,
        added: Vec<Resource>,
    ) -> Result<Rendered, Vec<String>> {
        if !self.findings.is_empty() {
            return Err(self.findings);
        }
        self.secrets.sort();
        let mut files = self.files;
        let mut file = |name: &str, blocks: Vec<Block>| {
            if !blocks.is_empty() {
                files.insert(name.to_owned(), print::print(&Body::builder().add_blocks(blocks).build()));
            }
        };
        file("main.tf", self.blocks);
        file("variables.tf", self.variables);
        file("outputs.tf", self.outputs);
        let values = Value::Object(self.values);
        let pretty = serde_json::to_string_pretty(&values).unwrap_or_else(|_| values.to_string());
        files.insert("terraform.tfvars.json".to_owned(), [&pretty, "\n"].concat());
        Ok(Rendered { files, providers, warnings: self.warnings, added, secrets: self.secrets })
    }
}
