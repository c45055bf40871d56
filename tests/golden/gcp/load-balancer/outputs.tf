output "front_address" {
  value     = google_compute_forwarding_rule.front.ip_address
  sensitive = true
}

output "web_ip" {
  value     = google_compute_instance.web.network_interface[0].network_ip
  sensitive = true
}
