terraform {
  required_providers {
    azurerm = {
      source  = "hashicorp/azurerm"
      version = "5.10.0"
    }
  }

  backend "http" {}
}

provider "azurerm" {
  resource_provider_registrations = "none"
  storage_use_azuread             = true

  features {}
}

resource "azurerm_resource_group" "ce_westeurope" {
  name     = var.ce_westeurope.name
  location = var.ce_westeurope.location
  tags     = var.ce_cloud.labels
}

resource "azurerm_network_security_rule" "admins_tcp_inside" {
  name                        = var.admins.names["tcp"]
  resource_group_name         = azurerm_resource_group.ce_westeurope.name
  network_security_group_name = azurerm_network_security_group.inside_guard.name
  priority                    = var.admins.rules[0].priority
  direction                   = var.admins.direction
  access                      = var.admins.access
  protocol                    = var.admins.rules[0].protocol
  source_port_range           = "*"
  destination_port_ranges     = var.admins.rules[0].ports
  source_address_prefixes     = var.admins.ranges
  destination_address_prefix  = "*"
}

data "azurerm_subnet" "inside_existing" {
  name                 = var.inside.existing.subnet
  virtual_network_name = var.inside.existing.network
  resource_group_name  = var.inside.existing.group
}

resource "azurerm_network_interface" "inside_nic" {
  name                = var.inside.names["nic"]
  resource_group_name = azurerm_resource_group.ce_westeurope.name
  location            = var.inside.location
  tags                = var.inside.labels

  ip_configuration {
    name                          = "main"
    subnet_id                     = data.azurerm_subnet.inside_existing.id
    private_ip_address_allocation = "Dynamic"
  }
}

resource "azurerm_network_security_group" "inside_guard" {
  name                = var.inside.names["guard"]
  resource_group_name = azurerm_resource_group.ce_westeurope.name
  location            = var.inside.location
  tags                = var.inside.labels
}

resource "azurerm_network_interface_security_group_association" "inside_guard" {
  network_interface_id      = azurerm_network_interface.inside_nic.id
  network_security_group_id = azurerm_network_security_group.inside_guard.id
}

resource "azurerm_linux_virtual_machine" "inside" {
  name                            = var.inside.name
  resource_group_name             = azurerm_resource_group.ce_westeurope.name
  location                        = var.inside.location
  tags                            = var.inside.labels
  size                            = var.inside.machine_type
  priority                        = var.inside.priority
  network_interface_ids           = [azurerm_network_interface.inside_nic.id]
  admin_username                  = var.inside.ssh_user
  disable_password_authentication = true
  allow_extension_operations      = false
  secure_boot_enabled             = var.inside.secure_boot
  vtpm_enabled                    = var.inside.secure_boot

  admin_ssh_key {
    username   = var.inside.ssh_user
    public_key = var.inside.ssh_keys[0]
  }

  os_disk {
    caching              = "ReadWrite"
    storage_account_type = var.inside.disk_type
    disk_size_gb         = var.inside.disk_gb
  }

  source_image_reference {
    publisher = var.inside.image.publisher
    offer     = var.inside.image.offer
    sku       = var.inside.image.sku
    version   = var.inside.image.version
  }
}

resource "azurerm_network_security_rule" "let-in_tcp" {
  name                                       = var.let-in.names["tcp"]
  resource_group_name                        = azurerm_resource_group.ce_westeurope.name
  network_security_group_name                = azurerm_network_security_group.net.name
  priority                                   = var.let-in.rules[0].priority
  direction                                  = var.let-in.direction
  access                                     = var.let-in.access
  protocol                                   = var.let-in.rules[0].protocol
  source_port_range                          = "*"
  destination_port_ranges                    = var.let-in.rules[0].ports
  source_address_prefixes                    = var.let-in.ranges
  destination_application_security_group_ids = [azurerm_application_security_group.net_tag_web.id]
}

resource "azurerm_network_security_rule" "let-in_icmp" {
  name                                       = var.let-in.names["icmp"]
  resource_group_name                        = azurerm_resource_group.ce_westeurope.name
  network_security_group_name                = azurerm_network_security_group.net.name
  priority                                   = var.let-in.rules[1].priority
  direction                                  = var.let-in.direction
  access                                     = var.let-in.access
  protocol                                   = var.let-in.rules[1].protocol
  source_port_range                          = "*"
  destination_port_range                     = "*"
  source_address_prefixes                    = var.let-in.ranges
  destination_application_security_group_ids = [azurerm_application_security_group.net_tag_web.id]
}

