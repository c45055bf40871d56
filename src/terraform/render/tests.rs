use super::*;
use crate::terraform::guard;
use proptest::prelude::*;
use serde_json::{Value, json};

const MODULE: &str = "variable \"text\" {}\nresource \"terraform_data\" \"x\" {\n  input = var.text\n}\n";

fn spec() -> CloudProjectSpec {
    serde_json::from_value(json!({"provider": "gcp", "region": "europe-west1", "sandbox": true,
        "allow": {"providers": ["hashicorp/random"]}}))
    .unwrap()
}

fn module(name: &str, inputs: Value) -> Resource {
    serde_json::from_value(json!({"name": name, "module": {
        "source": "configmap/m", "inputs": inputs, "outputs": ["url"]}}))
    .unwrap()
}

fn rendered(resources: &[Resource], text: &str) -> Result<Rendered, Vec<String>> {
    let files = BTreeMap::from([("main.tf".to_owned(), text.to_owned())]);
    let modules = resources.iter().map(|r| (r.name.clone(), files.clone())).collect();
    render(&RenderInput {
        project: "shop",
        stack: "main",
        project_uid: "0f0e0d0c-1111",
        spec: &spec(),
        resources,
        modules: &modules,
    })
}

#[test]
fn a_module_is_a_call_with_values_beside_it() {
    let out = rendered(&[module("web-1", json!({"text": "hi", "count_of": 2}))], MODULE).unwrap();
    assert_eq!(
        out.files["main.tf"],
        "terraform {\n  backend \"http\" {}\n}\n\nmodule \"web-1\" {\n  source   = \"./modules/web-1\"\n  count_of = var.web-1.count_of\n  text     = var.web-1.text\n}\n"
    );
    assert_eq!(out.files["variables.tf"], "variable \"web-1\" {\n  type     = any\n  nullable = false\n}\n");
    assert_eq!(
        out.files["outputs.tf"],
        "output \"web-1_url\" {\n  value     = module.web-1.url\n  sensitive = true\n}\n"
    );
    assert_eq!(out.files["modules/web-1/main.tf"], MODULE);
    assert_eq!(out.providers, ["hashicorp/google", "hashicorp/random"]);
    assert!(guard::check_files(&out.files, &out.providers).is_empty());
}

#[test]
fn the_cloud_is_pinned_where_it_is_used() {
    let out = rendered(&[module("b", json!({}))], "resource \"google_storage_bucket\" \"x\" {}\n").unwrap();
    let main = &out.files["main.tf"];
    assert!(
        main.contains(
            "    google = {\n      source  = \"hashicorp/google\"\n      version = \"8.7.0\"\n    }\n"
        ),
        "{main}"
    );
    assert!(main.contains("provider \"google\" {\n  project        = var.ce_cloud.project\n"), "{main}");
    assert!(guard::check_files(&out.files, &out.providers).is_empty());
}

#[test]
fn findings_come_all_at_once() {
    let resources = [
        module("count", json!({})),
        module("a", json!({"source": 1})),
        serde_json::from_value(json!({"name": "v"})).unwrap(),
    ];
    let findings = rendered(&resources, MODULE).unwrap_err();
    assert_eq!(findings.len(), 3, "{findings:#?}");
    assert!(findings[2].contains("exactly one"));
}

#[test]
fn a_module_without_files_or_with_a_path_outside_is_refused() {
    let resources = [module("a", json!({}))];
    let bad = BTreeMap::from([("main.tf".to_owned(), String::new()), ("../x.tf".to_owned(), String::new())]);
    for modules in [BTreeMap::new(), BTreeMap::from([("a".to_owned(), bad)])] {
        let input = RenderInput {
            project: "p",
            stack: "s",
            project_uid: "u",
            spec: &spec(),
            resources: &resources,
            modules: &modules,
        };
        assert_eq!(render(&input).unwrap_err().len(), 1);
    }
}

proptest! {
    #[test]
    fn hostile_values_stay_data(text in "(\\$\\{|%\\{|\\.\\./|\\PC|[\"\\\\\n\r\t]){1,40}") {
        let marked = ["<<", &text, ">>"].concat();
        let out = rendered(&[module("web", json!({"text": marked}))], MODULE).unwrap();
        let values: Value = serde_json::from_str(&out.files["terraform.tfvars.json"]).unwrap();
        prop_assert_eq!(values["web"]["text"].as_str().unwrap(), marked.as_str());
        for (path, file) in out.files.iter().filter(|(path, _)| guard::is_config(path)) {
            prop_assert!(!file.contains("<<"), "{} holds the value", path);
        }
    }

    #[test]
    fn any_order_gives_the_same_bytes(order in Just(vec!["a", "b", "c", "d"]).prop_shuffle()) {
        let sorted = ["a", "b", "c", "d"].map(|name| module(name, json!({"text": name})));
        let shuffled: Vec<Resource> = order.iter().map(|name| module(name, json!({"text": name}))).collect();
        prop_assert_eq!(rendered(&sorted, MODULE).unwrap(), rendered(&shuffled, MODULE).unwrap());
    }
}
