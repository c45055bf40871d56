//! What an edit of a made stack plans: in place, by replacement, or refused.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod bench;

use bench::{Bench, actions, change, kinds};
use serde_json::json;

/// An edit of the fixtures, the resource it is about, and what the plan does to it.
type Edit<'a> = (&'a str, &'a str, &'a str, &'a str);

const UPDATE: &str = "update";
const REPLACE: &str = "delete+create";

fn made(cloud: &str, names: &[&str]) -> (Bench, String) {
    let bench = Bench::new();
    let stack = kinds(cloud, names);
    bench.write_for(cloud, &stack);
    bench.init();
    bench.apply().must(0);
    (bench, stack)
}

/// The stack with the text changed at one place.
fn edited(stack: &str, from: &str, to: &str) -> String {
    assert!(stack.contains(from), "no {from} in the fixture");
    stack.replacen(from, to, 1)
}

/// Each edit alone plans what it should.
fn plans(cloud: &str, names: &[&str], edits: &[Edit<'_>]) {
    let (bench, stack) = made(cloud, names);
    for (from, to, address, wanted) in edits {
        bench.write_for(cloud, &edited(&stack, from, to));
        assert_eq!(actions(&bench.plan(true), address), *wanted, "{from} -> {to}: {address}");
    }
}

/// While an argument is true, neither a replacement nor an end is done.
fn protected(cloud: &str, names: &[&str], (off, on): (&str, &str), address: &str, says: &str) {
    let bench = Bench::new();
    let stack = kinds(cloud, names);
    bench.write_for(cloud, &edited(&stack, off, on));
    bench.init();
    bench.apply().must(0);
    let target = format!("-target={address}");
    bench.run(&["destroy", "-auto-approve", &target]).must(1).says(says);
    bench.write_for(cloud, &stack);
    assert_eq!(actions(&bench.plan(true), address), UPDATE);
    bench.run(&["apply", "p"]).must(0);
    bench.run(&["destroy", "-auto-approve"]).must(0);
    assert!(bench.existing().is_empty());
}

/// What others need cannot be taken away behind the engine's back, and what is missing comes again.
fn in_use(cloud: &str, names: &[&str], used: &str, free: &str, address: &str) {
    let (bench, _) = made(cloud, names);
    let key = |r#type: &str| {
        let (_, found) = bench.store("GET", &format!("resources?type={type}"), &json!(null));
        format!("{cloud}/{type}/{}", found["resources"][0]["id"].as_str().unwrap())
    };
    let (status, refusal) = bench.store("DELETE", &key(used), &json!(null));
    assert_eq!((status, &refusal["error"]), (409, &json!("in-use")), "{refusal}");
    assert_eq!(bench.store("DELETE", &key(free), &json!(null)).0, 200);
    assert_eq!(actions(&bench.plan(true), address), "create");
}

/// A data source writes a file at the plan, and the apply cannot do without it.
fn file_of_the_plan(cloud: &str, object: &str, needs: &[&str]) {
    let bench = Bench::new();
    let file = format!(
        "data \"{cloud}_sandbox_file\" \"f\" {{\n  filename = \"made/f.txt\"\n  content  = \"hello\"\n}}\n"
    );
    bench.write_for(cloud, &(kinds(cloud, needs) + &file + object));
    bench.init();
    bench.plan(true);
    let made = bench.work().join("made/f.txt");
    assert_eq!(std::fs::read_to_string(&made).unwrap(), "hello");
    std::fs::remove_file(&made).unwrap();
    bench.run(&["apply", "p"]).must(1).says("open made/f.txt: No such file");
    bench.apply().must(0);
}

#[test]
fn google_edits() {
    let web = "google_compute_instance.web";
    plans(
        "google",
        &["network", "vm", "firewall"],
        &[
            ("e2-medium", "e2-small", web, UPDATE),
            ("size  = 20", "size  = 30", web, UPDATE),
            ("family/ubuntu-2404-lts-amd64", "family/debian-12", web, REPLACE),
            ("size = 50", "size = 40", "google_compute_disk.web_data", REPLACE),
            ("10.20.0.0/17", "10.20.0.0/18", "google_compute_subnetwork.main_a", REPLACE),
            ("\"22\", ", "", "google_compute_firewall.ssh", UPDATE),
            ("name          = \"ssh\"", "name          = \"sh\"", "google_compute_firewall.ssh", REPLACE),
        ],
    );
    let db = "google_sql_database_instance.db";
    plans(
        "google",
        &["network", "database"],
        &[
            ("db-custom-1-3840", "db-custom-2-7680", db, UPDATE),
            ("disk_size                   = 20", "disk_size                   = 10", db, REPLACE),
            ("name                = \"db\"", "name                = \"db2\"", db, REPLACE),
            ("name                = \"db\"", "name                = \"db2\"", "google_sql_user.db", REPLACE),
            ("password_wo_version = 1", "password_wo_version = 2", "google_sql_user.db", UPDATE),
        ],
    );
    let nodes = "google_container_node_pool.k8s";
    plans(
        "google",
        &["network", "cluster"],
        &[
            ("node_count = 2", "node_count = 3", nodes, UPDATE),
            (
                "    machine_type    = \"e2-standard-2\"",
                "    machine_type    = \"e2-standard-4\"",
                nodes,
                UPDATE,
            ),
            ("europe-west1-b", "europe-west1-c", "google_container_cluster.k8s", REPLACE),
        ],
    );
}

