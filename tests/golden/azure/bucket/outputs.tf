output "files_url" {
  value     = azurerm_storage_container.files.url
  sensitive = true
}
