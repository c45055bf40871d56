output "orders_address" {
  value     = google_sql_database_instance.orders.private_ip_address
  sensitive = true
}
