use super::*;
use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::BTreeMap;

fn check(path: &str, text: &str) -> Vec<String> {
    let files = BTreeMap::from([(path.to_owned(), text.to_owned())]);
    check_files(&files, &["hashicorp/google".to_owned(), "acme/tool".to_owned()])
}

#[test]
fn what_is_never_run_is_refused_in_files() {
    for text in [
        "resource \"google_x\" \"a\" {\n  provisioner \"local-exec\" {\n    command = \"id\"\n  }\n}\n",
        "resource \"google_x\" \"a\" {\n  connection {}\n}\n",
        "removed {\n  from = google_x.a\n  provisioner \"local-exec\" {}\n}\n",
        "data \"terraform_remote_state\" \"a\" {}\n",
        "check \"a\" {\n  data \"terraform_remote_state\" \"b\" {}\n}\n",
        "terraform {\n  backend \"local\" {}\n}\n",
        "terraform {\n  backend \"http\" {\n    address = \"https://x\"\n  }\n}\n",
        "terraform {\n  cloud {}\n}\n",
        "terraform {\n  encryption {}\n}\n",
        "terraform {\n  required_providers {\n    google = {\n      source = \"evil/google\"\n    }\n  }\n}\n",
        "terraform {\n  required_providers {\n    g = {\n      source = \"evil.example/hashicorp/google\"\n    }\n  }\n}\n",
        "terraform {\n  required_providers {\n    google = {\n      source = \"hashicorp/google\"\n      source = \"evil/x\"\n    }\n  }\n}\n",
        "terraform {\n  required_providers {\n    google = {\n      \"${\"x\"}\" = \"hashicorp/google\"\n      source = \"evil/x\"\n    }\n  }\n}\n",
        "resource \"null_resource\" \"a\" {}\n",
        "resource \"google_x\" \"a\" {\n  provider = evil.b\n}\n",
        "provider \"aws\" {}\n",
        "module \"a\" {\n  source = \"git::https://x/y\"\n}\n",
        "module \"a\" {\n  source = \"./../b\"\n}\n",
        "module \"a\" {\n  source = \"./${var.x}\"\n}\n",
        "module \"a\" {}\n",
        "action \"x\" \"y\" {}\n",
        "locals {\n  a = file(\"/etc/passwd\")\n}\n",
        "locals {\n  a = filebase64(\"${path.module}/../x\")\n}\n",
        "locals {\n  a = core::file(\"${path.module}/${var.x}\")\n}\n",
        "locals {\n  a = \"x ${templatefile(\"${path.root}/x\", {})}\"\n}\n",
        "locals {\n  a = fileset(path.module, \"../*\")\n}\n",
        "locals {\n  a = [for path in [{ module = \"/etc\" }] : upper(\"x\")]\n}\n",
        "locals {\n  a = file([\"/etc/passwd\"]...)\n}\n",
        "locals {\n  a = templatestring(local.b, {})\n}\n",
    ] {
        assert_eq!(check("main.tf", text).len(), 1, "{text}{:#?}", check("main.tf", text));
    }
    assert!(check("main.tf", "data \"http\" \"a\" {}\n").len() == 2, "the type and its provider");
}

#[test]
fn what_modules_need_is_allowed() {
    let text = r#"
terraform {
  required_version = ">= 1.9"
  required_providers {
    g    = { source = "registry.terraform.io/hashicorp/Google", version = "~> 8.0" }
    tool = { source = "acme/tool" }
  }
  backend "http" {}
}
variable "x" { type = object({ a = string, b = optional(number, 3) }) }
provider "google" {}
resource "terraform_data" "a" {
  input            = file("${path.module}/files/a..b.txt" == "" ? "" : "x")
  triggers_replace = [for k, v in var.x : k]
}
resource "g_thing" "b" { provider = tool.alias }
module "inner" { source = "./inner" }
locals {
  c = templatefile("${path.module}/a.tpl", { a = 1 })
  d = fileset(path.module, "*.txt")
  e = provider::tool::decode("x")
}
ephemeral "google_secret" "s" {}
check "c" { 
  assert { 
    condition     = true
    error_message = "no"
  }
}
moved { 
  from = terraform_data.x
  to   = terraform_data.a
}
output "o" { value = terraform_data.a.output }
"#;
    let findings = check("main.tf", &text.replace(" == \"\" ? \"\" : \"x\"", "").replace("a..b", "a"));
    assert!(findings.is_empty(), "{findings:#?}");
}

