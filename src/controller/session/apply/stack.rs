//! Who holds a stack, and what its head says.

use super::{
    super::facts::{HeadOutcome, Observed, Unresolved, project_owner},
    conflict, namespace,
};
use crate::{
    api::{
        CloudProject,
        project::{Holder, StackStatus},
    },
    blob::{
        BlobStore, Owner,
        head::{load_owned, update_head},
        report,
    },
    controller::{Context, ReconcileError},
    domain::state::{self, BlobRef, NewRevision, StackHead},
    wire::Refusal,
};
use kube::{Api, ResourceExt, api::PostParams};

/// Changes this session's stack in the project's status by compare-and-swap.
async fn stack(
    context: &Context,
    seen: &Observed,
    change: impl FnOnce(&mut StackStatus) -> Result<(), ReconcileError>,
) -> Result<(), ReconcileError> {
    let api: Api<CloudProject> = Api::namespaced(context.client.clone(), &namespace(seen));
    let Some(mut project) = api.get_opt(&seen.session.spec.project).await? else { return Ok(()) };
    let status = project.status.get_or_insert_default();
    let name = &seen.session.spec.stack;
    if !status.stacks.iter().any(|s| s.name == *name) {
        status.stacks.push(StackStatus { name: name.clone(), ..StackStatus::default() });
    }
    if let Some(entry) = status.stacks.iter_mut().find(|s| s.name == *name) {
        change(entry)?;
    }
    status.resource_count = status.stacks.iter().map(|s| s.resource_count).sum();
    // `replace` carries the resourceVersion that was read: of two sessions, one gets the stack.
    api.replace_status(&seen.session.spec.project, &PostParams::default(), &project).await?;
    Ok(())
}

pub async fn hold(context: &Context, seen: &Observed) -> Result<(), ReconcileError> {
    let ours = Holder { session: seen.session.name_any(), uid: seen.uid() };
    stack(context, seen, |entry| match &entry.held_by {
        Some(holder) if holder.uid != ours.uid => Err(conflict("the stack was taken by another session")),
        _ => {
            entry.held_by = Some(ours);
            Ok(())
        }
    })
    .await
}

pub async fn release(
    context: &Context,
    seen: &Observed,
    unresolved: Unresolved,
) -> Result<(), ReconcileError> {
    let uid = seen.uid();
    let holder = Holder { session: seen.session.name_any(), uid: uid.clone() };
    let fresh = match &seen.project {
        Some(project) => {
            Some(load_owned(&context.client, &project_owner(project), &seen.session.spec.stack).await?)
        }
        None => None,
    };
    if fresh.as_ref().is_some_and(|head| head.serial() != seen.head.serial()) {
        return Err(conflict("the state moved while it was read"));
    }
    stack(context, seen, |entry| {
        if entry.held_by.as_ref().is_some_and(|h| h.uid == uid) {
            entry.held_by = None;
        }
        if let Some(head) = &fresh {
            entry.state_serial = head.serial();
            entry.revision = head.revisions.last().map_or(0, |r| r.number);
            match unresolved {
                Unresolved::Keep => {}
                Unresolved::Open => entry.unresolved = Some(holder),
                Unresolved::Settled => entry.unresolved = None,
            }
        }
        if !seen.inventory.is_empty()
            || fresh.as_ref().is_some_and(|h| h.versions.last().is_some_and(|v| v.resources == 0))
        {
            entry.resource_count = i32::try_from(seen.inventory.len()).unwrap_or(i32::MAX);
            entry.resources = seen.inventory.iter().take(256).cloned().collect();
        }
        Ok(())
    })
    .await
}

