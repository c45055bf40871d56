//! Each type with a rule: a fixture that is priced and one that is not, with its reason.

use super::super::book::Term;
use super::super::money::show_month;
use super::super::{Bound, covered_types};
use super::*;
use std::collections::BTreeSet;

/// What is expected of a resource: its type, its values, its lines `(sku, month)`, its gaps `(reason, detail)`.
type Case =
    (&'static str, Value, &'static [(&'static str, &'static str)], &'static [(&'static str, &'static str)]);

fn check(book: &PriceBook, cases: Vec<Case>) {
    for (type_, after, lines, gaps) in cases {
        let estimate = price(book, vec![created(type_, after.clone())]);
        let found: Vec<(String, String)> =
            estimate.lines().map(|l| (l.sku.clone(), show_month(l.cost.monthly()))).collect();
        let wanted: Vec<(String, String)> = lines.iter().map(|(s, m)| ((*s).into(), (*m).into())).collect();
        assert_eq!(found, wanted, "{type_} {after}");
        let found: Vec<(&str, &str)> =
            estimate.unpriced().map(|u| (u.reason.as_str(), u.detail.as_str())).collect();
        assert_eq!(found, gaps, "{type_} {after}");
        assert_eq!(estimate.after.at_least, !gaps.is_empty());
    }
}

fn sql(tier: &str, more: Value) -> Value {
    let mut settings =
        json!({"tier": tier, "disk_size": 20, "disk_type": "PD_SSD", "availability_type": "ZONAL"});
    settings.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    json!({"region": "us-central1", "database_version": "POSTGRES_16", "settings": [settings]})
}

fn pool(location: &str, more: Value) -> Value {
    let mut pool = json!({"location": location,
        "node_config": [{"machine_type": "e2-standard-2", "disk_size_gb": 50, "disk_type": "pd-balanced"}]});
    pool.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    pool
}

fn google_priced() -> Vec<Case> {
    let public = json!([{"access_config": [{}]}]);
    let mut spot = gcp_vm_with("e2-medium", "us-central1-a", "pd-balanced", 20);
    spot["scheduling"] = json!([{"provisioning_model": "SPOT"}]);
    spot["network_interface"] = public.clone();
    let mut gpu = gcp_vm("g2-standard-4", "us-central1-a");
    gpu["guest_accelerator"] = json!([{"type": "nvidia-l4", "count": 1}]);
    vec![
        (
            "google_compute_instance",
            spot,
            &[("e2-medium", "14.68"), ("pd-balanced", "2.00"), ("ip/vm", "3.65")],
            &[],
        ),
        ("google_compute_instance", gpu, &[("g2-standard-4", "515.99")], &[]),
        (
            "google_compute_disk",
            json!({"type": "pd-ssd", "size": 100, "zone": "us-central1-a"}),
            &[("pd-ssd", "17.00")],
            &[],
        ),
        (
            "google_compute_disk",
            json!({"size": 100, "zone": "us-central1-a"}),
            &[("pd-standard", "4.00")],
            &[],
        ),
        (
            "google_compute_region_disk",
            json!({"type": "pd-ssd", "size": 100, "region": "us-central1"}),
            &[("pd-ssd-replicated", "34.00")],
            &[],
        ),
        (
            "google_sql_database_instance",
            sql("db-custom-1-3840", json!({})),
            &[("vcpu", "30.15"), ("ram-gb", "19.16"), ("storage-ssd", "3.40")],
            &[],
        ),
        (
            "google_sql_database_instance",
            sql("db-custom-1-3840", json!({"availability_type": "REGIONAL"})),
            &[("vcpu", "60.30"), ("ram-gb", "38.33"), ("storage-ssd", "6.80")],
            &[],
        ),
        (
            "google_container_cluster",
            json!({"location": "us-central1", "remove_default_node_pool": true, "initial_node_count": 1}),
            &[("cluster", "73.00")],
            &[],
        ),
        (
            "google_container_cluster",
            pool("us-central1-b", json!({"initial_node_count": 2})),
            &[("cluster", "73.00"), ("e2-standard-2", "97.84"), ("pd-balanced", "10.00")],
            &[],
        ),
        (
            "google_container_node_pool",
            pool("us-central1", json!({"node_count": 1})),
            &[("e2-standard-2", "146.76"), ("pd-balanced", "15.00")],
            &[],
        ),
        (
            "google_container_node_pool",
            pool("us-central1-b", json!({"node_count": 1})),
            &[("e2-standard-2", "48.92"), ("pd-balanced", "5.00")],
            &[],
        ),
        (
            "google_container_node_pool",
            pool(
                "us-central1",
                json!({"node_count": 1, "node_locations": ["us-central1-a", "us-central1-b"]}),
            ),
            &[("e2-standard-2", "97.84"), ("pd-balanced", "10.00")],
            &[],
        ),
        (
            "google_compute_router_nat",
            json!({"region": "us-central1"}),
            &[("nat/gateway", "32.70"), ("nat/data", "4.50")],
            &[],
        ),
        (
            "google_storage_bucket",
            json!({"location": "US", "storage_class": "STANDARD"}),
            &[("standard", "2.60")],
            &[],
        ),
        (
            "google_storage_bucket",
            json!({"location": "EU", "storage_class": "NEARLINE"}),
            &[("nearline", "1.50")],
            &[],
        ),
        (
            "google_storage_bucket",
            json!({"location": "ASIA", "storage_class": "ARCHIVE"}),
            &[("archive", "0.30")],
            &[],
        ),
        ("google_storage_bucket", json!({"location": "us-central1"}), &[("standard", "2.00")], &[]),
        (
            "google_compute_forwarding_rule",
            json!({"region": "us-central1"}),
            &[("forwarding-rule", "18.25"), ("forwarding-rule/data", "0.80")],
            &[],
        ),
        (
            "google_compute_global_forwarding_rule",
            json!({}),
            &[("forwarding-rule", "18.25"), ("forwarding-rule/data", "0.80")],
            &[],
        ),
        (
            "google_compute_address",
            json!({"region": "us-central1", "address_type": "EXTERNAL", "users": []}),
            &[("ip/unused", "7.30")],
            &[],
        ),
        ("google_compute_address", json!({"region": "us-central1", "users": ["a-machine"]}), &[], &[]),
        ("google_compute_address", json!({"region": "us-central1", "address_type": "INTERNAL"}), &[], &[]),
        ("google_compute_vpn_tunnel", json!({"region": "us-central1"}), &[("vpn/tunnel", "36.50")], &[]),
        ("google_compute_network", json!({}), &[], &[]),
    ]
}

fn google_unpriced() -> Vec<Case> {
    let gap = |reason, detail| -> &'static [(&'static str, &'static str)] {
        Box::leak(Box::new([(reason, detail)]))
    };
    let mut gpu = gcp_vm("n1-standard-4", "us-central1-a");
    gpu["guest_accelerator"] = json!([{"type": "nvidia-t4", "count": 1}]);
    let mut licensed = gcp_vm_with("e2-medium", "us-central1-a", "pd-ssd", 50);
    licensed["boot_disk"][0]["initialize_params"][0]["image"] = json!("windows-cloud/windows-2025");
    vec![
        (
            "google_compute_instance",
            gpu,
            &[("n1-standard-4", "138.70")],
            gap("unsupported-option", "guest_accelerator"),
        ),
        (
            "google_compute_instance",
            licensed,
            &[("e2-medium", "24.46"), ("pd-ssd", "8.50")],
            gap("unsupported-option", "licence of the image"),
        ),
        (
            "google_compute_instance",
            gcp_vm("e2-large", "us-central1-a"),
            &[],
            gap("unknown-sku", "e2-large in us-central1"),
        ),
        (
            "google_compute_instance",
            gcp_vm("e2-medium", "moon-west1-a"),
            &[],
            gap("unknown-region", "moon-west1"),
        ),
        (
            "google_compute_instance",
            json!({"machine_type": "e2-medium", "boot_disk": [{"source": "d"}]}),
            &[],
            gap("unknown-region", "region"),
        ),
        (
            "google_compute_instance",
            gcp_vm_with("n4-standard-2", "us-central1-a", "hyperdisk-balanced", 20),
            &[("n4-standard-2", "66.21")],
            gap("unknown-sku", "hyperdisk-balanced in us-central1"),
        ),
        (
            "google_compute_disk",
            json!({"type": "hyperdisk-balanced", "size": 10, "zone": "us-central1-a"}),
            &[],
            gap("unknown-sku", "hyperdisk-balanced in us-central1"),
        ),
        (
            "google_compute_region_disk",
            json!({"type": "hyperdisk-balanced", "size": 10, "region": "us-central1"}),
            &[],
            gap("unknown-sku", "hyperdisk-balanced-replicated in us-central1"),
        ),
        (
            "google_sql_database_instance",
            sql("db-custom-1-3840", json!({})),
            &[],
            &[("unknown-sku", "vcpu in us-central1"), ("unknown-sku", "storage-ssd in us-central1")],
        ),
        (
            "google_container_cluster",
            json!({"location": "us-central1", "enable_autopilot": true}),
            &[],
            gap("unsupported-option", "enable_autopilot"),
        ),
        (
            "google_container_cluster",
            json!({"location": "us-central1", "remove_default_node_pool": true}),
            &[],
            gap("unknown-sku", "cluster in us-central1"),
        ),
        (
            "google_container_node_pool",
            json!({"location": "us-central1-a", "node_count": 1, "node_config": [{"machine_type": "e2-standard-2"}]}),
            &[("e2-standard-2", "48.92")],
            gap("unknown-value", "node_config.disk_size_gb, disk_type"),
        ),
        (
            "google_compute_router_nat",
            json!({"region": "moon-west1"}),
            &[],
            gap("unknown-region", "moon-west1"),
        ),
        ("google_storage_bucket", json!({"location": "NAM9"}), &[], gap("unknown-region", "nam9")),
        (
            "google_compute_forwarding_rule",
            json!({"region": "us-central1"}),
            &[],
            &[
                ("unknown-sku", "forwarding-rule in us-central1"),
                ("unknown-sku", "forwarding-rule/data in us-central1"),
            ],
        ),
        ("google_compute_global_forwarding_rule", json!({}), &[], gap("unknown-region", "global")),
        ("google_compute_address", json!({"region": "moon-west1"}), &[], gap("unknown-region", "moon-west1")),
        (
            "google_compute_vpn_tunnel",
            json!({"region": "moon-west1"}),
            &[],
            gap("unknown-region", "moon-west1"),
        ),
        ("google_spanner_instance", json!({}), &[], gap("unknown-type", "google_spanner_instance")),
    ]
}

