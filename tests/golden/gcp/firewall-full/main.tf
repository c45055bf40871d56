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

resource "google_compute_firewall" "no-out" {
  name               = var.no-out.name
  network            = google_compute_network.net.id
  direction          = var.no-out.direction
  priority           = var.no-out.priority
  destination_ranges = var.no-out.ranges

  deny {
    protocol = var.no-out.rules[0].protocol
    ports    = var.no-out.rules[0].ports
  }

  log_config {
    metadata = "INCLUDE_ALL_METADATA"
  }
}

resource "google_compute_firewall" "web" {
  name          = var.web.name
  network       = google_compute_network.net.id
  direction     = var.web.direction
  priority      = var.web.priority
  source_ranges = var.web.ranges
  target_tags   = var.web.target_tags

  allow {
    protocol = var.web.rules[0].protocol
    ports    = var.web.rules[0].ports
  }

  allow {
    protocol = var.web.rules[1].protocol
    ports    = var.web.rules[1].ports
  }

  log_config {
    metadata = "INCLUDE_ALL_METADATA"
  }
}
