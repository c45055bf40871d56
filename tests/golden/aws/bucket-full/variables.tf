variable "ce_cloud" {
  type = object({
    labels = map(string)
    region = string
  })
  nullable = false
}

variable "plain" {
  type = object({
    class         = string
    class_days    = number
    force_destroy = bool
    name          = string
    private       = bool
    region        = string
    tags          = map(string)
    versioning    = string
  })
  nullable = false
}

variable "site" {
  type = object({
    class           = string
    class_days      = number
    expire_days     = number
    force_destroy   = bool
    kms_key         = string
    name            = string
    noncurrent_days = number
    private         = bool
    region          = string
    tags            = map(string)
    versioning      = string
  })
  nullable = false
}
