variable "ce_cloud" {
  type = object({
    labels  = map(string)
    project = string
    region  = string
  })
  nullable = false
}

variable "a-cluster-with-quite-a-long-name" {
  type = object({
    account             = string
    authorized_networks = list(string)
    deletion_protection = bool
    disk_gb             = number
    disk_type           = string
    first_nodes         = number
    labels              = map(string)
    location            = string
    machine_type        = string
    max_nodes           = number
    min_nodes           = number
    name                = string
    private_endpoint    = bool
    version             = string
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
