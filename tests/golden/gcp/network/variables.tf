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
