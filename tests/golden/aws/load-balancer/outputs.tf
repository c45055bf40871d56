output "front_address" {
  value     = aws_lb.front.dns_name
  sensitive = true
}

output "main_id" {
  value     = aws_vpc.main.id
  sensitive = true
}

output "web_ip" {
  value     = aws_instance.web.private_ip
  sensitive = true
}
