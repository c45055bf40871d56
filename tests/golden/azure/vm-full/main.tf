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

resource "azurerm_network_interface" "listed_nic" {
  name                = var.listed.names["nic"]
  resource_group_name = azurerm_resource_group.ce_westeurope.name
  location            = var.listed.location
  tags                = var.listed.labels

  ip_configuration {
    name                          = "main"
    subnet_id                     = azurerm_subnet.net_a.id
    private_ip_address_allocation = "Dynamic"
  }
}

resource "azurerm_linux_virtual_machine" "listed" {
  name                            = var.listed.name
  resource_group_name             = azurerm_resource_group.ce_westeurope.name
  location                        = var.listed.location
  tags                            = var.listed.labels
  size                            = var.listed.machine_type
  priority                        = var.listed.priority
  network_interface_ids           = [azurerm_network_interface.listed_nic.id]
  admin_username                  = var.listed.ssh_user
  disable_password_authentication = true
  allow_extension_operations      = false
  secure_boot_enabled             = var.listed.secure_boot
  vtpm_enabled                    = var.listed.secure_boot
  depends_on                      = [azurerm_nat_gateway_public_ip_association.net, azurerm_subnet_nat_gateway_association.net_a]

  admin_ssh_key {
    username   = var.listed.ssh_user
    public_key = var.listed.ssh_keys[0]
  }

  os_disk {
    caching              = "ReadWrite"
    storage_account_type = var.listed.disk_type
    disk_size_gb         = var.listed.disk_gb
  }

  source_image_reference {
    publisher = var.listed.image.publisher
    offer     = var.listed.image.offer
    sku       = var.listed.image.sku
    version   = var.listed.image.version
  }
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

resource "azurerm_public_ip" "web_ip" {
  name                = var.web.names["ip"]
  resource_group_name = azurerm_resource_group.ce_westeurope.name
  location            = var.web.location
  tags                = var.web.labels
  sku                 = "Standard"
  allocation_method   = "Static"

  lifecycle {
    create_before_destroy = true
  }
}

resource "azurerm_network_interface" "web_nic" {
  name                = var.web.names["nic"]
  resource_group_name = azurerm_resource_group.ce_westeurope.name
  location            = var.web.location
  tags                = var.web.labels

  ip_configuration {
    name                          = "main"
    subnet_id                     = azurerm_subnet.net_b.id
    private_ip_address_allocation = "Dynamic"
    public_ip_address_id          = azurerm_public_ip.web_ip.id
  }
}

resource "azurerm_linux_virtual_machine" "web" {
  name                            = var.web.name
  resource_group_name             = azurerm_resource_group.ce_westeurope.name
  location                        = var.web.location
  tags                            = var.web.labels
  size                            = var.web.machine_type
  zone                            = var.web.zone
  priority                        = var.web.priority
  eviction_policy                 = "Deallocate"
  network_interface_ids           = [azurerm_network_interface.web_nic.id]
  admin_username                  = var.web.ssh_user
  disable_password_authentication = true
  allow_extension_operations      = false
  secure_boot_enabled             = var.web.secure_boot
  vtpm_enabled                    = var.web.secure_boot
  custom_data                     = base64encode(var.web.startup_script)
  depends_on                      = [azurerm_nat_gateway_public_ip_association.net, azurerm_subnet_nat_gateway_association.net_b]

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

  identity {
    type         = "UserAssigned"
    identity_ids = [var.web.identity]
  }
}

resource "azurerm_managed_disk" "web_data" {
  name                          = var.web.data_disks["data"].name
  resource_group_name           = azurerm_resource_group.ce_westeurope.name
  location                      = var.web.location
  tags                          = var.web.labels
  create_option                 = "Empty"
  disk_size_gb                  = var.web.data_disks["data"].gb
  storage_account_type          = var.web.data_disks["data"].type
  public_network_access_enabled = false
  zone                          = var.web.zone
}

resource "azurerm_virtual_machine_data_disk_attachment" "web_data" {
  managed_disk_id    = azurerm_managed_disk.web_data.id
  virtual_machine_id = azurerm_linux_virtual_machine.web.id
  lun                = var.web.data_disks["data"].lun
  caching            = "None"
}

resource "azurerm_managed_disk" "web_log" {
  name                          = var.web.data_disks["log"].name
  resource_group_name           = azurerm_resource_group.ce_westeurope.name
  location                      = var.web.location
  tags                          = var.web.labels
  create_option                 = "Empty"
  disk_size_gb                  = var.web.data_disks["log"].gb
  storage_account_type          = var.web.data_disks["log"].type
  public_network_access_enabled = false
  zone                          = var.web.zone
}

resource "azurerm_virtual_machine_data_disk_attachment" "web_log" {
  managed_disk_id    = azurerm_managed_disk.web_log.id
  virtual_machine_id = azurerm_linux_virtual_machine.web.id
  lun                = var.web.data_disks["log"].lun
  caching            = "None"
}

resource "azurerm_resource_group" "ce_northeurope" {
  name     = var.ce_northeurope.name
  location = var.ce_northeurope.location
  tags     = var.ce_cloud.labels
}

data "azurerm_subnet" "worker_existing" {
  name                 = var.worker.existing.subnet
  virtual_network_name = var.worker.existing.network
  resource_group_name  = var.worker.existing.group
}

resource "azurerm_network_interface" "worker_nic" {
  name                = var.worker.names["nic"]
  resource_group_name = azurerm_resource_group.ce_northeurope.name
  location            = var.worker.location
  tags                = var.worker.labels

  ip_configuration {
    name                          = "main"
    subnet_id                     = data.azurerm_subnet.worker_existing.id
    private_ip_address_allocation = "Dynamic"
  }
}

resource "azurerm_linux_virtual_machine" "worker" {
  name                            = var.worker.name
  resource_group_name             = azurerm_resource_group.ce_northeurope.name
  location                        = var.worker.location
  tags                            = var.worker.labels
  size                            = var.worker.machine_type
  priority                        = var.worker.priority
  network_interface_ids           = [azurerm_network_interface.worker_nic.id]
  admin_username                  = var.worker.ssh_user
  disable_password_authentication = true
  allow_extension_operations      = false
  secure_boot_enabled             = var.worker.secure_boot
  vtpm_enabled                    = var.worker.secure_boot
  source_image_id                 = var.worker.image_id

  admin_ssh_key {
    username   = var.worker.ssh_user
    public_key = var.worker.ssh_keys[0]
  }

  os_disk {
    caching              = "ReadWrite"
    storage_account_type = var.worker.disk_type
    disk_size_gb         = var.worker.disk_gb
  }
}
