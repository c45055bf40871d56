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

resource "azurerm_storage_account" "plain" {
  name                             = var.plain.account
  resource_group_name              = azurerm_resource_group.ce_westeurope.name
  location                         = var.plain.location
  tags                             = var.plain.labels
  account_tier                     = "Standard"
  account_replication_type         = "LRS"
  access_tier                      = var.plain.class
  min_tls_version                  = "TLS1_2"
  https_traffic_only_enabled       = true
  allow_nested_items_to_be_public  = var.plain.public_read
  shared_access_key_enabled        = false
  default_to_oauth_authentication  = true
  local_user_enabled               = false
  cross_tenant_replication_enabled = false

  blob_properties {
    versioning_enabled = var.plain.versioning

    delete_retention_policy {
      days = 7
    }

    container_delete_retention_policy {
      days = 7
    }
  }
}

resource "azurerm_storage_container" "plain" {
  name                  = "data"
  storage_account_id    = azurerm_storage_account.plain.id
  container_access_type = "private"
}

resource "azurerm_resource_group" "ce_northeurope" {
  name     = var.ce_northeurope.name
  location = var.ce_northeurope.location
  tags     = var.ce_cloud.labels
}

resource "azurerm_user_assigned_identity" "site-of-the-shop-in-the-north_identity" {
  name                = var.site-of-the-shop-in-the-north.names["identity"]
  resource_group_name = azurerm_resource_group.ce_northeurope.name
  location            = var.site-of-the-shop-in-the-north.location
  tags                = var.site-of-the-shop-in-the-north.labels

  lifecycle {
    create_before_destroy = true
  }
}

resource "azurerm_role_assignment" "site-of-the-shop-in-the-north_identity" {
  scope                = var.site-of-the-shop-in-the-north.vault.id
  role_definition_name = "Key Vault Crypto Service Encryption User"
  principal_id         = azurerm_user_assigned_identity.site-of-the-shop-in-the-north_identity.principal_id

  lifecycle {
    create_before_destroy = true
  }
}

resource "azurerm_storage_account" "site-of-the-shop-in-the-north" {
  name                             = var.site-of-the-shop-in-the-north.account
  resource_group_name              = azurerm_resource_group.ce_northeurope.name
  location                         = var.site-of-the-shop-in-the-north.location
  tags                             = var.site-of-the-shop-in-the-north.labels
  account_tier                     = "Standard"
  account_replication_type         = "LRS"
  access_tier                      = var.site-of-the-shop-in-the-north.class
  min_tls_version                  = "TLS1_2"
  https_traffic_only_enabled       = true
  allow_nested_items_to_be_public  = var.site-of-the-shop-in-the-north.public_read
  shared_access_key_enabled        = false
  default_to_oauth_authentication  = true
  local_user_enabled               = false
  cross_tenant_replication_enabled = false
  depends_on                       = [azurerm_role_assignment.site-of-the-shop-in-the-north_identity]

  blob_properties {
    versioning_enabled = var.site-of-the-shop-in-the-north.versioning

    delete_retention_policy {
      days = 7
    }

    container_delete_retention_policy {
      days = 7
    }
  }

  identity {
    type         = "UserAssigned"
    identity_ids = [azurerm_user_assigned_identity.site-of-the-shop-in-the-north_identity.id]
  }

  customer_managed_key {
    key_vault_key_id          = var.site-of-the-shop-in-the-north.vault.address
    user_assigned_identity_id = azurerm_user_assigned_identity.site-of-the-shop-in-the-north_identity.id
  }
}

resource "azurerm_storage_container" "site-of-the-shop-in-the-north" {
  name                  = "data"
  storage_account_id    = azurerm_storage_account.site-of-the-shop-in-the-north.id
  container_access_type = "blob"
}

resource "azurerm_storage_management_policy" "site-of-the-shop-in-the-north" {
  storage_account_id = azurerm_storage_account.site-of-the-shop-in-the-north.id

  rule {
    name    = "expire"
    enabled = true

    filters {
      blob_types = ["blockBlob"]
    }

    actions {
      base_blob {
        delete_after_days_since_creation_greater_than = var.site-of-the-shop-in-the-north.expire_days
      }
    }
  }

  rule {
    name    = "noncurrent"
    enabled = true

    filters {
      blob_types = ["blockBlob"]
    }

    actions {
      version {
        delete_after_days_since_creation = var.site-of-the-shop-in-the-north.noncurrent_days
      }
    }
  }
}
