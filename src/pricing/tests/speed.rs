//! A figure for people: `cargo test --release pricing::tests::speed -- --nocapture`. No bound is asserted, since
//! a busy machine would decide.

use super::*;
use std::time::Instant;

#[test]
fn five_hundred_changes() {
    let kinds = |n: u32| match n % 5 {
        0 => ("google_compute_instance", gcp_vm_with("e2-medium", "us-central1-a", "pd-balanced", 20 + n)),
        1 => ("google_compute_disk", json!({"type": "pd-ssd", "size": n, "zone": "europe-west1-b"})),
        2 => ("google_storage_bucket", json!({"location": "EU", "storage_class": "STANDARD"})),
        3 => ("google_compute_subnetwork", json!({"region": "us-central1"})),
        _ => ("google_compute_unheard_of", json!({})),
    };
    let changes = (0..500).map(|n| {
        let (type_, after) = kinds(n);
        change(&format!("{type_}.r{n}"), type_, "update", after.clone(), after, json!({}))
    });
    let plan = plan(changes.collect());
    let book = &*BOOK;
    let mut times = (0..9)
        .map(|_| {
            let began = Instant::now();
            let found = estimate(&plan, book, &Assumptions::default(), TODAY);
            assert_eq!((found.resources.len(), found.lines().count()), (500, 400));
            began.elapsed()
        })
        .collect::<Vec<_>>();
    times.sort();
    println!("estimate of 500 changes: median {} µs of 9 runs", times[4].as_micros());
    let began = Instant::now();
    book::embedded().unwrap();
    println!("unpack and check the embedded table: {} ms", began.elapsed().as_millis());
}
