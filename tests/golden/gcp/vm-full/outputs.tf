output "web_ip" {
  value     = google_compute_instance.web.network_interface[0].network_ip
  sensitive = true
}

output "web_public_ip" {
  value     = google_compute_instance.web.network_interface[0].access_config[0].nat_ip
  sensitive = true
}

output "worker_ip" {
  value     = google_compute_instance.worker.network_interface[0].network_ip
  sensitive = true
}
