output "cart_address" {
  value     = azurerm_mysql_flexible_server.cart.fqdn
  sensitive = true
}

output "open_address" {
  value     = azurerm_postgresql_flexible_server.open.fqdn
  sensitive = true
}

output "orders_address" {
  value     = azurerm_postgresql_flexible_server.orders.fqdn
  sensitive = true
}

output "scratch_address" {
  value     = azurerm_postgresql_flexible_server.scratch.fqdn
  sensitive = true
}
