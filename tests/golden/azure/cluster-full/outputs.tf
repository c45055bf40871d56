output "apps_endpoint" {
  value     = azurerm_kubernetes_cluster.apps.fqdn
  sensitive = true
}

output "small_endpoint" {
  value     = azurerm_kubernetes_cluster.small.private_fqdn
  sensitive = true
}
