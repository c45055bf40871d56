output "cart_address" {
  value     = google_sql_database_instance.cart.private_ip_address
  sensitive = true
}

output "scratch_address" {
  value     = google_sql_database_instance.scratch.private_ip_address
  sensitive = true
}