fn rds(more: Value) -> Value {
    let mut db = json!({"engine": "postgres", "instance_class": "db.t4g.micro", "storage_type": "gp3",
        "allocated_storage": 20, "region": "us-east-1"});
    db.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    db
}

fn ec2(more: Value) -> Value {
    let mut vm = json!({"instance_type": "t3.micro", "region": "us-east-1",
        "root_block_device": [{"volume_type": "gp3", "volume_size": 20}]});
    vm.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    vm
}

fn aws_priced() -> Vec<Case> {
    let east = || json!({"region": "us-east-1"});
    let with = |more: Value| {
        let mut all = east();
        all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        all
    };
    vec![
        (
            "aws_instance",
            ec2(json!({"associate_public_ip_address": true})),
            &[("t3.micro", "7.59"), ("gp3", "1.60"), ("public-ip", "3.65")],
            &[],
        ),
        (
            "aws_instance",
            ec2(json!({"ebs_block_device": [{"volume_type": "gp2", "volume_size": 10}]})),
            &[("t3.micro", "7.59"), ("gp3", "1.60"), ("gp2", "1.00")],
            &[],
        ),
        (
            "aws_ebs_volume",
            with(json!({"type": "gp3", "size": 100, "iops": 3000, "throughput": 125})),
            &[("gp3", "8.00")],
            &[],
        ),
        (
            "aws_db_instance",
            rds(json!({})),
            &[("postgres/db.t4g.micro", "11.68"), ("storage/gp3", "2.30")],
            &[],
        ),
        (
            "aws_db_instance",
            rds(json!({"multi_az": true, "manage_master_user_password": true})),
            &[("postgres/db.t4g.micro", "23.36"), ("storage/gp3", "4.60"), ("secret", "0.40")],
            &[],
        ),
        ("aws_nat_gateway", east(), &[("nat/gateway", "32.85"), ("nat/data", "4.50")], &[]),
        ("aws_eip", east(), &[("public-ip", "3.65")], &[]),
        (
            "aws_lb",
            with(json!({"internal": true})),
            &[("application", "16.43"), ("application/lcu", "5.84")],
            &[],
        ),
        (
            "aws_lb",
            with(json!({"internal": false, "subnets": ["a", "b"]})),
            &[("application", "16.43"), ("application/lcu", "5.84"), ("public-ip", "7.30")],
            &[],
        ),
        ("aws_eks_cluster", east(), &[("cluster", "73.00")], &[]),
        ("aws_kms_key", east(), &[("key", "1.00")], &[]),
        ("aws_secretsmanager_secret", east(), &[("secret", "0.40")], &[]),
        ("aws_s3_bucket", east(), &[("standard", "2.30")], &[]),
        ("aws_cloudwatch_log_group", east(), &[("ingested", "5.00")], &[]),
        ("aws_vpc", east(), &[], &[]),
        ("terraform_data", json!({}), &[], &[]),
    ]
}

