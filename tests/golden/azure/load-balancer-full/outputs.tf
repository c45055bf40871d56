output "front_address" {
  value     = azurerm_public_ip.front_gateway.ip_address
  sensitive = true
}

output "game_ip" {
  value     = azurerm_network_interface.game_nic.private_ip_address
  sensitive = true
}

output "plain_address" {
  value     = azurerm_public_ip.plain_gateway.ip_address
  sensitive = true
}

output "play_address" {
  value     = azurerm_public_ip.play_ip.ip_address
  sensitive = true
}

output "web-1_ip" {
  value     = azurerm_network_interface.web-1_nic.private_ip_address
  sensitive = true
}

output "web-2_ip" {
  value     = azurerm_network_interface.web-2_nic.private_ip_address
  sensitive = true
}
