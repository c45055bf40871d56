terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "6.69.1"
    }
  }

  backend "http" {}
}

provider "aws" {
  region = var.ce_cloud.region

  default_tags {
    tags = var.ce_cloud.labels
  }
}

resource "aws_s3_bucket" "files" {
  region        = var.files.region
  bucket        = var.files.name
  force_destroy = var.files.force_destroy
  tags          = var.files.tags
}

resource "aws_s3_bucket_public_access_block" "files" {
  region                  = var.files.region
  bucket                  = aws_s3_bucket.files.id
  block_public_acls       = true
  ignore_public_acls      = true
  block_public_policy     = var.files.private
  restrict_public_buckets = var.files.private
}

resource "aws_s3_bucket_ownership_controls" "files" {
  region = var.files.region
  bucket = aws_s3_bucket.files.id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_versioning" "files" {
  region = var.files.region
  bucket = aws_s3_bucket.files.id

  versioning_configuration {
    status = var.files.versioning
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "files" {
  region = var.files.region
  bucket = aws_s3_bucket.files.id

  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256"
    }
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "files" {
  region     = var.files.region
  bucket     = aws_s3_bucket.files.id
  depends_on = [aws_s3_bucket_versioning.files]

  rule {
    id     = "all"
    status = "Enabled"

    filter {}

    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }

    noncurrent_version_expiration {
      noncurrent_days = var.files.noncurrent_days
    }
  }
}

resource "aws_s3_bucket_policy" "files" {
  region = var.files.region
  bucket = aws_s3_bucket.files.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "DenyPlainHttp"
      Effect    = "Deny"
      Principal = "*"
      Action    = "s3:*"
      Resource  = [aws_s3_bucket.files.arn, join("", [aws_s3_bucket.files.arn, "/*"])]
      Condition = {
        Bool = {
          "aws:SecureTransport" = "false"
        }
      }
    }]
  })
  depends_on = [aws_s3_bucket_public_access_block.files]
}
