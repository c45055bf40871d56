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

resource "azurerm_kubernetes_cluster" "apps" {
  name                              = var.apps.name
  resource_group_name               = azurerm_resource_group.ce_westeurope.name
  location                          = var.apps.location
  tags                              = var.apps.labels
  dns_prefix                        = var.apps.name
  kubernetes_version                = var.apps.version
  automatic_upgrade_channel         = "patch"
  sku_tier                          = "Standard"
  private_cluster_enabled           = var.apps.private
  role_based_access_control_enabled = true
  oidc_issuer_enabled               = true
  workload_identity_enabled         = true
  depends_on                        = [azurerm_nat_gateway_public_ip_association.net, azurerm_subnet_nat_gateway_association.net_a]

  default_node_pool {
    name                        = "main"
    vm_size                     = var.apps.machine_type
    auto_scaling_enabled        = true
    min_count                   = var.apps.min_nodes
    max_count                   = var.apps.max_nodes
    os_disk_size_gb             = var.apps.disk_gb
    max_pods                    = 110
    vnet_subnet_id              = azurerm_subnet.net_a.id
    zones                       = ["1", "2", "3"]
    temporary_name_for_rotation = "rotation"
    tags                        = var.apps.labels

    upgrade_settings {
      max_surge = "10%"
    }
  }

  identity {
    type = "SystemAssigned"
  }

  network_profile {
    network_plugin      = "azure"
    network_plugin_mode = "overlay"
    network_data_plane  = "cilium"
    network_policy      = "cilium"
    load_balancer_sku   = "standard"
    outbound_type       = "userAssignedNATGateway"
    pod_cidr            = "100.64.0.0/13"
    service_cidr        = "100.72.0.0/16"
    dns_service_ip      = "100.72.0.10"
  }

  node_provisioning_profile {
    mode = "Manual"
  }

  api_server_access_profile {
    authorized_ip_ranges = var.apps.authorized_networks
  }

  lifecycle {
    ignore_changes = [default_node_pool[0].node_count]
  }
}

resource "azurerm_role_assignment" "apps_subnet" {
  scope                = azurerm_subnet.net_a.id
  role_definition_name = "Network Contributor"
  principal_id         = azurerm_kubernetes_cluster.apps.identity[0].principal_id
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

resource "azurerm_subnet_nat_gateway_association" "net_a" {
  subnet_id      = azurerm_subnet.net_a.id
  nat_gateway_id = azurerm_nat_gateway.net.id
}

resource "azurerm_subnet_nat_gateway_association" "net_b" {
  subnet_id      = azurerm_subnet.net_b.id
  nat_gateway_id = azurerm_nat_gateway.net.id
}

data "azurerm_subnet" "small_existing" {
  name                 = var.small.existing.subnet
  virtual_network_name = var.small.existing.network
  resource_group_name  = var.small.existing.group
}

resource "azurerm_kubernetes_cluster" "small" {
  name                              = var.small.name
  resource_group_name               = azurerm_resource_group.ce_westeurope.name
  location                          = var.small.location
  tags                              = var.small.labels
  dns_prefix                        = var.small.name
  kubernetes_version                = var.small.version
  sku_tier                          = "Free"
  private_cluster_enabled           = var.small.private
  role_based_access_control_enabled = true
  oidc_issuer_enabled               = true
  workload_identity_enabled         = true

  default_node_pool {
    name                        = "main"
    vm_size                     = var.small.machine_type
    node_count                  = var.small.node_count
    os_disk_size_gb             = var.small.disk_gb
    max_pods                    = 110
    vnet_subnet_id              = data.azurerm_subnet.small_existing.id
    temporary_name_for_rotation = "rotation"
    tags                        = var.small.labels

    upgrade_settings {
      max_surge = "10%"
    }
  }

  identity {
    type = "SystemAssigned"
  }

  network_profile {
    network_plugin      = "azure"
    network_plugin_mode = "overlay"
    network_data_plane  = "cilium"
    network_policy      = "cilium"
    load_balancer_sku   = "standard"
    outbound_type       = "loadBalancer"
    pod_cidr            = "100.64.0.0/13"
    service_cidr        = "100.72.0.0/16"
    dns_service_ip      = "100.72.0.10"
  }

  node_provisioning_profile {
    mode = "Manual"
  }
}

resource "azurerm_role_assignment" "small_subnet" {
  scope                = data.azurerm_subnet.small_existing.id
  role_definition_name = "Network Contributor"
  principal_id         = azurerm_kubernetes_cluster.small.identity[0].principal_id
}
