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

resource "aws_security_group" "front" {
  region      = var.front.region
  name        = var.front.group
  description = "Lets clients of a load balancer in"
  vpc_id      = aws_vpc.main.id
  tags        = var.front.tags

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_vpc_security_group_ingress_rule" "front" {
  region            = var.front.region
  security_group_id = aws_security_group.front.id
  description       = "From clients"
  ip_protocol       = "tcp"
  from_port         = var.front.listen_port
  to_port           = var.front.listen_port
  cidr_ipv4         = aws_vpc.main.cidr_block
  tags              = var.front.tags
}

resource "aws_vpc_security_group_egress_rule" "front" {
  region            = var.front.region
  security_group_id = aws_security_group.front.id
  description       = "To machines"
  ip_protocol       = "tcp"
  from_port         = var.front.port
  to_port           = var.front.port
  cidr_ipv4         = aws_vpc.main.cidr_block
  tags              = var.front.tags
}

resource "aws_vpc_security_group_ingress_rule" "front_web" {
  region                       = var.front.region
  security_group_id            = aws_security_group.web.id
  description                  = "From a load balancer"
  ip_protocol                  = "tcp"
  from_port                    = var.front.port
  to_port                      = var.front.port
  referenced_security_group_id = aws_security_group.front.id
  tags                         = var.front.tags
}

resource "aws_lb" "front" {
  region                           = var.front.region
  name                             = var.front.name
  load_balancer_type               = var.front.type
  internal                         = var.front.internal
  subnets                          = [aws_subnet.main_a.id, aws_subnet.main_b.id]
  security_groups                  = [aws_security_group.front.id]
  enable_deletion_protection       = var.front.deletion_protection
  enable_cross_zone_load_balancing = true
  tags                             = var.front.tags

  lifecycle {
    replace_triggered_by = [aws_security_group.front.id]
  }
}

resource "aws_lb_target_group" "front" {
  region      = var.front.region
  name        = var.front.target
  port        = var.front.port
  protocol    = var.front.protocol
  target_type = "instance"
  vpc_id      = aws_vpc.main.id
  tags        = var.front.tags

  health_check {
    protocol = var.front.protocol
    port     = "traffic-port"
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_lb_target_group_attachment" "front_web" {
  region           = var.front.region
  target_group_arn = aws_lb_target_group.front.arn
  target_id        = aws_instance.web.id
  port             = var.front.port
}

resource "aws_lb_listener" "front" {
  region            = var.front.region
  load_balancer_arn = aws_lb.front.arn
  port              = var.front.listen_port
  protocol          = "TCP"
  tags              = var.front.tags

  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.front.arn
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
  description = "Lets out, and in what firewalls allow"
  vpc_id      = aws_vpc.main.id
  tags        = var.web.tags

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_vpc_security_group_egress_rule" "web" {
  region            = var.web.region
  security_group_id = aws_security_group.web.id
  description       = "To anywhere, as no firewall says where to"
  ip_protocol       = "-1"
  cidr_ipv4         = "0.0.0.0/0"
  tags              = var.web.tags
}

resource "aws_key_pair" "web" {
  count      = var.ssh_public_key == "" ? 0 : 1
  region     = var.web.region
  key_name   = var.web.key_name
  public_key = var.ssh_public_key
  tags       = var.web.tags
}

data "aws_ami" "web" {
  region      = var.web.region
  most_recent = true
  owners      = [var.web.image.owner]

  filter {
    name   = "name"
    values = [var.web.image.name]
  }
}

resource "aws_instance" "web" {
  region                      = var.web.region
  ami                         = data.aws_ami.web.id
  instance_type               = var.web.machine_type
  subnet_id                   = aws_subnet.main_a.id
  vpc_security_group_ids      = [aws_security_group.web.id]
  associate_public_ip_address = var.web.public_ip
  key_name                    = one(aws_key_pair.web[*].key_name)
  user_data                   = join("\n", ["#cloud-config", jsonencode(var.web.cloud_config)])
  disable_api_termination     = var.web.deletion_protection
  tags                        = var.web.tags

  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }

  root_block_device {
    volume_type = "gp3"
    volume_size = var.web.disk_gb
    encrypted   = true
    tags        = var.web.tags
  }

  lifecycle {
    ignore_changes = [ami, key_name]
  }
}
