output "front_address" {
  value     = azurerm_lb.front.private_ip_address
  sensitive = true
}

output "web_ip" {
  value     = azurerm_network_interface.web_nic.private_ip_address
  sensitive = true
}
