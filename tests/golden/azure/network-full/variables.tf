variable "ce_cloud" {
  type = object({
    labels = map(string)
    region = string
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

variable "far" {
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

variable "ce_westeurope" {
  type = object({
    location = string
    name     = string
  })
  nullable = false
}

variable "net" {
  type = object({
    flow_account = string
    labels       = map(string)
    location     = string
    name         = string
    names        = map(string)
    ranges       = list(string)
    subnets = map(object({
      cidr = string
      name = string
    }))
    watcher = string
  })
  nullable = false
}
