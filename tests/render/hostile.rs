//! Text that tries to be code: it arrives as the text it is, or it is refused. The API server's patterns are not
//! relied on.

use crate::case::{CLOUDS, cases, rendered};
use cloud_engine::api::Resource;
use cloud_engine::terraform::guard;
use serde_json::Value;

const TEXTS: [&str; 4] = [
    "x${file(\"/etc/passwd\")}",
    "x%{ if true }y%{ endif }",
    "x\" }\nresource \"evil\" \"bad\" {\n",
    "../../x\\u0041",
];

/// Places of all strings and keys of maps in a value.
fn places(value: &Value, at: &str, found: &mut Vec<(String, bool)>) {
    match value {
        Value::String(_) => found.push((at.to_owned(), false)),
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(i, item)| places(item, &format!("{at}/{i}"), found));
        }
        Value::Object(members) => {
            for (key, member) in members {
                let place = format!("{at}/{}", key.replace('~', "~0").replace('/', "~1"));
                if at.ends_with("/labels") || at.ends_with("/inputs") {
                    found.push((place.clone(), true));
                }
                places(member, &place, found);
            }
        }
        _ => {}
    }
}

fn spoilt(request: &Value, place: &str, key: bool, text: &str) -> Value {
    let mut request = request.clone();
    if key {
        let (parent, name) = place.rsplit_once('/').unwrap();
        let map = request.pointer_mut(parent).unwrap().as_object_mut().unwrap();
        let value = map.remove(name).unwrap();
        map.insert(text.to_owned(), value);
    } else {
        *request.pointer_mut(place).unwrap() = Value::String(text.to_owned());
    }
    request
}

#[test]
fn hostile_text_is_data_or_refused() {
    let (mut refused, mut kept) = (0, 0);
    for case in CLOUDS.into_iter().flat_map(cases) {
        let request = serde_json::to_value(&case.resources).unwrap();
        let plain = case.rendered();
        let mut all = vec![];
        places(&request, "", &mut all);
        for (place, key) in &all {
            for text in TEXTS {
                let told = format!("{} {place} {text:?}", case.name());
                let Ok(resources) =
                    serde_json::from_value::<Vec<Resource>>(spoilt(&request, place, *key, text))
                else {
                    refused += 1;
                    continue;
                };
                let Ok(out) = rendered(case.cloud, &resources) else {
                    refused += 1;
                    continue;
                };
                if out == plain {
                    // A field that means nothing here, such as a path for tcp.
                    continue;
                }
                let values = &out.files["terraform.tfvars.json"];
                let inside = serde_json::to_string(text).unwrap();
                assert!(values.contains(inside.trim_matches('"')), "{told} did not arrive");
                for (path, file) in out.files.iter().filter(|(path, _)| guard::is_config(path)) {
                    let marks = ["passwd", "if true", "evil", "../../"];
                    assert!(!marks.iter().any(|mark| file.contains(mark)), "{told} is in {path}");
                }
                kept += 1;
            }
        }
    }
    // Both happen, so the test sees both.
    assert!(refused > 100 && kept > 100, "{refused} refused, {kept} kept");
}
