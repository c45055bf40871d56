//! The changes of a plan, the gravest first, and their counts.

use super::dependents::Dependents;
use crate::api::session::{ChangeAction, Impact, PlanSummary, PlannedChange};
use crate::terraform::impact;
use serde::Deserialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// What a plan would do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanView {
    /// Every change, the gravest first. Resources that stay as they are do not appear.
    pub changes: Vec<PlannedChange>,
    /// Counts; reads and forgotten resources are not counted.
    pub summary: PlanSummary,
    /// There is something to apply, be it an output, a move or an import alone.
    pub has_changes: bool,
    /// Everything that the state manages is deleted or forgotten, and nothing is made.
    pub empties: bool,
    /// The engine failed while planning. [`read`] refuses such plans, so here it is false.
    pub errored: bool,
}

#[derive(Deserialize)]
struct Plan {
    format_version: String,
    #[serde(default)]
    errored: bool,
    #[serde(default)]
    resource_changes: Vec<Resource>,
    #[serde(default)]
    output_changes: BTreeMap<String, Output>,
}

#[derive(Deserialize)]
struct Output {
    #[serde(default)]
    actions: Vec<String>,
}

#[derive(Deserialize)]
struct Resource {
    address: String,
    #[serde(default)]
    deposed: Option<String>,
    #[serde(default)]
    previous_address: Option<String>,
    #[serde(default)]
    mode: String,
    #[serde(rename = "type")]
    type_: String,
    #[serde(default)]
    action_reason: Option<String>,
    change: Change,
}

#[derive(Deserialize)]
struct Change {
    actions: Vec<String>,
    #[serde(default)]
    before: Value,
    #[serde(default)]
    after: Value,
    #[serde(default)]
    after_unknown: Value,
    #[serde(default)]
    replace_paths: Vec<Vec<Value>>,
    #[serde(default)]
    importing: Option<Value>,
}

/// What the plan would do. Refuses plans of another format, plans that failed, and actions that are not
/// known: what cannot be understood cannot be approved.
pub fn read(plan: &Value) -> Result<PlanView, String> {
    let dependents = Dependents::of(plan);
    let plan = Plan::deserialize(plan).map_err(|_| {
        "the plan's JSON form cannot be read: it is not what OpenTofu or Terraform write. Plan anew with an engine version that the chart lists".to_owned()
    })?;
    if plan.format_version.split('.').next() != Some("1") {
        return Err(format!(
            "the plan has format {}, but only format 1 is known: choose an engine version that the chart lists",
            plan.format_version
        ));
    }
    if plan.errored {
        return Err("the engine failed while planning, so the plan is incomplete and cannot be approved: correct the errors it reports and plan anew".to_owned());
    }
    view(&plan, &dependents)
}

fn view(plan: &Plan, dependents: &Dependents) -> Result<PlanView, String> {
    let mut summary = PlanSummary::default();
    let mut changes = Vec::new();
    let mut has_changes =
        plan.output_changes.values().any(|output| output.actions.iter().any(|a| a != "no-op"));
    let (mut gone, mut stays) = (false, false);
    for resource in &plan.resource_changes {
        let action = action(resource)?;
        let managed = resource.mode != "data";
        let moved = resource.previous_address.as_ref().is_some_and(|previous| *previous != resource.address);
        has_changes |= moved || resource.change.importing.is_some();
        has_changes |= !matches!(action, None | Some(ChangeAction::Read));
        let leaves = matches!(action, Some(ChangeAction::Destroy | ChangeAction::Forget));
        gone |= managed && leaves;
        stays |= managed && !leaves;
        if let Some(action) = action {
            count(&mut summary, action);
            changes.push(change(resource, action, dependents));
        }
    }
    changes.sort_by(|a: &PlannedChange, b| rank(b).cmp(&rank(a)).then_with(|| a.address.cmp(&b.address)));
    summary.text =
        format!("+{} ~{} ±{} -{}", summary.create, summary.update, summary.replace, summary.destroy);
    Ok(PlanView { changes, summary, has_changes, empties: gone && !stays, errored: false })
}

