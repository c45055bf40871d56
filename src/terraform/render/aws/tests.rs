use crate::api::{CloudProjectSpec, Resource};
use crate::terraform::{
    guard,
    render::{RenderInput, Rendered, render},
};
use serde_json::{Value, json};
use std::collections::BTreeMap;

const EXISTING: &str = "vpc-0123456789abcdef0";

fn rendered(resources: Value) -> Result<Rendered, Vec<String>> {
    let spec: CloudProjectSpec = serde_json::from_value(
        json!({"provider": "aws", "region": "eu-west-1", "regions": ["eu-central-1"]}),
    )
    .unwrap();
    let resources: Vec<Resource> = serde_json::from_value(resources).unwrap();
    let out = render(&RenderInput {
        project: "shop",
        stack: "main",
        project_uid: "0f0e0d0c-1111-2222-3333-444455556666",
        spec: &spec,
        resources: &resources,
        modules: &BTreeMap::new(),
    })?;
    assert_eq!(guard::check_files(&out.files, &out.providers), Vec::<String>::new());
    Ok(out)
}

fn main(resources: Value) -> String {
    rendered(resources).unwrap().files["main.tf"].clone()
}

/// The block that begins with this line.
fn block(text: &str, head: &str) -> String {
    let (_, rest) = text.split_once(&[head, " {\n"].concat()).unwrap_or_else(|| panic!("{head}: {text}"));
    rest.split("\n}\n").next().unwrap().to_owned()
}

fn vm(name: &str, mut vm: Value) -> Value {
    if vm["machineType"].is_null() {
        vm["machineType"] = "t3.small".into();
    }
    json!({"name": name, "vm": vm})
}

fn firewall(name: &str, mut firewall: Value) -> Value {
    firewall["rules"] = json!([{"protocol": "tcp", "ports": ["443"]}]);
    firewall["sources"] = json!(["10.0.0.0/8"]);
    json!({"name": name, "firewall": firewall})
}

fn balancer(name: &str, mut balancer: Value) -> Value {
    if balancer["listen"].is_null() {
        balancer["listen"] = json!({"protocol": "http", "port": 80});
    }
    if balancer["backends"].is_null() {
        balancer["backends"] = json!(["v"]);
    }
    json!({"name": name, "loadBalancer": balancer})
}

fn existing(subnet: &str) -> Value {
    json!({"existing": {"network": EXISTING, "subnet": subnet}})
}

#[test]
fn firewalls_are_groups_on_the_machines_with_their_tags() {
    let text = main(json!([
        vm("a", json!({"tags": ["web"]})),
        vm("b", json!({"tags": ["db"]})),
        firewall("all", json!({})),
        firewall("web", json!({"targetTags": ["web"]})),
        firewall("out", json!({"targetTags": ["db"], "direction": "egress"})),
    ]));
    let groups = |machine: &str| {
        let block = block(&text, &format!("resource \"aws_instance\" \"{machine}\""));
        let line = block.lines().find(|line| line.contains("vpc_security_group_ids")).unwrap().to_owned();
        line.split_once("= ").unwrap().1.to_owned()
    };
    assert_eq!(
        groups("a"),
        "[aws_security_group.a.id, aws_security_group.all.id, aws_security_group.web.id]"
    );
    assert_eq!(
        groups("b"),
        "[aws_security_group.b.id, aws_security_group.all.id, aws_security_group.out.id]"
    );
    assert!(text.contains("\"aws_vpc_security_group_egress_rule\" \"a\""));
    assert!(!text.contains("\"aws_vpc_security_group_egress_rule\" \"b\""), "out says where b may go");
}

