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

resource "azurerm_user_assigned_identity" "front_identity" {
  name                = var.front.names["identity"]
  resource_group_name = azurerm_resource_group.ce_westeurope.name
  location            = var.front.location
  tags                = var.front.labels

  lifecycle {
    create_before_destroy = true
  }
}

resource "azurerm_role_assignment" "front_identity" {
  scope                = var.front.vault.id
  role_definition_name = "Key Vault Secrets User"
  principal_id         = azurerm_user_assigned_identity.front_identity.principal_id

  lifecycle {
    create_before_destroy = true
  }
}

resource "azurerm_public_ip" "front_gateway" {
  name                = var.front.names["gateway"]
  resource_group_name = azurerm_resource_group.ce_westeurope.name
  location            = var.front.location
  tags                = var.front.labels
  sku                 = "Standard"
  allocation_method   = "Static"

  lifecycle {
    create_before_destroy = true
  }
}

resource "azurerm_application_gateway" "front" {
  name                = var.front.name
  resource_group_name = azurerm_resource_group.ce_westeurope.name
  location            = var.front.location
  tags                = var.front.labels
  http2_enabled       = true
  depends_on          = [azurerm_subnet_network_security_group_association.net_services_gateways, azurerm_role_assignment.front_identity]

  sku {
    name = "Standard_v2"
    tier = "Standard_v2"
  }

  autoscale_configuration {
    min_capacity = 1
    max_capacity = 3
  }

  gateway_ip_configuration {
    name      = "subnet"
    subnet_id = azurerm_subnet.net_services_gateways.id
  }

  frontend_ip_configuration {
    name                 = "public"
    public_ip_address_id = azurerm_public_ip.front_gateway.id
  }

  frontend_port {
    name = "listen"
    port = var.front.listen_port
  }

  backend_address_pool {
    name         = "machines"
    ip_addresses = [azurerm_network_interface.web-1_nic.private_ip_address, azurerm_network_interface.web-2_nic.private_ip_address]
  }

  backend_http_settings {
    name                  = "app"
    protocol              = "Http"
    port                  = var.front.port
    cookie_based_affinity = "Disabled"
    request_timeout       = 30
    probe_name            = "health"
  }

  probe {
    name                = "health"
    protocol            = "Http"
    host                = "127.0.0.1"
    path                = var.front.health_path
    interval            = 30
    timeout             = 30
    unhealthy_threshold = 3
  }

  http_listener {
    name                           = "listen"
    frontend_ip_configuration_name = "public"
    frontend_port_name             = "listen"
    protocol                       = "Https"
    ssl_certificate_name           = "main"
  }

  request_routing_rule {
    name                       = "all"
    rule_type                  = "Basic"
    priority                   = 100
    http_listener_name         = "listen"
    backend_address_pool_name  = "machines"
    backend_http_settings_name = "app"
  }

  ssl_certificate {
    name                = "main"
    key_vault_secret_id = var.front.vault.address
  }

  identity {
    type         = "UserAssigned"
    identity_ids = [azurerm_user_assigned_identity.front_identity.id]
  }

  ssl_policy {
    policy_type = "Predefined"
    policy_name = "AppGwSslPolicy20220101S"
  }
}

resource "azurerm_network_interface" "game_nic" {
  name                = var.game.names["nic"]
  resource_group_name = azurerm_resource_group.ce_westeurope.name
  location            = var.game.location
  tags                = var.game.labels

  ip_configuration {
    name                          = "main"
    subnet_id                     = azurerm_subnet.net_a.id
    private_ip_address_allocation = "Dynamic"
  }
}