fn aws_unpriced() -> Vec<Case> {
    let west: &[(&str, &str)] = &[("unknown-region", "eu-west-1")];
    let place = || json!({"region": "eu-west-1"});
    vec![
        ("aws_instance", ec2(json!({"region": "eu-west-1"})), &[], west),
        (
            "aws_instance",
            ec2(json!({"tenancy": "dedicated", "monitoring": true})),
            &[("gp3", "1.60")],
            &[("unsupported-option", "tenancy"), ("unsupported-option", "monitoring")],
        ),
        (
            "aws_ebs_volume",
            json!({"region": "us-east-1", "type": "gp3", "size": 100, "iops": 4000, "throughput": 200}),
            &[("gp3", "8.00")],
            &[("unsupported-option", "iops"), ("unsupported-option", "throughput")],
        ),
        (
            "aws_ebs_volume",
            json!({"region": "us-east-1", "type": "io2", "size": 100}),
            &[],
            &[("unknown-sku", "io2 in us-east-1")],
        ),
        (
            "aws_db_instance",
            rds(json!({})),
            &[],
            &[
                ("unknown-sku", "postgres/db.t4g.micro in us-east-1"),
                ("unknown-sku", "storage/gp3 in us-east-1"),
            ],
        ),
        ("aws_nat_gateway", place(), &[], west),
        ("aws_eip", place(), &[], west),
        (
            "aws_lb",
            json!({"region": "us-east-1", "load_balancer_type": "network", "internal": true}),
            &[],
            &[("unknown-sku", "network in us-east-1"), ("unknown-sku", "network/lcu in us-east-1")],
        ),
        ("aws_eks_cluster", place(), &[], west),
        ("aws_kms_key", json!({}), &[], &[("unknown-region", "region")]),
        ("aws_secretsmanager_secret", place(), &[], west),
        ("aws_s3_bucket", json!({"region": "us-east-1"}), &[], &[("unknown-sku", "standard in us-east-1")]),
        (
            "aws_cloudwatch_log_group",
            json!({"region": "us-east-1"}),
            &[],
            &[("unknown-sku", "ingested in us-east-1")],
        ),
        ("aws_lambda_function", json!({}), &[], &[("unknown-type", "aws_lambda_function")]),
    ]
}

