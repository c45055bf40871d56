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

resource "aws_security_group" "orders" {
  region      = var.orders.region
  name        = var.orders.group
  description = "Lets clients of a database in"
  vpc_id      = aws_vpc.main.id
  tags        = var.orders.tags

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_vpc_security_group_ingress_rule" "orders" {
  region            = var.orders.region
  security_group_id = aws_security_group.orders.id
  description       = "From the network"
  ip_protocol       = "tcp"
  from_port         = var.orders.port
  to_port           = var.orders.port
  cidr_ipv4         = aws_vpc.main.cidr_block
  tags              = var.orders.tags
}

resource "aws_db_subnet_group" "orders" {
  region     = var.orders.region
  name       = var.orders.subnet_group
  subnet_ids = [aws_subnet.main_a.id, aws_subnet.main_b.id]
  tags       = var.orders.tags

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_db_instance" "orders" {
  region                          = var.orders.region
  identifier                      = var.orders.name
  engine                          = var.orders.engine
  engine_version                  = var.orders.version
  instance_class                  = var.orders.class
  allocated_storage               = var.orders.storage_gb
  storage_type                    = "gp3"
  storage_encrypted               = true
  db_name                         = var.orders.database
  username                        = var.orders.admin_user
  manage_master_user_password     = true
  port                            = var.orders.port
  db_subnet_group_name            = aws_db_subnet_group.orders.name
  vpc_security_group_ids          = [aws_security_group.orders.id]
  publicly_accessible             = var.orders.public_access
  multi_az                        = var.orders.ha
  backup_retention_period         = var.orders.backup_days
  copy_tags_to_snapshot           = true
  enabled_cloudwatch_logs_exports = ["postgresql", "upgrade"]
  auto_minor_version_upgrade      = true
  allow_major_version_upgrade     = true
  apply_immediately               = true
  deletion_protection             = var.orders.deletion_protection
  skip_final_snapshot             = false
  final_snapshot_identifier       = var.orders.final_snapshot
  tags                            = var.orders.tags
}
