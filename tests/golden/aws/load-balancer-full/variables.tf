variable "ce_cloud" {
  type = object({
    labels = map(string)
    region = string
  })
  nullable = false
}

variable "far" {
  type = object({
    cloud_config = map(object({
      name = string
    }))
    deletion_protection = bool
    disk_gb             = number
    existing            = map(string)
    group               = string
    image               = map(string)
    key_name            = string
    machine_type        = string
    public_ip           = bool
    region              = string
    tags                = map(string)
  })
  nullable = false
}

variable "ssh_public_key" {
  type     = string
  default  = ""
  nullable = false
}

variable "front" {
  type = object({
    certificate         = string
    deletion_protection = bool
    group               = string
    health_path         = string
    internal            = bool
    listen_port         = number
    name                = string
    port                = number
    protocol            = string
    region              = string
    tags                = map(string)
    target              = string
    type                = string
  })
  nullable = false
}

variable "game" {
  type = object({
    deletion_protection = bool
    existing            = map(string)
    group               = string
    internal            = bool
    listen_port         = number
    name                = string
    port                = number
    protocol            = string
    region              = string
    subnets             = list(string)
    tags                = map(string)
    target              = string
    type                = string
  })
  nullable = false
}

variable "inside" {
  type = object({
    deletion_protection = bool
    group               = string
    health_path         = string
    internal            = bool
    listen_port         = number
    name                = string
    port                = number
    protocol            = string
    region              = string
    tags                = map(string)
    target              = string
    type                = string
  })
  nullable = false
}

variable "net" {
  type = object({
    cidr      = string
    cidrs     = map(string)
    log_group = string
    log_role  = string
    names     = map(string)
    region    = string
    tags      = map(string)
  })
  nullable = false
}

variable "web-1" {
  type = object({
    cloud_config = map(object({
      name = string
    }))
    deletion_protection = bool
    disk_gb             = number
    group               = string
    image               = map(string)
    key_name            = string
    machine_type        = string
    public_ip           = bool
    region              = string
    tags                = map(string)
  })
  nullable = false
}

variable "web-2" {
  type = object({
    cloud_config = map(object({
      name = string
    }))
    deletion_protection = bool
    disk_gb             = number
    group               = string
    image               = map(string)
    key_name            = string
    machine_type        = string
    public_ip           = bool
    region              = string
    tags                = map(string)
  })
  nullable = false
}