resource "azurerm_virtual_network" "net" {
  name                = var.net.name
  resource_group_name = azurerm_resource_group.ce_westeurope.name
  location            = var.net.location
  tags                = var.net.labels
  address_space       = var.net.ranges
}

resource "azurerm_network_security_group" "net" {
  name                = var.net.name
  resource_group_name = azurerm_resource_group.ce_westeurope.name
  location            = var.net.location
  tags                = var.net.labels
}

resource "azurerm_application_security_group" "net_tag_web" {
  name                = var.net.names["tag_web"]
  resource_group_name = azurerm_resource_group.ce_westeurope.name
  location            = var.net.location
  tags                = var.net.labels

  lifecycle {
    create_before_destroy = true
  }
}

resource "azurerm_subnet" "net_a" {
  name                            = var.net.subnets["a"].name
  resource_group_name             = azurerm_resource_group.ce_westeurope.name
  virtual_network_name            = azurerm_virtual_network.net.name
  address_prefixes                = [var.net.subnets["a"].cidr]
  default_outbound_access_enabled = false
}

resource "azurerm_subnet_network_security_group_association" "net_a" {
  subnet_id                 = azurerm_subnet.net_a.id
  network_security_group_id = azurerm_network_security_group.net.id
}

resource "azurerm_subnet" "net_b" {
  name                            = var.net.subnets["b"].name
  resource_group_name             = azurerm_resource_group.ce_westeurope.name
  virtual_network_name            = azurerm_virtual_network.net.name
  address_prefixes                = [var.net.subnets["b"].cidr]
  default_outbound_access_enabled = false
}

resource "azurerm_subnet_network_security_group_association" "net_b" {
  subnet_id                 = azurerm_subnet.net_b.id
  network_security_group_id = azurerm_network_security_group.net.id
}

resource "azurerm_network_security_rule" "no-out_all" {
  name                         = var.no-out.names["all"]
  resource_group_name          = azurerm_resource_group.ce_westeurope.name
  network_security_group_name  = azurerm_network_security_group.net.name
  priority                     = var.no-out.rules[0].priority
  direction                    = var.no-out.direction
  access                       = var.no-out.access
  protocol                     = var.no-out.rules[0].protocol
  source_port_range            = "*"
  destination_port_range       = "*"
  destination_address_prefixes = var.no-out.ranges
  source_address_prefix        = "*"
}

resource "azurerm_network_interface" "web_nic" {
  name                = var.web.names["nic"]
  resource_group_name = azurerm_resource_group.ce_westeurope.name
  location            = var.web.location
  tags                = var.web.labels

  ip_configuration {
    name                          = "main"
    subnet_id                     = azurerm_subnet.net_a.id
    private_ip_address_allocation = "Dynamic"
  }
}

resource "azurerm_network_interface_application_security_group_association" "web_web" {
  network_interface_id          = azurerm_network_interface.web_nic.id
  application_security_group_id = azurerm_application_security_group.net_tag_web.id
}

resource "azurerm_linux_virtual_machine" "web" {
  name                            = var.web.name
  resource_group_name             = azurerm_resource_group.ce_westeurope.name
  location                        = var.web.location
  tags                            = var.web.labels
  size                            = var.web.machine_type
  priority                        = var.web.priority
  network_interface_ids           = [azurerm_network_interface.web_nic.id]
  admin_username                  = var.web.ssh_user
  disable_password_authentication = true
  allow_extension_operations      = false
  secure_boot_enabled             = var.web.secure_boot
  vtpm_enabled                    = var.web.secure_boot

  admin_ssh_key {
    username   = var.web.ssh_user
    public_key = var.web.ssh_keys[0]
  }

  os_disk {
    caching              = "ReadWrite"
    storage_account_type = var.web.disk_type
    disk_size_gb         = var.web.disk_gb
  }

  source_image_reference {
    publisher = var.web.image.publisher
    offer     = var.web.image.offer
    sku       = var.web.image.sku
    version   = var.web.image.version
  }
}
