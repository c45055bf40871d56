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

resource "azurerm_mysql_flexible_server" "cart" {
  name                              = var.cart.server
  resource_group_name               = azurerm_resource_group.ce_westeurope.name
  location                          = var.cart.location
  tags                              = var.cart.labels
  version                           = var.cart.version
  sku_name                          = var.cart.tier
  administrator_login               = var.cart.admin_user
  administrator_password_wo         = var.cart_password
  administrator_password_wo_version = 1
  backup_retention_days             = var.cart.backup_days
  public_network_access             = "Disabled"
  delegated_subnet_id               = azurerm_subnet.net_services_mysql.id
  private_dns_zone_id               = azurerm_private_dns_zone.net_mysql.id
  depends_on                        = [azurerm_private_dns_zone_virtual_network_link.net_mysql]

  storage {
    size_gb           = var.cart.storage_gb
    auto_grow_enabled = true
  }

  high_availability {
    mode = "ZoneRedundant"
  }

  lifecycle {
    ignore_changes = [zone, high_availability[0].standby_availability_zone]
  }
}

resource "azurerm_mysql_flexible_database" "cart" {
  name                = var.cart.database
  resource_group_name = azurerm_resource_group.ce_westeurope.name
  server_name         = azurerm_mysql_flexible_server.cart.name
  charset             = "utf8mb4"
  collation           = "utf8mb4_unicode_ci"
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

resource "azurerm_network_security_group" "net_services" {
  name                = var.net.names["services"]
  resource_group_name = azurerm_resource_group.ce_westeurope.name
  location            = var.net.location
  tags                = var.net.labels
}

resource "azurerm_subnet" "net_services_postgres" {
  name                 = "ce_postgres"
  resource_group_name  = azurerm_resource_group.ce_westeurope.name
  virtual_network_name = azurerm_virtual_network.net.name
  address_prefixes     = [var.net.services["postgres"]]

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

resource "azurerm_subnet_network_security_group_association" "net_services_postgres" {
  subnet_id                 = azurerm_subnet.net_services_postgres.id
  network_security_group_id = azurerm_network_security_group.net_services.id
}

resource "azurerm_private_dns_zone" "net_postgres" {
  name                = var.net.zone_postgres
  resource_group_name = azurerm_resource_group.ce_westeurope.name
  tags                = var.net.labels
}

resource "azurerm_private_dns_zone_virtual_network_link" "net_postgres" {
  name                = var.net.names["postgres"]
  private_dns_zone_id = azurerm_private_dns_zone.net_postgres.id
  virtual_network_id  = azurerm_virtual_network.net.id
  tags                = var.net.labels
}

resource "azurerm_subnet" "net_services_mysql" {
  name                 = "ce_mysql"
  resource_group_name  = azurerm_resource_group.ce_westeurope.name
  virtual_network_name = azurerm_virtual_network.net.name
  address_prefixes     = [var.net.services["mysql"]]

  delegation {
    name = "servers"

    service_delegation {
      name    = "Microsoft.DBforMySQL/flexibleServers"
      actions = ["Microsoft.Network/virtualNetworks/subnets/join/action"]
    }
  }

  service_endpoint {
    service = "Microsoft.Storage"
  }
}

resource "azurerm_subnet_network_security_group_association" "net_services_mysql" {
  subnet_id                 = azurerm_subnet.net_services_mysql.id
  network_security_group_id = azurerm_network_security_group.net_services.id
}

resource "azurerm_private_dns_zone" "net_mysql" {
  name                = var.net.zone_mysql
  resource_group_name = azurerm_resource_group.ce_westeurope.name
  tags                = var.net.labels
}

resource "azurerm_private_dns_zone_virtual_network_link" "net_mysql" {
  name                = var.net.names["mysql"]
  private_dns_zone_id = azurerm_private_dns_zone.net_mysql.id
  virtual_network_id  = azurerm_virtual_network.net.id
  tags                = var.net.labels
}

resource "azurerm_postgresql_flexible_server" "open" {
  name                              = var.open.server
  resource_group_name               = azurerm_resource_group.ce_westeurope.name
  location                          = var.open.location
  tags                              = var.open.labels
  version                           = var.open.version
  sku_name                          = var.open.tier
  administrator_login               = var.open.admin_user
  administrator_password_wo         = var.open_password
  administrator_password_wo_version = 1
  backup_retention_days             = var.open.backup_days
  storage_mb                        = var.open.storage_mb
  public_network_access_enabled     = true

  lifecycle {
    ignore_changes = [zone]
  }
}

resource "azurerm_postgresql_flexible_server_database" "open" {
  name      = var.open.database
  server_id = azurerm_postgresql_flexible_server.open.id
  charset   = "UTF8"
  collation = "en_US.utf8"
}

resource "azurerm_postgresql_flexible_server_firewall_rule" "open_client_198-51-100-0_24" {
  name             = var.open.clients["198.51.100.0/24"].name
  server_id        = azurerm_postgresql_flexible_server.open.id
  start_ip_address = var.open.clients["198.51.100.0/24"].first
  end_ip_address   = var.open.clients["198.51.100.0/24"].last
}

resource "azurerm_postgresql_flexible_server_firewall_rule" "open_client_203-0-113-7_32" {
  name             = var.open.clients["203.0.113.7/32"].name
  server_id        = azurerm_postgresql_flexible_server.open.id
  start_ip_address = var.open.clients["203.0.113.7/32"].first
  end_ip_address   = var.open.clients["203.0.113.7/32"].last
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
  delegated_subnet_id               = azurerm_subnet.net_services_postgres.id
  private_dns_zone_id               = azurerm_private_dns_zone.net_postgres.id
  depends_on                        = [azurerm_private_dns_zone_virtual_network_link.net_postgres]

  high_availability {
    mode = "ZoneRedundant"
  }

  lifecycle {
    ignore_changes = [zone, high_availability[0].standby_availability_zone]
  }
}

resource "azurerm_postgresql_flexible_server_database" "orders" {
  name      = var.orders.database
  server_id = azurerm_postgresql_flexible_server.orders.id
  charset   = "UTF8"
  collation = "en_US.utf8"
}

data "azurerm_subnet" "scratch_existing" {
  name                 = var.scratch.existing.subnet
  virtual_network_name = var.scratch.existing.network
  resource_group_name  = var.scratch.existing.group
}

data "azurerm_virtual_network" "scratch_existing" {
  name                = var.scratch.existing.network
  resource_group_name = var.scratch.existing.group
}

resource "azurerm_private_dns_zone" "scratch_postgres" {
  name                = var.scratch.zone_postgres
  resource_group_name = azurerm_resource_group.ce_westeurope.name
  tags                = var.scratch.labels
}

resource "azurerm_private_dns_zone_virtual_network_link" "scratch_postgres" {
  name                = var.scratch.names["postgres"]
  private_dns_zone_id = azurerm_private_dns_zone.scratch_postgres.id
  virtual_network_id  = data.azurerm_virtual_network.scratch_existing.id
  tags                = var.scratch.labels
}

resource "azurerm_postgresql_flexible_server" "scratch" {
  name                              = var.scratch.server
  resource_group_name               = azurerm_resource_group.ce_westeurope.name
  location                          = var.scratch.location
  tags                              = var.scratch.labels
  version                           = var.scratch.version
  sku_name                          = var.scratch.tier
  administrator_login               = var.scratch.admin_user
  administrator_password_wo         = var.scratch_password
  administrator_password_wo_version = 1
  backup_retention_days             = var.scratch.backup_days
  storage_mb                        = var.scratch.storage_mb
  public_network_access_enabled     = false
  delegated_subnet_id               = data.azurerm_subnet.scratch_existing.id
  private_dns_zone_id               = azurerm_private_dns_zone.scratch_postgres.id
  depends_on                        = [azurerm_private_dns_zone_virtual_network_link.scratch_postgres]

  lifecycle {
    ignore_changes = [zone]
  }
}

resource "azurerm_postgresql_flexible_server_database" "scratch" {
  name      = var.scratch.database
  server_id = azurerm_postgresql_flexible_server.scratch.id
  charset   = "UTF8"
  collation = "en_US.utf8"
}
