output "a-cluster-with-quite-a-long-name_endpoint" {
  value     = google_container_cluster.a-cluster-with-quite-a-long-name.endpoint
  sensitive = true
}
