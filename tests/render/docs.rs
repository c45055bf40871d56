//! `docs/resources.md`: written from the definitions and from what is rendered, so that it cannot say anything else.

use crate::case::{CLOUDS, cases, root};
use cloud_engine::api::{DeploymentSession, Kind, Resource};
use cloud_engine::pricing::{PriceBook, book, covered_types};
use hcl::Body;
use kube::CustomResourceExt;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;

const HEAD: &str = "\
# Resources

What a session may ask for in `changes.upsert`, and what each cloud makes of it. Written by
`UPDATE_GOLDEN=1 cargo test --test render` from the custom resource definition and from what is rendered in
`tests/golden`; a test refuses it when it is out of date.

Exactly one of the kinds' blocks is set beside the common fields. `required` fields have no default; a default in
words depends on the cloud or on other fields. Of the types: **priced** has a rule in the price book, free has no price
at the provider, *unpriced* is listed as such in estimates and never guessed.
";

/// The schema of one resource, as the API server has it.
fn schema() -> Value {
    let crd = serde_json::to_value(DeploymentSession::crd()).unwrap();
    crd.pointer(
        "/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/changes/properties/upsert/items",
    )
    .unwrap()
    .clone()
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|")
}

fn type_of(schema: &Value) -> String {
    if let Some(values) = schema["enum"].as_array() {
        return values.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", ");
    }
    let bounds = |low: &str, high: &str| match (schema[low].as_f64(), schema[high].as_f64()) {
        (Some(low), Some(high)) => format!(" {low}–{high}"),
        (None, Some(high)) => format!(" ≤ {high}"),
        _ => String::new(),
    };
    match schema["type"].as_str().unwrap_or_default() {
        "array" => {
            let items = match schema["items"]["type"].as_str() {
                Some("object") => "objects".to_owned(),
                _ => format!("list of {}", type_of(&schema["items"])),
            };
            format!("{items}, at most {}", schema["maxItems"])
        }
        "integer" => format!("number{}", bounds("minimum", "maximum")),
        "boolean" => "true, false".to_owned(),
        "string" => match schema["maxLength"].as_u64() {
            Some(most) => format!("text ≤ {most}"),
            None => "text".to_owned(),
        },
        other => other.to_owned(),
    }
}

fn fields(out: &mut String, schema: &Value, prefix: &str) {
    let required: BTreeSet<&str> =
        schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    for (name, field) in schema["properties"].as_object().into_iter().flatten() {
        let place = format!("{prefix}{name}");
        let default = match &field["default"] {
            _ if required.contains(name.as_str()) => "required".to_owned(),
            Value::Null => "–".to_owned(),
            Value::String(text) => format!("`{text}`"),
            other => format!("`{other}`"),
        };
        let text = one_line(field["description"].as_str().unwrap_or_default());
        writeln!(out, "| `{place}` | {} | {default} | {text} |", type_of(field)).unwrap();
        if field["properties"]["existing"].is_object() {
            // The same for every kind: it has a section of its own.
            continue;
        }
        let (inner, mark) = if field["type"] == "array" { (&field["items"], "[]") } else { (field, "") };
        if inner["properties"].is_object() {
            fields(out, inner, &format!("{place}{mark}."));
        }
    }
}

/// Types that a cloud makes of resources: those of all cases whose label belongs to one.
fn types(
    cloud: &'static str,
    wanted: impl Fn(&Resource) -> bool,
    belongs: impl Fn(&str, &str) -> bool,
) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for case in cases(cloud) {
        let body: Body = hcl::parse(&case.rendered().files["main.tf"]).unwrap();
        let names: Vec<&str> = case.resources.iter().filter(|r| wanted(r)).map(|r| r.name.as_str()).collect();
        for block in body.blocks().filter(|block| block.identifier() == "resource") {
            let (type_, label) = (block.labels()[0].as_str(), block.labels()[1].as_str());
            if names.iter().any(|name| belongs(name, label)) {
                found.insert(type_.to_owned());
            }
        }
    }
    found
}

/// The resource's own label, or that of a companion.
fn own(name: &str, label: &str) -> bool {
    label.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('_'))
}

fn prices(cloud: &str, types: &BTreeSet<String>) -> String {
    let book = PriceBook::of(book::embedded().unwrap());
    let covered: BTreeSet<&str> = covered_types().collect();
    let mut by_name: BTreeMap<&str, String> = BTreeMap::new();
    for type_ in types {
        let free = book.price(cloud, "*", "free", type_, book::Term::OnDemand).is_some();
        let short = type_.split_once('_').map_or(type_.as_str(), |(_, short)| short);
        by_name.insert(
            short,
            match (covered.contains(type_.as_str()), free) {
                (true, _) => format!("**`{short}`**"),
                (false, true) => format!("`{short}`"),
                (false, false) => format!("*`{short}`*"),
            },
        );
    }
    by_name.into_values().collect::<Vec<_>>().join(" · ")
}

fn page() -> String {
    let schema = schema();
    let kinds: BTreeSet<&str> = Kind::ALL.iter().map(|kind| kind.as_str()).collect();
    let mut common = schema.clone();
    common["properties"].as_object_mut().unwrap().retain(|name, _| !kinds.contains(name.as_str()));
    let mut out = HEAD.to_owned();
    let table = "| field | what it takes | default | |\n|---|---|---|---|\n";
    out.push_str(&["\n## Every resource\n\n", table].concat());
    fields(&mut out, &common, "");
    out.push_str(&["\n## A network to stand in\n\nThe field `network` of the kinds that stand in one. Without it: the only network of the stack in that region;\nwhere there is none, a network `main` is added, with a warning.\n\n", table].concat());
    fields(&mut out, &schema["properties"]["vm"]["properties"]["network"], "network.");
    out.push_str("\n## Every stack\n\n| cloud | provider's types, without its prefix |\n|---|---|\n");
    for cloud in CLOUDS {
        let types = types(cloud, |_| true, |_, label| label.starts_with("ce_"));
        writeln!(
            out,
            "| {cloud} | {} |",
            if types.is_empty() { "–".to_owned() } else { prices(cloud, &types) }
        )
        .unwrap();
    }
    for kind in Kind::ALL {
        let block = &schema["properties"][kind.as_str()];
        let about = one_line(block["description"].as_str().unwrap_or_default());
        write!(out, "\n## {}\n\n{about}\n\n{table}", kind.as_str()).unwrap();
        fields(&mut out, block, "");
        out.push_str("\n| cloud | provider's types, without its prefix |\n|---|---|\n");
        for cloud in CLOUDS {
            let types = types(cloud, |r| r.kind() == Some(kind), own);
            let list = match (kind, types.is_empty()) {
                (Kind::Module, _) => "what is in the module".to_owned(),
                (_, true) => "not yet".to_owned(),
                (_, false) => prices(cloud, &types),
            };
            writeln!(out, "| {cloud} | {list} |").unwrap();
        }
    }
    out
}

#[test]
fn the_page_on_resources_is_current() {
    let path = root().join("docs/resources.md");
    let wanted = page();
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&path, &wanted).unwrap();
    }
    let found = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        found == wanted,
        "docs/resources.md is out of date: UPDATE_GOLDEN=1 cargo test --test render writes it anew"
    );
}
