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

resource "google_compute_instance" "api" {
  name         = var.api.name
  machine_type = var.api.machine_type
  zone         = var.api.zone
  tags         = var.api.tags
  labels       = var.api.labels
  metadata = merge(var.api.metadata, var.ssh_public_key == "" ? {} : {
    enable-oslogin = "FALSE"
    ssh-keys       = join(":", [var.api.ssh_user, var.ssh_public_key])
  })
  deletion_protection       = var.api.deletion_protection
  allow_stopping_for_update = true

  boot_disk {
    auto_delete = true

    initialize_params {
      image = var.api.image
      size  = var.api.disk_gb
      type  = var.api.disk_type
    }
  }

  network_interface {
    subnetwork = google_compute_subnetwork.net_a.id
  }

  shielded_instance_config {
    enable_secure_boot          = true
    enable_vtpm                 = true
    enable_integrity_monitoring = true
  }
}

resource "google_compute_instance_group" "front_europe-west1-b" {
  name      = var.front.groups["europe-west1-b"].name
  zone      = var.front.groups["europe-west1-b"].zone
  instances = [google_compute_instance.web-1.self_link]

  named_port {
    name = "app"
    port = var.front.port
  }
}

resource "google_compute_instance_group" "front_europe-west1-c" {
  name      = var.front.groups["europe-west1-c"].name
  zone      = var.front.groups["europe-west1-c"].zone
  instances = [google_compute_instance.web-2.self_link]

  named_port {
    name = "app"
    port = var.front.port
  }
}

resource "google_compute_firewall" "front_probes" {
  name          = var.front.probe_rule
  network       = google_compute_network.net.id
  direction     = "INGRESS"
  source_ranges = var.front.probes
  target_tags   = [var.front.tag]

  allow {
    protocol = "tcp"
    ports    = [tostring(var.front.port)]
  }

  log_config {
    metadata = "INCLUDE_ALL_METADATA"
  }
}

resource "google_compute_health_check" "front" {
  name = var.front.name

  http_health_check {
    port         = var.front.port
    request_path = var.front.health_path
  }
}

resource "google_compute_backend_service" "front" {
  name                  = var.front.name
  protocol              = "HTTP"
  port_name             = "app"
  load_balancing_scheme = "EXTERNAL_MANAGED"
  health_checks         = [google_compute_health_check.front.id]

  backend {
    group          = google_compute_instance_group.front_europe-west1-b.id
    balancing_mode = "UTILIZATION"
  }

  backend {
    group          = google_compute_instance_group.front_europe-west1-c.id
    balancing_mode = "UTILIZATION"
  }

  log_config {
    enable = true
  }
}

resource "google_compute_url_map" "front" {
  name            = var.front.name
  default_service = google_compute_backend_service.front.id
}

resource "google_compute_ssl_policy" "front" {
  name            = var.front.name
  profile         = "MODERN"
  min_tls_version = "TLS_1_2"
}

resource "google_compute_managed_ssl_certificate" "front" {
  name = var.front.name

  managed {
    domains = [var.front.certificate]
  }
}

resource "google_compute_target_https_proxy" "front" {
  name             = var.front.name
  url_map          = google_compute_url_map.front.id
  ssl_certificates = [google_compute_managed_ssl_certificate.front.id]
  ssl_policy       = google_compute_ssl_policy.front.id
}

resource "google_compute_global_forwarding_rule" "front" {
  name                  = var.front.name
  target                = google_compute_target_https_proxy.front.id
  ip_protocol           = "TCP"
  port_range            = var.front.listen_port
  load_balancing_scheme = "EXTERNAL_MANAGED"
  labels                = var.front.labels
}

