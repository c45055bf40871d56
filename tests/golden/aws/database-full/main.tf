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

resource "aws_security_group" "cart" {
  region      = var.cart.region
  name        = var.cart.group
  description = "Lets clients of a database in"
  vpc_id      = aws_vpc.net.id
  tags        = var.cart.tags

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_vpc_security_group_ingress_rule" "cart" {
  region            = var.cart.region
  security_group_id = aws_security_group.cart.id
  description       = "From the network"
  ip_protocol       = "tcp"
  from_port         = var.cart.port
  to_port           = var.cart.port
  cidr_ipv4         = aws_vpc.net.cidr_block
  tags              = var.cart.tags
}

resource "aws_vpc_security_group_ingress_rule" "cart_198-51-100-0-24" {
  region            = var.cart.region
  security_group_id = aws_security_group.cart.id
  description       = "From an authorized network"
  ip_protocol       = "tcp"
  from_port         = var.cart.port
  to_port           = var.cart.port
  cidr_ipv4         = var.cart.authorized_networks["198-51-100-0-24"]
  tags              = var.cart.tags
}

resource "aws_vpc_security_group_ingress_rule" "cart_203-0-113-7-32" {
  region            = var.cart.region
  security_group_id = aws_security_group.cart.id
  description       = "From an authorized network"
  ip_protocol       = "tcp"
  from_port         = var.cart.port
  to_port           = var.cart.port
  cidr_ipv4         = var.cart.authorized_networks["203-0-113-7-32"]
  tags              = var.cart.tags
}

resource "aws_db_subnet_group" "cart" {
  region     = var.cart.region
  name       = var.cart.subnet_group
  subnet_ids = [aws_subnet.net_a.id, aws_subnet.net_b.id]
  tags       = var.cart.tags

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_db_instance" "cart" {
  region                          = var.cart.region
  identifier                      = var.cart.name
  engine                          = var.cart.engine
  engine_version                  = var.cart.version
  instance_class                  = var.cart.class
  allocated_storage               = var.cart.storage_gb
  storage_type                    = "gp3"
  storage_encrypted               = true
  db_name                         = var.cart.database
  username                        = var.cart.admin_user
  manage_master_user_password     = true
  port                            = var.cart.port
  db_subnet_group_name            = aws_db_subnet_group.cart.name
  vpc_security_group_ids          = [aws_security_group.cart.id]
  publicly_accessible             = var.cart.public_access
  multi_az                        = var.cart.ha
  backup_retention_period         = var.cart.backup_days
  copy_tags_to_snapshot           = true
  enabled_cloudwatch_logs_exports = ["error", "slowquery"]
  auto_minor_version_upgrade      = true
  allow_major_version_upgrade     = true
  apply_immediately               = true
  deletion_protection             = var.cart.deletion_protection
  skip_final_snapshot             = false
  final_snapshot_identifier       = var.cart.final_snapshot
  tags                            = var.cart.tags
  depends_on                      = [aws_route.net_public, aws_route_table_association.net_a, aws_route_table_association.net_b]
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

resource "aws_internet_gateway" "net" {
  region = var.net.region
  vpc_id = aws_vpc.net.id
  tags   = var.net.tags
}

resource "aws_route_table" "net_public" {
  region = var.net.region
  vpc_id = aws_vpc.net.id
  tags   = var.net.tags
}

resource "aws_route" "net_public" {
  region                 = var.net.region
  route_table_id         = aws_route_table.net_public.id
  destination_cidr_block = "0.0.0.0/0"
  gateway_id             = aws_internet_gateway.net.id
}

resource "aws_route_table_association" "net_a" {
  region         = var.net.region
  subnet_id      = aws_subnet.net_a.id
  route_table_id = aws_route_table.net_public.id
}

resource "aws_route_table_association" "net_b" {
  region         = var.net.region
  subnet_id      = aws_subnet.net_b.id
  route_table_id = aws_route_table.net_public.id
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

data "aws_vpc" "scratch_existing" {
  region = var.scratch.region
  id     = var.scratch.existing.network
}

data "aws_subnet" "scratch_existing" {
  region = var.scratch.region
  id     = var.scratch.existing.subnet
  vpc_id = data.aws_vpc.scratch_existing.id
}

data "aws_subnets" "scratch_existing" {
  region = var.scratch.region

  filter {
    name   = "vpc-id"
    values = [data.aws_vpc.scratch_existing.id]
  }
}

resource "aws_security_group" "scratch" {
  region      = var.scratch.region
  name        = var.scratch.group
  description = "Lets clients of a database in"
  vpc_id      = data.aws_vpc.scratch_existing.id
  tags        = var.scratch.tags

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_vpc_security_group_ingress_rule" "scratch" {
  region            = var.scratch.region
  security_group_id = aws_security_group.scratch.id
  description       = "From the network"
  ip_protocol       = "tcp"
  from_port         = var.scratch.port
  to_port           = var.scratch.port
  cidr_ipv4         = data.aws_vpc.scratch_existing.cidr_block
  tags              = var.scratch.tags
}

resource "aws_db_subnet_group" "scratch" {
  region     = var.scratch.region
  name       = var.scratch.subnet_group
  subnet_ids = data.aws_subnets.scratch_existing.ids
  tags       = var.scratch.tags

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_db_instance" "scratch" {
  region                          = var.scratch.region
  identifier                      = var.scratch.name
  engine                          = var.scratch.engine
  engine_version                  = var.scratch.version
  instance_class                  = var.scratch.class
  allocated_storage               = var.scratch.storage_gb
  storage_type                    = "gp3"
  storage_encrypted               = true
  db_name                         = var.scratch.database
  username                        = var.scratch.admin_user
  manage_master_user_password     = true
  port                            = var.scratch.port
  db_subnet_group_name            = aws_db_subnet_group.scratch.name
  vpc_security_group_ids          = [aws_security_group.scratch.id]
  publicly_accessible             = var.scratch.public_access
  multi_az                        = var.scratch.ha
  backup_retention_period         = var.scratch.backup_days
  copy_tags_to_snapshot           = true
  enabled_cloudwatch_logs_exports = ["postgresql", "upgrade"]
  auto_minor_version_upgrade      = true
  allow_major_version_upgrade     = true
  apply_immediately               = true
  deletion_protection             = var.scratch.deletion_protection
  skip_final_snapshot             = false
  final_snapshot_identifier       = var.scratch.final_snapshot
  tags                            = var.scratch.tags
}
