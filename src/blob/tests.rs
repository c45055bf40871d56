//! Against an API server in memory.

use super::double::cluster;
use super::log::{self, Writer};
use super::report::{PartRef, get_ref, get_report, put_ref, put_report};
use super::{BlobError, BlobStore, Owner, SecretStore, head};
use crate::wire::{EngineLock, Refusal};
use serde_json::json;
use std::collections::BTreeMap;

fn owner(kind: &'static str, uid: &str) -> Owner {
    Owner { namespace: "team".to_owned(), kind, name: "demo".to_owned(), uid: uid.to_owned() }
}

#[tokio::test]
async fn bytes_come_back_whole_and_a_second_time_changes_nothing() {
    let (client, shared) = cluster();
    let store = SecretStore { client };
    let owner = owner(Owner::SESSION, "uid-1");
    let bytes: Vec<u8> = (0..2_000_000_u32).map(|n| n.to_le_bytes()[1]).collect();
    let blob = store.put(&owner, "plan", &bytes).await.unwrap();
    assert_eq!((blob.chunks, store.put(&owner, "plan", &bytes).await.unwrap()), (3, blob.clone()));
    assert_eq!(shared.lock().unwrap().writes, 3);
    assert_eq!(store.get("team", &blob).await.unwrap(), bytes);
    let first = format!("/api/v1/namespaces/team/secrets/{}-0", blob.name);
    shared.lock().unwrap().objects.get_mut(&first).unwrap()["data"]["bytes"] = json!("eA==");
    assert!(matches!(store.get("team", &blob).await, Err(BlobError::Altered { .. })));
    assert!(matches!(store.put(&owner, "plan", &bytes).await, Err(BlobError::NameTaken { .. })));
    shared.lock().unwrap().objects.remove(&first);
    assert!(matches!(store.get("team", &blob).await, Err(BlobError::MissingChunk { index: 0, .. })));
    store.delete("team", &blob).await.unwrap();
    assert!(shared.lock().unwrap().objects.is_empty());
}

fn locked(pod: &str) -> crate::domain::state::StackLock {
    crate::domain::state::StackLock {
        info: EngineLock { id: pod.to_owned(), rest: BTreeMap::new() },
        pod_uid: pod.to_owned(),
        job: format!("job-{pod}"),
        session: "s".to_owned(),
    }
}

#[tokio::test]
async fn a_head_is_decided_anew_after_a_rival_and_not_written_without_need() {
    let (client, shared) = cluster();
    let project = owner(Owner::PROJECT, "p-1");
    assert_eq!(
        head::load_owned(&client, &project, "main").await.unwrap(),
        crate::domain::state::StackHead::default()
    );
    let lock = |client: kube::Client, project: Owner, pod: &'static str| async move {
        head::update_head(&client, &project, "main", |head| Ok(crate::domain::state::lock(head, locked(pod))))
            .await
    };
    lock(client.clone(), project.clone(), "a").await.unwrap().unwrap();
    lock(client.clone(), project.clone(), "a").await.unwrap().unwrap();
    lock(client.clone(), project.clone(), "b").await.unwrap().unwrap();
    assert_eq!(shared.lock().unwrap().writes, 1);
    shared.lock().unwrap().rivals = 3;
    let mut tries = 0;
    head::update_head(&client, &project, "main", |head| {
        tries += 1;
        head.lock = None;
        Ok(())
    })
    .await
    .unwrap()
    .unwrap();
    assert_eq!((tries, shared.lock().unwrap().writes), (4, 2));
    let no = Refusal { reason: "No".to_owned(), message: String::new() };
    let refused = head::update_head(&client, &project, "main", |_| Err::<(), _>(no.clone())).await.unwrap();
    assert_eq!(refused, Err(no));
    let reborn = owner(Owner::PROJECT, "p-2");
    assert!(matches!(lock(client.clone(), reborn, "a").await, Err(BlobError::NameTaken { .. })));
    let reborn = owner(Owner::PROJECT, "p-2");
    let read = head::load_owned(&client, &reborn, "main").await;
    assert!(matches!(read, Err(BlobError::NameTaken { .. })), "a namesake reads nothing of it");
}

#[tokio::test]
async fn a_report_is_said_once_and_to_its_own_session() {
    let (client, _) = cluster();
    let session = owner(Owner::SESSION, "s-1");
    put_report(&client, &session, "ce-plan-x", &"done").await.unwrap();
    put_report(&client, &session, "ce-plan-x", &"done").await.unwrap();
    assert!(put_report(&client, &session, "ce-plan-x", &"other").await.is_err());
    let read = |uid: &'static str| get_report::<String>(&client, "team", "ce-plan-x", uid);
    assert_eq!(read("s-1").await.unwrap().as_deref(), Some("done"));
    assert_eq!(read("s-2").await.unwrap(), None);
}

#[tokio::test]
async fn a_later_pod_replaces_the_upload_of_a_lost_one_and_none_its_own() {
    let (client, _) = cluster();
    let session = owner(Owner::SESSION, "s-1");
    let part = |pod: &str, digest: &str| PartRef {
        pod_uid: pod.to_owned(),
        blob: crate::domain::state::BlobRef {
            name: "n".to_owned(),
            chunks: 1,
            bytes: 1,
            digest: digest.to_owned(),
        },
    };
    let put = |wanted: PartRef| {
        let (client, session) = (client.clone(), session.clone());
        async move { put_ref(&client, &session, "ce-plan-x", "plan", &wanted).await }
    };
    put(part("a", "1")).await.unwrap();
    put(part("a", "1")).await.unwrap();
    assert!(put(part("a", "2")).await.is_err());
    put(part("b", "2")).await.unwrap();
    let read = |pod: &'static str| get_ref(&client, &session, "ce-plan-x", "plan", pod);
    assert_eq!(read("a").await.unwrap(), None);
    assert_eq!(read("b").await.unwrap().unwrap().digest, "2");
}

#[tokio::test]
async fn a_log_grows_in_order_and_is_read_across_pods() {
    let (client, shared) = cluster();
    let writer = |pod: &str| Writer {
        owner: owner(Owner::SESSION, "s-1"),
        job: "ce-plan-x".to_owned(),
        pod: pod.to_owned(),
    };
    let append = |pod: &'static str, offset: u64, text: &'static str| {
        let client = client.clone();
        async move { log::append(&client, &writer(pod), offset, text.as_bytes()).await.unwrap() }
    };
    assert_eq!(append("a", 0, "one ").await.durable, 4);
    assert_eq!(append("a", 0, "one two ").await.durable, 8);
    assert_eq!(append("a", 9, "gap").await.durable, 8);
    assert_eq!(append("b", 0, "three").await.durable, 5);
    let late = append("a", 8, "late").await;
    assert!(late.closed && late.durable == 8);
    let slice = log::read(&client, "team", "s-1", 0, 100).await.unwrap();
    assert_eq!((slice.bytes.as_slice(), slice.next, slice.total), (b"one two three".as_slice(), 13, 13));
    let slice = log::read(&client, "team", "s-1", 6, 4).await.unwrap();
    assert_eq!((slice.bytes.as_slice(), slice.next), (b"o th".as_slice(), 10));
    assert_eq!(log::read(&client, "team", "s-1", 99, 4).await.unwrap().next, 13);
    // One head and one chunk per pod: what was rewritten is gone.
    assert_eq!(shared.lock().unwrap().objects.len(), 3);
}
