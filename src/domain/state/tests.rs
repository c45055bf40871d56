use super::*;
use crate::wire::EngineLock;
use crate::wire::JournalEvent::{Completed, Started};
use proptest::prelude::*;

fn wanted(pod: &str, id: &str) -> StackLock {
    StackLock {
        info: EngineLock { id: id.to_owned(), rest: BTreeMap::new() },
        pod_uid: pod.to_owned(),
        job: format!("ce-apply-{pod}"),
        session: "s".to_owned(),
    }
}

fn blob(digest: &str) -> BlobRef {
    BlobRef { name: format!("ce-blob-{digest}"), chunks: 1, bytes: 1, digest: digest.to_owned() }
}

fn wish(pod: &str, serial: i64, empties: bool) -> Begin {
    Begin {
        plan_digest: format!("sha256:{pod}"),
        session: "s".to_owned(),
        job: format!("ce-apply-{pod}"),
        pod_uid: pod.to_owned(),
        serial,
        empties,
    }
}

fn summary(serial: i64, resources: u64) -> StateSummary {
    StateSummary { serial, lineage: "l".to_owned(), resources: Some(resources) }
}

fn incoming<'a>(pod: &'a str, id: &'a str, summary: &'a StateSummary, digest: &'a str) -> Incoming<'a> {
    Incoming { pod_uid: pod, session: "s", lock_id: id, summary, digest }
}

fn open(empties: bool) -> StackHead {
    let mut head = StackHead::default();
    begin(&mut head, &wish("p", 0, empties)).unwrap();
    assert_eq!(lock(&mut head, wanted("p", "id")), LockOutcome::Held);
    head
}

fn write(head: &mut StackHead, summary: &StateSummary, digest: &str) -> Result<bool, crate::wire::Refusal> {
    match accept(head, &incoming("p", "id", summary, digest))? {
        Accept::Store(store) => {
            store.record(head, blob(digest));
            Ok(true)
        }
        Accept::AlreadyStored => Ok(false),
    }
}

#[test]
fn a_lost_answer_is_answered_again_and_an_older_state_is_not() {
    let mut head = open(false);
    assert!(write(&mut head, &summary(1, 2), "a").unwrap());
    assert!(!write(&mut head, &summary(1, 2), "a").unwrap());
    assert!(write(&mut head, &summary(1, 2), "b").is_err());
    assert!(write(&mut head, &summary(0, 2), "c").is_err());
    let other = StateSummary { lineage: "x".to_owned(), ..summary(2, 2) };
    assert!(write(&mut head, &other, "d").is_err());
    assert_eq!(head.serial(), 1);
}

#[test]
fn a_state_is_emptied_only_by_a_plan_that_says_so() {
    let mut head = open(false);
    write(&mut head, &summary(1, 2), "a").unwrap();
    assert!(write(&mut head, &summary(2, 0), "b").is_err());
    head.applying.as_mut().unwrap().empties = true;
    assert!(write(&mut head, &summary(2, 0), "b").unwrap());
}

#[test]
fn without_lock_or_claim_nothing_is_stored() {
    let mut head = open(false);
    let next = summary(1, 1);
    assert!(accept(&head, &incoming("p", "other", &next, "a")).is_err());
    assert!(accept(&head, &incoming("q", "id", &next, "a")).is_err());
    head.applying = None;
    assert!(accept(&head, &incoming("p", "id", &next, "a")).is_err());
}

#[test]
fn a_rescue_needs_no_lock_but_the_same_order() {
    let mut head = open(false);
    write(&mut head, &summary(1, 2), "a").unwrap();
    unlock(&mut head, "p", "id").unwrap();
    let next = summary(2, 2);
    assert!(matches!(rescue(&head, &incoming("p", "", &next, "b")), Ok(Accept::Store(_))));
    let older = summary(1, 2);
    assert!(rescue(&head, &incoming("p", "", &older, "b")).is_err());
    head.lock = Some(wanted("q", "z"));
    assert!(rescue(&head, &incoming("p", "", &next, "b")).is_err());
    let late = incoming("p", "", &older, "b");
    for index in 0..RESCUED_KEPT + 3 {
        keep_rescued(&mut head, &late, blob(&format!("r{index}")));
    }
    assert_eq!(head.rescued.len(), RESCUED_KEPT);
}

#[test]
fn the_lock_is_idempotent_by_its_id_and_stays_with_its_holder() {
    let mut head = StackHead::default();
    assert_eq!(lock(&mut head, wanted("p", "1")), LockOutcome::Held);
    assert_eq!(lock(&mut head, wanted("p", "1")), LockOutcome::Held);
    assert!(matches!(lock(&mut head, wanted("p", "2")), LockOutcome::HeldBy(info) if info.id == "1"));
    assert!(unlock(&mut head, "q", "1").is_err());
    assert!(unlock(&mut head, "p", "2").is_err());
    unlock(&mut head, "p", "1").unwrap();
    unlock(&mut head, "p", "1").unwrap();
    lock(&mut head, wanted("p", "3"));
    release(&mut head, "q");
    assert!(head.lock.is_some());
    release(&mut head, "p");
    assert!(head.lock.is_none());
}

#[test]
fn an_open_apply_keeps_others_from_the_lock_even_after_its_unlock() {
    let mut head = open(false);
    unlock(&mut head, "p", "id").unwrap();
    assert!(matches!(lock(&mut head, wanted("q", "2")), LockOutcome::HeldBy(_)));
    assert_eq!(lock(&mut head, wanted("p", "3")), LockOutcome::Held);
}