#[test]
fn google_refusals() {
    let off = "deletion_protection = false";
    let on = "deletion_protection = true";
    let db = "google_sql_database_instance.db";
    protected("google", &["network", "database"], (off, on), db, "deletion_protection is set to true");
    let off = "deletion_protection_enabled = false";
    let on = "deletion_protection_enabled = true";
    protected("google", &["network", "database"], (off, on), db, "The instance is protected");
    let off = "deletion_protection      = false";
    let on = "deletion_protection      = true";
    let k8s = "google_container_cluster.k8s";
    protected("google", &["network", "cluster"], (off, on), k8s, "Cannot destroy cluster");
    let names = ["network", "vm", "load_balancer"];
    let free = "google_compute_forwarding_rule";
    in_use("google", &names, "google_compute_url_map", free, "google_compute_forwarding_rule.inner");
}

#[test]
fn google_file_of_the_plan() {
    let object = "resource \"google_storage_bucket_object\" \"f\" {\n  bucket = google_storage_bucket.files.name\n  name   = \"f\"\n  source = data.google_sandbox_file.f.filename\n}\n";
    file_of_the_plan("google", object, &["bucket"]);
}

#[test]
fn aws_edits() {
    let web = "aws_instance.web";
    plans(
        "aws",
        &["network", "vm", "firewall"],
        &[
            ("t3.small", "t3.medium", web, UPDATE),
            ("echo hello", "echo again", web, UPDATE),
            ("echo hello\\n\"", "echo again\\n\"\n  user_data_replace_on_change = true", web, REPLACE),
            ("volume_size = 20", "volume_size = 30", web, UPDATE),
            ("encrypted   = true", "encrypted   = false", web, REPLACE),
            ("name        = \"web\"", "name        = \"w\"", "aws_security_group.web", REPLACE),
            ("names[0]\n  map", "names[2]\n  map", web, REPLACE),
            ("10.20.0.0/16", "10.21.0.0/16", "aws_subnet.main_a", REPLACE),
            ("size              = 50", "size              = 60", "aws_ebs_volume.web_data", UPDATE),
            ("\"10.0.0.0/8\"", "\"10.0.0.0/9\"", "aws_vpc_security_group_ingress_rule.ssh_0", UPDATE),
        ],
    );
    let db = "aws_db_instance.db";
    plans(
        "aws",
        &["network", "database"],
        &[
            ("db.t4g.micro", "db.t4g.small", db, UPDATE),
            ("engine_version              = \"16\"", "engine_version              = \"17\"", db, UPDATE),
            ("storage_encrypted           = true", "storage_encrypted           = false", db, REPLACE),
            (
                "username                    = \"ceadmin\"",
                "username                    = \"admin\"",
                db,
                REPLACE,
            ),
        ],
    );
    let nodes = "aws_eks_node_group.k8s";
    plans(
        "aws",
        &["network", "cluster"],
        &[
            // A new type rolls by a new version of the template.
            ("t3.large", "t3.xlarge", nodes, UPDATE),
            ("desired_size = 2", "desired_size = 3", nodes, UPDATE),
            ("name                      = \"k8s\"", "name                      = \"kb\"", nodes, REPLACE),
        ],
    );
    plans(
        "aws",
        &["network", "vm", "load_balancer"],
        &[
            ("internal                   = false", "internal                   = true", "aws_lb.lb", REPLACE),
            ("/healthz", "/ready", "aws_lb_target_group.lb", UPDATE),
            ("port        = 8080", "port        = 8081", "aws_lb_target_group.lb", REPLACE),
        ],
    );
    plans(
        "aws",
        &["bucket"],
        &[
            ("files-0f0e0d0c", "files-1f0e0d0c", "aws_s3_bucket_policy.files", REPLACE),
            (
                "noncurrent_days = 30",
                "noncurrent_days = 60",
                "aws_s3_bucket_lifecycle_configuration.files",
                UPDATE,
            ),
        ],
    );
}

