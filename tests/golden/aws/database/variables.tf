variable "ce_cloud" {
  type = object({
    labels = map(string)
    region = string
  })
  nullable = false
}

variable "main" {
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

variable "orders" {
  type = object({
    admin_user          = string
    backup_days         = number
    class               = string
    database            = string
    deletion_protection = bool
    engine              = string
    final_snapshot      = string
    group               = string
    ha                  = bool
    name                = string
    port                = number
    public_access       = bool
    region              = string
    storage_gb          = number
    subnet_group        = string
    tags                = map(string)
    version             = string
  })
  nullable = false
}
