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

resource "azurerm_network_security_group" "main_services" {
  name                = var.main.names["services"]
  resource_group_name = azurerm_resource_group.ce_westeurope.name
  location            = var.main.location
  tags                = var.main.labels
}

resource "azurerm_subnet" "main_services_postgres" {
  name                 = "ce_postgres"
  resource_group_name  = azurerm_resource_group.ce_westeurope.name
  virtual_network_name = azurerm_virtual_network.main.name
  address_prefixes     = [var.main.services["postgres"]]

  delegation {
    name = "servers"

    service_delegation {
      name    = "Microsoft.DBforPostgreSQL/flexibleServers"
      actions = ["Microsoft.Network/virtualNetworks/subnets/join/action"]
    }
  }

  service_endpoint {
    service = "Microsoft.Storage"
  }
}

resource "azurerm_subnet_network_security_group_association" "main_services_postgres" {
  subnet_id                 = azurerm_subnet.main_services_postgres.id
  network_security_group_id = azurerm_network_security_group.main_services.id
}

resource "azurerm_private_dns_zone" "main_postgres" {
  name                = var.main.zone_postgres
  resource_group_name = azurerm_resource_group.ce_westeurope.name
  tags                = var.main.labels
}

resource "azurerm_private_dns_zone_virtual_network_link" "main_postgres" {
  name                = var.main.names["postgres"]
  private_dns_zone_id = azurerm_private_dns_zone.main_postgres.id
  virtual_network_id  = azurerm_virtual_network.main.id
  tags                = var.main.labels
}

resource "azurerm_postgresql_flexible_server" "orders" {
  name                              = var.orders.server
  resource_group_name               = azurerm_resource_group.ce_westeurope.name
  location                          = var.orders.location
  tags                              = var.orders.labels
  version                           = var.orders.version
  sku_name                          = var.orders.tier
  administrator_login               = var.orders.admin_user
  administrator_password_wo         = var.orders_password
  administrator_password_wo_version = 1
  backup_retention_days             = var.orders.backup_days
  storage_mb                        = var.orders.storage_mb
  public_network_access_enabled     = false
  delegated_subnet_id               = azurerm_subnet.main_services_postgres.id
  private_dns_zone_id               = azurerm_private_dns_zone.main_postgres.id
  depends_on                        = [azurerm_private_dns_zone_virtual_network_link.main_postgres]

  lifecycle {
    ignore_changes = [zone]
  }
}

resource "azurerm_postgresql_flexible_server_database" "orders" {
  name      = var.orders.database
  server_id = azurerm_postgresql_flexible_server.orders.id
  charset   = "UTF8"
  collation = "en_US.utf8"
}
