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

resource "azurerm_resource_group" "ce_northeurope" {
  name     = var.ce_northeurope.name
  location = var.ce_northeurope.location
  tags     = var.ce_cloud.labels
}

resource "azurerm_virtual_network" "far" {
  name                = var.far.name
  resource_group_name = azurerm_resource_group.ce_northeurope.name
  location            = var.far.location
  tags                = var.far.labels
  address_space       = var.far.ranges
}

resource "azurerm_network_security_group" "far" {
  name                = var.far.name
  resource_group_name = azurerm_resource_group.ce_northeurope.name
  location            = var.far.location
  tags                = var.far.labels
}

resource "azurerm_subnet" "far_for" {
  name                            = var.far.subnets["for"].name
  resource_group_name             = azurerm_resource_group.ce_northeurope.name
  virtual_network_name            = azurerm_virtual_network.far.name
  address_prefixes                = [var.far.subnets["for"].cidr]
  default_outbound_access_enabled = false
}

resource "azurerm_subnet_network_security_group_association" "far_for" {
  subnet_id                 = azurerm_subnet.far_for.id
  network_security_group_id = azurerm_network_security_group.far.id
}

resource "azurerm_resource_group" "ce_westeurope" {
  name     = var.ce_westeurope.name
  location = var.ce_westeurope.location
  tags     = var.ce_cloud.labels
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

resource "azurerm_subnet" "net_data" {
  name                            = var.net.subnets["data"].name
  resource_group_name             = azurerm_resource_group.ce_westeurope.name
  virtual_network_name            = azurerm_virtual_network.net.name
  address_prefixes                = [var.net.subnets["data"].cidr]
  default_outbound_access_enabled = false
}

resource "azurerm_subnet_network_security_group_association" "net_data" {
  subnet_id                 = azurerm_subnet.net_data.id
  network_security_group_id = azurerm_network_security_group.net.id
}

resource "azurerm_subnet" "net_web" {
  name                            = var.net.subnets["web"].name
  resource_group_name             = azurerm_resource_group.ce_westeurope.name
  virtual_network_name            = azurerm_virtual_network.net.name
  address_prefixes                = [var.net.subnets["web"].cidr]
  default_outbound_access_enabled = false
}

resource "azurerm_subnet_network_security_group_association" "net_web" {
  subnet_id                 = azurerm_subnet.net_web.id
  network_security_group_id = azurerm_network_security_group.net.id
}

resource "azurerm_public_ip" "net_nat" {
  name                = var.net.names["nat"]
  resource_group_name = azurerm_resource_group.ce_westeurope.name
  location            = var.net.location
  tags                = var.net.labels
  sku                 = "Standard"
  allocation_method   = "Static"

  lifecycle {
    create_before_destroy = true
  }
}

resource "azurerm_nat_gateway" "net" {
  name                = var.net.name
  resource_group_name = azurerm_resource_group.ce_westeurope.name
  location            = var.net.location
  tags                = var.net.labels
  sku_name            = "Standard"
}

resource "azurerm_nat_gateway_public_ip_association" "net" {
  nat_gateway_id       = azurerm_nat_gateway.net.id
  public_ip_address_id = azurerm_public_ip.net_nat.id
}

resource "azurerm_subnet_nat_gateway_association" "net_data" {
  subnet_id      = azurerm_subnet.net_data.id
  nat_gateway_id = azurerm_nat_gateway.net.id
}

resource "azurerm_subnet_nat_gateway_association" "net_web" {
  subnet_id      = azurerm_subnet.net_web.id
  nat_gateway_id = azurerm_nat_gateway.net.id
}

resource "azurerm_storage_account" "net_flow" {
  name                            = var.net.flow_account
  resource_group_name             = azurerm_resource_group.ce_westeurope.name
  location                        = var.net.location
  tags                            = var.net.labels
  account_tier                    = "Standard"
  account_replication_type        = "LRS"
  min_tls_version                 = "TLS1_2"
  https_traffic_only_enabled      = true
  allow_nested_items_to_be_public = false
  shared_access_key_enabled       = true
}

resource "azurerm_network_watcher_flow_log" "net" {
  name                 = var.net.names["flow"]
  resource_group_name  = "NetworkWatcherRG"
  network_watcher_name = var.net.watcher
  location             = var.net.location
  tags                 = var.net.labels
  target_resource_id   = azurerm_virtual_network.net.id
  storage_account_id   = azurerm_storage_account.net_flow.id
  enabled              = true
  version              = 2

  retention_policy {
    enabled = true
    days    = 90
  }
}
