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

variable "listed" {
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

variable "web" {
  type = object({
    data_disks = map(object({
      gb   = number
      lun  = number
      name = string
      type = string
    }))
    disk_gb        = number
    disk_type      = string
    identity       = string
    image          = map(string)
    labels         = map(string)
    location       = string
    machine_type   = string
    name           = string
    names          = map(string)
    priority       = string
    secure_boot    = bool
    ssh_keys       = list(string)
    ssh_user       = string
    startup_script = string
    zone           = string
  })
  nullable = false
}

variable "ce_northeurope" {
  type = object({
    location = string
    name     = string
  })
  nullable = false
}

variable "worker" {
  type = object({
    disk_gb      = number
    disk_type    = string
    existing     = map(string)
    image_id     = string
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