/// Frees the stack of a session that is gone with all its pods. That an apply was open is noted before the head
/// forgets it.
pub async fn take_over(context: &Context, seen: &Observed, gone: &Holder) -> Result<(), ReconcileError> {
    let Some(project) = &seen.project else { return Ok(()) };
    let open = seen.head.applying.as_ref().is_some_and(|a| a.session == gone.uid);
    let still = |entry: &StackStatus| {
        let same = entry.held_by.as_ref() == Some(gone);
        if same { Ok(()) } else { Err(conflict("the stack was taken by another session")) }
    };
    if open {
        stack(context, seen, |entry| {
            still(entry)?;
            entry.unresolved = Some(gone.clone());
            Ok(())
        })
        .await?;
    }
    change_head(context, project, &seen.session.spec.stack, |head| Ok(state::abandon(head, &gone.uid)))
        .await?;
    stack(context, seen, |entry| {
        still(entry)?;
        entry.held_by = None;
        Ok(())
    })
    .await?;
    tracing::warn!(
        namespace = namespace(seen),
        session = gone.session,
        uid = gone.uid,
        unresolved = open,
        "freed the stack of a session that is gone"
    );
    Ok(())
}

/// Records at the head that a Job is over: whoever held its lock is dead, and what was applied is a revision.
pub async fn settle(
    context: &Context,
    seen: &Observed,
    job: &str,
    outcome: &HeadOutcome,
) -> Result<(), ReconcileError> {
    let Some(project) = &seen.project else { return Ok(()) };
    let status = seen.session.status.as_ref();
    let planned = status.and_then(|s| s.plan.as_ref()?.digest.clone()).unwrap_or_default();
    let new = match outcome {
        HeadOutcome::Nothing => None,
        HeadOutcome::Applied { bundle, .. } | HeadOutcome::Adopted { bundle, .. } => {
            Some(revision(context, seen, project, bundle).await?)
        }
    };
    let uid = seen.uid();
    let settled = change_head(context, project, &seen.session.spec.stack, |head| {
        if let Some(pod) = head.lock.as_ref().filter(|lock| lock.job == job).map(|lock| lock.pod_uid.clone())
        {
            state::release(head, &pod);
        }
        match (outcome, &new) {
            (HeadOutcome::Adopted { plan_digest, .. }, Some(new)) => {
                state::adopt(head, &uid, plan_digest, new)
            }
            (HeadOutcome::Applied { plan_digest, .. }, new) => {
                state::settle(head, &uid, plan_digest, new.as_ref())
            }
            _ => state::settle(head, &uid, &planned, None),
        }
    })
    .await?;
    for blob in &settled.dropped {
        context.blobs.delete(&namespace(seen), blob).await?;
    }
    Ok(())
}

/// The session may go; its bundle stays with the project, since a destroy needs it, and with it the lock file
/// that its plan made.
async fn revision(
    context: &Context,
    seen: &Observed,
    project: &CloudProject,
    bundle: &BlobRef,
) -> Result<NewRevision, ReconcileError> {
    let namespace = namespace(seen);
    let mut made = super::super::bundle::read(context, &namespace, bundle).await?;
    if let Some(blob) = lock_file(context, seen, &namespace).await? {
        // Without it the next plan makes another.
        match context.blobs.get(&namespace, &blob).await {
            Ok(text) => made.lock_file = String::from_utf8(text).ok(),
            Err(error) if error.is_damage() => tracing::warn!(%error, "the lock file is lost"),
            Err(error) => return Err(error.into()),
        }
    }
    let bytes = serde_json::to_vec(&made).map_err(|error| ReconcileError::Bug(error.to_string()))?;
    let bundle = context.blobs.put(&project_owner(project), "revision", &bytes).await?;
    Ok(NewRevision { session: seen.session.name_any(), bundle })
}

async fn lock_file(
    context: &Context,
    seen: &Observed,
    namespace: &str,
) -> Result<Option<BlobRef>, ReconcileError> {
    let Some(plan) = seen.session.status.as_ref().and_then(|s| s.plan.as_ref()) else { return Ok(None) };
    let told: Option<report::StoredPlanReport> =
        report::get_report(&context.client, namespace, &plan.job, &seen.uid()).await?;
    Ok(told.and_then(|told| told.lock_file))
}

async fn change_head<T>(
    context: &Context,
    project: &CloudProject,
    stack: &str,
    change: impl FnMut(&mut StackHead) -> Result<T, Refusal>,
) -> Result<T, ReconcileError> {
    let owner: Owner = project_owner(project);
    update_head(&context.client, &owner, stack, change)
        .await?
        .map_err(|refusal| ReconcileError::Bug(refusal.to_string()))
}
