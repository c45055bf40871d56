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

resource "google_compute_firewall" "web" {
  name          = var.web.name
  network       = google_compute_network.main.id
  direction     = var.web.direction
  priority      = var.web.priority
  source_ranges = var.web.ranges

  allow {
    protocol = var.web.rules[0].protocol
    ports    = var.web.rules[0].ports
  }

  log_config {
    metadata = "INCLUDE_ALL_METADATA"
  }
}
