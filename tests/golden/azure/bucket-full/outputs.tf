output "plain_url" {
  value     = azurerm_storage_container.plain.url
  sensitive = true
}

output "site-of-the-shop-in-the-north_url" {
  value     = azurerm_storage_container.site-of-the-shop-in-the-north.url
  sensitive = true
}
