//! A stack's files, before there is a plan.

use super::super::{Reason, plan_of_rendered};
use super::*;
use std::fs;
use std::path::Path;

fn files(all: &[(&str, &str)]) -> BTreeMap<String, String> {
    all.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
}

#[test]
fn the_same_code_prices_what_is_rendered() {
    let stack = files(&[
        (
            "main.tf",
            r#"
provider "google" {
  region = var.ce_cloud.region
}
resource "google_compute_instance" "web" {
  machine_type = var.web.machine_type
  zone         = var.web.zone
  boot_disk {
    initialize_params {
      image = var.web.image
      size  = var.web.disk_gb
      type  = "pd-balanced"
    }
  }
  network_interface {
    subnetwork = google_compute_subnetwork.main_a.id
    access_config {
    }
  }
}
resource "google_compute_subnetwork" "main_a" {
  network = google_compute_network.main.id
}
resource "google_compute_router_nat" "nat" {
  router = google_compute_router.nat.name
}
resource "google_compute_disk" "data" {
  size  = var.web.disk_gb
  zone  = var.web.zone
}
resource "google_compute_disk" "later" {
  size = google_compute_disk.data.size
  zone = var.web.zone
}
module "own" {
  source = "./modules/own"
}
"#,
        ),
        ("modules/own/main.tf", "resource \"google_compute_instance\" \"hidden\" {}"),
        (
            "terraform.tfvars.json",
            r#"{"ce_cloud": {"region": "europe-west1"},
            "web": {"machine_type": "e2-medium", "zone": "us-central1-b", "image": "debian", "disk_gb": 20}}"#,
        ),
    ]);
    let found = estimate(&plan_of_rendered(&stack), &BOOK, &Assumptions::default(), TODAY);
    let lines: Vec<String> = found.lines().map(|l| format!("{} {} {}", l.address, l.sku, l.region)).collect();
    assert_eq!(
        lines,
        [
            "google_compute_disk.data pd-standard us-central1",
            "google_compute_instance.web e2-medium us-central1",
            "google_compute_instance.web pd-balanced us-central1",
            "google_compute_instance.web ip/vm us-central1",
            "google_compute_router_nat.nat nat/gateway europe-west1",
            "google_compute_router_nat.nat nat/data europe-west1",
        ]
    );
    let gaps: Vec<_> = found.unpriced().map(|u| (u.address.as_str(), u.reason.as_str())).collect();
    assert_eq!(gaps, [("google_compute_disk.later", "unknown-value"), ("module.own", "unknown-type")]);
}

#[test]
fn nodes_of_a_rendered_cluster_find_their_template() {
    let stack = files(&[(
        "main.tf",
        r#"
provider "aws" {
  region = "us-east-1"
}
resource "aws_launch_template" "k_nodes" {
  instance_type = "t3.large"
  block_device_mappings {
    ebs {
      volume_type = "gp3"
      volume_size = 50
    }
  }
}
resource "aws_eks_node_group" "k" {
  scaling_config {
    desired_size = 2
    max_size     = 2
  }
  launch_template {
    id = aws_launch_template.k_nodes.id
  }
}
"#,
    )]);
    let found = estimate(&plan_of_rendered(&stack), &BOOK, &Assumptions::default(), TODAY);
    assert_eq!((month(&found).as_str(), found.unpriced().count()), ("129.47", 0), "{found:?}");
}

#[test]
fn what_the_renderer_writes_tells_all_that_its_price_needs() {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let mut read = 0;
    let below = |folder: &Path| fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect::<Vec<_>>();
    for stack in below(&golden).iter().filter(|cloud| cloud.is_dir()).flat_map(|cloud| below(cloud)) {
        if !stack.join("main.tf").is_file() {
            continue;
        }
        let files = below(&stack).into_iter().filter(|file| file.is_file());
        let files = files.map(|f| {
            (f.file_name().unwrap().to_string_lossy().into_owned(), fs::read_to_string(&f).unwrap())
        });
        let found = estimate(&plan_of_rendered(&files.collect()), &BOOK, &Assumptions::default(), TODAY);
        let gaps: Vec<_> = found.unpriced().filter(|gap| gap.reason == Reason::UnknownValue).collect();
        assert!(gaps.is_empty(), "{}: {gaps:?}", stack.display());
        read += 1;
    }
    assert!(read >= 10, "only {read} stacks were found in {}", golden.display());
}

#[test]
fn the_subnets_of_a_balancer_are_counted_before_they_have_ids() {
    let stack = files(&[(
        "main.tf",
        "resource \"aws_lb\" \"a\" {\n  region = \"us-east-1\"\n  internal = false\n  subnets = [aws_subnet.a.id, aws_subnet.b.id]\n}\n",
    )]);
    let found = estimate(&plan_of_rendered(&stack), &BOOK, &Assumptions::default(), TODAY);
    let lines: Vec<_> = found.lines().map(|l| (l.sku.as_str(), l.quantity.to_string())).collect();
    assert_eq!(lines[2], ("public-ip", "2".to_owned()), "{lines:?}");
}

#[test]
fn files_that_cannot_be_read_count_for_nothing() {
    let stack = files(&[("main.tf", "resource {{{"), ("terraform.tfvars.json", "no json")]);
    assert_eq!(estimate(&plan_of_rendered(&stack), &BOOK, &Assumptions::default(), TODAY).resources, []);
}
