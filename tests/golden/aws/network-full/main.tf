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

resource "aws_vpc" "far" {
  region               = var.far.region
  cidr_block           = var.far.cidr
  enable_dns_hostnames = true
  tags                 = var.far.tags
}

resource "aws_default_security_group" "far" {
  region = var.far.region
  vpc_id = aws_vpc.far.id
  tags   = var.far.tags
}

data "aws_availability_zones" "far" {
  region           = var.far.region
  state            = "available"
  exclude_zone_ids = ["use1-az3", "usw1-az2", "cac1-az3"]

  filter {
    name   = "opt-in-status"
    values = ["opt-in-not-required"]
  }
}

resource "aws_subnet" "far_for" {
  region                  = var.far.region
  vpc_id                  = aws_vpc.far.id
  cidr_block              = var.far.cidrs["for"]
  availability_zone       = data.aws_availability_zones.far.names[0]
  map_public_ip_on_launch = false
  tags = merge(var.far.tags, {
    Name = var.far.names["for"]
  })

  lifecycle {
    ignore_changes = [availability_zone]
  }
}

resource "aws_cloudwatch_log_group" "far" {
  region            = var.far.region
  name              = var.far.log_group
  retention_in_days = 365
  tags              = var.far.tags
}

resource "aws_iam_role" "far_logs" {
  name = var.far.log_role
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
  tags = var.far.tags
}

resource "aws_iam_role_policy" "far_logs" {
  name = "logs"
  role = aws_iam_role.far_logs.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = ["logs:CreateLogStream", "logs:DescribeLogGroups", "logs:DescribeLogStreams", "logs:PutLogEvents"]
      Resource = join("", [aws_cloudwatch_log_group.far.arn, ":*"])
    }]
  })
}

resource "aws_flow_log" "far" {
  region          = var.far.region
  vpc_id          = aws_vpc.far.id
  traffic_type    = "ALL"
  log_destination = aws_cloudwatch_log_group.far.arn
  iam_role_arn    = aws_iam_role.far_logs.arn
  tags            = var.far.tags
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

resource "aws_subnet" "net_web" {
  region                  = var.net.region
  vpc_id                  = aws_vpc.net.id
  cidr_block              = var.net.cidrs["web"]
  availability_zone       = data.aws_availability_zones.net.names[0]
  map_public_ip_on_launch = false
  tags = merge(var.net.tags, {
    Name = var.net.names["web"]
  })

  lifecycle {
    ignore_changes = [availability_zone]
  }
}

resource "aws_subnet" "net_data" {
  region                  = var.net.region
  vpc_id                  = aws_vpc.net.id
  cidr_block              = var.net.cidrs["data"]
  availability_zone       = data.aws_availability_zones.net.names[1]
  map_public_ip_on_launch = false
  tags = merge(var.net.tags, {
    Name = var.net.names["data"]
  })

  lifecycle {
    ignore_changes = [availability_zone]
  }
}

resource "aws_internet_gateway" "net" {
  region = var.net.region
  vpc_id = aws_vpc.net.id
  tags   = var.net.tags
}

resource "aws_eip" "net" {
  region     = var.net.region
  domain     = "vpc"
  tags       = var.net.tags
  depends_on = [aws_internet_gateway.net]
}

resource "aws_nat_gateway" "net" {
  region            = var.net.region
  vpc_id            = aws_vpc.net.id
  availability_mode = "regional"
  tags              = var.net.tags
  depends_on        = [aws_internet_gateway.net]

  availability_zone_address {
    allocation_ids    = [aws_eip.net.id]
    availability_zone = aws_subnet.net_web.availability_zone
  }
}

resource "aws_route_table" "net_private" {
  region = var.net.region
  vpc_id = aws_vpc.net.id
  tags   = var.net.tags
}

resource "aws_route" "net_private" {
  region                 = var.net.region
  route_table_id         = aws_route_table.net_private.id
  destination_cidr_block = "0.0.0.0/0"
  nat_gateway_id         = aws_nat_gateway.net.id
}

resource "aws_route_table_association" "net_web" {
  region         = var.net.region
  subnet_id      = aws_subnet.net_web.id
  route_table_id = aws_route_table.net_private.id
}

resource "aws_route_table_association" "net_data" {
  region         = var.net.region
  subnet_id      = aws_subnet.net_data.id
  route_table_id = aws_route_table.net_private.id
}
