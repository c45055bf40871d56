variable "ce_cloud" {
  type = object({
    labels  = map(string)
    project = string
    region  = string
  })
  nullable = false
}

variable "net" {
  type = object({
    cidrs  = map(string)
    name   = string
    names  = map(string)
    region = string
  })
  nullable = false
}

variable "web" {
  type = object({
    data_disks = map(object({
      gb   = number
      name = string
      type = string
    }))
    deletion_protection = bool
    disk_gb             = number
    disk_type           = string
    identity            = string
    image               = string
    labels              = map(string)
    machine_type        = string
    metadata            = map(string)
    name                = string
    tags                = list(string)
    zone                = string
  })
  nullable = false
}

variable "worker" {
  type = object({
    deletion_protection = bool
    disk_gb             = number
    disk_type           = string
    existing            = map(string)
    image               = string
    labels              = map(string)
    machine_type        = string
    metadata            = map(string)
    name                = string
    ssh_user            = string
    tags                = list(string)
    zone                = string
  })
  nullable = false
}

variable "ssh_public_key" {
  type     = string
  default  = ""
  nullable = false
}