#[test]
fn aws_refusals() {
    let off = "disable_api_termination     = false";
    let on = "disable_api_termination     = true";
    protected("aws", &["network", "vm"], (off, on), "aws_instance.web", "may not be terminated");
    let off = "deletion_protection         = false";
    let on = "deletion_protection         = true";
    let db = "aws_db_instance.db";
    protected("aws", &["network", "database"], (off, on), db, "Cannot delete protected DB Instance");
    let off = "deletion_protection       = false";
    let on = "deletion_protection       = true";
    let k8s = "aws_eks_cluster.k8s";
    protected("aws", &["network", "cluster"], (off, on), k8s, "deletion protection is enabled");
    let off = "enable_deletion_protection = false";
    let on = "enable_deletion_protection = true";
    let names = ["network", "vm", "load_balancer"];
    protected("aws", &names, (off, on), "aws_lb.lb", "deletion protection is enabled");
    in_use(
        "aws",
        &names,
        "aws_vpc",
        "aws_lb_target_group_attachment",
        "aws_lb_target_group_attachment.lb_web",
    );
}

#[test]
fn aws_refuses_what_its_plan_allowed() {
    let (bench, stack) = made("aws", &["network", "vm"]);
    bench.write_for("aws", &edited(&stack, "volume_size = 20", "volume_size = 10"));
    assert_eq!(actions(&bench.plan(true), "aws_instance.web"), UPDATE);
    bench.run(&["apply", "p"]).must(1).says("New size cannot be smaller than existing size");
    bench.write_for("aws", &edited(&stack, "10.20.128.0/18", "10.99.0.0/18"));
    bench.apply().must(1).says("The CIDR '10.99.0.0/18' is invalid");

    let bench = Bench::new();
    let stack = kinds("aws", &["network", "database"]);
    let wish = "  final_snapshot_identifier   = \"db-final\"\n";
    bench.write_for("aws", &edited(&stack, wish, ""));
    bench.init();
    bench.apply().must(0);
    bench
        .run(&["destroy", "-auto-approve", "-target=aws_db_instance.db"])
        .must(1)
        .says("final_snapshot_identifier is required when skip_final_snapshot is false");
}

#[test]
fn aws_lets_go_what_others_only_name() {
    let (bench, stack) = made("aws", &["network", "vm"]);
    assert_eq!(bench.store("DELETE", "aws/aws_key_pair/web", &json!(null)).0, 200);
    assert_eq!(bench.store("DELETE", "aws/aws_iam_role/shop-web", &json!(null)).0, 409);
    assert_eq!(actions(&bench.plan(true), "aws_key_pair.web"), "create");
    bench.run(&["destroy", "-auto-approve"]).must(0);
    // People have such that no stack made.
    bench.write_for("aws", &edited(&stack, "aws_key_pair.web.key_name", "\"theirs\""));
    bench.apply().must(0);
    bench.plan(false);
}

#[test]
fn aws_file_of_the_plan() {
    let object = "resource \"aws_s3_object\" \"f\" {\n  bucket = aws_s3_bucket.files.id\n  key    = \"f\"\n  source = data.aws_sandbox_file.f.filename\n}\n";
    file_of_the_plan("aws", object, &["bucket"]);
}

#[test]
fn azurerm_edits() {
    let web = "azurerm_linux_virtual_machine.web";
    plans(
        "azurerm",
        &["group", "network", "vm", "firewall"],
        &[
            ("Standard_B2s", "Standard_B4ms", web, UPDATE),
            ("disk_size_gb         = 30", "disk_size_gb         = 40", web, UPDATE),
            ("echo hello", "echo again", web, REPLACE),
            ("\"server\"", "\"minimal\"", web, REPLACE),
            (
                "disk_size_gb         = 50",
                "disk_size_gb         = 60",
                "azurerm_managed_disk.web_data",
                UPDATE,
            ),
            ("\"22\", ", "", "azurerm_network_security_rule.ssh_0", UPDATE),
            // All in a resource group goes with it.
            ("shop-main-westeurope", "shop-main-we", web, REPLACE),
            ("10.20.0.0/16\"]", "10.20.0.0/15\"]", "azurerm_virtual_network.main", UPDATE),
        ],
    );
    let db = "azurerm_postgresql_flexible_server.db";
    plans(
        "azurerm",
        &["group", "network", "database"],
        &[
            ("B_Standard_B1ms", "GP_Standard_D2s_v3", db, UPDATE),
            (
                "storage_mb                        = 65536",
                "storage_mb                        = 131072",
                db,
                UPDATE,
            ),
            (
                "storage_mb                        = 65536",
                "storage_mb                        = 32768",
                db,
                REPLACE,
            ),
            ("password_wo_version = 1", "password_wo_version = 2", db, UPDATE),
            ("size_gb = 20", "size_gb = 10", "azurerm_mysql_flexible_server.my", REPLACE),
        ],
    );
    plans(
        "azurerm",
        &["group", "network", "cluster"],
        &[
            (
                "vm_size                     = \"Standard_D2s_v5\"",
                "vm_size                     = \"Standard_D4s_v5\"",
                "azurerm_kubernetes_cluster.k8s",
                UPDATE,
            ),
            (
                "dns_prefix                = \"k8s\"",
                "dns_prefix                = \"kb\"",
                "azurerm_kubernetes_cluster_node_pool.k8s_more",
                REPLACE,
            ),
        ],
    );
    let files = "azurerm_storage_account.files";
    plans(
        "azurerm",
        &["group", "bucket"],
        &[
            ("= \"LRS\"", "= \"GRS\"", files, UPDATE),
            ("= \"LRS\"", "= \"ZRS\"", files, REPLACE),
            ("files0f0e0d0c", "files1f0e0d0c", "azurerm_storage_container.files", REPLACE),
        ],
    );
}

