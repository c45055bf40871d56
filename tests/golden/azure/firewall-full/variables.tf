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

variable "admins" {
  type = object({
    access    = string
    direction = string
    names     = map(string)
    ranges    = list(string)
    rules = list(object({
      ports    = list(string)
      priority = number
      protocol = string
    }))
  })
  nullable = false
}

variable "inside" {
  type = object({
    disk_gb      = number
    disk_type    = string
    existing     = map(string)
    image        = map(string)
    labels       = map(string)
    location     = string
    machine_type = string
    name         = string
    names        = map(string)
    priority     = string
    secure_boot  = bool
    ssh_keys     = list(string)
    ssh_user     = string
  })
  nullable = false
}

variable "let-in" {
  type = object({
    access    = string
    direction = string
    names     = map(string)
    ranges    = list(string)
    rules = list(object({
      ports    = list(string)
      priority = number
      protocol = string
    }))
  })
  nullable = false
}

variable "net" {
  type = object({
    labels   = map(string)
    location = string
    name     = string
    names    = map(string)
    ranges   = list(string)
    subnets = map(object({
      cidr = string
      name = string
    }))
  })
  nullable = false
}

variable "no-out" {
  type = object({
    access    = string
    direction = string
    names     = map(string)
    ranges    = list(string)
    rules = list(object({
      ports    = list(string)
      priority = number
      protocol = string
    }))
  })
  nullable = false
}

variable "web" {
  type = object({
    disk_gb      = number
    disk_type    = string
    image        = map(string)
    labels       = map(string)
    location     = string
    machine_type = string
    name         = string
    names        = map(string)
    priority     = string
    secure_boot  = bool
    ssh_keys     = list(string)
    ssh_user     = string
  })
  nullable = false
}
