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

resource "aws_security_group" "api" {
  region      = var.api.region
  name        = var.api.group
  description = "Lets out, and in what firewalls allow"
  vpc_id      = aws_vpc.net.id
  tags        = var.api.tags

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_vpc_security_group_egress_rule" "api" {
  region            = var.api.region
  security_group_id = aws_security_group.api.id
  description       = "To anywhere, as no firewall says where to"
  ip_protocol       = "-1"
  cidr_ipv4         = "0.0.0.0/0"
  tags              = var.api.tags
}

resource "aws_key_pair" "api" {
  count      = var.ssh_public_key == "" ? 0 : 1
  region     = var.api.region
  key_name   = var.api.key_name
  public_key = var.ssh_public_key
  tags       = var.api.tags
}

data "aws_ami" "api" {
  region      = var.api.region
  most_recent = true
  owners      = [var.api.image.owner]

  filter {
    name   = "name"
    values = [var.api.image.name]
  }
}

resource "aws_instance" "api" {
  region                      = var.api.region
  ami                         = data.aws_ami.api.id
  instance_type               = var.api.machine_type
  subnet_id                   = aws_subnet.net_apps.id
  vpc_security_group_ids      = [aws_security_group.api.id, aws_security_group.https.id]
  associate_public_ip_address = var.api.public_ip
  key_name                    = one(aws_key_pair.api[*].key_name)
  user_data                   = join("\n", ["#cloud-config", jsonencode(var.api.cloud_config)])
  disable_api_termination     = var.api.deletion_protection
  tags                        = var.api.tags
  depends_on                  = [aws_route.net_private, aws_route_table_association.net_apps]

  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }

  root_block_device {
    volume_type = "gp3"
    volume_size = var.api.disk_gb
    encrypted   = true
    tags        = var.api.tags
  }

  lifecycle {
    ignore_changes = [ami, key_name]
  }
}