resource "google_compute_instance" "game" {
  name         = var.game.name
  machine_type = var.game.machine_type
  zone         = var.game.zone
  tags         = var.game.tags
  labels       = var.game.labels
  metadata = merge(var.game.metadata, var.ssh_public_key == "" ? {} : {
    enable-oslogin = "FALSE"
    ssh-keys       = join(":", [var.game.ssh_user, var.ssh_public_key])
  })
  deletion_protection       = var.game.deletion_protection
  allow_stopping_for_update = true

  boot_disk {
    auto_delete = true

    initialize_params {
      image = var.game.image
      size  = var.game.disk_gb
      type  = var.game.disk_type
    }
  }

  network_interface {
    subnetwork = google_compute_subnetwork.net_a.id
  }

  shielded_instance_config {
    enable_secure_boot          = true
    enable_vtpm                 = true
    enable_integrity_monitoring = true
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

resource "google_compute_instance_group" "plain_europe-west1-b" {
  name      = var.plain.groups["europe-west1-b"].name
  zone      = var.plain.groups["europe-west1-b"].zone
  instances = [google_compute_instance.api.self_link]

  named_port {
    name = "app"
    port = var.plain.port
  }
}

resource "google_compute_firewall" "plain_probes" {
  name          = var.plain.probe_rule
  network       = google_compute_network.net.id
  direction     = "INGRESS"
  source_ranges = var.plain.probes
  target_tags   = [var.plain.tag]

  allow {
    protocol = "tcp"
    ports    = [tostring(var.plain.port)]
  }

  log_config {
    metadata = "INCLUDE_ALL_METADATA"
  }
}

resource "google_compute_health_check" "plain" {
  name = var.plain.name

  http_health_check {
    port         = var.plain.port
    request_path = var.plain.health_path
  }
}

resource "google_compute_backend_service" "plain" {
  name                  = var.plain.name
  protocol              = "HTTP"
  port_name             = "app"
  load_balancing_scheme = "EXTERNAL_MANAGED"
  health_checks         = [google_compute_health_check.plain.id]

  backend {
    group          = google_compute_instance_group.plain_europe-west1-b.id
    balancing_mode = "UTILIZATION"
  }

  log_config {
    enable = true
  }
}

resource "google_compute_url_map" "plain" {
  name            = var.plain.name
  default_service = google_compute_backend_service.plain.id
}

resource "google_compute_target_http_proxy" "plain" {
  name    = var.plain.name
  url_map = google_compute_url_map.plain.id
}

resource "google_compute_global_forwarding_rule" "plain" {
  name                  = var.plain.name
  target                = google_compute_target_http_proxy.plain.id
  ip_protocol           = "TCP"
  port_range            = var.plain.listen_port
  load_balancing_scheme = "EXTERNAL_MANAGED"
  labels                = var.plain.labels
}

resource "google_compute_instance_group" "play_europe-west1-b" {
  name      = var.play.groups["europe-west1-b"].name
  zone      = var.play.groups["europe-west1-b"].zone
  instances = [google_compute_instance.game.self_link]

  named_port {
    name = "app"
    port = var.play.port
  }
}

resource "google_compute_firewall" "play_probes" {
  name          = var.play.probe_rule
  network       = google_compute_network.net.id
  direction     = "INGRESS"
  source_ranges = var.play.probes
  target_tags   = [var.play.tag]

  allow {
    protocol = "tcp"
    ports    = [tostring(var.play.port)]
  }

  log_config {
    metadata = "INCLUDE_ALL_METADATA"
  }
}

resource "google_compute_region_health_check" "play" {
  name   = var.play.name
  region = var.play.region

  tcp_health_check {
    port = var.play.port
  }
}

resource "google_compute_region_backend_service" "play" {
  name                  = var.play.name
  region                = var.play.region
  protocol              = "TCP"
  load_balancing_scheme = "EXTERNAL"
  health_checks         = [google_compute_region_health_check.play.id]

  backend {
    group          = google_compute_instance_group.play_europe-west1-b.id
    balancing_mode = "CONNECTION"
  }
}

resource "google_compute_forwarding_rule" "play" {
  name                  = var.play.name
  region                = var.play.region
  ip_protocol           = "TCP"
  load_balancing_scheme = "EXTERNAL"
  ports                 = [var.play.listen_port]
  backend_service       = google_compute_region_backend_service.play.id
  labels                = var.play.labels
}

resource "google_compute_instance" "web-1" {
  name         = var.web-1.name
  machine_type = var.web-1.machine_type
  zone         = var.web-1.zone
  tags         = var.web-1.tags
  labels       = var.web-1.labels
  metadata = merge(var.web-1.metadata, var.ssh_public_key == "" ? {} : {
    enable-oslogin = "FALSE"
    ssh-keys       = join(":", [var.web-1.ssh_user, var.ssh_public_key])
  })
  deletion_protection       = var.web-1.deletion_protection
  allow_stopping_for_update = true

  boot_disk {
    auto_delete = true

    initialize_params {
      image = var.web-1.image
      size  = var.web-1.disk_gb
      type  = var.web-1.disk_type
    }
  }

  network_interface {
    subnetwork = google_compute_subnetwork.net_a.id
  }

  shielded_instance_config {
    enable_secure_boot          = true
    enable_vtpm                 = true
    enable_integrity_monitoring = true
  }
}

resource "google_compute_instance" "web-2" {
  name         = var.web-2.name
  machine_type = var.web-2.machine_type
  zone         = var.web-2.zone
  tags         = var.web-2.tags
  labels       = var.web-2.labels
  metadata = merge(var.web-2.metadata, var.ssh_public_key == "" ? {} : {
    enable-oslogin = "FALSE"
    ssh-keys       = join(":", [var.web-2.ssh_user, var.ssh_public_key])
  })
  deletion_protection       = var.web-2.deletion_protection
  allow_stopping_for_update = true

  boot_disk {
    auto_delete = true

    initialize_params {
      image = var.web-2.image
      size  = var.web-2.disk_gb
      type  = var.web-2.disk_type
    }
  }

  network_interface {
    subnetwork = google_compute_subnetwork.net_a.id
  }

  shielded_instance_config {
    enable_secure_boot          = true
    enable_vtpm                 = true
    enable_integrity_monitoring = true
  }
}
