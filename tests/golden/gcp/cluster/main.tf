terraform {
  required_providers {
    google = {
      source  = "hashicorp/google"
      version = "8.7.0"
    }
  }

  backend "http" {}
}

provider "google" {
  project        = var.ce_cloud.project
  region         = var.ce_cloud.region
  default_labels = var.ce_cloud.labels
}

resource "google_service_account" "apps_nodes" {
  account_id = var.apps.account
}

resource "google_project_iam_member" "apps_node" {
  project = var.ce_cloud.project
  role    = "roles/container.defaultNodeServiceAccount"
  member  = google_service_account.apps_nodes.member
}

resource "google_project_iam_member" "apps_registry" {
  project = var.ce_cloud.project
  role    = "roles/artifactregistry.reader"
  member  = google_service_account.apps_nodes.member
}

resource "google_container_cluster" "apps" {
  name                        = var.apps.name
  location                    = var.apps.location
  network                     = google_compute_network.main.id
  subnetwork                  = google_compute_subnetwork.main_a.id
  networking_mode             = "VPC_NATIVE"
  datapath_provider           = "ADVANCED_DATAPATH"
  enable_intranode_visibility = true
  enable_shielded_nodes       = true
  remove_default_node_pool    = true
  initial_node_count          = 1
  deletion_protection         = var.apps.deletion_protection
  resource_labels             = var.apps.labels

  release_channel {
    channel = "REGULAR"
  }

  workload_identity_config {
    workload_pool = join("", [var.ce_cloud.project, ".svc.id.goog"])
  }

  private_cluster_config {
    enable_private_nodes    = true
    enable_private_endpoint = var.apps.private_endpoint
  }

  master_authorized_networks_config {}

  ip_allocation_policy {}

  master_auth {
    client_certificate_config {
      issue_client_certificate = false
    }
  }

  node_config {
    service_account = google_service_account.apps_nodes.email
  }

  lifecycle {
    ignore_changes = [node_config]
  }
}

resource "google_container_node_pool" "apps" {
  name       = "main"
  cluster    = google_container_cluster.apps.id
  location   = var.apps.location
  node_count = var.apps.nodes_per_zone

  management {
    auto_repair  = true
    auto_upgrade = true
  }

  node_config {
    machine_type    = var.apps.machine_type
    disk_size_gb    = var.apps.disk_gb
    disk_type       = var.apps.disk_type
    service_account = google_service_account.apps_nodes.email
    oauth_scopes    = ["https://www.googleapis.com/auth/cloud-platform"]
    resource_labels = var.apps.labels

    workload_metadata_config {
      mode = "GKE_METADATA"
    }

    shielded_instance_config {
      enable_secure_boot          = true
      enable_integrity_monitoring = true
    }
  }
}

resource "google_compute_network" "main" {
  name                    = var.main.name
  auto_create_subnetworks = false
}

resource "google_compute_subnetwork" "main_a" {
  name                     = var.main.names["a"]
  ip_cidr_range            = var.main.cidrs["a"]
  region                   = var.main.region
  network                  = google_compute_network.main.id
  private_ip_google_access = true

  log_config {
    aggregation_interval = "INTERVAL_5_SEC"
    flow_sampling        = 0.5
    metadata             = "INCLUDE_ALL_METADATA"
  }
}

resource "google_compute_subnetwork" "main_b" {
  name                     = var.main.names["b"]
  ip_cidr_range            = var.main.cidrs["b"]
  region                   = var.main.region
  network                  = google_compute_network.main.id
  private_ip_google_access = true

  log_config {
    aggregation_interval = "INTERVAL_5_SEC"
    flow_sampling        = 0.5
    metadata             = "INCLUDE_ALL_METADATA"
  }
}
