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

resource "google_compute_instance" "web" {
  name         = var.web.name
  machine_type = var.web.machine_type
  zone         = var.web.zone
  tags         = var.web.tags
  labels       = var.web.labels
  metadata = merge(var.web.metadata, var.ssh_public_key == "" ? {} : {
    enable-oslogin = "FALSE"
    ssh-keys       = join(":", [var.web.ssh_user, var.ssh_public_key])
  })
  deletion_protection       = var.web.deletion_protection
  allow_stopping_for_update = true

  boot_disk {
    auto_delete = true

    initialize_params {
      image = var.web.image
      size  = var.web.disk_gb
      type  = var.web.disk_type
    }
  }

  network_interface {
    subnetwork = google_compute_subnetwork.main_a.id
  }

  shielded_instance_config {
    enable_secure_boot          = true
    enable_vtpm                 = true
    enable_integrity_monitoring = true
  }
}
