output "apps_endpoint" {
  value     = google_container_cluster.apps.endpoint
  sensitive = true
}
