variable "ce_cloud" {
  type = object({
    labels  = map(string)
    project = string
    region  = string
  })
  nullable = false
}

variable "apps" {
  type = object({
    account             = string
    deletion_protection = bool
    disk_gb             = number
    disk_type           = string
    labels              = map(string)
    location            = string
    machine_type        = string
    name                = string
    nodes_per_zone      = number
    private_endpoint    = bool
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
