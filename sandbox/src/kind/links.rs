//! References: ids, full links and bare names that mean the same resource.

use super::{Catalogue, Reference, Scope, expand, placeholders};
use crate::value::Value;

/// Whether two texts name the same thing: as id or full link, or, in a cloud
/// with links, one of them by its bare name.
pub fn same_link(catalogue: &Catalogue, one: &str, other: &str) -> bool {
    let (one, other) = (catalogue.unlink(one), catalogue.unlink(other));
    if one == other || catalogue.provider.links.is_empty() {
        // Paths that begin with a slash are the same in any case.
        return one == other || one.starts_with('/') && one.eq_ignore_ascii_case(other);
    }
    let last = |text: &str| text.rsplit('/').next().map(str::to_owned);
    one.contains('/') != other.contains('/') && last(one) == last(other)
}

/// Type and id of the resource which an argument of `root` refers to by that
/// text. `None` where the argument is empty or fits none of the types.
pub fn target<'a>(
    catalogue: &Catalogue,
    reference: &'a Reference,
    text: &str,
    [root, given]: [&Value; 2],
) -> Option<(&'a str, String)> {
    match reference {
        Reference::To(r#type) => {
            target_id(catalogue, r#type, text, [root, given]).map(|id| (r#type.as_str(), id))
        }
        Reference::By { r#type, id } => {
            let mut like = root.clone();
            like.set("text", Value::text(text));
            let id = expand(id, &Scope::of(&like, "", given));
            id.as_text().filter(|id| !id.is_empty()).map(|id| (r#type.as_str(), id.to_owned()))
        }
        Reference::Any(all) => all.iter().find_map(|one| {
            let (r#type, id) = target(catalogue, one, text, [root, given])?;
            catalogue.kinds.get(r#type).filter(|kind| fits(&kind.id, &id)).map(|_| (r#type, id))
        }),
    }
}

/// Whether an id may come from that template, by what stands before the
/// first brace of each of its parts.
fn fits(template: &str, id: &str) -> bool {
    let (ours, theirs): (Vec<&str>, Vec<&str>) = (template.split('/').collect(), id.split('/').collect());
    let part = |(ours, theirs): (&&str, &&str)| match ours.split_once('{') {
        Some((before, _)) => theirs.starts_with(before),
        None => ours == theirs,
    };
    ours.len() == theirs.len() && ours.iter().zip(&theirs).all(part)
}

/// The id of the resource of that type which an argument of `root` names by
/// id, full link, partial link or bare name. `None` where the argument is
/// empty or the type unknown.
pub fn target_id(
    catalogue: &Catalogue,
    r#type: &str,
    text: &str,
    [root, given]: [&Value; 2],
) -> Option<String> {
    let kind = catalogue.kinds.get(r#type)?;
    let text = catalogue.unlink(text);
    if text.is_empty() {
        return None;
    }
    let begin = kind.id.split('{').next().unwrap_or_default();
    if !begin.is_empty() && text.starts_with(begin) || !kind.id.contains('/') {
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
    let scope = Scope::of(&like, "", given);
    expand(&kind.id, &scope).as_text().map(str::to_owned)
}

/// The arguments an import id stands for, by the placeholders of the id's
/// template: the whole id, or, in a cloud with links, its last parts with the
/// rest as in `given`.
pub fn import_id(catalogue: &Catalogue, r#type: &str, text: &str, given: &Value) -> Option<String> {
    let kind = catalogue.kinds.get(r#type)?;
    if catalogue.provider.links.is_empty() {
        return Some(text.to_owned());
    }
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
    expand(&kind.id, &Scope::of(&values, "", given)).as_text().map(str::to_owned)
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
        let full = format!("{}{id}", google.provider.links[0]);
        for text in [id, &full, "n", "global/networks/n"] {
            let found = target_id(&google, "google_compute_network", text, [&root, &Value::Null]);
            assert_eq!(found.as_deref(), Some(id), "{text}");
            assert!(same_link(&google, text, "n"));
        }
        let subnet = target_id(&google, "google_compute_subnetwork", "s", [&root, &Value::Null]);
        assert_eq!(subnet.as_deref(), Some("projects/p/regions/r1/subnetworks/s"));
        assert!(!same_link(&google, id, "projects/q/global/networks/n"));
    }

    #[test]
    fn an_argument_may_refer_to_several_types() {
        assert!(fits("projects/{project}/zones/{zone}/disks/{name}", "projects/p/zones/z/disks/d"));
        assert!(!fits("projects/{project}/zones/{zone}/disks/{name}", "projects/p/zones/z/images/d"));
        assert!(fits("igw-{unique|hex:17}", "igw-1") && !fits("igw-{unique|hex:17}", "vgw-1"));
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
