//! The guard on configuration files.

use super::{DATA, DATA_WHY, PROVISIONER_WHY, expr, source};
use hcl::edit::{
    expr::{Expression, ObjectKey},
    structure::{Block, Body},
};
use std::collections::{BTreeMap, BTreeSet};

/// Blocks that may stand at the top of a file.
const BLOCKS: [&str; 13] = [
    "terraform",
    "provider",
    "variable",
    "locals",
    "output",
    "module",
    "resource",
    "data",
    "ephemeral",
    "check",
    "moved",
    "import",
    "removed",
];

/// Sources by local name, for one folder.
type Sources = BTreeMap<String, String>;

/// Findings on all files at once, sorted: what is never run, and what cannot be read. Empty when the engine
/// may see them.
pub fn check_files(files: &BTreeMap<String, String>, allowed_providers: &[String]) -> Vec<String> {
    let mut findings = Vec::new();
    let mut bodies = Vec::new();
    for (path, text) in files {
        findings.extend(check_path(path));
        if !super::is_config(path) {
            findings.extend(expr::check_template(path, text));
            continue;
        }
        match text.parse::<Body>() {
            Ok(body) => bodies.push((path.as_str(), body)),
            Err(error) => findings.push(format!(
                "{path} cannot be read: line {}, column {} is not valid configuration. Correct it",
                error.location().line(),
                error.location().column()
            )),
        }
    }
    let sources = sources(&bodies);
    for (path, body) in &bodies {
        let check = Check { path, sources: sources.get(folder(path)), allowed: allowed_providers };
        check.body(body, &mut findings);
        findings.extend(expr::check(path, body));
    }
    findings.sort();
    findings.dedup();
    findings
}

/// Providers that the files use, by source without the usual host. Files that cannot be read say nothing.
pub fn required(files: &BTreeMap<String, String>) -> BTreeSet<String> {
    let parsed = files.iter().filter(|(path, _)| super::is_config(path));
    let bodies: Vec<(&str, Body)> =
        parsed.filter_map(|(path, text)| Some((path.as_str(), text.parse().ok()?))).collect();
    let sources = sources(&bodies);
    let mut all: BTreeSet<String> =
        sources.values().flat_map(|s| s.values()).map(|s| source::normal(s)).collect();
    for (path, body) in &bodies {
        let check = Check { path, sources: sources.get(folder(path)), allowed: &[] };
        all.extend(body.blocks().filter_map(local).map(|local| source::normal(&check.source(&local))));
    }
    all
}

fn check_path(path: &str) -> Option<String> {
    let name = path.rsplit('/').next().unwrap_or(path);
    if !super::is_safe_path(path) {
        return Some(format!(
            "{path:?} is not a path inside the module: no part of it may be empty or begin with a dot. Rename the file"
        ));
    }
    let ends = |endings: &[&str]| endings.iter().any(|ending| name.ends_with(ending));
    if ends(&[".tf.json", ".tofu", ".tofu.json"]) {
        return Some(format!(
            "{path} is configuration in a form that is not checked: only files that end in .tf are allowed. Rewrite it as one"
        ));
    }
    if name == "override.tf" || ends(&["_override.tf"]) {
        return Some(format!(
            "{path} overrides other files, so that they no longer say what runs. Write its contents into these files"
        ));
    }
    None
}

fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

fn sources<'a>(bodies: &[(&'a str, Body)]) -> BTreeMap<&'a str, Sources> {
    let mut all: BTreeMap<&str, Sources> = BTreeMap::new();
    for (path, body) in bodies {
        let settings =
            body.get_blocks("terraform").flat_map(|block| block.body.get_blocks("required_providers"));
        for attribute in settings.flat_map(|block| block.body.attributes()) {
            let local = attribute.key.as_str();
            let source = source_of(&attribute.value).unwrap_or_else(|| ["hashicorp/", local].concat());
            all.entry(folder(path)).or_default().insert(local.to_owned(), source);
        }
    }
    all
}

/// The source in an entry of `required_providers`. Where it is not plain to see, it is one that nobody allows.
fn source_of(value: &Expression) -> Option<String> {
    let Expression::Object(object) = value else { return None };
    let key = |key: &ObjectKey| match key {
        ObjectKey::Ident(name) | ObjectKey::Expression(Expression::Variable(name)) => {
            Some(name.as_str().to_owned())
        }
        ObjectKey::Expression(key) => key.as_str().map(str::to_owned),
    };
    let keys: Vec<Option<String>> = object.iter().map(|(name, _)| key(name)).collect();
    let sources = keys.iter().filter(|key| key.as_deref() == Some("source")).count();
    if sources > 1 || keys.iter().any(Option::is_none) {
        return Some(UNCLEAR.to_owned());
    }
    let (_, value) = object.iter().find(|(name, _)| key(name).as_deref() == Some("source"))?;
    Some(value.expr().as_str().unwrap_or(UNCLEAR).to_owned())
}

