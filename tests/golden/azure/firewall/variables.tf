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

variable "web" {
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
