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

resource "aws_s3_bucket" "plain" {
  region        = var.plain.region
  bucket        = var.plain.name
  force_destroy = var.plain.force_destroy
  tags          = var.plain.tags
}

resource "aws_s3_bucket_public_access_block" "plain" {
  region                  = var.plain.region
  bucket                  = aws_s3_bucket.plain.id
  block_public_acls       = true
  ignore_public_acls      = true
  block_public_policy     = var.plain.private
  restrict_public_buckets = var.plain.private
}

resource "aws_s3_bucket_ownership_controls" "plain" {
  region = var.plain.region
  bucket = aws_s3_bucket.plain.id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_versioning" "plain" {
  region = var.plain.region
  bucket = aws_s3_bucket.plain.id

  versioning_configuration {
    status = var.plain.versioning
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "plain" {
  region = var.plain.region
  bucket = aws_s3_bucket.plain.id

  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256"
    }
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "plain" {
  region     = var.plain.region
  bucket     = aws_s3_bucket.plain.id
  depends_on = [aws_s3_bucket_versioning.plain]

  rule {
    id     = "all"
    status = "Enabled"

    filter {}

    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }

    transition {
      days          = var.plain.class_days
      storage_class = var.plain.class
    }
  }
}

resource "aws_s3_bucket_policy" "plain" {
  region = var.plain.region
  bucket = aws_s3_bucket.plain.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "DenyPlainHttp"
      Effect    = "Deny"
      Principal = "*"
      Action    = "s3:*"
      Resource  = [aws_s3_bucket.plain.arn, join("", [aws_s3_bucket.plain.arn, "/*"])]
      Condition = {
        Bool = {
          "aws:SecureTransport" = "false"
        }
      }
    }]
  })
  depends_on = [aws_s3_bucket_public_access_block.plain]
}

resource "aws_s3_bucket" "site" {
  region        = var.site.region
  bucket        = var.site.name
  force_destroy = var.site.force_destroy
  tags          = var.site.tags
}

resource "aws_s3_bucket_public_access_block" "site" {
  region                  = var.site.region
  bucket                  = aws_s3_bucket.site.id
  block_public_acls       = true
  ignore_public_acls      = true
  block_public_policy     = var.site.private
  restrict_public_buckets = var.site.private
}

resource "aws_s3_bucket_ownership_controls" "site" {
  region = var.site.region
  bucket = aws_s3_bucket.site.id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_versioning" "site" {
  region = var.site.region
  bucket = aws_s3_bucket.site.id

  versioning_configuration {
    status = var.site.versioning
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "site" {
  region = var.site.region
  bucket = aws_s3_bucket.site.id

  rule {
    bucket_key_enabled = true

    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = var.site.kms_key
    }
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "site" {
  region     = var.site.region
  bucket     = aws_s3_bucket.site.id
  depends_on = [aws_s3_bucket_versioning.site]

  rule {
    id     = "all"
    status = "Enabled"

    filter {}

    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }

    transition {
      days          = var.site.class_days
      storage_class = var.site.class
    }

    expiration {
      days = var.site.expire_days
    }

    noncurrent_version_expiration {
      noncurrent_days = var.site.noncurrent_days
    }
  }
}

resource "aws_s3_bucket_policy" "site" {
  region = var.site.region
  bucket = aws_s3_bucket.site.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "DenyPlainHttp"
        Effect    = "Deny"
        Principal = "*"
        Action    = "s3:*"
        Resource  = [aws_s3_bucket.site.arn, join("", [aws_s3_bucket.site.arn, "/*"])]
        Condition = {
          Bool = {
            "aws:SecureTransport" = "false"
          }
        }
      },
      {
        Sid       = "PublicRead"
        Effect    = "Allow"
        Principal = "*"
        Action    = "s3:GetObject"
        Resource  = join("", [aws_s3_bucket.site.arn, "/*"])
      },
    ]
  })
  depends_on = [aws_s3_bucket_public_access_block.site]
}
