variable "ce_cloud" {
  type = object({
    labels = map(string)
    region = string
  })
  nullable = false
}

variable "apps" {
  type = object({
    all_tags            = map(string)
    control_role        = string
    deletion_protection = bool
    disk_gb             = number
    image               = string
    machine_type        = string
    max_nodes           = number
    min_nodes           = number
    name                = string
    nodes_role          = string
    public_endpoint     = bool
    region              = string
    tags                = map(string)
    template            = string
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