fn west(more: Value) -> Value {
    let mut all = json!({"location": "westeurope"});
    all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    all
}

fn azure_priced() -> Vec<Case> {
    let vm = || json!({"size": "Standard_B2s", "os_disk": [{"storage_account_type": "StandardSSD_LRS", "disk_size_gb": 30}]});
    let nodes = |more: Value| {
        let mut pool = json!({"vm_size": "Standard_D2s_v5", "os_disk_size_gb": 128, "node_count": 2});
        pool.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        west(json!({"sku_tier": "Standard", "default_node_pool": [pool]}))
    };
    let ha = json!([{"mode": "ZoneRedundant"}]);
    vec![
        (
            "azurerm_linux_virtual_machine",
            west(vm()),
            &[("Standard_B2s", "35.04"), ("StandardSSD_LRS/32", "2.40")],
            &[],
        ),
        (
            "azurerm_managed_disk",
            west(json!({"storage_account_type": "StandardSSD_LRS", "disk_size_gb": 33})),
            &[("StandardSSD_LRS/64", "4.80")],
            &[],
        ),
        ("azurerm_public_ip", west(json!({"sku": "Standard"})), &[("public-ip/Standard", "3.65")], &[]),
        ("azurerm_nat_gateway", west(json!({})), &[("nat/gateway", "32.85"), ("nat/data", "4.50")], &[]),
        (
            "azurerm_lb",
            west(json!({"sku": "Standard"})),
            &[("lb/Standard", "18.25"), ("lb/data", "0.50")],
            &[],
        ),
        (
            "azurerm_application_gateway",
            west(json!({"sku": [{"tier": "Standard_v2"}]})),
            &[("application-gateway/Standard_v2", "179.58"), ("application-gateway/data", "0.80")],
            &[],
        ),
        (
            "azurerm_postgresql_flexible_server",
            west(json!({"sku_name": "B_Standard_B1ms", "storage_mb": 32768})),
            &[("postgresql/B_Standard_B1ms", "12.41"), ("postgresql/storage", "3.68")],
            &[],
        ),
        (
            "azurerm_postgresql_flexible_server",
            west(json!({"sku_name": "GP_Standard_D2s_v3", "storage_mb": 32768, "high_availability": ha})),
            &[("postgresql/GP_Standard_D2s_v3", "259.88"), ("postgresql/storage", "7.36")],
            &[],
        ),
        (
            "azurerm_mysql_flexible_server",
            west(json!({"sku_name": "B_Standard_B1ms", "storage": [{"size_gb": 20}]})),
            &[("mysql/B_Standard_B1ms", "12.41"), ("mysql/storage", "2.30")],
            &[],
        ),
        (
            "azurerm_kubernetes_cluster",
            nodes(json!({})),
            &[("Standard", "73.00"), ("Standard_D2s_v5", "167.90"), ("Premium_LRS/128", "39.42")],
            &[],
        ),
        (
            "azurerm_kubernetes_cluster",
            nodes(json!({"os_disk_type": "Ephemeral"})),
            &[("Standard", "73.00"), ("Standard_D2s_v5", "167.90")],
            &[],
        ),
        (
            "azurerm_storage_account",
            west(json!({"account_replication_type": "LRS", "access_tier": "Hot"})),
            &[("Hot-LRS", "1.96")],
            &[],
        ),
        ("azurerm_virtual_network", west(json!({})), &[], &[]),
    ]
}

