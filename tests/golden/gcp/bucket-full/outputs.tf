output "plain_url" {
  value     = google_storage_bucket.plain.url
  sensitive = true
}

output "site_url" {
  value     = google_storage_bucket.site.url
  sensitive = true
}