#[test]
fn forms_that_are_not_checked_are_refused() {
    for path in [
        "a.tf.json",
        "a.tofu",
        "a.tofu.json",
        "override.tf",
        "x/b_override.tf",
        "../a.txt",
        ".terraform/x",
        "/x",
    ] {
        assert_eq!(check(path, "").len(), 1, "{path}");
    }
    assert!(check("main.tf", "resource {").first().unwrap().contains("line 1"));
}

#[test]
fn templates_read_no_files() {
    assert_eq!(check("a.tpl", "x ${file(\"${path.module}/x\")}").len(), 1);
    assert_eq!(check("a.tpl", "%{ for path in x }${ broken %{ endfor }${file(\"/etc/passwd\")}").len(), 1);
    assert!(check("a.sh", "#!/bin/sh\necho ${X:-y} $(file x)\n").is_empty());
    assert!(check("a.txt", "profile(x) ${name}").is_empty());
}

#[test]
fn local_names_count_per_folder() {
    let required =
        "terraform {\n  required_providers {\n    aws = {\n      source = \"acme/tool\"\n    }\n  }\n}\n";
    let files = BTreeMap::from([
        ("a/p.tf".to_owned(), required.to_owned()),
        ("a/m.tf".to_owned(), "resource \"aws_x\" \"a\" {}\n".to_owned()),
        ("b/m.tf".to_owned(), "resource \"aws_x\" \"a\" {}\n".to_owned()),
    ]);
    let findings = check_files(&files, &["acme/tool".to_owned()]);
    assert_eq!(findings.len(), 1, "{findings:#?}");
    assert!(findings[0].starts_with("b/m.tf: resource \"aws_x\" \"a\" uses provider hashicorp/aws"));
    assert_eq!(required_list(&files), ["acme/tool", "hashicorp/aws"]);
}

fn required_list(files: &BTreeMap<String, String>) -> Vec<String> {
    required(files).into_iter().collect()
}

fn plan() -> Value {
    json!({"configuration": {
        "provider_config": {"google": {"full_name": "registry.opentofu.org/hashicorp/google"},
            "terraform": {"full_name": "terraform.io/builtin/terraform"}},
        "root_module": {"module_calls": {"m": {"source": "./modules/m", "module": {
            "resources": [{"address": "terraform_data.x", "mode": "managed", "type": "terraform_data"}]}}}}},
      "resource_changes": [{"address": "google_x.a", "mode": "managed", "type": "google_x",
        "provider_name": "registry.terraform.io/hashicorp/google"}]})
}

#[test]
fn what_is_never_run_is_refused_in_plans() {
    let allowed = ["hashicorp/google".to_owned()];
    assert!(check_plan(&plan(), &allowed).is_empty(), "{:#?}", check_plan(&plan(), &allowed));
    let inner = "/configuration/root_module/module_calls/m";
    for (path, value) in [
        ("/configuration/provider_config/google/full_name", json!("evil.example/hashicorp/google")),
        ("/configuration/provider_config/google/full_name", json!("registry.opentofu.org/hashicorp/null")),
        ("/resource_changes/0/provider_name", json!("registry.opentofu.org/hashicorp/null")),
        (&format!("{inner}/source"), json!("git::https://x")),
        (
            &format!("{inner}/module/resources/0"),
            json!({"address": "a.b", "provisioners": [{"type": "local-exec"}]}),
        ),
        (
            &format!("{inner}/module/resources/0"),
            json!({"address": "data.http.b", "mode": "data", "type": "http"}),
        ),
    ] {
        let mut bad = plan();
        *bad.pointer_mut(path).unwrap() = value;
        assert_eq!(check_plan(&bad, &allowed).len(), 1, "{path}: {:#?}", check_plan(&bad, &allowed));
    }
    assert_eq!(check_plan(&json!({}), &allowed).len(), 1);
}

proptest! {
    #[test]
    fn hostile_text_does_no_harm(text in "[a-z{}\\[\\]()\"$%=\\n .~<EOT-]{0,200}") {
        let _ = check("main.tf", &text);
        let _ = check("main.tpl", &text);
    }

    #[test]
    fn deep_nesting_is_refused(open in prop::sample::select(vec!["(", "[", "{ a = ", "\"${", "f("])) {
        let text = ["a = ".to_owned(), open.repeat(50_000)].concat();
        prop_assert_eq!(check("main.tf", &text).len(), 1);
    }
}
