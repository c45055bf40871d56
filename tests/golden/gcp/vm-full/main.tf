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

resource "google_compute_instance" "web" {
  name                      = var.web.name
  machine_type              = var.web.machine_type
  zone                      = var.web.zone
  tags                      = var.web.tags
  labels                    = var.web.labels
  metadata                  = var.web.metadata
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
    subnetwork = google_compute_subnetwork.net_b.id

    access_config {}
  }

  shielded_instance_config {
    enable_secure_boot          = true
    enable_vtpm                 = true
    enable_integrity_monitoring = true
  }

  service_account {
    email  = var.web.identity
    scopes = ["cloud-platform"]
  }

  scheduling {
    provisioning_model          = "SPOT"
    preemptible                 = true
    automatic_restart           = false
    instance_termination_action = "STOP"
  }

  lifecycle {
    ignore_changes = [attached_disk]
  }
}

resource "google_compute_disk" "web_data" {
  name   = var.web.data_disks["data"].name
  zone   = var.web.zone
  size   = var.web.data_disks["data"].gb
  type   = var.web.data_disks["data"].type
  labels = var.web.labels
}

resource "google_compute_attached_disk" "web_data" {
  disk        = google_compute_disk.web_data.id
  instance    = google_compute_instance.web.id
  device_name = var.web.data_disks["data"].name
}

resource "google_compute_disk" "web_log" {
  name   = var.web.data_disks["log"].name
  zone   = var.web.zone
  size   = var.web.data_disks["log"].gb
  type   = var.web.data_disks["log"].type
  labels = var.web.labels
}

resource "google_compute_attached_disk" "web_log" {
  disk        = google_compute_disk.web_log.id
  instance    = google_compute_instance.web.id
  device_name = var.web.data_disks["log"].name
}

data "google_compute_network" "worker_existing" {
  name = var.worker.existing.network
}

data "google_compute_subnetwork" "worker_existing" {
  name   = var.worker.existing.subnet
  region = var.worker.existing.region
}

resource "google_compute_instance" "worker" {
  name         = var.worker.name
  machine_type = var.worker.machine_type
  zone         = var.worker.zone
  tags         = var.worker.tags
  labels       = var.worker.labels
  metadata = merge(var.worker.metadata, var.ssh_public_key == "" ? {} : {
    enable-oslogin = "FALSE"
    ssh-keys       = join(":", [var.worker.ssh_user, var.ssh_public_key])
  })
  deletion_protection       = var.worker.deletion_protection
  allow_stopping_for_update = true

  boot_disk {
    auto_delete = true

    initialize_params {
      image = var.worker.image
      size  = var.worker.disk_gb
      type  = var.worker.disk_type
    }
  }

  network_interface {
    subnetwork = data.google_compute_subnetwork.worker_existing.id
  }

  shielded_instance_config {
    enable_secure_boot          = true
    enable_vtpm                 = true
    enable_integrity_monitoring = true
  }
}
