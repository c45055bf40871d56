output "files_name" {
  value     = aws_s3_bucket.files.id
  sensitive = true
}
