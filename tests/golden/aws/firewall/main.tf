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

resource "aws_vpc" "main" {
  region               = var.main.region
  cidr_block           = var.main.cidr
  enable_dns_hostnames = true
  tags                 = var.main.tags
}

resource "aws_default_security_group" "main" {
  region = var.main.region
  vpc_id = aws_vpc.main.id
  tags   = var.main.tags
}

data "aws_availability_zones" "main" {
  region           = var.main.region
  state            = "available"
  exclude_zone_ids = ["use1-az3", "usw1-az2", "cac1-az3"]

  filter {
    name   = "opt-in-status"
    values = ["opt-in-not-required"]
  }
}

resource "aws_subnet" "main_a" {
  region                  = var.main.region
  vpc_id                  = aws_vpc.main.id
  cidr_block              = var.main.cidrs["a"]
  availability_zone       = data.aws_availability_zones.main.names[0]
  map_public_ip_on_launch = false
  tags = merge(var.main.tags, {
    Name = var.main.names["a"]
  })

  lifecycle {
    ignore_changes = [availability_zone]
  }
}

resource "aws_subnet" "main_b" {
  region                  = var.main.region
  vpc_id                  = aws_vpc.main.id
  cidr_block              = var.main.cidrs["b"]
  availability_zone       = data.aws_availability_zones.main.names[1]
  map_public_ip_on_launch = false
  tags = merge(var.main.tags, {
    Name = var.main.names["b"]
  })

  lifecycle {
    ignore_changes = [availability_zone]
  }
}

resource "aws_cloudwatch_log_group" "main" {
  region            = var.main.region
  name              = var.main.log_group
  retention_in_days = 365
  tags              = var.main.tags
}

resource "aws_iam_role" "main_logs" {
  name = var.main.log_role
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
  tags = var.main.tags
}

resource "aws_iam_role_policy" "main_logs" {
  name = "logs"
  role = aws_iam_role.main_logs.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = ["logs:CreateLogStream", "logs:DescribeLogGroups", "logs:DescribeLogStreams", "logs:PutLogEvents"]
      Resource = join("", [aws_cloudwatch_log_group.main.arn, ":*"])
    }]
  })
}

resource "aws_flow_log" "main" {
  region          = var.main.region
  vpc_id          = aws_vpc.main.id
  traffic_type    = "ALL"
  log_destination = aws_cloudwatch_log_group.main.arn
  iam_role_arn    = aws_iam_role.main_logs.arn
  tags            = var.main.tags
}

resource "aws_security_group" "web" {
  region      = var.web.region
  name        = var.web.group
  description = "Lets pass what a firewall allows"
  vpc_id      = aws_vpc.main.id
  tags        = var.web.tags

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_vpc_security_group_ingress_rule" "web_tcp-443-10-0-0-0-8" {
  region            = var.web.region
  security_group_id = aws_security_group.web.id
  description       = "What a firewall allows"
  ip_protocol       = var.web.rules["tcp-443-10-0-0-0-8"].protocol
  from_port         = var.web.rules["tcp-443-10-0-0-0-8"].first
  to_port           = var.web.rules["tcp-443-10-0-0-0-8"].last
  cidr_ipv4         = var.web.rules["tcp-443-10-0-0-0-8"].range
  tags              = var.web.tags
}
