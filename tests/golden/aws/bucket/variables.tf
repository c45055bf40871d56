variable "ce_cloud" {
  type = object({
    labels = map(string)
    region = string
  })
  nullable = false
}

variable "files" {
  type = object({
    force_destroy   = bool
    name            = string
    noncurrent_days = number
    private         = bool
    region          = string
    tags            = map(string)
    versioning      = string
  })
  nullable = false
}
