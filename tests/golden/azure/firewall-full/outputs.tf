output "inside_ip" {
  value     = azurerm_network_interface.inside_nic.private_ip_address
  sensitive = true
}

output "web_ip" {
  value     = azurerm_network_interface.web_nic.private_ip_address
  sensitive = true
}
