output "plain_name" {
  value     = aws_s3_bucket.plain.id
  sensitive = true
}

output "site_name" {
  value     = aws_s3_bucket.site.id
  sensitive = true
}
