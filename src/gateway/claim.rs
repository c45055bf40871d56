//! The claim: one pod begins the apply of one plan, after everything was read afresh.

use super::{App, auth::Caller, auth::Run, error::Fault, parse};
use crate::api::{
    CloudProject, DeploymentSession, Phase,
    session::{Action, PlanStatus},
};
use crate::blob::{Owner, code, head, report::get_report};
use crate::domain::{approval, ids, state, state::Begin};
use crate::names::{annotation, reason};
use crate::platform::admission;
use crate::wire::{ClaimAnswer, ClaimRequest, Refusal};
use axum::Json;
use axum::extract::State;
use bytes::Bytes;
use http::HeaderMap;
use k8s_openapi::api::core::v1::ConfigMap;
use k8s_openapi::jiff::Timestamp;
use kube::api::{Api, PostParams};
use std::collections::BTreeMap;

/// `POST /v1/claim`
pub async fn claim(
    State(app): State<App>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<ClaimAnswer>, Fault> {
    let caller = app.auth.runner(&headers, true).await?;
    caller.only(Run::Apply)?;
    let request: ClaimRequest = parse(&body)?;
    let answer = answer(&app, &caller, &request).await?;
    let said = match &answer {
        ClaimAnswer::Granted => "granted",
        ClaimAnswer::TakenBy(_) => "taken",
        ClaimAnswer::Refused(refusal) => refusal.reason.as_str(),
    };
    tracing::info!(
        namespace = caller.namespace,
        session = caller.session,
        job = caller.job,
        pod = caller.pod_uid,
        plan = request.plan_digest,
        answer = said,
        "answered a claim"
    );
    Ok(Json(answer))
}

async fn answer(app: &App, caller: &Caller, request: &ClaimRequest) -> Result<ClaimAnswer, Fault> {
    let session = app.session(&caller.namespace, &caller.session, &caller.session_uid).await?;
    let project: Option<CloudProject> =
        Api::namespaced(app.client.clone(), &caller.namespace).get_opt(&caller.project).await?;
    let project = project.filter(|p| p.metadata.uid == caller.project_uid && p.metadata.uid.is_some());
    let Some(project) = project else {
        return Ok(ClaimAnswer::Refused(refusal(
            reason::PROJECT_MISSING,
            "The project does not exist. Make it, then plan anew.",
        )));
    };
    let facts = Facts { session: &session, project: &project, now: app.clock.now() };
    let plan = match facts.allow(caller, request) {
        Ok(plan) => plan,
        Err(refusal) => return Ok(ClaimAnswer::Refused(refusal)),
    };
    if !admission::protects(&app.client, &caller.namespace).await? {
        return Ok(ClaimAnswer::Refused(refusal(
            reason::ADMISSION_UNPROTECTED,
            "The cluster accepts sessions in another's name: the admission policy cloud-engine-sessions or its binding is missing, so no approval can be trusted. Nothing was begun. Have the chart installed again, then plan anew.",
        )));
    }
    let owner = caller.project_owner()?;
    let head = head::load_owned(&app.client, &owner, &caller.stack).await?;
    let wish = Begin {
        plan_digest: request.plan_digest.clone(),
        session: caller.session_uid.clone(),
        job: caller.job.clone(),
        pod_uid: caller.pod_uid.clone(),
        serial: plan.state_serial,
        empties: empties(session.spec.action, plan, head.versions.last().map_or(0, |v| v.resources)),
    };
    let report: Option<serde_json::Value> =
        get_report(&app.client, &caller.namespace, &caller.job, &caller.session_uid).await?;
    if report.is_some() {
        return Ok(ClaimAnswer::Refused(refusal(
            reason::ALREADY_REPORTED,
            "This Job reported its end already, so nothing begins in it. Plan anew.",
        )));
    }
    // Before anything is taken: a claim once taken is spent.
    if !head.applies(&caller.pod_uid)
        && let Err(refusal) = state::begin(&mut head.clone(), &wish)
    {
        return Ok(match taken(app, caller, &owner, request).await? {
            Some(pod) if pod != caller.pod_uid => ClaimAnswer::TakenBy(pod),
            _ => ClaimAnswer::Refused(refusal),
        });
    }
    if let Some(pod) = take(app, caller, &owner, request).await?
        && pod != caller.pod_uid
    {
        return Ok(ClaimAnswer::TakenBy(pod));
    }
    let begun =
        head::update_head(&app.client, &owner, &caller.stack, |head| state::begin(head, &wish)).await?;
    Ok(match begun {
        Ok(()) => ClaimAnswer::Granted,
        Err(refusal) => ClaimAnswer::Refused(refusal),
    })
}

/// Creates the claim; `Some` names the pod that has it when it exists already.
async fn take(
    app: &App,
    caller: &Caller,
    owner: &Owner,
    request: &ClaimRequest,
) -> Result<Option<String>, Fault> {
    let name = ids::claim(&owner.uid, &caller.stack, &request.plan_digest);
    let claim = ConfigMap {
        metadata: owner.meta(&name, "claim"),
        immutable: Some(true),
        data: Some(BTreeMap::from([
            ("pod-uid".to_owned(), caller.pod_uid.clone()),
            ("job".to_owned(), caller.job.clone()),
            ("session".to_owned(), caller.session_uid.clone()),
        ])),
        ..ConfigMap::default()
    };
    let api: Api<ConfigMap> = Api::namespaced(app.client.clone(), &caller.namespace);
    match api.create(&PostParams::default(), &claim).await {
        Ok(_) => Ok(None),
        Err(error) if code(&error) == 409 => match taken(app, caller, owner, request).await? {
            Some(pod) => Ok(Some(pod)),
            None => Err(Fault::Unavailable("the claim changed while it was read; repeat".to_owned())),
        },
        Err(error) => Err(error.into()),
    }
}

/// The pod that has the claim.
async fn taken(
    app: &App,
    caller: &Caller,
    owner: &Owner,
    request: &ClaimRequest,
) -> Result<Option<String>, Fault> {
    let name = ids::claim(&owner.uid, &caller.stack, &request.plan_digest);
    let api: Api<ConfigMap> = Api::namespaced(app.client.clone(), &caller.namespace);
    let Some(claim) = api.get_opt(&name).await? else { return Ok(None) };
    let pod = claim.data.unwrap_or_default().remove("pod-uid");
    match pod {
        Some(pod) if owner.owns(&claim.metadata) => Ok(Some(pod)),
        _ => Err(Fault::conflict(reason::NAME_TAKEN, format!("{name} exists and is not ours. Remove it."))),
    }
}

/// Everything that decides whether an apply may begin, but the stack's head.
struct Facts<'a> {
    session: &'a DeploymentSession,
    project: &'a CloudProject,
    now: Timestamp,
}