resource "aws_security_group" "https" {
  region      = var.https.region
  name        = var.https.group
  description = "Lets pass what a firewall allows"
  vpc_id      = aws_vpc.net.id
  tags        = var.https.tags

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_vpc_security_group_ingress_rule" "https_tcp-443-0-0-0-0-0" {
  region            = var.https.region
  security_group_id = aws_security_group.https.id
  description       = "What a firewall allows"
  ip_protocol       = var.https.rules["tcp-443-0-0-0-0-0"].protocol
  from_port         = var.https.rules["tcp-443-0-0-0-0-0"].first
  to_port           = var.https.rules["tcp-443-0-0-0-0-0"].last
  cidr_ipv4         = var.https.rules["tcp-443-0-0-0-0-0"].range
  tags              = var.https.tags
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

resource "aws_subnet" "net_front" {
  region                  = var.net.region
  vpc_id                  = aws_vpc.net.id
  cidr_block              = var.net.cidrs["front"]
  availability_zone       = data.aws_availability_zones.net.names[0]
  map_public_ip_on_launch = false
  tags = merge(var.net.tags, {
    Name = var.net.names["front"]
  })

  lifecycle {
    ignore_changes = [availability_zone]
  }
}

resource "aws_subnet" "net_back" {
  region                  = var.net.region
  vpc_id                  = aws_vpc.net.id
  cidr_block              = var.net.cidrs["back"]
  availability_zone       = data.aws_availability_zones.net.names[1]
  map_public_ip_on_launch = false
  tags = merge(var.net.tags, {
    Name = var.net.names["back"]
  })

  lifecycle {
    ignore_changes = [availability_zone]
  }
}

resource "aws_subnet" "net_apps" {
  region                  = var.net.region
  vpc_id                  = aws_vpc.net.id
  cidr_block              = var.net.cidrs["apps"]
  availability_zone       = data.aws_availability_zones.net.names[0]
  map_public_ip_on_launch = false
  tags = merge(var.net.tags, {
    Name = var.net.names["apps"]
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
    availability_zone = aws_subnet.net_front.availability_zone
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

resource "aws_route_table_association" "net_front" {
  region         = var.net.region
  subnet_id      = aws_subnet.net_front.id
  route_table_id = aws_route_table.net_public.id
}

resource "aws_route_table_association" "net_back" {
  region         = var.net.region
  subnet_id      = aws_subnet.net_back.id
  route_table_id = aws_route_table.net_private.id
}

resource "aws_route_table_association" "net_apps" {
  region         = var.net.region
  subnet_id      = aws_subnet.net_apps.id
  route_table_id = aws_route_table.net_private.id
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

resource "aws_vpc_security_group_egress_rule" "out_tcp-443-203-0-113-0-24" {
  region            = var.out.region
  security_group_id = aws_security_group.out.id
  description       = "What a firewall allows"
  ip_protocol       = var.out.rules["tcp-443-203-0-113-0-24"].protocol
  from_port         = var.out.rules["tcp-443-203-0-113-0-24"].first
  to_port           = var.out.rules["tcp-443-203-0-113-0-24"].last
  cidr_ipv4         = var.out.rules["tcp-443-203-0-113-0-24"].range
  tags              = var.out.tags
}

resource "aws_security_group" "web" {
  region      = var.web.region
  name        = var.web.group
  description = "Lets out, and in what firewalls allow"
  vpc_id      = aws_vpc.net.id
  tags        = var.web.tags

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_key_pair" "web" {
  region     = var.web.region
  key_name   = var.web.key_name
  public_key = var.web.public_key
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
  subnet_id                   = aws_subnet.net_front.id
  vpc_security_group_ids      = [aws_security_group.web.id, aws_security_group.https.id, aws_security_group.out.id]
  associate_public_ip_address = var.web.public_ip
  key_name                    = aws_key_pair.web.key_name
  user_data                   = join("\n", ["#cloud-config", jsonencode(var.web.cloud_config)])
  iam_instance_profile        = var.web.identity
  disable_api_termination     = var.web.deletion_protection
  tags                        = var.web.tags
  depends_on                  = [aws_route.net_public, aws_route_table_association.net_front]

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

  instance_market_options {
    market_type = "spot"
  }

  lifecycle {
    ignore_changes = [ami, key_name]

    precondition {
      condition     = aws_subnet.net_front.availability_zone == var.web.zone
      error_message = "The zone is not the one that the subnet lies in: drop vm.zone, or choose a subnet in that zone."
    }
  }
}

resource "aws_ebs_volume" "web_data" {
  region            = var.web.region
  availability_zone = aws_subnet.net_front.availability_zone
  size              = var.web.data_disks["data"].gb
  type              = "gp3"
  encrypted         = true
  tags = merge(var.web.tags, {
    Name = var.web.data_disks["data"].name
  })
}

resource "aws_volume_attachment" "web_data" {
  region      = var.web.region
  device_name = var.web.data_disks["data"].device
  volume_id   = aws_ebs_volume.web_data.id
  instance_id = aws_instance.web.id
}

resource "aws_ebs_volume" "web_log" {
  region            = var.web.region
  availability_zone = aws_subnet.net_front.availability_zone
  size              = var.web.data_disks["log"].gb
  type              = "gp3"
  encrypted         = true
  tags = merge(var.web.tags, {
    Name = var.web.data_disks["log"].name
  })
}

resource "aws_volume_attachment" "web_log" {
  region      = var.web.region
  device_name = var.web.data_disks["log"].device
  volume_id   = aws_ebs_volume.web_log.id
  instance_id = aws_instance.web.id
}

data "aws_vpc" "worker_existing" {
  region = var.worker.region
  id     = var.worker.existing.network
}

data "aws_subnet" "worker_existing" {
  region = var.worker.region
  id     = var.worker.existing.subnet
  vpc_id = data.aws_vpc.worker_existing.id
}

resource "aws_security_group" "worker" {
  region      = var.worker.region
  name        = var.worker.group
  description = "Lets out, and in what firewalls allow"
  vpc_id      = data.aws_vpc.worker_existing.id
  tags        = var.worker.tags

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_vpc_security_group_egress_rule" "worker" {
  region            = var.worker.region
  security_group_id = aws_security_group.worker.id
  description       = "To anywhere, as no firewall says where to"
  ip_protocol       = "-1"
  cidr_ipv4         = "0.0.0.0/0"
  tags              = var.worker.tags
}

resource "aws_instance" "worker" {
  region                      = var.worker.region
  ami                         = var.worker.image.id
  instance_type               = var.worker.machine_type
  subnet_id                   = data.aws_subnet.worker_existing.id
  vpc_security_group_ids      = [aws_security_group.worker.id]
  associate_public_ip_address = var.worker.public_ip
  user_data                   = join("\n", ["#cloud-config", jsonencode(var.worker.cloud_config)])
  disable_api_termination     = var.worker.deletion_protection
  tags                        = var.worker.tags

  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }

  root_block_device {
    volume_type = "gp3"
    volume_size = var.worker.disk_gb
    encrypted   = true
    tags        = var.worker.tags
  }

  lifecycle {
    ignore_changes = [key_name]
  }
}
