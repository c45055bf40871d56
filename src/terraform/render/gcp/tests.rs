use crate::api::{CloudProjectSpec, Resource};
use crate::terraform::{
    guard,
    render::{RenderInput, Rendered, render},
};
use serde_json::{Value, json};
use std::collections::BTreeMap;

fn rendered(provider: &str, resources: Value) -> Result<Rendered, Vec<String>> {
    let spec: CloudProjectSpec = serde_json::from_value(json!({
        "provider": provider, "region": "europe-west1", "regions": ["europe-west4"],
        "gcp": {"projectId": "shop-123456"}}))
    .unwrap();
    let resources: Vec<Resource> = serde_json::from_value(resources).unwrap();
    let input = RenderInput {
        project: "shop",
        stack: "main",
        project_uid: "0f0e0d0c-1111-2222-3333-444455556666",
        spec: &spec,
        resources: &resources,
        modules: &BTreeMap::new(),
    };
    render(&input)
}

fn everything() -> Value {
    json!([
        {"name": "web-1", "labels": {"team": "x"}, "vm": {"machineType": "e2-small", "publicIp": true, "tags": ["web"],
            "startupScript": "echo ${HOME} %{x}\n"}},
        {"name": "net", "network": {"nat": true}},
        {"name": "data", "bucket": {"expireDays": 7}},
        {"name": "far", "region": "europe-west4", "network": {"cidr": "10.9.0.0/24",
            "subnets": [{"name": "for", "cidr": "10.9.0.0/25"}]}},
    ])
}

#[test]
fn all_kinds_are_written_and_pass_the_guard() {
    let out = rendered("gcp", everything()).unwrap();
    let main = &out.files["main.tf"];
    for part in [
        "resource \"google_compute_instance\" \"web-1\" {\n  name         = var.web-1.name\n",
        "    subnetwork = google_compute_subnetwork.net_a.id\n\n    access_config {}\n",
        "  ip_cidr_range            = var.far.cidrs[\"for\"]\n",
        "  days_since_noncurrent_time = var.data.noncurrent_days\n",
        "resource \"google_compute_router_nat\" \"net\" {\n",
    ] {
        assert!(main.contains(part), "{part} is not in\n{main}");
    }
    let values: Value = serde_json::from_str(&out.files["terraform.tfvars.json"]).unwrap();
    assert_eq!(values["web-1"]["metadata"]["startup-script"], "echo ${HOME} %{x}\n");
    assert_eq!(values["web-1"]["labels"], json!({"team": "x", "ce-resource": "web-1"}));
    assert_eq!(values["data"]["name"], "data-0f0e0d0c");
    assert_eq!(values["net"]["cidrs"], json!({"a": "10.0.0.0/17", "b": "10.0.128.0/17"}));
    assert!(guard::check_files(&out.files, &out.providers).is_empty());
}

#[test]
fn the_order_of_the_set_does_not_matter() {
    let mut reversed = everything();
    reversed.as_array_mut().unwrap().reverse();
    assert_eq!(rendered("gcp", everything()), rendered("gcp", reversed));
}

fn vm(vm: Value) -> Value {
    json!([{"name": "v", "vm": vm}])
}

fn firewall(name: &str, priority: i32) -> Value {
    json!({"name": name, "firewall": {"rules": [{"protocol": "tcp"}], "sources": ["10.0.0.0/8"], "priority": priority}})
}

fn balancer(balancer: Value) -> Value {
    json!([{"name": "v", "vm": {"machineType": "e2-small"}}, {"name": "l", "loadBalancer": balancer},
        {"name": "far", "region": "europe-west4", "vm": {"machineType": "e2-small"}}])
}

