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

resource "google_service_account" "a-cluster-with-quite-a-long-name_nodes" {
  account_id = var.a-cluster-with-quite-a-long-name.account
}

resource "google_project_iam_member" "a-cluster-with-quite-a-long-name_node" {
  project = var.ce_cloud.project
  role    = "roles/container.defaultNodeServiceAccount"
  member  = google_service_account.a-cluster-with-quite-a-long-name_nodes.member
}

resource "google_project_iam_member" "a-cluster-with-quite-a-long-name_registry" {
  project = var.ce_cloud.project
  role    = "roles/artifactregistry.reader"
  member  = google_service_account.a-cluster-with-quite-a-long-name_nodes.member
}

resource "google_container_cluster" "a-cluster-with-quite-a-long-name" {
  name                        = var.a-cluster-with-quite-a-long-name.name
  location                    = var.a-cluster-with-quite-a-long-name.location
  min_master_version          = var.a-cluster-with-quite-a-long-name.version
  network                     = google_compute_network.net.id
  subnetwork                  = google_compute_subnetwork.net_a.id
  networking_mode             = "VPC_NATIVE"
  datapath_provider           = "ADVANCED_DATAPATH"
  enable_intranode_visibility = true
  enable_shielded_nodes       = true
  remove_default_node_pool    = true
  initial_node_count          = 1
  deletion_protection         = var.a-cluster-with-quite-a-long-name.deletion_protection
  resource_labels             = var.a-cluster-with-quite-a-long-name.labels

  release_channel {
    channel = "REGULAR"
  }

  workload_identity_config {
    workload_pool = join("", [var.ce_cloud.project, ".svc.id.goog"])
  }

  private_cluster_config {
    enable_private_nodes    = true
    enable_private_endpoint = var.a-cluster-with-quite-a-long-name.private_endpoint
  }

  master_authorized_networks_config {
    cidr_blocks {
      cidr_block = var.a-cluster-with-quite-a-long-name.authorized_networks[0]
    }
  }

  ip_allocation_policy {}

  master_auth {
    client_certificate_config {
      issue_client_certificate = false
    }
  }

  node_config {
    service_account = google_service_account.a-cluster-with-quite-a-long-name_nodes.email
  }

  lifecycle {
    ignore_changes = [node_config]
  }
}

resource "google_container_node_pool" "a-cluster-with-quite-a-long-name" {
  name               = "main"
  cluster            = google_container_cluster.a-cluster-with-quite-a-long-name.id
  location           = var.a-cluster-with-quite-a-long-name.location
  initial_node_count = var.a-cluster-with-quite-a-long-name.first_nodes

  autoscaling {
    total_min_node_count = var.a-cluster-with-quite-a-long-name.min_nodes
    total_max_node_count = var.a-cluster-with-quite-a-long-name.max_nodes
  }

  management {
    auto_repair  = true
    auto_upgrade = true
  }

  node_config {
    machine_type    = var.a-cluster-with-quite-a-long-name.machine_type
    disk_size_gb    = var.a-cluster-with-quite-a-long-name.disk_gb
    disk_type       = var.a-cluster-with-quite-a-long-name.disk_type
    service_account = google_service_account.a-cluster-with-quite-a-long-name_nodes.email
    oauth_scopes    = ["https://www.googleapis.com/auth/cloud-platform"]
    resource_labels = var.a-cluster-with-quite-a-long-name.labels

    workload_metadata_config {
      mode = "GKE_METADATA"
    }

    shielded_instance_config {
      enable_secure_boot          = true
      enable_integrity_monitoring = true
    }
  }

  lifecycle {
    ignore_changes = [initial_node_count]
  }
}

resource "google_compute_network" "net" {
  name                    = var.net.name
  auto_create_subnetworks = false
}

resource "google_compute_subnetwork" "net_a" {
  name                     = var.net.names["a"]
  ip_cidr_range            = var.net.cidrs["a"]
  region                   = var.net.region
  network                  = google_compute_network.net.id
  private_ip_google_access = true

  log_config {
    aggregation_interval = "INTERVAL_5_SEC"
    flow_sampling        = 0.5
    metadata             = "INCLUDE_ALL_METADATA"
  }
}

resource "google_compute_subnetwork" "net_b" {
  name                     = var.net.names["b"]
  ip_cidr_range            = var.net.cidrs["b"]
  region                   = var.net.region
  network                  = google_compute_network.net.id
  private_ip_google_access = true

  log_config {
    aggregation_interval = "INTERVAL_5_SEC"
    flow_sampling        = 0.5
    metadata             = "INCLUDE_ALL_METADATA"
  }
}

resource "google_compute_router" "net" {
  name    = var.net.name
  region  = var.net.region
  network = google_compute_network.net.id
}

resource "google_compute_router_nat" "net" {
  name                               = var.net.name
  region                             = var.net.region
  router                             = google_compute_router.net.name
  nat_ip_allocate_option             = "AUTO_ONLY"
  source_subnetwork_ip_ranges_to_nat = "ALL_SUBNETWORKS_ALL_IP_RANGES"
}
