variable "ce_cloud" {
  type = object({
    labels = map(string)
    region = string
  })
  nullable = false
}

variable "far" {
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

variable "net" {
  type = object({
    cidr   = string
    cidrs  = map(string)
    names  = map(string)
    region = string
    tags   = map(string)
  })
  nullable = false
}
