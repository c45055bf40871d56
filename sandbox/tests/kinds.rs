//! Each resource kind in the shape it is rendered in: made, planned again, removed.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod bench;

use bench::{Bench, holds, kinds};

/// A stack of these fixtures is made, has nothing left to do, and is removed without a trace.
fn lives(cloud: &str, names: &[&str]) {
    let bench = Bench::new();
    let stack = kinds(cloud, names);
    bench.write_for(cloud, &stack);
    bench.init();
    bench.run(&["validate"]).must(0);
    bench.apply().must(0);
    bench.plan(false);
    for file in [bench.work().join("terraform.tfstate"), bench.folder.join("cloud.json")] {
        assert!(!holds(&file, "do-not-keep-this"), "a write-only argument is kept in {}", file.display());
    }
    // Another output is no reason to touch a resource.
    bench.write_for(cloud, &(stack + "\noutput \"more\" {\n  value = 1\n}\n"));
    let plan = bench.plan(true);
    for change in plan["resource_changes"].as_array().unwrap() {
        assert_eq!(change["change"]["actions"][0], "no-op", "{}", change["address"]);
    }
    bench.run(&["destroy", "-auto-approve"]).must(0);
    assert!(bench.existing().is_empty());
}

macro_rules! kinds {
    ($($test:ident: $cloud:literal $names:expr;)*) => {
        $(#[test]
        fn $test() {
            lives($cloud, &$names);
        })*
    };
}

kinds! {
    google_network: "google" ["network"];
    google_vm: "google" ["network", "vm"];
    google_bucket: "google" ["bucket"];
    google_database: "google" ["network", "database"];
    google_cluster: "google" ["network", "cluster"];
    google_firewall: "google" ["network", "firewall"];
    google_load_balancer: "google" ["network", "vm", "load_balancer"];
}
