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

resource "azurerm_network_security_rule" "web_tcp" {
  name                        = var.web.names["tcp"]
  resource_group_name         = azurerm_resource_group.ce_westeurope.name
  network_security_group_name = azurerm_network_security_group.main.name
  priority                    = var.web.rules[0].priority
  direction                   = var.web.direction
  access                      = var.web.access
  protocol                    = var.web.rules[0].protocol
  source_port_range           = "*"
  destination_port_ranges     = var.web.rules[0].ports
  source_address_prefixes     = var.web.ranges
  destination_address_prefix  = "*"
}