#[test]
fn every_finding_names_the_resource_and_the_way_out() {
    for (resources, word) in [
        (
            vm(json!({"machineType": "e2-medum"})),
            "vm.machineType: e2-medum is not known: choose e2-medium, e2-",
        ),
        (json!([{"name": "c", "cluster": {"machineType": "n2-standart-4"}}]), "n2-standard-4"),
        (
            vm(json!({"machineType": "e2-small", "zone": "europe-west1-a"})),
            "Choose europe-west1-b, europe-west1-c or europe-west1-d",
        ),
        (vm(json!({"machineType": "c3-standard-4", "diskType": "standard"})), "vm.diskType"),
        (
            vm(json!({"machineType": "e2-small", "image": "ubuntu-22.04"})),
            "vm.image: image ubuntu-22.04 is not known: choose ubuntu-24.04 or debian-12",
        ),
        (
            json!([{"name": "m", "network": {}}, {"name": "n", "network": {}}, {"name": "v", "vm": {"machineType": "e2-small"}}]),
            "set name to one of them",
        ),
        (
            json!([{"name": "n", "network": {}}, {"name": "v", "vm": {"machineType": "e2-small", "network": {"name": "x"}}}]),
            "\"x\"",
        ),
        (
            json!([{"name": "n", "network": {}}, {"name": "v", "vm": {"machineType": "e2-small", "network": {"name": "n", "subnet": "q"}}}]),
            "a, b",
        ),
        (
            json!([{"name": "n", "network": {}}, {"name": "v", "vm": {"machineType": "e2-small", "zone": "us-east1-b"}}]),
            "zone",
        ),
        (
            json!([{"name": "n", "network": {}}, {"name": "v", "vm": {"machineType": "e2-small", "image": "beos"}}]),
            "beos",
        ),
        (
            json!([{"name": "n", "network": {}}, {"name": "v", "vm": {"machineType": "n4-standard-2", "diskType": "ssd"}}]),
            "diskType",
        ),
        (json!([{"name": "n", "network": {"cidr": "8.8.8.0/24"}}]), "private"),
        (
            json!([{"name": "n", "network": {"subnets": [{"name": "a", "cidr": "10.1.0.0/24"}]}}]),
            "10.0.0.0/16",
        ),
        (
            json!([{"name": "n", "network": {"subnets": [{"name": "a", "cidr": "10.0.0.0/24"}, {"name": "b", "cidr": "10.0.0.0/25"}]}}]),
            "overlaps",
        ),
        (
            json!([{"name": "a", "network": {"subnets": [{"name": "b-c", "cidr": "10.0.0.0/24"}]}},
                {"name": "a-b", "network": {"subnets": [{"name": "c", "cidr": "10.0.0.0/24"}]}}]),
            "a-b-c",
        ),
        (
            vm(
                json!({"machineType": "e2-small", "network": {"existing": {"network": "projects/other/global/networks/n", "subnet": "s"}}}),
            ),
            "other projects",
        ),
        (
            vm(
                json!({"machineType": "e2-small", "dataDisks": [{"name": "d", "gb": 10}, {"name": "d", "gb": 11}]}),
            ),
            "v-d",
        ),
        (
            json!([{"name": "d", "database": {"tier": "db-custom-3-1"}}]),
            "choose db-custom-1-3840, db-custom-",
        ),
        (json!([{"name": "d", "database": {"version": "9"}}]), "choose 14, 15 or 16"),
        (json!([{"name": "d", "database": {"adminUser": "postgres"}}]), "database.adminUser"),
        (
            json!([{"name": "d", "database": {"publicAccess": true, "authorizedNetworks": ["1.2.3.4/8"]}}]),
            "database.authorizedNetworks: 1.2.3.4/8",
        ),
        (json!([{"name": "c", "cluster": {"ha": true, "nodeCount": 4}}]), "Choose 3 or 6"),
        (json!([{"name": "c".repeat(41), "cluster": {}}]), "40 are the most"),
        (json!([{"name": "n", "network": {}}, firewall("f", 900), firewall("g", 900)]), "firewall \"f\""),
        (
            json!([{"name": "f", "firewall": {"rules": [{"protocol": "tcp", "ports": ["90-80"]}], "sources": ["10.0.0.0/8"]}}]),
            "firewall.rules[0].ports",
        ),
        (
            json!([{"name": "l", "loadBalancer": {"listen": {"protocol": "tcp", "port": 1}, "backends": ["nope"]}}]),
            "no vm \"nope\"",
        ),
        (
            balancer(json!({"listen": {"protocol": "http", "port": 1}, "backends": ["v"]})),
            "loadBalancer.scheme",
        ),
        (
            balancer(json!({"listen": {"protocol": "tcp", "port": 1}, "targetPort": 2, "backends": ["v"]})),
            "loadBalancer.targetPort",
        ),
        (
            balancer(json!({"listen": {"protocol": "tcp", "port": 1}, "backends": ["v", "far"]})),
            "region europe-west4",
        ),
        (json!([{"name": "b", "bucket": {"kmsKey": "key"}}]), "bucket.kmsKey"),
        (
            json!([{"name": "a", "bucket": {"globalName": "same"}}, {"name": "b", "bucket": {"globalName": "same"}}]),
            "\"same\"",
        ),
        (json!([{"name": "b", "region": "us-east1", "bucket": {}}]), "europe-west4"),
        (json!([{"name": "google", "bucket": {}}]), "globalName"),
    ] {
        let findings = rendered("gcp", resources).unwrap_err();
        assert!(findings.len() == 1 && findings[0].contains(word), "{word}: {findings:#?}");
    }
}

#[test]
fn a_machine_stands_behind_one_load_balancer() {
    let one = |name: &str| json!({"name": name, "loadBalancer": {"listen": {"protocol": "tcp", "port": 1}, "backends": ["v"]}});
    let findings =
        rendered("gcp", json!([{"name": "v", "vm": {"machineType": "e2-small"}}, one("a"), one("b")]));
    assert!(findings.unwrap_err()[0].contains("another load balancer"));
}

#[test]
fn a_network_is_added_where_none_is() {
    let vm = json!({"name": "v", "vm": {"machineType": "e2-small"}});
    let far = json!({"name": "w", "region": "europe-west4", "vm": {"machineType": "e2-small"}});
    let out = rendered("gcp", json!([vm, far])).unwrap();
    assert!(out.files["main.tf"].contains("subnetwork = google_compute_subnetwork.main_a.id"));
    assert!(out.files["main.tf"].contains("subnetwork = google_compute_subnetwork.main-europe-west4_a.id"));
    assert_eq!(out.warnings.len(), 2, "{:#?}", out.warnings);
    assert!(out.warnings[0].contains("\"main\"") && out.warnings[0].contains("for v"));
    let added: Vec<&str> = out.added.iter().map(|network| network.name.as_str()).collect();
    assert_eq!(added, ["main", "main-europe-west4"]);
    let taken = json!([vm, {"name": "main", "bucket": {}}]);
    assert!(rendered("gcp", taken).unwrap_err()[0].contains("another resource is called so"));
}

#[test]
fn an_existing_network_is_read() {
    let network = json!({"existing": {"network": "shared", "subnet": "apps"}});
    let out = rendered("gcp", json!([{"name": "v", "vm": {"machineType": "e2-small", "network": network}}]))
        .unwrap();
    let main = &out.files["main.tf"];
    assert!(main.contains("subnetwork = data.google_compute_subnetwork.v_existing.id"), "{main}");
    assert!(main.contains("  name   = var.v.existing.subnet\n"), "{main}");
    assert!(guard::check_files(&out.files, &out.providers).is_empty());
}
