use super::*;
use serde_json::json;

fn digests() -> (String, String) {
    (ids::digest(b"plan"), ids::digest(b"json"))
}

fn session(phase: &str, by: &str, seen: &[&str]) -> DeploymentSession {
    let (plan, shown) = digests();
    let counted: Vec<_> = seen.iter().map(|by| json!({"by": by, "seenAt": "2026-01-01T00:00:00Z"})).collect();
    serde_json::from_value(json!({
        "apiVersion": "cloudengine.dev/v1alpha1", "kind": "DeploymentSession",
        "metadata": {"name": "s", "namespace": "team", "uid": "u"},
        "spec": {"project": "p", "requestedBy": "ada", "approvals": [{"by": by, "planDigest": plan}]},
        "status": {
            "phase": phase,
            "plan": {"job": "ce-plan-x", "digest": plan, "jsonDigest": shown},
            "approvals": {"required": 1, "text": "1/1", "counted": counted},
        },
    }))
    .unwrap()
}

fn project() -> CloudProject {
    serde_json::from_value(json!({
        "apiVersion": "cloudengine.dev/v1alpha1", "kind": "CloudProject",
        "metadata": {"name": "p", "namespace": "team", "uid": "pu"},
        "spec": {"provider": "gcp", "region": "europe-west1", "sandbox": true},
    }))
    .unwrap()
}

fn caller() -> Caller {
    let (plan, shown) = digests();
    Caller {
        namespace: "team".to_owned(),
        pod_uid: "pod".to_owned(),
        job: "ce-apply-x".to_owned(),
        run: Run::Apply,
        annotations: BTreeMap::from([
            (annotation::PLAN_DIGEST.to_owned(), plan),
            (annotation::PLAN_JSON_DIGEST.to_owned(), shown),
        ]),
        session: "s".to_owned(),
        session_uid: "u".to_owned(),
        stack: "main".to_owned(),
        project: "p".to_owned(),
        project_uid: Some("pu".to_owned()),
    }
}

fn request() -> ClaimRequest {
    let (plan_digest, plan_json_digest) = digests();
    ClaimRequest { plan_digest, plan_json_digest }
}

fn judge(session: &DeploymentSession, caller: &Caller, request: &ClaimRequest, now: &str) -> Option<String> {
    let project = project();
    let facts = Facts { session, project: &project, now: now.parse().unwrap() };
    facts.allow(caller, request).err().map(|refusal| refusal.reason)
}

const SOON: &str = "2026-01-01T00:10:00Z";

#[test]
fn an_approved_plan_may_begin() {
    for phase in ["Approved", "Applying"] {
        assert_eq!(judge(&session(phase, "ben", &["ben"]), &caller(), &request(), SOON), None);
    }
}

#[test]
fn other_bytes_another_job_or_another_form_may_not() {
    let good = session("Approved", "ben", &["ben"]);
    let other = ids::digest(b"other");
    let swapped = ClaimRequest { plan_digest: other.clone(), ..request() };
    assert_eq!(judge(&good, &caller(), &swapped, SOON).as_deref(), Some("DigestMismatch"));
    let lying = ClaimRequest { plan_json_digest: other.clone(), ..request() };
    assert_eq!(judge(&good, &caller(), &lying, SOON).as_deref(), Some("DigestMismatch"));
    let mut job = caller();
    job.annotations.insert(annotation::PLAN_DIGEST.to_owned(), other);
    assert_eq!(judge(&good, &job, &request(), SOON).as_deref(), Some("DigestMismatch"));
}

#[test]
fn a_status_that_says_approved_is_not_enough() {
    let own = session("Approved", "ada", &["ada"]);
    assert_eq!(judge(&own, &caller(), &request(), SOON).as_deref(), Some("AwaitingApproval"));
    let unseen = session("Approved", "ben", &[]);
    assert_eq!(judge(&unseen, &caller(), &request(), SOON).as_deref(), Some("AwaitingApproval"));
    let mut none = session("Approved", "ben", &["ben"]);
    none.spec.approvals.clear();
    assert_eq!(judge(&none, &caller(), &request(), SOON).as_deref(), Some("AwaitingApproval"));
}

#[test]
fn too_late_cancelled_or_in_another_phase_nothing_begins() {
    let good = session("Approved", "ben", &["ben"]);
    let late = judge(&good, &caller(), &request(), "2026-01-01T00:30:00Z");
    assert_eq!(late.as_deref(), Some("AwaitingApproval"));
    let mut cancelled = good.clone();
    cancelled.spec.cancel = serde_json::from_value(json!({"by": "ada"})).unwrap();
    assert_eq!(judge(&cancelled, &caller(), &request(), SOON).as_deref(), Some("Cancelled"));
    let ready = session("PlanReady", "ben", &["ben"]);
    assert_eq!(judge(&ready, &caller(), &request(), SOON).as_deref(), Some("StalePlan"));
}

#[test]
fn a_state_may_become_empty_when_the_plan_deletes_all() {
    let mut plan = PlanStatus::default();
    assert!(empties(Action::Destroy, &plan, 3));
    assert!(!empties(Action::Deploy, &plan, 0));
    plan.summary.destroy = 2;
    assert!(!empties(Action::Deploy, &plan, 3));
    plan.summary.replace = 1;
    assert!(empties(Action::Deploy, &plan, 3));
}
