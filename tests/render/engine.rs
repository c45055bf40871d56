//! The real engine on what is rendered, with the sandbox cloud's providers.

use crate::case::{CLOUDS, cases, rendered, root};
use crate::random;
use crate::sandbox::{Cloud, tofu};
use cloud_engine::api::{Resource, session::Changes};
use cloud_engine::terraform::{Rendered, fold};
use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::TestRunner;
use serde_json::Value;
use std::fs;
use std::process::Command;

#[test]
fn fmt_leaves_the_files_as_they_are() {
    let output = Command::new(tofu())
        .args(["fmt", "-check", "-diff", "-recursive"])
        .current_dir(root().join("tests/golden"))
        .env("CHECKPOINT_DISABLE", "1")
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

/// Each case: valid, planned with its values, applied, and then nothing is left to do. The state and the cloud's
/// store hold no password.
fn run(cloud: &'static str) {
    for case in cases(cloud) {
        let (bench, out, name) = (Cloud::new(), case.rendered(), case.name());
        bench.seed(&case);
        bench.lay(&out);
        bench.run(&name, &out, &["init", "-input=false"], 0);
        bench.run(&name, &out, &["validate"], 0);
        applied(&bench, &name, &out);
    }
}

/// Applies, and sees that nothing is left to do and no password anywhere.
fn applied(bench: &Cloud, name: &str, out: &Rendered) {
    bench.run(name, out, &["apply", "-input=false", "-auto-approve"], 0);
    bench.run(name, out, &["plan", "-input=false", "-detailed-exitcode"], 0);
    for file in [bench.work().join("terraform.tfstate"), bench.folder.path().join("cloud.json")] {
        let text = fs::read_to_string(&file).unwrap_or_default();
        assert!(!text.contains("canary-password"), "{name}: {} holds a password", file.display());
    }
}

#[test]
fn gcp_is_valid_applies_and_plans_empty() {
    run(CLOUDS[0]);
}

#[test]
fn aws_is_valid_applies_and_plans_empty() {
    run(CLOUDS[1]);
}

#[test]
fn azure_is_valid_applies_and_plans_empty() {
    run(CLOUDS[2]);
}

/// Random sets and then edits of them: formatted, valid, read back by the engine as they were meant, applied, and
/// then nothing is left to do.
fn edited(cloud: &'static str) {
    let mut runner = TestRunner::deterministic();
    let sets = (random::set(cloud), random::set(cloud));
    let mut done = 0;
    for turn in 0..500 {
        let (first, second) = sets.new_tree(&mut runner).unwrap().current();
        let Ok(out) = rendered(cloud, &first) else { continue };
        // What was added belongs to the set from then on.
        let before = [first.clone(), out.added.clone()].concat();
        let changes = Changes { upsert: second, remove: vec![] };
        let Ok(edit) = fold::fold(&before, &changes) else { continue };
        let Ok(after) = rendered(cloud, &edit) else { continue };
        let (bench, name) = (Cloud::new(), format!("{cloud}, set {turn}"));
        for (out, set) in [(&out, &first), (&after, &edit)] {
            bench.lay(out);
            bench.run(&name, out, &["init", "-input=false"], 0);
            bench.run(&name, out, &["fmt", "-check"], 0);
            bench.run(&name, out, &["validate"], 0);
            reads_back(&bench, &name, out, set);
            applied(&bench, &name, out);
        }
        done += 1;
        if done == 4 {
            return;
        }
    }
    panic!("{cloud}: only {done} of 500 sets can be rendered and edited");
}

/// The engine has the values that were meant.
fn reads_back(bench: &Cloud, name: &str, out: &Rendered, set: &[Resource]) {
    bench.run(name, out, &["plan", "-input=false", "-out=p"], 0);
    let shown = bench.run(name, out, &["show", "-json", "p"], 0);
    let plan: Value = serde_json::from_slice(&shown.stdout).unwrap();
    let values: Value = serde_json::from_str(&out.files["terraform.tfvars.json"]).unwrap();
    for (variable, value) in values.as_object().unwrap() {
        assert_eq!(&plan["variables"][variable]["value"], value, "{name}: {variable}");
    }
    assert!(set.iter().all(|resource| values.get(&resource.name).is_some()), "{name}");
}

#[test]
fn gcp_takes_random_sets_and_edits() {
    edited(CLOUDS[0]);
}

#[test]
fn aws_takes_random_sets_and_edits() {
    edited(CLOUDS[1]);
}

#[test]
fn azure_takes_random_sets_and_edits() {
    edited(CLOUDS[2]);
}