fn azure_unpriced() -> Vec<Case> {
    vec![
        (
            "azurerm_linux_virtual_machine",
            west(
                json!({"size": "Standard_B2s", "os_disk": [{"storage_account_type": "StandardSSD_LRS", "disk_size_gb": 30}]}),
            ),
            &[("Standard_B2s", "35.04")],
            &[("unknown-sku", "StandardSSD_LRS/30 in westeurope")],
        ),
        (
            "azurerm_managed_disk",
            west(json!({"storage_account_type": "PremiumV2_LRS", "disk_size_gb": 33})),
            &[],
            &[("unknown-sku", "PremiumV2_LRS/33 in westeurope")],
        ),
        ("azurerm_public_ip", west(json!({})), &[], &[("unknown-sku", "public-ip/Standard in westeurope")]),
        (
            "azurerm_nat_gateway",
            west(json!({})),
            &[],
            &[("unknown-sku", "nat/gateway in westeurope"), ("unknown-sku", "nat/data in westeurope")],
        ),
        ("azurerm_lb", json!({"location": "Moon"}), &[], &[("unknown-region", "moon")]),
        (
            "azurerm_application_gateway",
            west(json!({})),
            &[],
            &[("unknown-value", "sku"), ("unknown-sku", "application-gateway/data in westeurope")],
        ),
        (
            "azurerm_postgresql_flexible_server",
            west(json!({"sku_name": "B_Standard_B1ms", "storage_mb": 32768})),
            &[],
            &[
                ("unknown-sku", "postgresql/B_Standard_B1ms in westeurope"),
                ("unknown-sku", "postgresql/storage in westeurope"),
            ],
        ),
        (
            "azurerm_mysql_flexible_server",
            west(json!({"sku_name": "B_Standard_B1ms"})),
            &[],
            &[("unknown-sku", "mysql/B_Standard_B1ms in westeurope"), ("unknown-value", "storage")],
        ),
        (
            "azurerm_kubernetes_cluster",
            west(json!({"default_node_pool": [{"vm_size": "Standard_D2s_v5", "node_count": 1}]})),
            &[("Standard_D2s_v5", "83.95")],
            &[("unknown-sku", "Free in westeurope"), ("unknown-value", "os_disk_size_gb")],
        ),
        (
            "azurerm_kubernetes_cluster_node_pool",
            json!({}),
            &[],
            &[("unknown-region", "kubernetes_cluster_id")],
        ),
        (
            "azurerm_storage_account",
            west(json!({"account_replication_type": "GRS"})),
            &[],
            &[("unknown-sku", "Hot-GRS in westeurope")],
        ),
        ("azurerm_cosmosdb_account", west(json!({})), &[], &[("unknown-type", "azurerm_cosmosdb_account")]),
    ]
}

