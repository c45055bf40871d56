//! What the provider refuses before any plan, beyond the schema.

use super::{Problem, Subject};
use crate::value::Value;

/// The problems of a configuration; unknown parts are not judged.
pub fn validate(subject: &Subject<'_>, config: &Value) -> Vec<Problem> {
    let mut found = Vec::new();
    let kind = subject.kind;
    if kind.name_rule
        && let Some(name) = config.get("name").as_text()
        && !is_host_name(name)
    {
        let message =
            format!("\"name\" ({name:?}) doesn't match regexp \"^(?:[a-z](?:[-a-z0-9]{{0,61}}[a-z0-9])?)$\"");
        found.push(Problem::new(message).at("name"));
    }
    for (name, nested) in &subject.block.blocks {
        let count = config.get(name).as_list().and_then(|list| i64::try_from(list.len()).ok());
        if let Some(count) = count.filter(|count| *count < nested.min) {
            found.push(Problem::new(format!(
                "Insufficient {name} blocks: at least {} required, found {count}",
                nested.min
            )));
        }
    }
    for group in &kind.one_of {
        if group.iter().all(|name| config.get(name).is_blank()) {
            let names = group.join(",");
            found.push(
                Problem::new("Missing required argument")
                    .detail(format!("one of `{names}` must be specified")),
            );
        }
    }
    found
}

fn is_host_name(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    name.len() <= 63
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && !name.ends_with('-')
        && name.chars().all(plain)
}

#[cfg(test)]
mod tests {
    use super::is_host_name;

    #[test]
    fn host_names_are_told_apart() {
        for right in ["a", "web-1", "a2"] {
            assert!(is_host_name(right), "{right}");
        }
        for wrong in ["", "1a", "a-", "A", "a_b", "ü", &"a".repeat(64)] {
            assert!(!is_host_name(wrong), "{wrong}");
        }
    }
}
