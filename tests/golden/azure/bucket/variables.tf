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

variable "files" {
  type = object({
    account         = string
    class           = string
    labels          = map(string)
    location        = string
    name            = string
    noncurrent_days = number
    public_read     = bool
    versioning      = bool
  })
  nullable = false
}