#[test]
fn what_has_a_row_is_priced() {
    check(&WITH_VENDOR, google_priced());
    check(&WITH_VENDOR, aws_priced());
    check(&WITH_VENDOR, azure_priced());
}

#[test]
fn what_has_none_is_listed_with_the_reason() {
    check(&BOOK, google_unpriced());
    check(&BOOK, aws_unpriced());
    check(&BOOK, azure_unpriced());
}

#[test]
fn every_type_with_a_rule_has_both_fixtures() {
    // These two follow references, and have tests of their own.
    let mut apart = BTreeSet::from(["aws_eks_node_group", "azurerm_kubernetes_cluster_node_pool"]);
    let priced = [google_priced(), aws_priced(), azure_priced()].concat();
    let unpriced = [google_unpriced(), aws_unpriced(), azure_unpriced()].concat();
    for type_ in covered_types() {
        let both = [&priced, &unpriced].map(|cases| {
            cases.iter().any(|(of, _, lines, gaps)| *of == type_ && (!lines.is_empty() || !gaps.is_empty()))
        });
        assert!(both == [true, true] || apart.remove(type_), "{type_}: priced, unpriced are {both:?}");
    }
    assert!(apart.is_empty());
}

/// A group of nodes and what it names, as a plan has them.
fn node_group(template: Value, configuration: Value) -> Value {
    json!({"format_version": "1.2", "configuration": configuration, "resource_changes": [
        change("module.k[\"a.b\"].aws_eks_node_group.x", "aws_eks_node_group", "create", Value::Null,
            json!({"region": "us-east-1", "capacity_type": "ON_DEMAND", "launch_template": [{"version": "1"}],
                "scaling_config": [{"desired_size": 2, "min_size": 1, "max_size": 4}]}),
            json!({"launch_template": [{"id": true}]})),
        change("module.k[\"a.b\"].aws_launch_template.nodes", "aws_launch_template", "create", Value::Null, template, json!({})),
    ]})
}

