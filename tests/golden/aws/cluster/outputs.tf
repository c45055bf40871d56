output "apps_endpoint" {
  value     = aws_eks_cluster.apps.endpoint
  sensitive = true
}

output "main_id" {
  value     = aws_vpc.main.id
  sensitive = true
}
