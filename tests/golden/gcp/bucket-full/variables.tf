variable "ce_cloud" {
  type = object({
    labels  = map(string)
    project = string
    region  = string
  })
  nullable = false
}

variable "plain" {
  type = object({
    class         = string
    force_destroy = bool
    labels        = map(string)
    location      = string
    name          = string
    versioning    = bool
  })
  nullable = false
}

variable "site" {
  type = object({
    class           = string
    expire_days     = number
    force_destroy   = bool
    kms_key         = string
    labels          = map(string)
    location        = string
    name            = string
    noncurrent_days = number
    versioning      = bool
  })
  nullable = false
}
