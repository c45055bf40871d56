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

resource "google_storage_bucket" "files" {
  name                        = var.files.name
  location                    = var.files.location
  storage_class               = var.files.class
  force_destroy               = var.files.force_destroy
  labels                      = var.files.labels
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"

  versioning {
    enabled = var.files.versioning
  }

  lifecycle_rule {
    action {
      type = "Delete"
    }

    condition {
      days_since_noncurrent_time = var.files.noncurrent_days
      with_state                 = "ARCHIVED"
    }
  }
}