impl<'a> Facts<'a> {
    fn allow(&self, caller: &Caller, request: &ClaimRequest) -> Result<&'a PlanStatus, Refusal> {
        let meta = &self.session.metadata;
        if meta.deletion_timestamp.is_some() || self.session.spec.cancel.is_some() {
            return Err(refusal(
                reason::CANCELLED,
                "The session was cancelled or deleted. Nothing was begun.",
            ));
        }
        if self.project.metadata.deletion_timestamp.is_some() && self.session.spec.action != Action::Destroy {
            return Err(refusal(
                reason::PROJECT_NOT_READY,
                "The project is being deleted; only a Destroy session may still run in it.",
            ));
        }
        let status = self.session.status.as_ref();
        let phase = status.and_then(|s| s.phase);
        if !matches!(phase, Some(Phase::Approved | Phase::Applying)) {
            return Err(refusal(
                reason::STALE_PLAN,
                format!(
                    "The session is {}, not Approved. Wait for its plan and approve it.",
                    phase.map_or("new", Phase::as_str)
                ),
            ));
        }
        let plan = status.and_then(|s| s.plan.as_ref());
        let agreed = plan.filter(|plan| {
            let (bytes, shown) = (Some(&request.plan_digest), Some(&request.plan_json_digest));
            plan.digest.as_ref() == bytes
                && plan.json_digest.as_ref() == shown
                && caller.annotation(annotation::PLAN_DIGEST) == bytes.map(String::as_str)
                && caller.annotation(annotation::PLAN_JSON_DIGEST) == shown.map(String::as_str)
        });
        let Some(plan) = agreed else {
            return Err(refusal(
                reason::DIGEST_MISMATCH,
                "The bytes in the runner's hand, the Job and the approved plan do not agree. Plan anew.",
            ));
        };
        self.approved(&request.plan_digest)?;
        Ok(plan)
    }

    fn approved(&self, digest: &str) -> Result<(), Refusal> {
        let spec = &self.session.spec;
        let text = spec.ttl.as_deref().unwrap_or(&self.project.spec.sessions.ttl);
        let ttl = approval::ttl_seconds(text).unwrap_or(0);
        let rules = &self.project.spec.approvals;
        let status = self.session.status.as_ref().and_then(|s| s.approvals.as_ref());
        let seen = status.map(|s| s.counted.as_slice()).unwrap_or_default();
        let by = spec.requested_by.as_deref();
        let counted = approval::count(spec, by, rules, digest, seen, self.now, ttl);
        // One that the controller has not seen has no age yet.
        let known = counted.counted.iter().filter(|c| seen.iter().any(|s| s.by == c.by)).count();
        if counted.enough && known >= usize::try_from(rules.required.max(1)).unwrap_or(usize::MAX) {
            return Ok(());
        }
        let why = counted.ignored.first().map_or("", |i| i.reason.as_str());
        Err(refusal(
            reason::AWAITING_APPROVAL,
            format!(
                "{known} of {} approvals count for this plan. {why} Approve the plan, then it is tried anew.",
                rules.required
            ),
        ))
    }
}

/// The plan deletes every resource there is, so the state may become empty, be it only in between.
fn empties(action: Action, plan: &PlanStatus, resources: u64) -> bool {
    let gone = plan.summary.destroy.saturating_add(plan.summary.replace);
    let forgotten =
        plan.changes.iter().filter(|c| c.action == crate::api::session::ChangeAction::Forget).count();
    let gone = u64::try_from(gone).unwrap_or(0).saturating_add(forgotten as u64);
    action == Action::Destroy || (gone > 0 && gone >= resources)
}

fn refusal(reason: &str, message: impl Into<String>) -> Refusal {
    Refusal { reason: reason.to_owned(), message: message.into() }
}

#[cfg(test)]
mod tests;
