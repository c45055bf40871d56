//! Small create-only records of a Job: what it reported at its end, where its uploads are.

use super::secrets::{create_once, read_once};
use super::{BlobError, Owner, code, data, unreadable, value};
use crate::domain::{ids, state::BlobRef};
use k8s_openapi::api::core::v1::Secret;
use kube::api::{Api, PostParams};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// What a plan Job left: its report, and where its uploads are.
#[derive(Serialize, Deserialize, Debug, Clone, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct StoredPlanReport {
    /// What the runner said.
    pub report: crate::wire::PlanReport,
    /// The plan's bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<BlobRef>,
    /// The masked JSON form.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan_json: Option<BlobRef>,
    /// The dependency lock file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lock_file: Option<BlobRef>,
}

/// Where an upload of a Job is, and which of its pods made it.
#[derive(Serialize, Deserialize, Debug, Clone, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct PartRef {
    /// uid of the pod.
    pub pod_uid: String,
    /// The bytes.
    pub blob: BlobRef,
}

/// Stores what a Job reported. The same report again is fine, another is [`BlobError::NameTaken`].
pub async fn put_report<T: Serialize + Sync>(
    client: &kube::Client,
    owner: &Owner,
    job: &str,
    report: &T,
) -> Result<(), BlobError> {
    let bytes = serde_json::to_vec(report).map_err(kube::Error::SerdeError)?;
    create_once(&api(client, &owner.namespace), owner, "report", &ids::report(job), &bytes).await
}

/// What a Job of this session reported; `None` before, and when a Secret of that name is another's.
pub async fn get_report<T: DeserializeOwned>(
    client: &kube::Client,
    namespace: &str,
    job: &str,
    session_uid: &str,
) -> Result<Option<T>, BlobError> {
    let name = ids::report(job);
    let Some(bytes) = read_once(&api(client, namespace), session_uid, &name).await? else { return Ok(None) };
    serde_json::from_slice(&bytes).map(Some).map_err(|_| unreadable(&name, &bytes))
}

/// Notes where an upload is. A later pod of the same Job takes the place of an earlier one: a plan Job whose
/// pod was lost runs again. One pod uploads a part once.
pub async fn put_ref(
    client: &kube::Client,
    owner: &Owner,
    job: &str,
    part: &str,
    wanted: &PartRef,
) -> Result<(), BlobError> {
    let name = ref_name(job, part);
    let api = api(client, &owner.namespace);
    let bytes = serde_json::to_vec(wanted).map_err(kube::Error::SerdeError)?;
    let Some(mut stored) = api.get_opt(&name).await? else {
        let metadata = owner.meta(&name, "ref");
        let secret = Secret { metadata, data: Some(data(REF, bytes)), ..Secret::default() };
        api.create(&PostParams::default(), &secret).await?;
        return Ok(());
    };
    let taken = || BlobError::NameTaken { name: name.clone() };
    if !owner.owns(&stored.metadata) {
        return Err(taken());
    }
    let there = value(&stored, REF).and_then(|bytes| serde_json::from_slice::<PartRef>(bytes).ok());
    match there {
        Some(there) if there == *wanted => Ok(()),
        Some(there) if there.pod_uid == wanted.pod_uid => Err(taken()),
        _ => {
            stored.data = Some(data(REF, bytes));
            api.replace(&name, &PostParams::default(), &stored).await?;
            Ok(())
        }
    }
}

/// Where an upload of this pod is.
pub async fn get_ref(
    client: &kube::Client,
    owner: &Owner,
    job: &str,
    part: &str,
    pod_uid: &str,
) -> Result<Option<BlobRef>, BlobError> {
    let name = ref_name(job, part);
    let Some(secret) = api(client, &owner.namespace).get_opt(&name).await? else { return Ok(None) };
    if !owner.owns(&secret.metadata) {
        return Ok(None);
    }
    let bytes = value(&secret, REF).unwrap_or_default();
    let found: PartRef = serde_json::from_slice(bytes).map_err(|_| unreadable(&name, bytes))?;
    Ok((found.pod_uid == pod_uid).then_some(found.blob))
}

const REF: &str = "ref";

fn ref_name(job: &str, part: &str) -> String {
    format!("ce-ref-{}-{part}", job.strip_prefix("ce-").unwrap_or(job))
}

fn api(client: &kube::Client, namespace: &str) -> Api<Secret> {
    Api::namespaced(client.clone(), namespace)
}

/// An answer of 409 that another try may resolve.
pub fn is_conflict(error: &BlobError) -> bool {
    matches!(error, BlobError::Api(error) if code(error) == 409)
}
