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

data "aws_vpc" "lent_existing" {
  region = var.lent.region
  id     = var.lent.existing.network
}

data "aws_subnet" "lent_existing" {
  region = var.lent.region
  id     = var.lent.existing.subnet
  vpc_id = data.aws_vpc.lent_existing.id
}

resource "aws_security_group" "lent" {
  region      = var.lent.region
  name        = var.lent.group
  description = "Lets pass what a firewall allows"
  vpc_id      = data.aws_vpc.lent_existing.id
  tags        = var.lent.tags

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_vpc_security_group_ingress_rule" "lent_tcp-22-192-0-2-0-24" {
  region            = var.lent.region
  security_group_id = aws_security_group.lent.id
  description       = "What a firewall allows"
  ip_protocol       = var.lent.rules["tcp-22-192-0-2-0-24"].protocol
  from_port         = var.lent.rules["tcp-22-192-0-2-0-24"].first
  to_port           = var.lent.rules["tcp-22-192-0-2-0-24"].last
  cidr_ipv4         = var.lent.rules["tcp-22-192-0-2-0-24"].range
  tags              = var.lent.tags
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

resource "aws_security_group" "out" {
  region      = var.out.region
  name        = var.out.group
  description = "Lets pass what a firewall allows"
  vpc_id      = aws_vpc.net.id
  tags        = var.out.tags

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_vpc_security_group_egress_rule" "out_any-all-10-0-0-0-8" {
  region            = var.out.region
  security_group_id = aws_security_group.out.id
  description       = "What a firewall allows"
  ip_protocol       = "-1"
  cidr_ipv4         = var.out.rules["any-all-10-0-0-0-8"].range
  tags              = var.out.tags
}

resource "aws_security_group" "web" {
  region      = var.web.region
  name        = var.web.group
  description = "Lets pass what a firewall allows"
  vpc_id      = aws_vpc.net.id
  tags        = var.web.tags

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_vpc_security_group_ingress_rule" "web_icmp-all-198-51-100-7-32" {
  region            = var.web.region
  security_group_id = aws_security_group.web.id
  description       = "What a firewall allows"
  ip_protocol       = var.web.rules["icmp-all-198-51-100-7-32"].protocol
  from_port         = var.web.rules["icmp-all-198-51-100-7-32"].first
  to_port           = var.web.rules["icmp-all-198-51-100-7-32"].last
  cidr_ipv4         = var.web.rules["icmp-all-198-51-100-7-32"].range
  tags              = var.web.tags
}

resource "aws_vpc_security_group_ingress_rule" "web_icmp-all-203-0-113-0-24" {
  region            = var.web.region
  security_group_id = aws_security_group.web.id
  description       = "What a firewall allows"
  ip_protocol       = var.web.rules["icmp-all-203-0-113-0-24"].protocol
  from_port         = var.web.rules["icmp-all-203-0-113-0-24"].first
  to_port           = var.web.rules["icmp-all-203-0-113-0-24"].last
  cidr_ipv4         = var.web.rules["icmp-all-203-0-113-0-24"].range
  tags              = var.web.tags
}

resource "aws_vpc_security_group_ingress_rule" "web_tcp-80-198-51-100-7-32" {
  region            = var.web.region
  security_group_id = aws_security_group.web.id
  description       = "What a firewall allows"
  ip_protocol       = var.web.rules["tcp-80-198-51-100-7-32"].protocol
  from_port         = var.web.rules["tcp-80-198-51-100-7-32"].first
  to_port           = var.web.rules["tcp-80-198-51-100-7-32"].last
  cidr_ipv4         = var.web.rules["tcp-80-198-51-100-7-32"].range
  tags              = var.web.tags
}

resource "aws_vpc_security_group_ingress_rule" "web_tcp-80-203-0-113-0-24" {
  region            = var.web.region
  security_group_id = aws_security_group.web.id
  description       = "What a firewall allows"
  ip_protocol       = var.web.rules["tcp-80-203-0-113-0-24"].protocol
  from_port         = var.web.rules["tcp-80-203-0-113-0-24"].first
  to_port           = var.web.rules["tcp-80-203-0-113-0-24"].last
  cidr_ipv4         = var.web.rules["tcp-80-203-0-113-0-24"].range
  tags              = var.web.tags
}

resource "aws_vpc_security_group_ingress_rule" "web_tcp-8000-8100-198-51-100-7-32" {
  region            = var.web.region
  security_group_id = aws_security_group.web.id
  description       = "What a firewall allows"
  ip_protocol       = var.web.rules["tcp-8000-8100-198-51-100-7-32"].protocol
  from_port         = var.web.rules["tcp-8000-8100-198-51-100-7-32"].first
  to_port           = var.web.rules["tcp-8000-8100-198-51-100-7-32"].last
  cidr_ipv4         = var.web.rules["tcp-8000-8100-198-51-100-7-32"].range
  tags              = var.web.tags
}

resource "aws_vpc_security_group_ingress_rule" "web_tcp-8000-8100-203-0-113-0-24" {
  region            = var.web.region
  security_group_id = aws_security_group.web.id
  description       = "What a firewall allows"
  ip_protocol       = var.web.rules["tcp-8000-8100-203-0-113-0-24"].protocol
  from_port         = var.web.rules["tcp-8000-8100-203-0-113-0-24"].first
  to_port           = var.web.rules["tcp-8000-8100-203-0-113-0-24"].last
  cidr_ipv4         = var.web.rules["tcp-8000-8100-203-0-113-0-24"].range
  tags              = var.web.tags
}

resource "aws_vpc_security_group_ingress_rule" "web_udp-all-198-51-100-7-32" {
  region            = var.web.region
  security_group_id = aws_security_group.web.id
  description       = "What a firewall allows"
  ip_protocol       = var.web.rules["udp-all-198-51-100-7-32"].protocol
  from_port         = var.web.rules["udp-all-198-51-100-7-32"].first
  to_port           = var.web.rules["udp-all-198-51-100-7-32"].last
  cidr_ipv4         = var.web.rules["udp-all-198-51-100-7-32"].range
  tags              = var.web.tags
}

resource "aws_vpc_security_group_ingress_rule" "web_udp-all-203-0-113-0-24" {
  region            = var.web.region
  security_group_id = aws_security_group.web.id
  description       = "What a firewall allows"
  ip_protocol       = var.web.rules["udp-all-203-0-113-0-24"].protocol
  from_port         = var.web.rules["udp-all-203-0-113-0-24"].first
  to_port           = var.web.rules["udp-all-203-0-113-0-24"].last
  cidr_ipv4         = var.web.rules["udp-all-203-0-113-0-24"].range
  tags              = var.web.tags
}
