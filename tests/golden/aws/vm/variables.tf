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

variable "web" {
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
