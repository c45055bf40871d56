variable "ce_cloud" {
  type = object({
    labels  = map(string)
    project = string
    region  = string
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

variable "no-out" {
  type = object({
    direction = string
    name      = string
    priority  = number
    ranges    = list(string)
    rules = list(object({
      ports    = list(string)
      protocol = string
    }))
  })
  nullable = false
}

variable "web" {
  type = object({
    direction = string
    name      = string
    priority  = number
    ranges    = list(string)
    rules = list(object({
      ports    = list(string)
      protocol = string
    }))
    target_tags = list(string)
  })
  nullable = false
}
