//! Golden files: the same bytes, whatever the order.

use crate::case::{CLOUDS, Case, cases};
use cloud_engine::api::Kind;
use cloud_engine::terraform::{Rendered, guard};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;

/// The files of a case: those rendered but the module's own, and the notes beside them.
fn files(out: &Rendered) -> BTreeMap<String, String> {
    let own = out.files.iter().filter(|(path, _)| !path.contains('/'));
    let mut files: BTreeMap<String, String> = own.map(|(path, text)| (path.clone(), text.clone())).collect();
    let warnings = out.warnings.iter().map(|warning| format!("warning: {warning}\n"));
    let secrets = out
        .secrets
        .iter()
        .map(|s| format!("secret: {} is key {} of Secret {}\n", s.variable, s.key, s.secret));
    let notes: String = warnings.chain(secrets).collect();
    if !notes.is_empty() {
        files.insert("notes.txt".to_owned(), notes);
    }
    files
}

fn check(case: &Case, wrong: &mut Vec<String>) {
    let files = files(&case.rendered());
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        for (path, text) in &files {
            fs::write(case.folder.join(path), text).unwrap();
        }
    }
    let mut found: BTreeSet<String> =
        fs::read_dir(&case.folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    found.remove("resources.yaml");
    found.remove("existing.json");
    for path in found.iter().filter(|path| !files.contains_key(*path)) {
        wrong.push(format!("{}/{path} is not rendered any more: remove it", case.name()));
    }
    for (path, text) in &files {
        if fs::read_to_string(case.folder.join(path)).ok().as_ref() != Some(text) {
            wrong.push(format!("{}/{path} differs from what is rendered: UPDATE_GOLDEN=1 writes it anew, then read the difference", case.name()));
        }
    }
}

#[test]
fn the_golden_files_are_what_is_rendered() {
    let mut wrong = vec![];
    for cloud in CLOUDS {
        cases(cloud).iter().for_each(|case| check(case, &mut wrong));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_kind_has_a_case_with_nothing_but_what_is_required() {
    for cloud in CLOUDS.into_iter().filter(|cloud| !cases(cloud).is_empty()) {
        let kinds: BTreeSet<Kind> = cases(cloud)
            .iter()
            .flat_map(|case| case.resources.iter().filter_map(|r| r.kind()).collect::<Vec<_>>())
            .collect();
        assert_eq!(kinds, BTreeSet::from(Kind::ALL), "{cloud}");
    }
}

#[test]
fn the_guard_lets_all_of_it_pass() {
    for case in CLOUDS.into_iter().flat_map(cases) {
        let out = case.rendered();
        assert_eq!(guard::check_files(&out.files, &out.providers), Vec::<String>::new(), "{}", case.name());
    }
}

#[test]
fn the_order_of_the_request_does_not_matter() {
    for case in CLOUDS.into_iter().flat_map(cases) {
        let mut turned = case.resources.clone();
        turned.reverse();
        let out = crate::case::rendered(case.cloud, &turned).unwrap();
        assert_eq!(out, case.rendered(), "{}", case.name());
    }
}
