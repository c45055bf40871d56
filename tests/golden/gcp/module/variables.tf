variable "own" {
  type     = any
  nullable = false
}
