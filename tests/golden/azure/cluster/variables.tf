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

variable "apps" {
  type = object({
    disk_gb      = number
    labels       = map(string)
    location     = string
    machine_type = string
    name         = string
    node_count   = number
    private      = bool
  })
  nullable = false
}

variable "main" {
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
