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
