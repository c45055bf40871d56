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

resource "google_sql_database_instance" "cart" {
  name                = var.cart.name
  region              = var.cart.region
  database_version    = var.cart.version
  deletion_protection = var.cart.deletion_protection
  depends_on          = [google_service_networking_connection.net_services]

  settings {
    tier                        = var.cart.tier
    edition                     = "ENTERPRISE"
    availability_type           = var.cart.availability
    disk_size                   = var.cart.storage_gb
    deletion_protection_enabled = var.cart.deletion_protection
    user_labels                 = var.cart.labels

    backup_configuration {
      enabled                        = var.cart.backups
      binary_log_enabled             = var.cart.backups
      transaction_log_retention_days = var.cart.log_days

      backup_retention_settings {
        retained_backups = var.cart.backup_days
        retention_unit   = "COUNT"
      }
    }

    ip_configuration {
      ipv4_enabled    = var.cart.public_access
      private_network = google_compute_network.net.id
      ssl_mode        = "ENCRYPTED_ONLY"

      authorized_networks {
        value = var.cart.authorized_networks[0]
      }

      authorized_networks {
        value = var.cart.authorized_networks[1]
      }
    }
  }
}

resource "google_sql_user" "cart" {
  name                = var.cart.admin_user
  instance            = google_sql_database_instance.cart.name
  password_wo         = var.cart_password
  password_wo_version = 1
}

resource "google_sql_database" "cart" {
  name       = var.cart.database
  instance   = google_sql_database_instance.cart.name
  depends_on = [google_sql_user.cart]
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

resource "google_compute_global_address" "net_services" {
  name          = var.net.services
  network       = google_compute_network.net.id
  purpose       = "VPC_PEERING"
  address_type  = "INTERNAL"
  prefix_length = 16
}

resource "google_service_networking_connection" "net_services" {
  network                 = google_compute_network.net.id
  service                 = "servicenetworking.googleapis.com"
  reserved_peering_ranges = [google_compute_global_address.net_services.name]
  deletion_policy         = "ABANDON"
}

data "google_compute_network" "scratch_existing" {
  name = var.scratch.existing.network
}

data "google_compute_subnetwork" "scratch_existing" {
  name   = var.scratch.existing.subnet
  region = var.scratch.existing.region
}

resource "google_sql_database_instance" "scratch" {
  name                = var.scratch.name
  region              = var.scratch.region
  database_version    = var.scratch.version
  deletion_protection = var.scratch.deletion_protection

  settings {
    tier                        = var.scratch.tier
    edition                     = "ENTERPRISE"
    availability_type           = var.scratch.availability
    disk_size                   = var.scratch.storage_gb
    deletion_protection_enabled = var.scratch.deletion_protection
    user_labels                 = var.scratch.labels

    backup_configuration {
      enabled                        = var.scratch.backups
      point_in_time_recovery_enabled = var.scratch.backups
    }

    ip_configuration {
      ipv4_enabled    = var.scratch.public_access
      private_network = data.google_compute_network.scratch_existing.id
      ssl_mode        = "ENCRYPTED_ONLY"
    }
  }
}

resource "google_sql_user" "scratch" {
  name                = var.scratch.admin_user
  instance            = google_sql_database_instance.scratch.name
  password_wo         = var.scratch_password
  password_wo_version = 1
}

resource "google_sql_database" "scratch" {
  name       = var.scratch.database
  instance   = google_sql_database_instance.scratch.name
  depends_on = [google_sql_user.scratch]
}
