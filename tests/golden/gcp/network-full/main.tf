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

resource "google_compute_network" "far" {
  name                    = var.far.name
  auto_create_subnetworks = false
}

resource "google_compute_subnetwork" "far_for" {
  name                     = var.far.names["for"]
  ip_cidr_range            = var.far.cidrs["for"]
  region                   = var.far.region
  network                  = google_compute_network.far.id
  private_ip_google_access = true

  log_config {
    aggregation_interval = "INTERVAL_5_SEC"
    flow_sampling        = 0.5
    metadata             = "INCLUDE_ALL_METADATA"
  }
}

resource "google_compute_network" "net" {
  name                    = var.net.name
  auto_create_subnetworks = false
}

resource "google_compute_subnetwork" "net_data" {
  name                     = var.net.names["data"]
  ip_cidr_range            = var.net.cidrs["data"]
  region                   = var.net.region
  network                  = google_compute_network.net.id
  private_ip_google_access = true
}

resource "google_compute_subnetwork" "net_web" {
  name                     = var.net.names["web"]
  ip_cidr_range            = var.net.cidrs["web"]
  region                   = var.net.region
  network                  = google_compute_network.net.id
  private_ip_google_access = true
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
