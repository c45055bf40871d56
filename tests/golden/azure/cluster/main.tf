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
  automatic_upgrade_channel         = "patch"
  sku_tier                          = "Free"
  private_cluster_enabled           = var.apps.private
  role_based_access_control_enabled = true
  oidc_issuer_enabled               = true
  workload_identity_enabled         = true

  default_node_pool {
    name                        = "main"
    vm_size                     = var.apps.machine_type
    node_count                  = var.apps.node_count
    os_disk_size_gb             = var.apps.disk_gb
    max_pods                    = 110
    vnet_subnet_id              = azurerm_subnet.main_a.id
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
    outbound_type       = "loadBalancer"
    pod_cidr            = "100.64.0.0/13"
    service_cidr        = "100.72.0.0/16"
    dns_service_ip      = "100.72.0.10"
  }

  node_provisioning_profile {
    mode = "Manual"
  }
}

resource "azurerm_role_assignment" "apps_subnet" {
  scope                = azurerm_subnet.main_a.id
  role_definition_name = "Network Contributor"
  principal_id         = azurerm_kubernetes_cluster.apps.identity[0].principal_id
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
