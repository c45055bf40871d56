output "a-cluster-with-quite-a-long-name-so-that-its-roles-are-shorter_endpoint" {
  value     = aws_eks_cluster.a-cluster-with-quite-a-long-name-so-that-its-roles-are-shorter.endpoint
  sensitive = true
}

output "lent_endpoint" {
  value     = aws_eks_cluster.lent.endpoint
  sensitive = true
}

output "net_id" {
  value     = aws_vpc.net.id
  sensitive = true
}
