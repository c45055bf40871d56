variable "ce_cloud" {
  type = object({
    labels = map(string)
    region = string
  })
  nullable = false
}

variable "ce_westeurope" {
  type = object({
    location = string
    name     = string
  })
  nullable = false
}

variable "cart" {
  type = object({
    admin_user  = string
    backup_days = number
    database    = string
    labels      = map(string)
    location    = string
    name        = string
    server      = string
    storage_gb  = number
    tier        = string
    version     = string
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
    labels   = map(string)
    location = string
    name     = string
    names    = map(string)
    ranges   = list(string)
    services = map(string)
    subnets = map(object({
      cidr = string
      name = string
    }))
    zone_mysql    = string
    zone_postgres = string
  })
  nullable = false
}

variable "open" {
  type = object({
    admin_user  = string
    backup_days = number
    clients = map(object({
      first = string
      last  = string
      name  = string
    }))
    database   = string
    labels     = map(string)
    location   = string
    name       = string
    server     = string
    storage_mb = number
    tier       = string
    version    = string
  })
  nullable = false
}

variable "open_password" {
  type      = string
  ephemeral = true
  sensitive = true
  nullable  = false
}

variable "orders" {
  type = object({
    admin_user  = string
    backup_days = number
    database    = string
    labels      = map(string)
    location    = string
    name        = string
    server      = string
    storage_mb  = number
    tier        = string
    version     = string
  })
  nullable = false
}

variable "orders_password" {
  type      = string
  ephemeral = true
  sensitive = true
  nullable  = false
}

variable "scratch" {
  type = object({
    admin_user    = string
    backup_days   = number
    database      = string
    existing      = map(string)
    labels        = map(string)
    location      = string
    name          = string
    names         = map(string)
    server        = string
    storage_mb    = number
    tier          = string
    version       = string
    zone_postgres = string
  })
  nullable = false
}

variable "scratch_password" {
  type      = string
  ephemeral = true
  sensitive = true
  nullable  = false
}
