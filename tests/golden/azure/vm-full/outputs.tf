output "listed_ip" {
  value     = azurerm_network_interface.listed_nic.private_ip_address
  sensitive = true
}

output "web_public_ip" {
  value     = azurerm_public_ip.web_ip.ip_address
  sensitive = true
}

output "web_ip" {
  value     = azurerm_network_interface.web_nic.private_ip_address
  sensitive = true
}

output "web_luns" {
  value = {
    data = var.web.data_disks["data"].lun
    log  = var.web.data_disks["log"].lun
  }
  sensitive = true
}

output "worker_ip" {
  value     = azurerm_network_interface.worker_nic.private_ip_address
  sensitive = true
}
