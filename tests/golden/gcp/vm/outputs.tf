output "web_ip" {
  value     = google_compute_instance.web.network_interface[0].network_ip
  sensitive = true
}
