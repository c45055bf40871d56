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

resource "azurerm_virtual_network" "main" {
  name                = var.main.name
  resource_group_name = azurerm_resource_group.ce_westeurope.name
  location            = var.main.location
  tags                = var.main.labels
  address_space       = var.main.ranges
}

resource "azurerm_network_security_group" "main" {
  name                = var.main.name
  resource_group_name = azurerm_resource_group.ce_westeurope.name
  location            = var.main.location
  tags                = var.main.labels
}

resource "azurerm_subnet" "main_a" {
  name                            = var.main.subnets["a"].name
  resource_group_name             = azurerm_resource_group.ce_westeurope.name
  virtual_network_name            = azurerm_virtual_network.main.name
  address_prefixes                = [var.main.subnets["a"].cidr]
  default_outbound_access_enabled = false
}

resource "azurerm_subnet_network_security_group_association" "main_a" {
  subnet_id                 = azurerm_subnet.main_a.id
  network_security_group_id = azurerm_network_security_group.main.id
}

resource "azurerm_subnet" "main_b" {
  name                            = var.main.subnets["b"].name
  resource_group_name             = azurerm_resource_group.ce_westeurope.name
  virtual_network_name            = azurerm_virtual_network.main.name
  address_prefixes                = [var.main.subnets["b"].cidr]
  default_outbound_access_enabled = false
}

resource "azurerm_subnet_network_security_group_association" "main_b" {
  subnet_id                 = azurerm_subnet.main_b.id
  network_security_group_id = azurerm_network_security_group.main.id
}

resource "azurerm_network_interface" "web_nic" {
  name                = var.web.names["nic"]
  resource_group_name = azurerm_resource_group.ce_westeurope.name
  location            = var.web.location
  tags                = var.web.labels

  ip_configuration {
    name                          = "main"
    subnet_id                     = azurerm_subnet.main_a.id
    private_ip_address_allocation = "Dynamic"
  }
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