#[test]
fn an_apply_begins_once_and_on_the_serial_it_was_planned_from() {
    let mut head = StackHead::default();
    assert_eq!(begin(&mut head, &wish("p", 4, false)).unwrap_err().reason, "StalePlan");
    begin(&mut head, &wish("p", 0, false)).unwrap();
    begin(&mut head, &wish("p", 0, false)).unwrap();
    assert_eq!(begin(&mut head, &wish("q", 0, false)).unwrap_err().reason, "StalePlan");
}

#[test]
fn settling_records_one_revision_however_often_it_is_repeated() {
    let mut head = open(false);
    write(&mut head, &summary(3, 1), "a").unwrap();
    let new = NewRevision { session: "name".to_owned(), bundle: blob("bundle") };
    for _ in 0..2 {
        let settled = settle(&mut head, "s", "sha256:p", Some(&new)).unwrap();
        assert_eq!(settled.revision, Some(1));
    }
    assert_eq!((head.revisions.len(), head.revisions[0].serial), (1, 3));
    assert!(head.applying.is_none() && head.lock.is_none());
    assert!(settle(&mut head, "other", "sha256:x", Some(&new)).is_err());
    assert_eq!(settle(&mut head, "other", "sha256:x", None).unwrap(), Settled::default());
}

#[test]
fn the_state_of_a_revision_outlives_the_last_twenty() {
    let mut head = open(false);
    write(&mut head, &summary(1, 1), "1").unwrap();
    let new = NewRevision { session: "name".to_owned(), bundle: blob("bundle") };
    settle(&mut head, "s", "sha256:p", Some(&new)).unwrap();
    begin(&mut head, &wish("p", 1, false)).unwrap();
    lock(&mut head, wanted("p", "id"));
    for serial in 2..40 {
        write(&mut head, &summary(serial, 1), &serial.to_string()).unwrap();
    }
    assert_eq!(head.versions.len(), VERSIONS_KEPT + 1);
    assert_eq!(head.versions[0].serial, 1);
}

#[test]
fn the_journal_keeps_ends_and_ids() {
    let mut head = open(false);
    let entry = |event, id: Option<&str>| crate::wire::JournalEntry {
        address: "a.b".to_owned(),
        event,
        id: id.map(str::to_owned),
    };
    journal(&mut head, "p", entry(Started, Some("i"))).unwrap();
    journal(&mut head, "p", entry(Completed, None)).unwrap();
    journal(&mut head, "p", entry(Started, None)).unwrap();
    assert!(journal(&mut head, "q", entry(Started, None)).is_err());
    let noted = &head.applying.as_ref().unwrap().journal["a.b"];
    assert_eq!((noted.event, noted.id.as_deref()), (Completed, Some("i")));
}

#[test]
fn a_state_is_read_encrypted_or_not() {
    let plain =
        br#"{"version":4,"serial":7,"lineage":"l","resources":[{"mode":"managed","instances":[{},{}]},
        {"mode":"data","instances":[{}]}]}"#;
    assert_eq!(summarise(plain).unwrap(), summary(7, 2));
    let sealed = br#"{"serial":7,"lineage":"l","meta":{},"encrypted_data":"x"}"#;
    assert_eq!(summarise(sealed).unwrap().resources, None);
    assert!(summarise(b"{}").is_err());
    assert!(summarise(b"nonsense").is_err());
}

#[derive(Debug, Clone)]
enum Step {
    Lock(u8, u8),
    Unlock(u8, u8),
    Begin(u8, i64),
    Write(u8, u8, i64, u64, u8),
    Settle(u8),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        (0u8..3, 0u8..3).prop_map(|(p, i)| Step::Lock(p, i)),
        (0u8..3, 0u8..3).prop_map(|(p, i)| Step::Unlock(p, i)),
        (0u8..3, 0i64..6).prop_map(|(p, s)| Step::Begin(p, s)),
        (0u8..3, 0u8..3, 0i64..12, 0u64..3, 0u8..4).prop_map(|(p, i, s, r, d)| Step::Write(p, i, s, r, d)),
        (0u8..3).prop_map(Step::Settle),
    ];
    proptest::collection::vec(step, 0..60)
}

proptest! {
    #[test]
    fn serials_only_grow_and_no_lock_or_apply_changes_hands(steps in steps()) {
        let mut head = StackHead::default();
        for step in steps {
            let before = head.clone();
            match step {
                Step::Lock(p, i) => { lock(&mut head, wanted(&p.to_string(), &i.to_string())); }
                Step::Unlock(p, i) => { let _ = unlock(&mut head, &p.to_string(), &i.to_string()); }
                Step::Begin(p, s) => { let _ = begin(&mut head, &wish(&p.to_string(), s, p == 0)); }
                Step::Write(p, i, s, r, d) => {
                    let (pod, id, digest) = (p.to_string(), i.to_string(), d.to_string());
                    let summary = summary(s, r);
                    if let Ok(Accept::Store(store)) = accept(&head, &incoming(&pod, &id, &summary, &digest)) {
                        store.record(&mut head, blob(&digest));
                        prop_assert!(head.applies(&pod));
                    }
                }
                Step::Settle(p) => { let _ = settle(&mut head, "s", &format!("sha256:{p}"), None); }
            }
            prop_assert!(head.serial() >= before.serial());
            prop_assert!(head.versions.windows(2).all(|w| w[0].serial < w[1].serial));
            if let (Some(was), Some(is)) = (&before.lock, &head.lock) {
                prop_assert_eq!(was, is, "a lock passed from one to another without a release");
            }
            if let (Some(was), Some(is)) = (&before.applying, &head.applying) {
                prop_assert_eq!(&was.pod_uid, &is.pod_uid);
            }
        }
    }
}
