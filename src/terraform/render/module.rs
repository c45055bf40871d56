//! Kind `module`: the module's files below `modules/<name>/`, and one call that passes the inputs as data.

use super::{Draft, tree};
use crate::api::{Resource, resource::Module};
use crate::terraform::guard;
use hcl::{Block, Identifier};
use serde_json::Value;
use std::collections::BTreeMap;

/// Names that the engines keep for themselves in a module call or a variable block.
const RESERVED: [&str; 8] =
    ["source", "version", "providers", "count", "for_each", "depends_on", "lifecycle", "locals"];

/// Adds one module to the draft, or says why not.
pub(super) fn render(
    draft: &mut Draft,
    resource: &Resource,
    module: &Module,
    files: Option<&BTreeMap<String, String>>,
) {
    let name = resource.name.as_str();
    if !module.source.starts_with("configmap/") {
        draft.findings.push(format!(
            "\"{name}\", module.source: {} cannot be used yet, only modules of a ConfigMap can. Put the module's files into one, and set configmap/NAME",
            module.source
        ));
        return;
    }
    let Some(files) = files.filter(|files| files.keys().any(|path| guard::is_config(path))) else {
        draft.findings.push(format!(
            "module \"{name}\" has no files: {} holds no key that ends in .tf. Make that ConfigMap in this namespace, with one key per file of the module",
            module.source
        ));
        return;
    };
    let findings = check(name, module);
    if !findings.is_empty() {
        draft.findings.extend(findings);
        return;
    }
    for (path, text) in files {
        if guard::is_safe_path(path) {
            draft.files.insert(["modules/", name, "/", path].concat(), text.clone());
        } else {
            draft.findings.push(format!(
                "module \"{name}\" has a file \"{path}\": a path stays inside the module and no part of it begins with a dot. Rename it in {}",
                module.source
            ));
        }
    }
    draft.used.extend(guard::required(files));
    draft.variables.push(tree::variable(name, tree::word("any")));
    draft.values.insert(name.to_owned(), Value::Object(module.inputs.clone().into_iter().collect()));
    draft.blocks.push(call(name, module));
    let mut outputs: Vec<&String> = module.outputs.iter().collect();
    outputs.sort_unstable();
    outputs.dedup();
    for output in outputs {
        let value = tree::path("module", &[name, output]);
        draft.outputs.push(tree::output(&[name, "_", output].concat(), value));
    }
}

fn call(name: &str, module: &Module) -> Block {
    let source = ["./modules/", name].concat();
    Block::builder("module")
        .add_label(name)
        .add_attribute(tree::attr("source", source))
        .add_attributes(
            module.inputs.keys().map(|input| tree::attr(input, tree::path("var", &[name, input]))),
        )
        .build()
}

fn check(name: &str, module: &Module) -> Vec<String> {
    let mut findings = Vec::new();
    for input in module.inputs.keys() {
        if RESERVED.contains(&input.as_str()) || !is_identifier(input) {
            findings.push(format!(
                "module \"{name}\" has an input \"{input}\": an input is a variable of the module, made of letters, digits, _ and -, and none of {}. Rename the variable",
                RESERVED.join(", ")
            ));
        }
    }
    for output in module.outputs.iter().filter(|output| !is_identifier(output)) {
        findings.push(format!(
            "module \"{name}\" lists an output \"{output}\": an output's name is made of letters, digits, _ and -. Correct module.outputs"
        ));
    }
    findings
}

/// True for names that need no escaping anywhere in the configuration.
fn is_identifier(text: &str) -> bool {
    text.is_ascii() && Identifier::new(text).is_ok()
}

/// A finding when the resource's name cannot be a variable of the root.
pub(super) fn check_name(resource: &Resource) -> Option<String> {
    let name = resource.name.as_str();
    let plain = name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if RESERVED.contains(&name) {
        return Some(format!(
            "\"{name}\" cannot be the name of a resource: the engine keeps this word for itself. Choose another name"
        ));
    }
    (!plain || name.len() > 63 || !is_identifier(name)).then(|| {
        format!("\"{name}\" cannot be the name of a resource: a name is at most 63 lower-case letters, digits and hyphens, beginning with a letter. Rename it")
    })
}
