//! What hangs on a resource: whatever depends on it in the state that the plan was made from, directly or through
//! others.

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Who depends on whom, by address without instance keys.
#[derive(Debug, Default)]
pub struct Dependents {
    /// Addresses, instances and all, that depend directly on the key.
    direct: BTreeMap<String, BTreeSet<String>>,
}

impl Dependents {
    /// Reads `prior_state` of a plan in JSON; without one, nothing hangs on anything.
    pub fn of(plan: &Value) -> Self {
        let mut dependents = Self::default();
        if let Some(root) = plan.pointer("/prior_state/values/root_module") {
            dependents.module(root);
        }
        dependents
    }

    fn module(&mut self, module: &Value) {
        let list = |key: &str| module.get(key).and_then(Value::as_array).into_iter().flatten();
        for resource in list("resources") {
            let Some(address) = resource.get("address").and_then(Value::as_str) else { continue };
            let on = resource.get("depends_on").and_then(Value::as_array).into_iter().flatten();
            for target in on.filter_map(Value::as_str) {
                self.direct.entry(bare(target)).or_default().insert(address.to_owned());
            }
        }
        for child in list("child_modules") {
            self.module(child);
        }
    }

    /// Everything that depends on this address, sorted; data sources, which are only read, are left out.
    pub fn on(&self, address: &str) -> Vec<String> {
        let mut found = BTreeSet::new();
        let mut next = vec![bare(address)];
        while let Some(target) = next.pop() {
            for dependent in self.direct.get(&target).into_iter().flatten() {
                if bare(dependent) != bare(address) && found.insert(dependent.clone()) {
                    next.push(bare(dependent));
                }
            }
        }
        found.into_iter().filter(|found| !found.split('.').any(|word| word == "data")).collect()
    }
}

/// An address without instance keys: `module.a[0].t.n["x.y"]` is `module.a.t.n`.
fn bare(address: &str) -> String {
    let (mut out, mut depth, mut quoted) = (String::new(), 0_usize, false);
    let mut escaped = false;
    for letter in address.chars() {
        match letter {
            '"' if depth > 0 && !escaped => quoted = !quoted,
            '[' if !quoted => depth = depth.saturating_add(1),
            ']' if !quoted => depth = depth.saturating_sub(1),
            letter if depth == 0 => out.push(letter),
            _ => {}
        }
        escaped = letter == '\\' && !escaped;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_hangs_on_a_network_is_found_through_others() {
        let plan = json!({"prior_state": {"values": {"root_module": {
            "resources": [
                {"address": "net.main", "depends_on": []},
                {"address": "subnet.main_a[\"x.y]\"]", "depends_on": ["net.main"]},
                {"address": "data.image.one", "depends_on": ["net.main"]},
            ],
            "child_modules": [{"resources": [
                {"address": "module.web[0].vm.web", "depends_on": ["subnet.main_a"]},
            ]}],
        }}}});
        let dependents = Dependents::of(&plan);
        assert_eq!(dependents.on("net.main"), ["module.web[0].vm.web", "subnet.main_a[\"x.y]\"]"]);
        assert_eq!(dependents.on("subnet.main_a[\"x.y]\"]"), ["module.web[0].vm.web"]);
        assert!(dependents.on("module.web[0].vm.web").is_empty());
        assert!(Dependents::of(&json!({})).on("net.main").is_empty());
    }

    #[test]
    fn a_circle_ends() {
        let plan = json!({"prior_state": {"values": {"root_module": {"resources": [
            {"address": "a.a", "depends_on": ["b.b"]}, {"address": "b.b", "depends_on": ["a.a"]},
        ]}}}});
        assert_eq!(Dependents::of(&plan).on("a.a"), ["b.b"]);
    }
}
