output "far_id" {
  value     = aws_vpc.far.id
  sensitive = true
}

output "net_id" {
  value     = aws_vpc.net.id
  sensitive = true
}
