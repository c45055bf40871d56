variable "ce_cloud" {
  type = object({
    labels = map(string)
    region = string
  })
  nullable = false
}

variable "a-cluster-with-quite-a-long-name-so-that-its-roles-are-shorter" {
  type = object({
    all_tags            = map(string)
    authorized_networks = list(string)
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
    version             = string
  })
  nullable = false
}

variable "lent" {
  type = object({
    all_tags            = map(string)
    control_role        = string
    deletion_protection = bool
    disk_gb             = number
    existing            = map(string)
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

variable "net" {
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
