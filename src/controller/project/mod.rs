//! One project: is what it asks for there, and may it go?

mod namespace;

use super::{Context, ReconcileError};
use crate::{
    api::{CloudProject, CloudProjectSpec, Conditions, condition::NewCondition},
    domain::catalogue,
    names::{PROJECT_FINALIZER, condition, reason},
    platform::admission,
};
use kube::{
    Api, ResourceExt,
    api::{Patch, PatchParams, PostParams},
    runtime::controller::Action,
};
use serde_json::json;
use std::{sync::Arc, time::Duration};

/// What is wrong with a project: all of it, each a sentence with the way out.
pub fn findings(spec: &CloudProjectSpec, engine_found: bool) -> Vec<String> {
    let regions = std::iter::once(&spec.region).chain(&spec.regions);
    let mut found: Vec<String> =
        regions.filter_map(|r| catalogue::unknown_region(spec.provider, r)).collect();
    if !engine_found {
        let version = spec.engine.version.as_deref().unwrap_or("of any version");
        found.push(format!(
            "engine {} {version} is not installed: choose one that the chart lists, or add it there",
            spec.engine.kind.as_str()
        ));
    }
    found
}

/// Judges one project.
pub async fn reconcile(cached: Arc<CloudProject>, context: Arc<Context>) -> Result<Action, ReconcileError> {
    let namespace = cached.namespace().unwrap_or_default();
    let api: Api<CloudProject> = Api::namespaced(context.client.clone(), &namespace);
    let Some(mut project) = api.get_opt(&cached.name_any()).await? else { return Ok(Action::await_change()) };
    let name = project.name_any();
    let deleting = project.metadata.deletion_timestamp.is_some();
    let kept = project.finalizers().iter().any(|f| f == PROJECT_FINALIZER);
    if !deleting && !kept {
        set_finalizer(&api, &project, true).await?;
        return Ok(Action::requeue(Duration::ZERO));
    }
    let (count, busy) = holds(&project);
    namespace::guard(&context, &project).await?;
    if deleting && count == 0 && !busy {
        if kept {
            set_finalizer(&api, &project, false).await?;
        }
        return Ok(Action::await_change());
    }
    let before = project.status.clone().unwrap_or_default();
    let protected = match admission::protects(&context.client, &namespace).await {
        Ok(protected) => Some(protected),
        // In a namespace that is being deleted, say, where nothing is created. What is known stays.
        Err(error) => {
            tracing::warn!(namespace, name, %error, "cannot tell whether forged names are refused");
            None
        }
    };
    judge(&mut project, &context, protected, deleting.then_some((count, busy)));
    if project.status.as_ref() != Some(&before) {
        api.replace_status(&name, &PostParams::default(), &project).await?;
    }
    Ok(Action::requeue(Duration::from_mins(5)))
}

/// How many resources a project holds, and whether more may come: a session holds a stack, or nobody knows how an
/// apply ended.
fn holds(project: &CloudProject) -> (i32, bool) {
    let Some(status) = &project.status else { return (0, false) };
    let busy = status.stacks.iter().any(|stack| stack.held_by.is_some() || stack.unresolved.is_some());
    (status.resource_count, busy)
}

fn judge(
    project: &mut CloudProject,
    context: &Context,
    protected: Option<bool>,
    blocked: Option<(i32, bool)>,
) {
    let now = context.clock.now();
    let engine = context.engine(&project.spec);
    let found = findings(&project.spec, engine.is_some());
    let generation = project.metadata.generation.unwrap_or_default();
    let status = project.status.get_or_insert_default();
    status.observed_generation = Some(generation);
    status.engine = engine.map(|e| format!("{} {}", e.kind.as_str(), e.version));
    let ready = found.is_empty();
    let (reason, message) = if ready {
        (reason::READY, "sessions can be planned".to_owned())
    } else {
        (reason::INVALID, found.join("; "))
    };
    let wanted = NewCondition { kind: condition::READY, status: ready, reason, message, generation };
    status.conditions.set(wanted, now);
    if let Some(protected) = protected {
        let (reason, message) = if protected {
            (reason::ADMISSION_PROTECTED, "forged names are refused")
        } else {
            tracing::error!(
                reason = reason::ADMISSION_UNPROTECTED,
                "an admission policy of the chart is not in force: nothing is applied"
            );
            (
                reason::ADMISSION_UNPROTECTED,
                "the cluster accepts sessions in another's name, so nothing is applied: have the chart installed again",
            )
        };
        let wanted = NewCondition {
            kind: condition::PROTECTED,
            status: protected,
            reason,
            message: message.to_owned(),
            generation,
        };
        status.conditions.set(wanted, now);
    }
    if let Some((count, busy)) = blocked {
        let message = if busy {
            "a session holds a stack, or an apply ended unknown: let the session end, and settle the stack by a new session".to_owned()
        } else {
            format!("{count} resources exist: a session with action Destroy removes them")
        };
        let kind = condition::DELETION_BLOCKED;
        let wanted =
            NewCondition { kind, status: true, reason: reason::HOLDS_RESOURCES, message, generation };
        status.conditions.set(wanted, now);
    }
}

async fn set_finalizer(
    api: &Api<CloudProject>,
    project: &CloudProject,
    keep: bool,
) -> Result<(), ReconcileError> {
    let mut list: Vec<String> =
        project.finalizers().iter().filter(|f| *f != PROJECT_FINALIZER).cloned().collect();
    if keep {
        list.push(PROJECT_FINALIZER.to_owned());
    }
    let body = json!({ "metadata": {
        "uid": project.uid(), "resourceVersion": project.resource_version(), "finalizers": list,
    } });
    api.patch(&project.name_any(), &PatchParams::default(), &Patch::Merge(&body)).await?;
    Ok(())
}
