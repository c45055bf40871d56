use crate::api::{CloudProjectSpec, Resource};
use crate::terraform::render::{RenderInput, Rendered, render};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// 1024 bits.
const SHORT_KEY: &str = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQDxtCn1gVvrRXoxGuqEOuLsgSo9vcdSx+vFJQF+SHORT";

fn rendered(resources: Value) -> Result<Rendered, Vec<String>> {
    let spec: CloudProjectSpec = serde_json::from_value(
        json!({"provider": "azure", "region": "westeurope", "regions": ["northeurope"]}),
    )
    .unwrap();
    let resources: Vec<Resource> = serde_json::from_value(resources).unwrap();
    render(&RenderInput {
        project: "shop",
        stack: "main",
        project_uid: "0f0e0d0c-1111-2222-3333-444455556666",
        spec: &spec,
        resources: &resources,
        modules: &BTreeMap::new(),
    })
}

/// What is wrong with one resource of a kind, in a stack with a network.
fn finding(kind: &str, block: Value) -> String {
    let mut findings =
        rendered(json!([{"name": "net", "network": {}}, {"name": "x", kind: block}])).unwrap_err();
    assert_eq!(findings.len(), 1, "{findings:#?}");
    findings.remove(0)
}

fn vm(more: Value) -> Value {
    let mut vm = json!({"machineType": "Standard_B2s"});
    vm.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    vm
}