#[test]
fn nodes_of_eks_take_the_type_of_the_template_they_name() {
    let template = json!({"instance_type": "t3.large", "block_device_mappings": [{"ebs": [{"volume_type": "gp3", "volume_size": 50}]}]});
    let module = json!({"resources": [{"address": "aws_eks_node_group.x", "expressions": {"launch_template":
        [{"id": {"references": ["aws_launch_template.nodes.id", "aws_launch_template.nodes"]}}]}}]});
    let configuration = json!({"root_module": {"module_calls": {"k": {"module": module}}}});
    let estimate = |plan: &Value| estimate(plan, &BOOK, &Assumptions::default(), TODAY);
    let found = estimate(&node_group(template.clone(), configuration));
    // 2 of at most 4, 0.0832 an hour; 2 × 50 GB of at most 4 × 50.
    assert_eq!(month(&found), "129.47");
    assert_eq!(found.after.upper.monthly(), found.after.cost.monthly() * rust_decimal::Decimal::TWO);
    assert_eq!(found.unpriced().count(), 0);
    let lost = estimate(&node_group(template, json!({})));
    let gaps: Vec<_> = lost.unpriced().map(|u| (u.reason.as_str(), u.detail.as_str())).collect();
    assert_eq!(gaps, [("unknown-value", "launch_template")]);
}

#[test]
fn a_pool_of_aks_lies_where_the_cluster_it_names_lies() {
    let changes = vec![
        created(
            "azurerm_kubernetes_cluster",
            json!({"location": "westeurope", "sku_tier": "Standard",
            "default_node_pool": [{"vm_size": "Standard_D2s_v5", "node_count": 1, "os_disk_type": "Ephemeral"}]}),
        ),
        created(
            "azurerm_kubernetes_cluster_node_pool",
            json!({"vm_size": "Standard_D2s_v5", "os_disk_type": "Ephemeral",
            "auto_scaling_enabled": true, "min_count": 1, "max_count": 3}),
        ),
    ];
    let mut plan = plan(changes);
    plan["configuration"] = json!({"root_module": {"resources": [{"address": "azurerm_kubernetes_cluster_node_pool.x",
        "expressions": {"kubernetes_cluster_id": {"references": ["azurerm_kubernetes_cluster.x.id", "azurerm_kubernetes_cluster.x"]}}}]}});
    let found = estimate(&plan, &WITH_VENDOR, &Assumptions::default(), TODAY);
    assert_eq!((month(&found), show_month(found.after.upper.monthly())), ("240.90".into(), "408.80".into()));
}

#[test]
fn bounds_are_told_apart_from_prices() {
    let spot = ec2(json!({"instance_market_options": [{"market_type": "spot"}]}));
    let mut azure = west(json!({"size": "Standard_B2s", "priority": "Spot"}));
    azure["os_disk"] = json!([{"diff_disk_settings": [{}]}]);
    let changes = vec![
        created("aws_instance", spot),
        created("azurerm_linux_virtual_machine", azure),
        created("google_compute_router_nat", json!({"region": "us-central1"})),
        created(
            "google_container_node_pool",
            pool("us-central1", json!({"autoscaling": [{"min_node_count": 1, "max_node_count": 2}]})),
        ),
        created("aws_db_instance", rds(json!({"max_allocated_storage": 100}))),
    ];
    let found = price(&WITH_VENDOR, changes);
    let bound = |sku: &str| {
        let line = found.lines().find(|line| line.sku == sku).unwrap();
        (line.bound, show_month(line.cost.monthly()), show_month(line.upper().monthly()))
    };
    for (sku, month) in [("t3.micro", "7.59"), ("Standard_B2s", "35.04"), ("nat/gateway", "32.70")] {
        assert_eq!(bound(sku), (Some(Bound::Ceiling), month.into(), month.into()));
    }
    let (pool, least, most) = bound("e2-standard-2");
    assert!(matches!(pool, Some(Bound::UpTo { .. })));
    assert_eq!((least.as_str(), most.as_str()), ("146.76", "293.51"));
    assert_eq!(bound("storage/gp3").2, "11.50");
    assert_eq!(found.lines().find(|l| l.sku == "t3.micro").unwrap().term, Term::OnDemand);
}

