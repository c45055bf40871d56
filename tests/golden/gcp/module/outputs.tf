output "own_text" {
  value     = module.own.text
  sensitive = true
}