#[test]
fn a_network_has_a_way_to_the_internet_only_where_it_is_needed() {
    let net = json!({"name": "net", "network": {}});
    let plain = main(json!([net, vm("v", json!({}))]));
    for type_ in ["aws_internet_gateway", "aws_route", "aws_nat_gateway", "aws_eip"] {
        assert!(!plain.contains(&format!("resource \"{type_}\"")), "{type_}");
    }
    let public = main(json!([net, vm("v", json!({"publicIp": true}))]));
    let table = |text: &str, subnet: &str| {
        let head = format!("resource \"aws_route_table_association\" \"net_{subnet}\"");
        text.contains(&head).then(|| block(text, &head).lines().last().unwrap().trim().to_owned())
    };
    assert!(table(&public, "a").unwrap().ends_with("aws_route_table.net_public.id"));
    assert_eq!(table(&public, "b"), None);
    assert!(!public.contains("aws_nat_gateway"));
    assert!(
        block(&public, "resource \"aws_instance\" \"v\"")
            .contains("depends_on                  = [aws_route.net_public,")
    );
    let apps = json!({"name": "apps", "cluster": {"network": {"name": "net", "subnet": "b"}}});
    let both = main(json!([net, vm("v", json!({"publicIp": true})), apps]));
    assert!(table(&both, "a").unwrap().ends_with("aws_route_table.net_public.id"));
    assert!(table(&both, "b").unwrap().ends_with("aws_route_table.net_private.id"));
    assert!(both.contains("availability_mode = \"regional\""));
}

#[test]
fn what_spans_zones_takes_a_subnet_of_each() {
    let subnets: Vec<Value> =
        (0..4).map(|i| json!({"name": format!("s{i}"), "cidr": format!("10.0.{i}.0/24")})).collect();
    let net = json!({"name": "net", "network": {"subnets": subnets}});
    let database = json!({"name": "d", "database": {"network": {"name": "net", "subnet": "s3"}}});
    let text = main(json!([net, database, vm("v", json!({})), balancer("l", json!({}))]));
    assert!(text.contains("subnet_ids = [aws_subnet.net_s3.id, aws_subnet.net_s0.id]"), "{text}");
    assert!(
        block(&text, "resource \"aws_lb\" \"l\"").contains("[aws_subnet.net_s0.id, aws_subnet.net_s1.id]")
    );
    let zone = block(&text, "resource \"aws_subnet\" \"net_s3\"");
    assert!(zone.contains("data.aws_availability_zones.net.names[1]"), "{zone}");
}

#[test]
fn a_load_balancer_is_let_in_by_its_machines_alone() {
    let text = main(json!([
        vm("v", json!({})),
        vm("w", json!({})),
        balancer("l", json!({"targetPort": 8080, "backends": ["v"]}))
    ]));
    let rule = block(&text, "resource \"aws_vpc_security_group_ingress_rule\" \"l_v\"");
    assert!(rule.contains("= aws_security_group.v.id\n") && rule.contains("= aws_security_group.l.id\n"));
    assert!(!text.contains("\"l_w\""));
    let values: Value =
        serde_json::from_str(&rendered(json!([vm("v", json!({})), balancer("l", json!({}))])).unwrap().files
            ["terraform.tfvars.json"])
        .unwrap();
    assert_eq!((&values["l"]["port"], &values["l"]["internal"]), (&json!(80), &json!(true)));
}

#[test]
fn targets_are_called_otherwise_when_they_have_to_be_made_anew() {
    let name = |balancer_: Value, cidr: &str| {
        let net = json!({"name": "n", "network": {"cidr": cidr}});
        let out = rendered(json!([net, vm("v", json!({})), balancer("l", balancer_)])).unwrap();
        let values: Value = serde_json::from_str(&out.files["terraform.tfvars.json"]).unwrap();
        values["l"]["target"].as_str().unwrap().to_owned()
    };
    let first = name(json!({"healthPath": "/a"}), "10.0.0.0/16");
    assert_eq!(first, name(json!({"healthPath": "/b"}), "10.0.0.0/16"));
    assert_ne!(first, name(json!({"targetPort": 81}), "10.0.0.0/16"));
    assert_ne!(first, name(json!({}), "10.1.0.0/16"));
    assert!(first.len() <= 32);
}

#[test]
fn the_order_inside_a_resource_does_not_matter() {
    let both = |turned: bool| {
        let mut sources = vec!["10.0.0.0/8", "192.168.0.0/16"];
        let mut disks = vec![json!({"name": "a", "gb": 10}), json!({"name": "b", "gb": 20})];
        let mut backends = vec!["v", "w"];
        let mut ranges = vec!["203.0.113.7/32", "198.51.100.0/24"];
        if turned {
            sources.reverse();
            disks.reverse();
            backends.reverse();
            ranges.reverse();
        }
        rendered(json!([
            {"name": "n", "network": {}},
            vm("v", json!({"dataDisks": disks})),
            vm("w", json!({})),
            {"name": "f", "firewall": {"rules": [{"protocol": "all"}], "sources": sources}},
            {"name": "d", "database": {"publicAccess": true, "authorizedNetworks": ranges}},
            balancer("l", json!({"backends": backends})),
        ]))
        .unwrap()
    };
    assert_eq!(both(false), both(true));
}