#[test]
fn the_action_decides_which_sides_count() {
    let vm = || gcp_vm("e2-medium", "us-central1-a");
    let both = ("24.46", "24.46", "0.00");
    for (action, before, after, wanted) in [
        ("no-op", vm(), vm(), both),
        ("update", vm(), gcp_vm("e2-standard-2", "us-central1-a"), ("24.46", "48.92", "24.46")),
        ("replace", vm(), vm(), both),
        ("create", Value::Null, vm(), ("0.00", "24.46", "24.46")),
        ("delete", vm(), Value::Null, ("24.46", "0.00", "-24.46")),
        ("forget", vm(), Value::Null, both),
    ] {
        let entry =
            change("google_compute_instance.x", "google_compute_instance", action, before, after, json!({}));
        let found = price(&BOOK, vec![entry]);
        let shown = [found.before.cost, found.after.cost, found.delta].map(|c| show_month(c.monthly()));
        assert_eq!(shown, [wanted.0, wanted.1, wanted.2], "{action}");
    }
    let mut data = created("google_compute_instance", vm());
    data["mode"] = json!("data");
    assert_eq!(price(&BOOK, vec![data]).resources.len(), 0);
    let abandoned =
        json!({"deletion_policy": "ABANDON", "type": "pd-ssd", "size": 100, "zone": "us-central1-a"});
    let entry = change("a", "google_compute_disk", "delete", abandoned, Value::Null, json!({}));
    assert_eq!(show_month(price(&BOOK, vec![entry]).delta.monthly()), "0.00");
}

#[test]
fn what_the_provider_fills_in_itself_is_no_gap() {
    let after = gcp_vm_with("e2-medium", "us-central1-a", "pd-ssd", 10);
    let unknown = json!({"scheduling": true, "guest_accelerator": true, "effective_labels": true,
        "boot_disk": [{"initialize_params": [{"provisioned_iops": true}]}]});
    let entry = change("a.b", "google_compute_instance", "create", Value::Null, after, unknown);
    let found = price(&BOOK, vec![entry]);
    assert_eq!((month(&found).as_str(), found.unpriced().count()), ("26.16", 0));
    let after = ec2(json!({"associate_public_ip_address": false}));
    let unknown = json!({"instance_market_options": true, "ebs_block_device": true, "tenancy": true,
        "monitoring": true, "root_block_device": [{"iops": true, "throughput": true}]});
    let entry = change("a.b", "aws_instance", "create", Value::Null, after, unknown);
    let found = price(&BOOK, vec![entry]);
    assert_eq!((month(&found).as_str(), found.unpriced().count()), ("9.19", 0));
}

#[test]
fn what_the_plan_does_not_know_yet_is_not_guessed() {
    let known = json!({"zone": "us-central1-a", "boot_disk": [{"initialize_params": [{"type": "pd-ssd"}]}]});
    let unknown = json!({"machine_type": true, "boot_disk": [{"initialize_params": [{"size": true}]}]});
    let entry = change("a.b", "google_compute_instance", "create", Value::Null, known, unknown);
    let found = price(&BOOK, vec![entry]);
    let gaps: Vec<_> = found.unpriced().map(|u| (u.reason.as_str(), u.detail.as_str())).collect();
    assert_eq!(gaps, [("unknown-value", "machine_type"), ("unknown-value", "size")]);
    assert!(found.after.at_least && !found.before.at_least);
}