#[test]
fn a_replaced_group_takes_all_with_it() {
    let (bench, stack) = made("azurerm", &["group", "network", "vm", "firewall"]);
    let before = bench.existing().len();
    bench.write_for("azurerm", &edited(&stack, "shop-main-westeurope", "shop-main-we"));
    bench.apply().must(0);
    bench.plan(false);
    assert_eq!(bench.existing().len(), before);
}

#[test]
fn azurerm_refusals() {
    let names = ["group", "network", "vm", "load_balancer"];
    let free = "azurerm_lb_rule";
    in_use("azurerm", &names, "azurerm_resource_group", free, "azurerm_lb_rule.inner");
    let (bench, stack) = made("azurerm", &["group", "network", "vm"]);
    bench.write_for("azurerm", &edited(&stack, "disk_size_gb         = 50", "disk_size_gb         = 40"));
    assert_eq!(actions(&bench.plan(true), "azurerm_managed_disk.web_data"), UPDATE);
    bench.run(&["apply", "p"]).must(1).says("Shrinking disks is not supported on Azure");
    bench.write_for("azurerm", &edited(&stack, "10.20.128.0/18", "10.20.0.0/18"));
    bench.apply().must(1).says("NetcfgSubnetRangesOverlap");
}

#[test]
fn azurerm_file_of_the_plan() {
    let object = "resource \"azurerm_storage_blob\" \"f\" {\n  name                 = \"f\"\n  storage_container_id = azurerm_storage_container.files.id\n  type                 = \"Block\"\n  source               = data.azurerm_sandbox_file.f.filename\n}\n";
    file_of_the_plan("azurerm", object, &["group", "bucket"]);
}

/// A hand's edit in the store is drift; what is there can be imported, by its id or another name for it.
fn follows_the_store(
    cloud: &str,
    names: &[&str],
    address: &str,
    (attribute, value): (&str, &str),
    import: Option<&str>,
) {
    let (bench, _) = made(cloud, names);
    let (r#type, _) = address.split_once('.').unwrap();
    let (_, found) = bench.store("GET", &format!("resources?type={type}"), &json!(null));
    let id = found["resources"][0]["id"].as_str().unwrap();
    let edit = json!({"attributes": {attribute: value}});
    assert_eq!(bench.store("PATCH", &format!("{cloud}/{type}/{id}"), &edit).0, 200);
    let plan = bench.plan(true);
    assert_eq!(actions(&plan, address), UPDATE);
    assert_eq!(change(&plan, address)["before"][attribute], json!(value));
    bench.apply().must(0);
    bench.plan(false);

    bench.run(&["state", "rm", address]).must(0);
    bench.run(&["import", address, import.unwrap_or(id)]).must(0);
    // Arguments only the provider knows of come with the next apply.
    let planned = actions(&bench.plan_any(), address);
    assert!(["no-op", UPDATE].contains(&planned.as_str()), "{planned}");
    bench.apply().must(0);
    bench.plan(false);
}

#[test]
fn google_follows_the_store() {
    let rule = "google_compute_target_https_proxy.outer";
    let names = ["network", "vm", "load_balancer"];
    follows_the_store("google", &names, rule, ("quic_override", "ENABLE"), Some("outer"));
}

#[test]
fn aws_follows_the_store() {
    follows_the_store("aws", &["network", "vm"], "aws_instance.web", ("instance_type", "t3.nano"), None);
    let names = ["network", "database"];
    follows_the_store("aws", &names, "aws_db_instance.db", ("instance_class", "db.t4g.large"), Some("db"));
}

#[test]
fn azurerm_follows_the_store() {
    let names = ["group", "network", "vm"];
    let disk = "azurerm_managed_disk.web_data";
    follows_the_store("azurerm", &names, disk, ("storage_account_type", "Premium_LRS"), None);
}
