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

resource "google_storage_bucket" "plain" {
  name                        = var.plain.name
  location                    = var.plain.location
  storage_class               = var.plain.class
  force_destroy               = var.plain.force_destroy
  labels                      = var.plain.labels
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"

  versioning {
    enabled = var.plain.versioning
  }
}

resource "google_storage_bucket" "site" {
  name                        = var.site.name
  location                    = var.site.location
  storage_class               = var.site.class
  force_destroy               = var.site.force_destroy
  labels                      = var.site.labels
  uniform_bucket_level_access = true
  public_access_prevention    = "inherited"

  versioning {
    enabled = var.site.versioning
  }

  encryption {
    default_kms_key_name = var.site.kms_key
  }

  lifecycle_rule {
    action {
      type = "Delete"
    }

    condition {
      age = var.site.expire_days
    }
  }

  lifecycle_rule {
    action {
      type = "Delete"
    }

    condition {
      days_since_noncurrent_time = var.site.noncurrent_days
      with_state                 = "ARCHIVED"
    }
  }
}

resource "google_storage_bucket_iam_member" "site_public" {
  bucket = google_storage_bucket.site.name
  role   = "roles/storage.objectViewer"
  member = "allUsers"
}
