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

resource "google_compute_global_address" "main_services" {
  name          = var.main.services
  network       = google_compute_network.main.id
  purpose       = "VPC_PEERING"
  address_type  = "INTERNAL"
  prefix_length = 16
}

resource "google_service_networking_connection" "main_services" {
  network                 = google_compute_network.main.id
  service                 = "servicenetworking.googleapis.com"
  reserved_peering_ranges = [google_compute_global_address.main_services.name]
  deletion_policy         = "ABANDON"
}

resource "google_sql_database_instance" "orders" {
  name                = var.orders.name
  region              = var.orders.region
  database_version    = var.orders.version
  deletion_protection = var.orders.deletion_protection
  depends_on          = [google_service_networking_connection.main_services]

  settings {
    tier                        = var.orders.tier
    edition                     = "ENTERPRISE"
    availability_type           = var.orders.availability
    disk_size                   = var.orders.storage_gb
    deletion_protection_enabled = var.orders.deletion_protection
    user_labels                 = var.orders.labels

    backup_configuration {
      enabled                        = var.orders.backups
      point_in_time_recovery_enabled = var.orders.backups
      transaction_log_retention_days = var.orders.log_days

      backup_retention_settings {
        retained_backups = var.orders.backup_days
        retention_unit   = "COUNT"
      }
    }

    ip_configuration {
      ipv4_enabled    = var.orders.public_access
      private_network = google_compute_network.main.id
      ssl_mode        = "ENCRYPTED_ONLY"
    }
  }
}

resource "google_sql_user" "orders" {
  name                = var.orders.admin_user
  instance            = google_sql_database_instance.orders.name
  password_wo         = var.orders_password
  password_wo_version = 1
}

resource "google_sql_database" "orders" {
  name       = var.orders.database
  instance   = google_sql_database_instance.orders.name
  depends_on = [google_sql_user.orders]
}
