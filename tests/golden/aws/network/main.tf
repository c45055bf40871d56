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

resource "aws_vpc" "net" {
  region               = var.net.region
  cidr_block           = var.net.cidr
  enable_dns_hostnames = true
  tags                 = var.net.tags
}

resource "aws_default_security_group" "net" {
  region = var.net.region
  vpc_id = aws_vpc.net.id
  tags   = var.net.tags
}

data "aws_availability_zones" "net" {
  region           = var.net.region
  state            = "available"
  exclude_zone_ids = ["use1-az3", "usw1-az2", "cac1-az3"]

  filter {
    name   = "opt-in-status"
    values = ["opt-in-not-required"]
  }
}

resource "aws_subnet" "net_a" {
  region                  = var.net.region
  vpc_id                  = aws_vpc.net.id
  cidr_block              = var.net.cidrs["a"]
  availability_zone       = data.aws_availability_zones.net.names[0]
  map_public_ip_on_launch = false
  tags = merge(var.net.tags, {
    Name = var.net.names["a"]
  })

  lifecycle {
    ignore_changes = [availability_zone]
  }
}

resource "aws_subnet" "net_b" {
  region                  = var.net.region
  vpc_id                  = aws_vpc.net.id
  cidr_block              = var.net.cidrs["b"]
  availability_zone       = data.aws_availability_zones.net.names[1]
  map_public_ip_on_launch = false
  tags = merge(var.net.tags, {
    Name = var.net.names["b"]
  })

  lifecycle {
    ignore_changes = [availability_zone]
  }
}

resource "aws_cloudwatch_log_group" "net" {
  region            = var.net.region
  name              = var.net.log_group
  retention_in_days = 365
  tags              = var.net.tags
}

resource "aws_iam_role" "net_logs" {
  name = var.net.log_role
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect = "Allow"
      Principal = {
        Service = "vpc-flow-logs.amazonaws.com"
      }
      Action = "sts:AssumeRole"
    }]
  })
  tags = var.net.tags
}

resource "aws_iam_role_policy" "net_logs" {
  name = "logs"
  role = aws_iam_role.net_logs.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = ["logs:CreateLogStream", "logs:DescribeLogGroups", "logs:DescribeLogStreams", "logs:PutLogEvents"]
      Resource = join("", [aws_cloudwatch_log_group.net.arn, ":*"])
    }]
  })
}

resource "aws_flow_log" "net" {
  region          = var.net.region
  vpc_id          = aws_vpc.net.id
  traffic_type    = "ALL"
  log_destination = aws_cloudwatch_log_group.net.arn
  iam_role_arn    = aws_iam_role.net_logs.arn
  tags            = var.net.tags
}
