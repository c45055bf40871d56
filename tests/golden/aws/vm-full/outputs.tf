output "api_ip" {
  value     = aws_instance.api.private_ip
  sensitive = true
}

output "net_id" {
  value     = aws_vpc.net.id
  sensitive = true
}

output "web_ip" {
  value     = aws_instance.web.private_ip
  sensitive = true
}

output "web_public_ip" {
  value     = aws_instance.web.public_ip
  sensitive = true
}

output "worker_ip" {
  value     = aws_instance.worker.private_ip
  sensitive = true
}
