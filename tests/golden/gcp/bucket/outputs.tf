output "files_url" {
  value     = google_storage_bucket.files.url
  sensitive = true
}
