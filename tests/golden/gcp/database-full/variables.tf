variable "ce_cloud" {
  type = object({
    labels  = map(string)
    project = string
    region  = string
  })
  nullable = false
}

variable "cart" {
  type = object({
    admin_user          = string
    authorized_networks = list(string)
    availability        = string
    backup_days         = number
    backups             = bool
    database            = string
    deletion_protection = bool
    labels              = map(string)
    log_days            = number
    name                = string
    public_access       = bool
    region              = string
    storage_gb          = number
    tier                = string
    version             = string
  })
  nullable = false
}

variable "cart_password" {
  type      = string
  ephemeral = true
  sensitive = true
  nullable  = false
}

variable "net" {
  type = object({
    cidrs    = map(string)
    name     = string
    names    = map(string)
    region   = string
    services = string
  })
  nullable = false
}

variable "scratch" {
  type = object({
    admin_user          = string
    availability        = string
    backups             = bool
    database            = string
    deletion_protection = bool
    existing            = map(string)
    labels              = map(string)
    name                = string
    public_access       = bool
    region              = string
    storage_gb          = number
    tier                = string
    version             = string
  })
  nullable = false
}

variable "scratch_password" {
  type      = string
  ephemeral = true
  sensitive = true
  nullable  = false
}
