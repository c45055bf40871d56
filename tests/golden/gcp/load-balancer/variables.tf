variable "ce_cloud" {
  type = object({
    labels  = map(string)
    project = string
    region  = string
  })
  nullable = false
}

variable "front" {
  type = object({
    groups = map(object({
      name = string
      zone = string
    }))
    labels      = map(string)
    listen_port = string
    name        = string
    port        = number
    probe_rule  = string
    probes      = list(string)
    region      = string
    tag         = string
  })
  nullable = false
}

variable "main" {
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
    deletion_protection = bool
    disk_gb             = number
    disk_type           = string
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
