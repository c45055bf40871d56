variable "ce_cloud" {
  type = object({
    labels = map(string)
    region = string
  })
  nullable = false
}

variable "api" {
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

variable "ssh_public_key" {
  type     = string
  default  = ""
  nullable = false
}

variable "https" {
  type = object({
    group  = string
    region = string
    rules = map(object({
      first    = number
      last     = number
      protocol = string
      range    = string
    }))
    tags = map(string)
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

variable "out" {
  type = object({
    group  = string
    region = string
    rules = map(object({
      first    = number
      last     = number
      protocol = string
      range    = string
    }))
    tags = map(string)
  })
  nullable = false
}

variable "web" {
  type = object({
    cloud_config = object({
      runcmd              = list(list(string))
      ssh_authorized_keys = list(string)
      user                = map(string)
      write_files         = list(map(string))
    })
    data_disks = map(object({
      device = string
      gb     = number
      name   = string
    }))
    deletion_protection = bool
    disk_gb             = number
    group               = string
    identity            = string
    image               = map(string)
    key_name            = string
    machine_type        = string
    public_ip           = bool
    public_key          = string
    region              = string
    tags                = map(string)
    zone                = string
  })
  nullable = false
}

variable "worker" {
  type = object({
    cloud_config = object({
      ssh_authorized_keys = list(string)
      user                = map(string)
    })
    deletion_protection = bool
    disk_gb             = number
    existing            = map(string)
    group               = string
    image               = map(string)
    machine_type        = string
    public_ip           = bool
    region              = string
    tags                = map(string)
  })
  nullable = false
}
