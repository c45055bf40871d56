//! Ids of things in Azure, such as
//! `/subscriptions/S/resourceGroups/G/providers/Microsoft.KeyVault/vaults/V/keys/K`.

/// What stands at the stars of a pattern, when the id follows it. Fixed words are read whatever their case, as
/// Azure does; the first slash may be missing.
pub(super) fn parts<'a>(id: &'a str, pattern: &str) -> Option<Vec<&'a str>> {
    let id: Vec<&str> = id.strip_prefix('/').unwrap_or(id).split('/').collect();
    let pattern: Vec<&str> = pattern.split('/').collect();
    if id.len() != pattern.len() {
        return None;
    }
    let mut found = Vec::new();
    for (part, wanted) in id.into_iter().zip(pattern) {
        match wanted {
            "*" if is_name(part) => found.push(part),
            _ if part.eq_ignore_ascii_case(wanted) => {}
            _ => return None,
        }
    }
    Some(found)
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "._-()".contains(c))
}

#[cfg(test)]
mod tests {
    use super::parts;

    #[test]
    fn ids_follow_a_pattern() {
        let pattern = "resourceGroups/*/providers/X/things/*";
        for id in ["/resourceGroups/g/providers/X/things/t", "resourcegroups/g/providers/x/Things/t"] {
            assert_eq!(parts(id, pattern), Some(vec!["g", "t"]), "{id}");
        }
        for id in [
            "",
            "/resourceGroups//providers/X/things/t",
            "resourceGroups/g",
            "resourceGroups/${g}/providers/X/things/t",
        ] {
            assert_eq!(parts(id, pattern), None, "{id}");
        }
    }
}
