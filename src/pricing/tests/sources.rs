//! The room checks its own sources and data.

use super::*;
use std::fs;
use std::path::{Path, PathBuf};

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = vec![];
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => found.extend(sources(&path)),
            false if path.extension().is_some_and(|e| e == "rs") => found.push(path),
            false => {}
        }
    }
    found
}

/// Floats in a source: their types, their readers, and literals such as `1.5`.
fn floats(text: &str) -> Vec<String> {
    let words = ["f32", "f64", "f16", "f128"];
    let mut found = vec![];
    for line in text.lines().filter(|line| !line.trim_start().starts_with("//")) {
        // What stands in quotes is text.
        let code: String = line.split('"').step_by(2).collect();
        let has_word = |word: &str| {
            code.match_indices(word).any(|(at, _)| {
                let before = code[..at].chars().next_back().is_none_or(|c| !c.is_alphanumeric());
                before && code[at + word.len()..].chars().next().is_none_or(|c| !c.is_alphanumeric())
            })
        };
        let literal = code
            .as_bytes()
            .windows(3)
            .any(|w| w[0].is_ascii_digit() && w[1] == b'.' && w[2].is_ascii_digit())
            && !code.contains(".0.")
            && !code.contains("self.0");
        if literal || words.iter().any(|w| has_word(w) || code.contains(&["_", w].concat())) {
            found.push(line.to_owned());
        }
    }
    found
}

#[test]
fn no_money_is_a_float() {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/pricing");
    let all = sources(&own);
    assert!(all.len() > 30, "the sources were not found");
    for path in all {
        if path.ends_with("tests/sources.rs") {
            continue;
        }
        let found = floats(&fs::read_to_string(&path).unwrap());
        assert!(found.is_empty(), "{}: {found:?}", path.display());
    }
    for text in ["let a: f64 = b;", "x.as_f64()", "let a = 1.5;", "Decimal::from_f32_retain(a)"] {
        assert_eq!(floats(text).len(), 1, "{text}");
    }
}

#[test]
fn the_embedded_table_passes_every_check() {
    let table = &EMBEDDED;
    assert!(table.rows().len() > 20_000);
    assert_eq!(table.oldest(), Some(date(2026, 6, 18)));
    for (key, row) in table.rows() {
        let machine = ["compute", "ec2", "vm"].contains(&key.column(2));
        assert_eq!(machine, row.vcpu.is_some() && row.mem_gib.is_some() && row.arch.is_some(), "{key:?}");
    }
}

#[test]
fn the_tables_are_sorted_and_have_one_header() {
    for file in ["gcp.csv", "aws.csv", "azure.csv", "free.csv"] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/pricing/data").join(file);
        let text = fs::read_to_string(path).unwrap();
        let (header, body) = text.split_once('\n').unwrap();
        assert_eq!(header, COLUMNS.join(","), "{file}");
        let rows: Vec<&str> = body.lines().collect();
        assert!(rows.is_sorted(), "{file} is not sorted: build it with src/pricing/data/build.sh");
    }
}
