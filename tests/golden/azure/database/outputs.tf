output "orders_address" {
  value     = azurerm_postgresql_flexible_server.orders.fqdn
  sensitive = true
}