#[test]
fn a_machine_that_azure_does_not_sell_is_refused_with_what_it_does() {
    for (more, words) in [
        (json!({"machineType": "e2-small"}), vec!["vm.machineType", "choose Standard_"]),
        (json!({"machineType": "standard_b2s"}), vec!["choose Standard_B2s, "]),
        (json!({"diskGb": 20}), vec!["vm.diskGb", "Choose 30"]),
        (json!({"diskGb": 5000}), vec!["vm.diskGb", "Choose 4095"]),
        (json!({"zone": "westeurope-1"}), vec!["vm.zone", "1, 2 or 3"]),
        (json!({"image": "beos"}), vec!["vm.image", "debian-12"]),
        (json!({"image": "a:b:c"}), vec!["vm.image", "PUBLISHER:OFFER:SKU:VERSION"]),
        (json!({"sshUser": "admin"}), vec!["vm.sshUser", "ops"]),
        (json!({"sshPublicKeys": [SHORT_KEY]}), vec!["vm.sshPublicKeys[0]", "RSA"]),
        (json!({"sshPublicKeys": ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA=="]}), vec!["RSA"]),
        (json!({"identity": "web@shop.iam"}), vec!["vm.identity", "userAssignedIdentities"]),
        (json!({"dataDisks": [{"name": "d", "gb": 40000}]}), vec!["vm.dataDisks[d].gb", "32767"]),
        (
            json!({"network": {"existing": {"network": "shared", "subnet": "a"}}}),
            vec!["vm.network.existing.network", "RESOURCE-GROUP/NAME"],
        ),
    ] {
        let told = finding("vm", vm(more.clone()));
        assert!(words.iter().all(|word| told.contains(word)), "{more}: {told}");
    }
}

#[test]
fn what_azure_does_not_sell_of_other_kinds_is_refused_with_what_it_does() {
    for (kind, block, words) in [
        ("database", json!({"tier": "db.t4g.micro"}), ["database.tier", "azure sells no postgres in"]),
        ("database", json!({"tier": "GP_Standard_D3s_v3"}), ["database.tier", "GP_Standard_D2s_v3"]),
        (
            "database",
            json!({"engine": "mysql", "tier": "GP_Standard_D2s_v3"}),
            ["database.tier", "choose GP_Standard_D2ds_v4"],
        ),
        ("database", json!({"ha": true}), ["database.ha", "GP_Standard_"]),
        ("database", json!({"storageGb": 100}), ["database.storageGb", "Choose 64 or 128"]),
        ("database", json!({"storageGb": 10}), ["database.storageGb", "Choose 32"]),
        ("database", json!({"backupDays": 0}), ["database.backupDays", "Choose 7"]),
        ("database", json!({"version": "9"}), ["database.version", "14"]),
        ("bucket", json!({"class": "archive"}), ["bucket.class", "cold"]),
        ("bucket", json!({"globalName": "my-shop"}), ["bucket.globalName", "myshop"]),
        ("bucket", json!({"kmsKey": "projects/p/key"}), ["bucket.kmsKey", "Microsoft.KeyVault/vaults"]),
        ("cluster", json!({"machineType": "t3.large"}), ["cluster.machineType", "Standard_"]),
        ("cluster", json!({"version": "1.33.1-gke.100"}), ["cluster.version", "MAJOR.MINOR"]),
        (
            "firewall",
            json!({"priority": 4096, "sources": ["10.0.0.0/8"], "rules": [{"protocol": "tcp"}, {"protocol": "udp"}]}),
            ["firewall.priority", "Choose 4095 or less"],
        ),
    ] {
        let told = finding(kind, block.clone());
        assert!(words.iter().all(|word| told.contains(word)), "{kind} {block}: {told}");
    }
}

#[test]
fn a_protocol_more_may_not_take_the_number_of_another_firewall() {
    let rules = json!([{"protocol": "udp", "ports": ["53"]}, {"protocol": "tcp", "ports": ["53"]}]);
    let two = |first: i32, second: i32, direction: &str| {
        json!([
            {"name": "net", "network": {}},
            {"name": "dns", "firewall": {"priority": first, "rules": rules, "sources": ["10.0.0.0/8"]}},
            {"name": "web", "firewall": {"priority": second, "direction": direction, "rules": [{"protocol": "tcp"}], "sources": ["10.0.0.0/8"]}},
        ])
    };
    let findings = rendered(two(1000, 1001, "ingress")).unwrap_err();
    assert!(findings.len() == 1 && findings[0].contains("1000 to 1001"), "{findings:#?}");
    // Equal numbers are found for all clouds.
    assert_eq!(rendered(two(1000, 1000, "ingress")).unwrap_err().len(), 1);
    for fine in [two(1000, 1002, "ingress"), two(1000, 1001, "egress")] {
        let out = rendered(fine).unwrap();
        let values: Value = serde_json::from_str(&out.files["terraform.tfvars.json"]).unwrap();
        assert_eq!(values["dns"]["rules"][0]["protocol"], "Udp");
        assert_eq!(values["dns"]["rules"][1]["priority"], 1001);
    }
}

#[test]
fn a_load_balancer_that_azure_does_not_sell_is_refused() {
    let balanced = |balancer: Value| {
        let web = json!({"name": "web", "vm": vm(json!({}))});
        rendered(json!([{"name": "net", "network": {}}, web, {"name": "a", "loadBalancer": balancer}]))
    };
    let https = json!({"listen": {"protocol": "https", "port": 443}, "scheme": "external", "backends": ["web"], "certificate": "shop.example.com"});
    let told = balanced(https).unwrap_err();
    assert!(
        told.len() == 1 && told[0].contains("loadBalancer.certificate") && told[0].contains("secrets/"),
        "{told:#?}"
    );
    let inside = json!({"listen": {"protocol": "http", "port": 80}, "backends": ["web"]});
    assert!(balanced(inside).unwrap_err()[0].contains("loadBalancer.scheme"));
    let nobody = json!({"listen": {"protocol": "tcp", "port": 80}, "backends": ["api"]});
    assert!(balanced(nobody).unwrap_err()[0].contains("\"api\""));
    let existing = json!({"existing": {"network": "platform/shared", "subnet": "apps"}});
    let listen = |protocol: &str| json!({"listen": {"protocol": protocol, "port": 80}, "scheme": "external", "backends": ["web"]});
    let there = |balancer: Value| {
        rendered(
            json!([{"name": "web", "vm": vm(json!({"network": existing}))}, {"name": "a", "loadBalancer": balancer}]),
        )
    };
    assert!(there(listen("http")).unwrap_err()[0].contains("subnet of its own"));
    assert!(there(listen("tcp")).is_ok());
    let web = json!({"name": "web", "vm": vm(json!({}))});
    let twice = json!([web, {"name": "a", "loadBalancer": listen("tcp")}, {"name": "b", "loadBalancer": listen("tcp")}]);
    assert!(rendered(twice).unwrap_err()[0].contains("another load balancer"));
}

#[test]
fn names_that_would_be_too_long_or_shared_are_refused() {
    let long = "a".repeat(60);
    let disk = json!([{"name": "data-of-the-shop-for-years", "gb": 10}]);
    let told = rendered(json!([{"name": long, "vm": vm(json!({"dataDisks": disk}))}])).unwrap_err();
    assert!(told.len() == 1 && told[0].contains("80 characters"), "{told:#?}");
    assert!(rendered(json!([{"name": long, "database": {}}])).unwrap_err()[0].contains("54 are the most"));
    // Both lose their hyphens, and are cut.
    let told = rendered(json!([{"name": "shop-data", "bucket": {}}, {"name": "shopdata", "bucket": {}}]))
        .unwrap_err();
    assert!(told.len() == 1 && told[0].contains("shopdata0f0e0d0c"), "{told:#?}");
    // A network's own subnets cannot meet those of its services.
    let net = json!({"name": "net", "network": {"subnets": [{"name": "postgres", "cidr": "10.0.0.0/24"}]}});
    let out = rendered(json!([net, {"name": "orders", "database": {}}])).unwrap();
    for label in ["\"azurerm_subnet\" \"net_postgres\"", "\"azurerm_subnet\" \"net_services_postgres\""] {
        assert_eq!(out.files["main.tf"].matches(label).count(), 1, "{label}");
    }
}

#[test]
fn the_key_of_the_credentials_is_asked_for_where_none_is_given() {
    let out = rendered(json!([{"name": "web", "vm": vm(json!({}))}])).unwrap();
    let main = &out.files["main.tf"];
    assert!(main.contains("    public_key = var.ssh_public_key\n"), "{main}");
    assert!(main.contains("      condition     = var.ssh_public_key != \"\"\n"), "{main}");
    assert!(out.files["variables.tf"].contains("variable \"ssh_public_key\""));
    assert!(out.secrets.is_empty());
}

#[test]
fn a_group_stands_in_each_region_once() {
    let far = json!({"name": "far", "region": "northeurope", "bucket": {}});
    let out = rendered(json!([far, {"name": "a", "bucket": {}}, {"name": "b", "bucket": {}}])).unwrap();
    for region in ["westeurope", "northeurope"] {
        let group = ["resource \"azurerm_resource_group\" \"ce_", region, "\""].concat();
        assert_eq!(out.files["main.tf"].matches(&group).count(), 1);
    }
    let told = rendered(json!([{"name": "a", "region": "eastus", "bucket": {}}])).unwrap_err();
    assert!(told.len() == 1 && told[0].contains("northeurope"), "{told:#?}");
}

#[test]
fn what_others_name_goes_after_they_let_go_of_it() {
    let key = "/subscriptions/s/resourceGroups/g/providers/Microsoft.KeyVault/vaults/v/keys/k";
    let out = rendered(json!([
        {"name": "web", "vm": vm(json!({"publicIp": true, "zone": "1", "tags": ["web"]}))},
        {"name": "let", "firewall": {"rules": [{"protocol": "tcp"}], "sources": ["10.0.0.0/8"], "targetTags": ["web"]}},
        {"name": "files", "bucket": {"kmsKey": key.trim_start_matches('/')}},
    ]))
    .unwrap();
    let main: hcl::Body = hcl::parse(&out.files["main.tf"]).unwrap();
    let named = [
        "azurerm_public_ip",
        "azurerm_application_security_group",
        "azurerm_user_assigned_identity",
        "azurerm_role_assignment",
    ];
    for type_ in named {
        let found: Vec<_> =
            main.blocks().filter(|b| b.labels().first().is_some_and(|l| l.as_str() == type_)).collect();
        assert_eq!(found.len(), 1, "{type_}");
        let last = found[0].body().blocks().find(|b| b.identifier() == "lifecycle").unwrap();
        assert_eq!(last.body().attributes().next().unwrap().key(), "create_before_destroy");
        // In all zones: another one may not replace it, since both would have one name.
        assert!(!found[0].body().attributes().any(|a| a.key() == "zones"));
    }
}
