output "main_id" {
  value     = aws_vpc.main.id
  sensitive = true
}

output "web_ip" {
  value     = aws_instance.web.private_ip
  sensitive = true
}