resource "azurerm_linux_virtual_machine" "game" {
  name                            = var.game.name
  resource_group_name             = azurerm_resource_group.ce_westeurope.name
  location                        = var.game.location
  tags                            = var.game.labels
  size                            = var.game.machine_type
  priority                        = var.game.priority
  network_interface_ids           = [azurerm_network_interface.game_nic.id]
  admin_username                  = var.game.ssh_user
  disable_password_authentication = true
  allow_extension_operations      = false
  secure_boot_enabled             = var.game.secure_boot
  vtpm_enabled                    = var.game.secure_boot

  admin_ssh_key {
    username   = var.game.ssh_user
    public_key = var.game.ssh_keys[0]
  }

  os_disk {
    caching              = "ReadWrite"
    storage_account_type = var.game.disk_type
    disk_size_gb         = var.game.disk_gb
  }

  source_image_reference {
    publisher = var.game.image.publisher
    offer     = var.game.image.offer
    sku       = var.game.image.sku
    version   = var.game.image.version
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

resource "azurerm_network_security_group" "net_gateways" {
  name                = var.net.names["gateways"]
  resource_group_name = azurerm_resource_group.ce_westeurope.name
  location            = var.net.location
  tags                = var.net.labels
}

resource "azurerm_subnet" "net_services_gateways" {
  name                 = "ce_gateways"
  resource_group_name  = azurerm_resource_group.ce_westeurope.name
  virtual_network_name = azurerm_virtual_network.net.name
  address_prefixes     = [var.net.services["gateways"]]
}

resource "azurerm_subnet_network_security_group_association" "net_services_gateways" {
  subnet_id                 = azurerm_subnet.net_services_gateways.id
  network_security_group_id = azurerm_network_security_group.net_gateways.id
  depends_on                = [azurerm_network_security_rule.net_manager]
}

resource "azurerm_network_security_rule" "net_manager" {
  name                        = "manager"
  resource_group_name         = azurerm_resource_group.ce_westeurope.name
  network_security_group_name = azurerm_network_security_group.net_gateways.name
  priority                    = 100
  direction                   = "Inbound"
  access                      = "Allow"
  protocol                    = "Tcp"
  source_address_prefix       = "GatewayManager"
  source_port_range           = "*"
  destination_address_prefix  = "*"
  destination_port_range      = "65200-65535"
}

resource "azurerm_network_security_rule" "net_clients" {
  name                        = "clients"
  resource_group_name         = azurerm_resource_group.ce_westeurope.name
  network_security_group_name = azurerm_network_security_group.net_gateways.name
  priority                    = 110
  direction                   = "Inbound"
  access                      = "Allow"
  protocol                    = "Tcp"
  source_address_prefix       = "Internet"
  source_port_range           = "*"
  destination_address_prefix  = "*"
  destination_port_ranges     = var.net.gateway_ports
}

resource "azurerm_public_ip" "plain_gateway" {
  name                = var.plain.names["gateway"]
  resource_group_name = azurerm_resource_group.ce_westeurope.name
  location            = var.plain.location
  tags                = var.plain.labels
  sku                 = "Standard"
  allocation_method   = "Static"

  lifecycle {
    create_before_destroy = true
  }
}

resource "azurerm_application_gateway" "plain" {
  name                = var.plain.name
  resource_group_name = azurerm_resource_group.ce_westeurope.name
  location            = var.plain.location
  tags                = var.plain.labels
  http2_enabled       = true
  depends_on          = [azurerm_subnet_network_security_group_association.net_services_gateways]

  sku {
    name = "Standard_v2"
    tier = "Standard_v2"
  }

  autoscale_configuration {
    min_capacity = 1
    max_capacity = 3
  }

  gateway_ip_configuration {
    name      = "subnet"
    subnet_id = azurerm_subnet.net_services_gateways.id
  }

  frontend_ip_configuration {
    name                 = "public"
    public_ip_address_id = azurerm_public_ip.plain_gateway.id
  }

  frontend_port {
    name = "listen"
    port = var.plain.listen_port
  }

  backend_address_pool {
    name         = "machines"
    ip_addresses = [azurerm_network_interface.web-1_nic.private_ip_address]
  }

  backend_http_settings {
    name                  = "app"
    protocol              = "Http"
    port                  = var.plain.port
    cookie_based_affinity = "Disabled"
    request_timeout       = 30
    probe_name            = "health"
  }

  probe {
    name                = "health"
    protocol            = "Http"
    host                = "127.0.0.1"
    path                = var.plain.health_path
    interval            = 30
    timeout             = 30
    unhealthy_threshold = 3
  }

  http_listener {
    name                           = "listen"
    frontend_ip_configuration_name = "public"
    frontend_port_name             = "listen"
    protocol                       = "Http"
  }

  request_routing_rule {
    name                       = "all"
    rule_type                  = "Basic"
    priority                   = 100
    http_listener_name         = "listen"
    backend_address_pool_name  = "machines"
    backend_http_settings_name = "app"
  }

  ssl_policy {
    policy_type = "Predefined"
    policy_name = "AppGwSslPolicy20220101S"
  }
}

resource "azurerm_public_ip" "play_ip" {
  name                = var.play.names["ip"]
  resource_group_name = azurerm_resource_group.ce_westeurope.name
  location            = var.play.location
  tags                = var.play.labels
  sku                 = "Standard"
  allocation_method   = "Static"

  lifecycle {
    create_before_destroy = true
  }
}

resource "azurerm_lb" "play" {
  name                = var.play.name
  resource_group_name = azurerm_resource_group.ce_westeurope.name
  location            = var.play.location
  tags                = var.play.labels
  sku                 = "Standard"

  frontend_ip_configuration {
    name                 = "main"
    public_ip_address_id = azurerm_public_ip.play_ip.id
  }
}

resource "azurerm_lb_backend_address_pool" "play" {
  name            = "machines"
  loadbalancer_id = azurerm_lb.play.id
}

resource "azurerm_lb_probe" "play" {
  name            = "port"
  loadbalancer_id = azurerm_lb.play.id
  protocol        = "Tcp"
  port            = var.play.port
}

resource "azurerm_lb_rule" "play" {
  name                           = "listen"
  loadbalancer_id                = azurerm_lb.play.id
  protocol                       = "Tcp"
  frontend_ip_configuration_name = "main"
  frontend_port                  = var.play.listen_port
  backend_port                   = var.play.port
  backend_address_pool_ids       = [azurerm_lb_backend_address_pool.play.id]
  probe_id                       = azurerm_lb_probe.play.id
  tcp_reset_enabled              = true
  disable_outbound_snat          = true
}

resource "azurerm_network_interface_backend_address_pool_association" "play_game" {
  network_interface_id    = azurerm_network_interface.game_nic.id
  ip_configuration_name   = "main"
  backend_address_pool_id = azurerm_lb_backend_address_pool.play.id
}

resource "azurerm_network_interface_backend_address_pool_association" "play_web-1" {
  network_interface_id    = azurerm_network_interface.web-1_nic.id
  ip_configuration_name   = "main"
  backend_address_pool_id = azurerm_lb_backend_address_pool.play.id
}

resource "azurerm_network_interface" "web-1_nic" {
  name                = var.web-1.names["nic"]
  resource_group_name = azurerm_resource_group.ce_westeurope.name
  location            = var.web-1.location
  tags                = var.web-1.labels

  ip_configuration {
    name                          = "main"
    subnet_id                     = azurerm_subnet.net_a.id
    private_ip_address_allocation = "Dynamic"
  }
}

resource "azurerm_linux_virtual_machine" "web-1" {
  name                            = var.web-1.name
  resource_group_name             = azurerm_resource_group.ce_westeurope.name
  location                        = var.web-1.location
  tags                            = var.web-1.labels
  size                            = var.web-1.machine_type
  priority                        = var.web-1.priority
  network_interface_ids           = [azurerm_network_interface.web-1_nic.id]
  admin_username                  = var.web-1.ssh_user
  disable_password_authentication = true
  allow_extension_operations      = false
  secure_boot_enabled             = var.web-1.secure_boot
  vtpm_enabled                    = var.web-1.secure_boot

  admin_ssh_key {
    username   = var.web-1.ssh_user
    public_key = var.web-1.ssh_keys[0]
  }

  os_disk {
    caching              = "ReadWrite"
    storage_account_type = var.web-1.disk_type
    disk_size_gb         = var.web-1.disk_gb
  }

  source_image_reference {
    publisher = var.web-1.image.publisher
    offer     = var.web-1.image.offer
    sku       = var.web-1.image.sku
    version   = var.web-1.image.version
  }
}

resource "azurerm_network_interface" "web-2_nic" {
  name                = var.web-2.names["nic"]
  resource_group_name = azurerm_resource_group.ce_westeurope.name
  location            = var.web-2.location
  tags                = var.web-2.labels

  ip_configuration {
    name                          = "main"
    subnet_id                     = azurerm_subnet.net_a.id
    private_ip_address_allocation = "Dynamic"
  }
}

resource "azurerm_linux_virtual_machine" "web-2" {
  name                            = var.web-2.name
  resource_group_name             = azurerm_resource_group.ce_westeurope.name
  location                        = var.web-2.location
  tags                            = var.web-2.labels
  size                            = var.web-2.machine_type
  zone                            = var.web-2.zone
  priority                        = var.web-2.priority
  network_interface_ids           = [azurerm_network_interface.web-2_nic.id]
  admin_username                  = var.web-2.ssh_user
  disable_password_authentication = true
  allow_extension_operations      = false
  secure_boot_enabled             = var.web-2.secure_boot
  vtpm_enabled                    = var.web-2.secure_boot

  admin_ssh_key {
    username   = var.web-2.ssh_user
    public_key = var.web-2.ssh_keys[0]
  }

  os_disk {
    caching              = "ReadWrite"
    storage_account_type = var.web-2.disk_type
    disk_size_gb         = var.web-2.disk_gb
  }

  source_image_reference {
    publisher = var.web-2.image.publisher
    offer     = var.web-2.image.offer
    sku       = var.web-2.image.sku
    version   = var.web-2.image.version
  }
}
