//! The changes of a plan, as far as their price is concerned.

use super::book::OTHER;
use super::sheet::Which;
use super::view::View;
use serde_json::Value;
use std::collections::HashMap;

/// What becomes of a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Action {
    /// It stays as it is.
    NoOp,
    /// It is made.
    Create,
    /// It is changed in place.
    Update,
    /// It is deleted and made again.
    Replace,
    /// It is deleted.
    Delete,
    /// It is managed no more; it goes on existing, and costing.
    Forget,
}

/// One entry of `resource_changes`.
#[derive(Debug)]
pub(super) struct Change<'a> {
    pub(super) address: &'a str,
    pub(super) type_: &'a str,
    pub(super) cloud: &'static str,
    pub(super) action: Action,
    before: &'a Value,
    after: &'a Value,
    unknown: &'a Value,
}

/// A plan: its changes, and how resources name each other.
#[derive(Debug)]
pub(super) struct Plan<'a> {
    pub(super) changes: Vec<Change<'a>>,
    by_address: HashMap<&'a str, usize>,
    configuration: &'a Value,
}

impl<'a> Plan<'a> {
    /// Reads plan JSON. Data sources cost nothing and are left out; entries that are none are skipped: the
    /// plan was judged readable before it came here.
    pub(super) fn read(plan: &'a Value) -> Self {
        let entries = plan.get("resource_changes").and_then(Value::as_array).map(Vec::as_slice);
        let changes: Vec<Change> = entries.unwrap_or_default().iter().filter_map(Change::read).collect();
        let mut by_address = HashMap::new();
        for (at, change) in changes.iter().enumerate() {
            // What is left of an earlier replacement comes later under the same address.
            by_address.entry(change.address).or_insert(at);
        }
        Self { changes, by_address, configuration: plan.get("configuration").unwrap_or(&Value::Null) }
    }

    /// The resource that an argument of another names, found through the configuration: `path` leads from the
    /// resource's expressions to the argument.
    pub(super) fn named_by(&self, change: &Change, path: &[&str]) -> Option<&Change<'a>> {
        let (modules, local) = split(change.address);
        let mut module = self.configuration.get("root_module")?;
        for name in &modules {
            module = module.get("module_calls")?.get(without_index(name))?.get("module")?;
        }
        let resources = module.get("resources")?.as_array()?;
        let local = without_index(local);
        let resource = resources.iter().find(|r| r.get("address").and_then(Value::as_str) == Some(local))?;
        let mut argument = resource.get("expressions")?;
        for key in path {
            argument = match argument {
                Value::Array(items) => items.first()?.get(key)?,
                other => other.get(key)?,
            };
        }
        let prefix: String = modules.iter().map(|name| ["module.", name, "."].concat()).collect();
        let references = argument.get("references")?.as_array()?;
        references.iter().filter_map(Value::as_str).find_map(|reference| {
            let wanted = [prefix.as_str(), reference].concat();
            let exact = self.by_address.get(wanted.as_str()).copied();
            // With `count` or `for_each` all instances are alike as far as the type goes.
            let any = || self.changes.iter().position(|c| without_index(c.address) == wanted);
            self.changes.get(exact.or_else(any)?)
        })
    }
}

impl<'a> Change<'a> {
    fn read(entry: &'a Value) -> Option<Self> {
        let text = |key: &str| entry.get(key).and_then(Value::as_str);
        if text("mode") == Some("data") {
            return None;
        }
        let (address, type_, change) = (text("address")?, text("type")?, entry.get("change")?);
        let value = |key: &str| change.get(key).unwrap_or(&Value::Null);
        let before = value("before");
        Some(Self {
            address,
            type_,
            cloud: cloud_of(type_),
            action: action(type_, change, before),
            before,
            after: value("after"),
            unknown: value("after_unknown"),
        })
    }

    /// There is something on this side.
    pub(super) fn exists(&self, side: Which) -> bool {
        match side {
            Which::Before => !matches!(self.action, Action::Create) && !self.before.is_null(),
            Which::After => !matches!(self.action, Action::Delete),
        }
    }

    /// The environment that the resource's labels or tags name, lower case.
    pub(super) fn environment(&self, side: Which) -> Option<String> {
        let view = self.view(side);
        for list in ["effective_labels", "labels", "tags_all", "tags"] {
            let Ok(Some(Value::Object(labels))) = view.get(list) else { continue };
            let named = labels
                .iter()
                .find(|(key, _)| ["env", "environment"].iter().any(|name| key.eq_ignore_ascii_case(name)));
            if let Some(Value::String(text)) = named.map(|(_, value)| value) {
                return Some(text.to_ascii_lowercase());
            }
        }
        None
    }

    /// The values of a side. What is forgotten stays as it is.
    pub(super) fn view(&self, side: Which) -> View<'a> {
        match (side, self.action) {
            (Which::Before, _) | (Which::After, Action::Forget) => View::new(self.before, &Value::Null),
            (Which::After, _) => View::new(self.after, self.unknown),
        }
    }
}

fn action(type_: &str, change: &Value, before: &Value) -> Action {
    let actions = change.get("actions").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let has = |action: &str| actions.iter().any(|a| a.as_str() == Some(action));
    // On google a deletion under this policy only drops the resource from the state.
    let abandoned = type_.starts_with("google_")
        && before.get("deletion_policy").and_then(Value::as_str) == Some("ABANDON");
    match () {
        () if has("create") && (has("delete") || has("forget")) => Action::Replace,
        () if has("forget") || (has("delete") && abandoned) => Action::Forget,
        () if has("delete") => Action::Delete,
        () if has("create") => Action::Create,
        () if has("update") => Action::Update,
        () => Action::NoOp,
    }
}

/// The cloud whose prices hold for a type.
fn cloud_of(type_: &str) -> &'static str {
    match type_.split('_').next() {
        Some("google") => "gcp",
        Some("aws") => "aws",
        Some("azurerm") => "azure",
        _ => OTHER,
    }
}

/// The modules of an address, with their indices, and the resource's own part.
fn split(address: &str) -> (Vec<&str>, &str) {
    let (mut modules, mut rest) = (Vec::new(), address);
    while let Some(inner) = rest.strip_prefix("module.") {
        let Some(end) = end_of_part(inner) else { break };
        let (name, after) = inner.split_at(end);
        modules.push(name);
        rest = after.strip_prefix('.').unwrap_or(after);
    }
    (modules, rest)
}

/// Where the first part of an address ends: at a point outside of brackets and quotes.
fn end_of_part(text: &str) -> Option<usize> {
    let (mut quoted, mut escaped) = (false, false);
    for (at, c) in text.char_indices() {
        match c {
            '.' if !quoted => return Some(at),
            '"' if !escaped => quoted = !quoted,
            _ => {}
        }
        escaped = c == '\\' && !escaped;
    }
    None
}

/// An address without the index at its end.
fn without_index(address: &str) -> &str {
    if address.ends_with(']') {
        address.rfind('[').and_then(|at| address.get(..at)).unwrap_or(address)
    } else {
        address
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_come_apart_at_their_modules() {
        assert_eq!(split("aws_lb.a"), (vec![], "aws_lb.a"));
        assert_eq!(split("module.a[\"x.y\"].module.b.aws_lb.c[0]"), (vec!["a[\"x.y\"]", "b"], "aws_lb.c[0]"));
        assert_eq!(without_index("aws_lb.c[\"k.l\"]"), "aws_lb.c");
    }
}
