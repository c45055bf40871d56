variable "ce_cloud" {
  type = object({
    labels  = map(string)
    project = string
    region  = string
  })
  nullable = false
}

variable "files" {
  type = object({
    class           = string
    force_destroy   = bool
    labels          = map(string)
    location        = string
    name            = string
    noncurrent_days = number
    versioning      = bool
  })
  nullable = false
}
