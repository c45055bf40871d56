output "apps_endpoint" {
  value     = azurerm_kubernetes_cluster.apps.private_fqdn
  sensitive = true
}