#[test]
fn every_finding_names_the_resource_and_the_way_out() {
    let net = |network: Value| json!({"name": "n", "network": network});
    let one = json!({"subnets": [{"name": "a", "cidr": "10.0.0.0/24"}]});
    let key = "arn:aws:kms:us-east-1:123456789012:key/0f0e0d0c";
    let big = "&".repeat(4000);
    let mut wrong = vec![];
    for (resources, word) in [
        (json!([net(json!({"cidr": "10.0.0.0/8"}))]), "/16 to /28"),
        (json!([net(json!({"cidr": "10.0.0.0/28"}))]), "network.cidr: the halves"),
        (json!([vm("v", json!({"machineType": "t3.smal"}))]), "t3.small"),
        (json!([vm("v", json!({"image": "beos"}))]), "choose debian-12 or ubuntu-24.04"),
        (json!([vm("v", json!({"zone": "eu-central-1a"}))]), "such as eu-west-1a"),
        (json!([vm("v", json!({"zone": "eu-west-1"}))]), "vm.zone"),
        (json!([vm("v", json!({"startupScript": big}))]), "16384 are the most"),
        (
            json!([{"name": "v", "deletionProtection": true, "vm": {"machineType": "t3.small", "spot": true}}]),
            "spot: false",
        ),
        (
            json!([vm("v", json!({"dataDisks": [{"name": "d", "gb": 10}, {"name": "d", "gb": 11}]}))]),
            "same name",
        ),
        (json!([vm("v", json!({"network": existing("apps")}))]), "vm.network.existing.subnet: apps is no id"),
        (json!([{"name": "d", "database": {"tier": "db.t4g.mikro"}}]), "choose db.t4g.micro,"),
        (json!([{"name": "d", "database": {"version": "9"}}]), "choose 14, 15 or 16"),
        (json!([{"name": "d", "database": {"storageGb": 10}}]), "20 to 65536 GB"),
        (json!([{"name": "a--b", "database": {}}]), "two hyphens"),
        (
            json!([net(one.clone()), {"name": "d", "database": {}}]),
            "Add a second to network.subnets of \"n\"",
        ),
        (
            json!([net(one.clone()), {"name": "c", "cluster": {}}]),
            "cluster.network: it has to span two zones",
        ),
        (json!([{"name": "c", "cluster": {"version": "1.33.1-gke.5"}}]), "Give it as 1.33"),
        (
            json!([vm("v", json!({"publicIp": true})), {"name": "c", "cluster": {}}]),
            "Set subnet to one without",
        ),
        (json!([firewall("f", json!({"action": "deny"}))]), "Set action: allow"),
        (
            json!([net(one), vm("v", json!({})), balancer("l", json!({}))]),
            "into two zones, but network \"n\"",
        ),
        (
            json!([vm("v", json!({"network": existing("subnet-0a1b2c3d")})), balancer("l", json!({}))]),
            "Put a machine into a subnet of another zone",
        ),
        (json!([vm("v", json!({})), balancer("internal-l", json!({}))]), "internal-"),
        (json!([vm("v", json!({})), balancer(&"l".repeat(33), json!({}))]), "32 are the most"),
        (
            json!([
                vm("v", json!({})),
                balancer(
                    "l",
                    json!({"listen": {"protocol": "https", "port": 443},
                "certificate": "arn:aws:acm:us-east-1:1:certificate/x"})
                )
            ]),
            "arn:aws:acm:eu-west-1:ACCOUNT:certificate/ID",
        ),
        (json!([{"name": "b", "bucket": {"kmsKey": key}}]), "arn:aws:kms:eu-west-1:ACCOUNT:key/ID"),
        (json!([{"name": "b", "bucket": {"class": "infrequent", "expireDays": 30}}]), "Choose more than 30"),
        (json!([{"name": "b", "bucket": {"globalName": "xn--b"}}]), "bucket.globalName"),
        (json!([{"name": "b", "region": "eu-west-3", "bucket": {}}]), "eu-west-1, eu-central-1"),
    ] {
        let findings = rendered(resources).err().unwrap_or_default();
        if findings.len() != 1 || !findings[0].contains(word) {
            wrong.push((word, findings));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
