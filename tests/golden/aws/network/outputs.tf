output "net_id" {
  value     = aws_vpc.net.id
  sensitive = true
}
