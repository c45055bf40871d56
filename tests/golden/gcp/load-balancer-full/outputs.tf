output "api_ip" {
  value     = google_compute_instance.api.network_interface[0].network_ip
  sensitive = true
}

output "front_address" {
  value     = google_compute_global_forwarding_rule.front.ip_address
  sensitive = true
}

output "game_ip" {
  value     = google_compute_instance.game.network_interface[0].network_ip
  sensitive = true
}

output "plain_address" {
  value     = google_compute_global_forwarding_rule.plain.ip_address
  sensitive = true
}

output "play_address" {
  value     = google_compute_forwarding_rule.play.ip_address
  sensitive = true
}

output "web-1_ip" {
  value     = google_compute_instance.web-1.network_interface[0].network_ip
  sensitive = true
}

output "web-2_ip" {
  value     = google_compute_instance.web-2.network_interface[0].network_ip
  sensitive = true
}