/// What the engine does; actions are a set. `None`: nothing.
fn action(resource: &Resource) -> Result<Option<ChangeAction>, String> {
    let set: BTreeSet<&str> = resource.change.actions.iter().map(String::as_str).collect();
    let has = |action: &str| set.contains(action);
    let known = ["no-op", "read", "create", "update", "delete", "forget"];
    if let Some(other) = set.iter().find(|action| !known.contains(action)) {
        return Err(format!(
            "the plan wants to {other} {}, an action that is not known: choose an engine version that the chart lists",
            resource.address
        ));
    }
    // On google a deletion under this policy only drops the resource from the state.
    let abandoned = resource.type_.starts_with("google_")
        && resource.change.before.get("deletion_policy").and_then(Value::as_str) == Some("ABANDON");
    Ok(match () {
        () if has("create") && (has("delete") || has("forget")) => Some(ChangeAction::Replace),
        () if has("delete") && !abandoned => Some(ChangeAction::Destroy),
        () if has("delete") || has("forget") => Some(ChangeAction::Forget),
        () if has("create") => Some(ChangeAction::Create),
        () if has("update") => Some(ChangeAction::Update),
        () if has("read") => Some(ChangeAction::Read),
        () => None,
    })
}

fn count(summary: &mut PlanSummary, action: ChangeAction) {
    let slot = match action {
        ChangeAction::Create => &mut summary.create,
        ChangeAction::Update => &mut summary.update,
        ChangeAction::Replace => &mut summary.replace,
        ChangeAction::Destroy => &mut summary.destroy,
        ChangeAction::Read | ChangeAction::Forget => return,
    };
    *slot = slot.saturating_add(1);
}

/// Dependents that a change lists.
const DEPENDENTS: usize = 16;

fn change(resource: &Resource, action: ChangeAction, dependents: &Dependents) -> PlannedChange {
    let change = &resource.change;
    let changed = paths(change);
    let address = match &resource.deposed {
        Some(key) => format!("{} (deposed {key})", resource.address),
        None => resource.address.clone(),
    };
    let hangs = match action {
        ChangeAction::Replace | ChangeAction::Destroy => dependents.on(&resource.address),
        _ => Vec::new(),
    };
    PlannedChange {
        dependents: hangs.into_iter().take(DEPENDENTS).map(|a| a.chars().take(512).collect()).collect(),
        address: cut(&address, 512),
        action,
        impact: impact::of(&resource.type_, action, &changed, &change.before, &change.after),
        reasons: reasons(resource, action),
    }
}

/// The attributes that force a replacement; without any, the engine's word for why.
fn reasons(resource: &Resource, action: ChangeAction) -> Vec<String> {
    let paths = resource.change.replace_paths.iter().map(|path| {
        let parts = path.iter().map(|part| part.as_str().map_or_else(|| part.to_string(), str::to_owned));
        parts.collect::<Vec<_>>().join(".")
    });
    let mut reasons: Vec<String> =
        paths.filter(|path| !path.is_empty()).map(|path| cut(&path, 256)).collect();
    if reasons.is_empty() && action != ChangeAction::Read {
        reasons.extend(resource.action_reason.as_deref().map(|reason| cut(reason, 256)));
    }
    reasons.sort_unstable();
    reasons.dedup();
    reasons.truncate(16);
    reasons
}

/// The paths that differ, without list positions.
fn paths(change: &Change) -> Vec<String> {
    let mut found = BTreeSet::new();
    differ(&mut found, "", &change.before, &change.after, &change.after_unknown);
    found.into_iter().collect()
}

fn differ(found: &mut BTreeSet<String>, path: &str, before: &Value, after: &Value, unknown: &Value) {
    match (before, after) {
        _ if *unknown == Value::Bool(true) => {
            found.insert(path.to_owned());
        }
        (Value::Object(b), Value::Object(a)) => {
            let keys: BTreeSet<&String> = b
                .keys()
                .chain(a.keys())
                .chain(unknown.as_object().into_iter().flat_map(|u| u.keys()))
                .collect();
            for key in keys {
                let below = if path.is_empty() { key.clone() } else { [path, ".", key].concat() };
                let [b, a, unknown] =
                    [b.get(key), a.get(key), unknown.get(key)].map(|v| v.unwrap_or(&Value::Null));
                differ(found, &below, b, a, unknown);
            }
        }
        (Value::Array(b), Value::Array(a)) if b.len() == a.len() => {
            for (index, (b, a)) in b.iter().zip(a).enumerate() {
                let unknown = unknown.get(index).unwrap_or(&Value::Null);
                differ(found, path, b, a, unknown);
            }
        }
        (before, after) if before != after => {
            found.insert(path.to_owned());
        }
        _ => {}
    }
}

/// Forgotten resources come before changes in place: they go on existing, unmanaged.
fn rank(change: &PlannedChange) -> (Impact, bool) {
    match change.action {
        ChangeAction::Forget => (Impact::Reboot, true),
        _ => (change.impact, false),
    }
}

fn cut(text: &str, length: usize) -> String {
    text.chars().take(length).collect()
}

#[cfg(test)]
#[path = "read_tests.rs"]
mod tests;
