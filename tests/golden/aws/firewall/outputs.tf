output "main_id" {
  value     = aws_vpc.main.id
  sensitive = true
}
