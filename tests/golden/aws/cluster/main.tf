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

resource "aws_iam_role" "apps_control" {
  name = var.apps.control_role
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect = "Allow"
      Principal = {
        Service = "eks.amazonaws.com"
      }
      Action = "sts:AssumeRole"
    }]
  })
  tags = var.apps.tags
}

resource "aws_iam_role_policy_attachment" "apps_cluster" {
  role       = aws_iam_role.apps_control.name
  policy_arn = "arn:aws:iam::aws:policy/AmazonEKSClusterPolicy"
}

resource "aws_iam_role" "apps_nodes" {
  name = var.apps.nodes_role
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect = "Allow"
      Principal = {
        Service = "ec2.amazonaws.com"
      }
      Action = "sts:AssumeRole"
    }]
  })
  tags = var.apps.tags
}

resource "aws_iam_role_policy_attachment" "apps_node" {
  role       = aws_iam_role.apps_nodes.name
  policy_arn = "arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy"
}

resource "aws_iam_role_policy_attachment" "apps_network" {
  role       = aws_iam_role.apps_nodes.name
  policy_arn = "arn:aws:iam::aws:policy/AmazonEKS_CNI_Policy"
}

resource "aws_iam_role_policy_attachment" "apps_registry" {
  role       = aws_iam_role.apps_nodes.name
  policy_arn = "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPullOnly"
}

resource "aws_kms_key" "apps" {
  region                  = var.apps.region
  description             = "Encrypts the secrets of a cluster"
  enable_key_rotation     = true
  deletion_window_in_days = 30
  tags                    = var.apps.tags
}

resource "aws_eks_cluster" "apps" {
  region                    = var.apps.region
  name                      = var.apps.name
  role_arn                  = aws_iam_role.apps_control.arn
  enabled_cluster_log_types = ["api", "audit", "authenticator", "controllerManager", "scheduler"]
  deletion_protection       = var.apps.deletion_protection
  tags                      = var.apps.tags
  depends_on                = [aws_iam_role_policy_attachment.apps_cluster]

  access_config {
    authentication_mode = "API"
  }

  encryption_config {
    resources = ["secrets"]

    provider {
      key_arn = aws_kms_key.apps.arn
    }
  }

  vpc_config {
    subnet_ids              = [aws_subnet.main_a.id, aws_subnet.main_b.id]
    endpoint_private_access = true
    endpoint_public_access  = var.apps.public_endpoint
  }

  lifecycle {
    replace_triggered_by = [aws_vpc.main.id]
  }
}

resource "aws_launch_template" "apps" {
  region                 = var.apps.region
  name                   = var.apps.template
  instance_type          = var.apps.machine_type
  update_default_version = true
  tags                   = var.apps.tags

  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }

  block_device_mappings {
    device_name = "/dev/xvda"

    ebs {
      volume_size           = var.apps.disk_gb
      volume_type           = "gp3"
      encrypted             = true
      delete_on_termination = true
    }
  }

  tag_specifications {
    resource_type = "instance"
    tags          = var.apps.all_tags
  }

  tag_specifications {
    resource_type = "volume"
    tags          = var.apps.all_tags
  }
}

resource "aws_eks_node_group" "apps" {
  region          = var.apps.region
  cluster_name    = aws_eks_cluster.apps.name
  node_group_name = "main"
  node_role_arn   = aws_iam_role.apps_nodes.arn
  subnet_ids      = [aws_subnet.main_a.id]
  ami_type        = var.apps.image
  tags            = var.apps.tags
  depends_on      = [aws_iam_role_policy_attachment.apps_node, aws_iam_role_policy_attachment.apps_network, aws_iam_role_policy_attachment.apps_registry, aws_route.main_private, aws_route_table_association.main_a]

  scaling_config {
    desired_size = var.apps.min_nodes
    min_size     = var.apps.min_nodes
    max_size     = var.apps.max_nodes
  }

  update_config {
    max_unavailable = 1
  }

  launch_template {
    id      = aws_launch_template.apps.id
    version = aws_launch_template.apps.latest_version
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

resource "aws_internet_gateway" "main" {
  region = var.main.region
  vpc_id = aws_vpc.main.id
  tags   = var.main.tags
}

resource "aws_eip" "main" {
  region     = var.main.region
  domain     = "vpc"
  tags       = var.main.tags
  depends_on = [aws_internet_gateway.main]
}

resource "aws_nat_gateway" "main" {
  region            = var.main.region
  vpc_id            = aws_vpc.main.id
  availability_mode = "regional"
  tags              = var.main.tags
  depends_on        = [aws_internet_gateway.main]

  availability_zone_address {
    allocation_ids    = [aws_eip.main.id]
    availability_zone = aws_subnet.main_a.availability_zone
  }
}

resource "aws_route_table" "main_private" {
  region = var.main.region
  vpc_id = aws_vpc.main.id
  tags   = var.main.tags
}

resource "aws_route" "main_private" {
  region                 = var.main.region
  route_table_id         = aws_route_table.main_private.id
  destination_cidr_block = "0.0.0.0/0"
  nat_gateway_id         = aws_nat_gateway.main.id
}

resource "aws_route_table_association" "main_a" {
  region         = var.main.region
  subnet_id      = aws_subnet.main_a.id
  route_table_id = aws_route_table.main_private.id
}

resource "aws_route_table_association" "main_b" {
  region         = var.main.region
  subnet_id      = aws_subnet.main_b.id
  route_table_id = aws_route_table.main_private.id
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
