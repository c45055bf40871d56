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

variable "plain" {
  type = object({
    account     = string
    class       = string
    labels      = map(string)
    location    = string
    name        = string
    public_read = bool
    versioning  = bool
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

variable "site-of-the-shop-in-the-north" {
  type = object({
    account         = string
    class           = string
    expire_days     = number
    labels          = map(string)
    location        = string
    name            = string
    names           = map(string)
    noncurrent_days = number
    public_read     = bool
    vault           = map(string)
    versioning      = bool
  })
  nullable = false
}
