//! References: ids, full links and bare names that mean the same resource.

use super::{Catalogue, Scope, expand, placeholders};
use crate::value::Value;

/// Whether two texts name the same thing: as id or full link, or one of them
/// by its bare name.
pub fn same_link(catalogue: &Catalogue, one: &str, other: &str) -> bool {
    let (one, other) = (catalogue.unlink(one), catalogue.unlink(other));
    if one == other {
        return true;
    }
    let last = |text: &str| text.rsplit('/').next().map(str::to_owned);
    one.contains('/') != other.contains('/') && last(one) == last(other)
}

/// The id of the resource of that type which an argument of `root` names by
/// id, full link, partial link or bare name. `None` where the argument is
/// empty or the type unknown.
pub fn target_id(catalogue: &Catalogue, r#type: &str, text: &str, root: &Value) -> Option<String> {
    let kind = catalogue.kinds.get(r#type)?;
    let text = catalogue.unlink(text);
    if text.is_empty() {
        return None;
    }
    if text.starts_with("projects/") || !kind.id.contains('/') {
        return Some(text.to_owned());
    }
    // What the text does not say is as in the resource that names it.
    let mut like = root.clone();
    if let Some(zone) = root.get("zone").as_text().filter(|_| root.get("region").is_blank()) {
        let region = zone.rsplit_once('-').map_or(zone, |(region, _)| region);
        like.set("region", Value::text(region));
    }
    let parts: Vec<&str> = text.split('/').collect();
    for name in ["regions", "zones"] {
        if let Some(at) = parts.iter().position(|part| *part == name) {
            let value = parts.get(at + 1).copied().unwrap_or_default();
            like.set(name.trim_end_matches('s'), Value::text(value));
        }
    }
    like.set("name", Value::text(*parts.last()?));
    let scope = Scope::of(&like, "");
    expand(&kind.id, &scope).as_text().map(str::to_owned)
}

/// The arguments an import id stands for, by the placeholders of the id's
/// template: the whole id, or its last parts with the rest as in `given`.
pub fn import_id(catalogue: &Catalogue, r#type: &str, text: &str, given: &Value) -> Option<String> {
    let kind = catalogue.kinds.get(r#type)?;
    let text = catalogue.unlink(text);
    let names = placeholders(&kind.id);
    let parts: Vec<&str> = text.split('/').filter(|part| !part.is_empty()).collect();
    if text.starts_with("projects/") || parts.len() > names.len() || parts.is_empty() {
        return Some(text.to_owned());
    }
    let mut values = given.clone();
    for (name, part) in names.iter().rev().zip(parts.iter().rev()) {
        values.set(name, Value::text(*part));
    }
    expand(&kind.id, &Scope::of(&values, "")).as_text().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn google() -> Catalogue {
        Catalogue::find("google").unwrap().unwrap()
    }

    #[test]
    fn all_spellings_name_one_network() {
        let google = google();
        let root = Value::from(&json!({"project": "p", "zone": "r1-b"}));
        let id = "projects/p/global/networks/n";
        let full = format!("{}{id}", google.link);
        for text in [id, &full, "n", "global/networks/n"] {
            let found = target_id(&google, "google_compute_network", text, &root);
            assert_eq!(found.as_deref(), Some(id), "{text}");
            assert!(same_link(&google, text, "n"));
        }
        let subnet = target_id(&google, "google_compute_subnetwork", "s", &root);
        assert_eq!(subnet.as_deref(), Some("projects/p/regions/r1/subnetworks/s"));
        assert!(!same_link(&google, id, "projects/q/global/networks/n"));
    }

    #[test]
    fn imports_may_be_short() {
        let google = google();
        let given = Value::from(&json!({"project": "p", "zone": "z", "region": "r"}));
        let import = |kind, text| import_id(&google, kind, text, &given).unwrap();
        let disk = "projects/q/zones/y/disks/d";
        assert_eq!(import("google_compute_disk", disk), disk);
        assert_eq!(import("google_compute_disk", "q/y/d"), disk);
        assert_eq!(import("google_compute_disk", "d"), "projects/p/zones/z/disks/d");
        assert_eq!(import("google_compute_router_nat", "r1/n"), "p/r/r1/n");
        assert_eq!(import("google_storage_bucket", "b"), "b");
    }
}