/// Stands for a source that is not plain text.
const UNCLEAR: &str = "(not plain text)/(unknown)";

/// Local name of the provider that a block uses.
fn local(block: &Block) -> Option<String> {
    let label = block.labels.first()?.as_str();
    match block.ident.as_str() {
        "provider" => Some(label.to_owned()),
        "resource" | "data" | "ephemeral" => {
            let chosen = block.body.get_attribute("provider").map(|a| a.value.to_string());
            let implied = || label.split('_').next().unwrap_or(label).to_owned();
            Some(chosen.map_or_else(implied, |c| {
                c.trim().split(['.', '[']).next().unwrap_or_default().trim_matches('"').to_owned()
            }))
        }
        _ => None,
    }
}

struct Check<'a> {
    path: &'a str,
    sources: Option<&'a Sources>,
    allowed: &'a [String],
}

impl Check<'_> {
    fn body(&self, body: &Body, findings: &mut Vec<String>) {
        for source in self.sources.into_iter().flat_map(|sources| sources.values()) {
            findings.extend(source::refuse(
                &[folder(self.path), "/required_providers"].concat(),
                source,
                self.allowed,
            ));
        }
        for block in body.blocks() {
            let place = self.place(block);
            if !BLOCKS.contains(&block.ident.as_str()) {
                findings.push(format!(
                    "{place} is a block that is not known here, so it cannot be judged. Remove it"
                ));
            }
            if let Some(local) = local(block) {
                findings.extend(source::refuse(&place, &self.source(&local), self.allowed));
            }
            match block.ident.as_str() {
                "terraform" => self.settings(block, findings),
                "module"
                    if !block
                        .body
                        .get_attribute("source")
                        .is_some_and(|a| a.value.as_str().is_some_and(source::is_inside)) =>
                {
                    findings.push(source::refuse_module(&place));
                }
                _ => self.contents(&place, block, findings),
            }
        }
    }

    /// Commands and refused data sources; `check` blocks hold data sources, `removed` blocks provisioners.
    fn contents(&self, place: &str, block: &Block, findings: &mut Vec<String>) {
        let ident = block.ident.as_str();
        let type_ = block.labels.first().map_or("", |label| label.as_str());
        if matches!(ident, "data" | "ephemeral") && DATA.contains(&type_) {
            findings.push(format!("{place} is a data source of type {type_}, which is refused: {DATA_WHY}"));
        }
        for inner in block.body.blocks() {
            match inner.ident.as_str() {
                kind @ ("provisioner" | "connection") => {
                    findings.push(format!("{place} has a {kind} block, which is refused: {PROVISIONER_WHY}"));
                }
                "data" if ident == "check" => {
                    let place = self.place(inner);
                    if let Some(local) = local(inner) {
                        findings.extend(source::refuse(&place, &self.source(&local), self.allowed));
                    }
                    self.contents(&place, inner, findings);
                }
                _ => {}
            }
        }
    }

    fn settings(&self, block: &Block, findings: &mut Vec<String>) {
        for inner in block.body.blocks() {
            let place = self.place(inner);
            let own = inner.ident.as_str() == "backend"
                && inner.has_exact_labels(&["http"])
                && inner.body.is_empty();
            match inner.ident.as_str() {
                "required_providers" | "provider_meta" => {}
                _ if own => {}
                "backend" | "cloud" => findings.push(format!(
                    "{place} says where the state is kept, which is the project's to say. Remove the block"
                )),
                _ => findings.push(format!(
                    "{place} is a setting of the engine that a module may not make. Remove the block"
                )),
            }
        }
    }

    fn source(&self, local: &str) -> String {
        let written = self.sources.and_then(|sources| sources.get(local)).cloned();
        written.unwrap_or_else(|| local.to_owned())
    }

    fn place(&self, block: &Block) -> String {
        let labels = block.labels.iter().map(|label| format!(" \"{}\"", label.as_str()));
        [self.path, ": ", block.ident.as_str()].concat() + &labels.collect::<String>()
    }
}
