//! The filters of templates.

use std::net::Ipv4Addr;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use serde_json::Number;
use sha2::{Digest as _, Sha256};

use super::template::{Scope, as_text};
use crate::cidr::Cidr;
use crate::value::Value;

/// What a filter makes of a value; null where there is no such filter.
pub fn filter(name: &str, value: &Value, scope: &Scope<'_>) -> Value {
    let text = as_text(value);
    let (name, argument) = name.split_once(':').unwrap_or((name, ""));
    let count = argument.parse().unwrap_or(usize::MAX);
    let found = match name {
        "last" => text.rsplit('/').next().unwrap_or_default().to_owned(),
        "segment" => {
            let mut parts = text.split('/').skip_while(|part| *part != argument);
            parts.nth(1).unwrap_or_default().to_owned()
        }
        "before" => text.split_once(argument).map_or(text.as_str(), |(before, _)| before).to_owned(),
        "after" => text.split_once(argument).map_or("", |(_, after)| after).to_owned(),
        "lower" => text.to_lowercase(),
        "upper" => text.to_uppercase(),
        "plain" => text.chars().filter(char::is_ascii_alphanumeric).collect(),
        "cut" => text.chars().take(count).collect(),
        // A zone's region: europe-west1-b, eu-west-1a.
        "area" => text.trim_end_matches(|c: char| c.is_ascii_lowercase()).trim_end_matches('-').to_owned(),
        "base64" => STANDARD.encode(&text),
        "hex" => format!("{:x}", Sha256::digest(text.as_bytes())).chars().take(count).collect(),
        "uuid" => uuid(&text),
        "fingerprint" => URL_SAFE.encode(seed(&text).to_be_bytes()),
        // Below 2^63: larger whole numbers do not pass unchanged through every engine's state.
        "number" => (seed(&text) % 8_000_000_000_000_000_000 + 1_000_000_000_000_000_000).to_string(),
        "account" => (seed(&text) % 900_000_000_000 + 100_000_000_000).to_string(),
        "small" => (seed(&text) % 90 + 1).to_string(),
        "public" => format!("203.0.113.{}", seed(&text) % 254 + 1),
        _ => return other(name, argument, value, &text, scope),
    };
    Value::Text(found)
}

/// Filters that may give something else than a text.
fn other(name: &str, argument: &str, value: &Value, text: &str, scope: &Scope<'_>) -> Value {
    let range = || text.parse::<Cidr>().ok();
    let address = |found: Option<Ipv4Addr>| found.map_or(Value::Null, |found| Value::Text(found.to_string()));
    match name {
        "gateway" => address(range().map(Cidr::gateway)),
        "host" => address(range().map(|range| range.host(seed(scope.id) + scope.index as u64))),
        "or" if value.is_blank() => Value::text(argument),
        "or" => value.clone(),
        "each" => {
            let list = value.as_list().unwrap_or_default();
            Value::List(list.iter().map(|item| Value::Text([argument, &as_text(item)].concat())).collect())
        }
        "list" if value.is_null() => Value::List(Vec::new()),
        "list" => Value::List(vec![value.clone()]),
        "plus" => match (text.parse::<i64>(), argument.parse::<i64>()) {
            (Ok(one), Ok(more)) => Value::Number(Number::from(one + more)),
            _ => Value::Null,
        },
        _ => Value::Null,
    }
}

fn uuid(text: &str) -> String {
    let hex = format!("{:x}", Sha256::digest(text.as_bytes()));
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
    [part(0, 8), part(8, 12), &format!("4{}", part(13, 16)), &format!("8{}", part(17, 20)), part(20, 32)]
        .join("-")
}

/// A number that is always the same for the same text.
fn seed(text: &str) -> u64 {
    Sha256::digest(text.as_bytes()).iter().take(8).fold(0, |sum, byte| sum << 8 | u64::from(*byte)) >> 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_cut_and_made() {
        let nothing = Value::Null;
        let scope = Scope::of(&nothing, "", &nothing);
        let made = |name, text| as_text(&filter(name, &Value::text(text), &scope));
        for (name, text, wanted) in [
            ("area", "europe-west1-b", "europe-west1"),
            ("area", "eu-west-1a", "eu-west-1"),
            ("before:@", "a@b", "a"),
            ("after:@", "a@b", "b"),
            ("plain", "a-b_1", "ab1"),
            ("cut:2", "abc", "ab"),
            ("or:x", "", "x"),
            ("plus:1", "41", "42"),
            ("unheard-of", "a", ""),
        ] {
            assert_eq!(made(name, text), wanted, "{name} {text}");
        }
        assert_eq!(made("hex:17", "a").len(), 17);
        assert_eq!(made("uuid", "a").len(), 36);
    }
}
