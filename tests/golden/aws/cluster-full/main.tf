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

resource "aws_iam_role" "a-cluster-with-quite-a-long-name-so-that-its-roles-are-shorter_control" {
  name = var.a-cluster-with-quite-a-long-name-so-that-its-roles-are-shorter.control_role
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
  tags = var.a-cluster-with-quite-a-long-name-so-that-its-roles-are-shorter.tags
}

resource "aws_iam_role_policy_attachment" "a-cluster-with-quite-a-long-name-so-that-its-roles-are-shorter_cluster" {
  role       = aws_iam_role.a-cluster-with-quite-a-long-name-so-that-its-roles-are-shorter_control.name
  policy_arn = "arn:aws:iam::aws:policy/AmazonEKSClusterPolicy"
}

resource "aws_iam_role" "a-cluster-with-quite-a-long-name-so-that-its-roles-are-shorter_nodes" {
  name = var.a-cluster-with-quite-a-long-name-so-that-its-roles-are-shorter.nodes_role
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
  tags = var.a-cluster-with-quite-a-long-name-so-that-its-roles-are-shorter.tags
}

resource "aws_iam_role_policy_attachment" "a-cluster-with-quite-a-long-name-so-that-its-roles-are-shorter_node" {
  role       = aws_iam_role.a-cluster-with-quite-a-long-name-so-that-its-roles-are-shorter_nodes.name
  policy_arn = "arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy"
}

resource "aws_iam_role_policy_attachment" "a-cluster-with-quite-a-long-name-so-that-its-roles-are-shorter_network" {
  role       = aws_iam_role.a-cluster-with-quite-a-long-name-so-that-its-roles-are-shorter_nodes.name
  policy_arn = "arn:aws:iam::aws:policy/AmazonEKS_CNI_Policy"
}

resource "aws_iam_role_policy_attachment" "a-cluster-with-quite-a-long-name-so-that-its-roles-are-shorter_registry" {
  role       = aws_iam_role.a-cluster-with-quite-a-long-name-so-that-its-roles-are-shorter_nodes.name
  policy_arn = "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPullOnly"
}

resource "aws_kms_key" "a-cluster-with-quite-a-long-name-so-that-its-roles-are-shorter" {
  region                  = var.a-cluster-with-quite-a-long-name-so-that-its-roles-are-shorter.region
  description             = "Encrypts the secrets of a cluster"
  enable_key_rotation     = true
  deletion_window_in_days = 30
  tags                    = var.a-cluster-with-quite-a-long-name-so-that-its-roles-are-shorter.tags
}

resource "aws_eks_cluster" "a-cluster-with-quite-a-long-name-so-that-its-roles-are-shorter" {
  region                    = var.a-cluster-with-quite-a-long-name-so-that-its-roles-are-shorter.region
  name                      = var.a-cluster-with-quite-a-long-name-so-that-its-roles-are-shorter.name
  role_arn                  = aws_iam_role.a-cluster-with-quite-a-long-name-so-that-its-roles-are-shorter_control.arn
  version                   = var.a-cluster-with-quite-a-long-name-so-that-its-roles-are-shorter.version
  enabled_cluster_log_types = ["api", "audit", "authenticator", "controllerManager", "scheduler"]
  deletion_protection       = var.a-cluster-with-quite-a-long-name-so-that-its-roles-are-shorter.deletion_protection
  tags                      = var.a-cluster-with-quite-a-long-name-so-that-its-roles-are-shorter.tags
  depends_on                = [aws_iam_role_policy_attachment.a-cluster-with-quite-a-long-name-so-that-its-roles-are-shorter_cluster]

  access_config {
    authentication_mode = "API"
  }

  encryption_config {
    resources = ["secrets"]

    provider {
      key_arn = aws_kms_key.a-cluster-with-quite-a-long-name-so-that-its-roles-are-shorter.arn
    }
  }

  vpc_config {
    subnet_ids              = [aws_subnet.net_a.id, aws_subnet.net_b.id]
    endpoint_private_access = true
    endpoint_public_access  = var.a-cluster-with-quite-a-long-name-so-that-its-roles-are-shorter.public_endpoint
    public_access_cidrs     = var.a-cluster-with-quite-a-long-name-so-that-its-roles-are-shorter.authorized_networks
  }

  lifecycle {
    replace_triggered_by = [aws_vpc.net.id]
  }
}

resource "aws_launch_template" "a-cluster-with-quite-a-long-name-so-that-its-roles-are-shorter" {
  region                 = var.a-cluster-with-quite-a-long-name-so-that-its-roles-are-shorter.region
  name                   = var.a-cluster-with-quite-a-long-name-so-that-its-roles-are-shorter.template
  instance_type          = var.a-cluster-with-quite-a-long-name-so-that-its-roles-are-shorter.machine_type
  update_default_version = true
  tags                   = var.a-cluster-with-quite-a-long-name-so-that-its-roles-are-shorter.tags

  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }

  block_device_mappings {
    device_name = "/dev/xvda"

    ebs {
      volume_size           = var.a-cluster-with-quite-a-long-name-so-that-its-roles-are-shorter.disk_gb
      volume_type           = "gp3"
      encrypted             = true
      delete_on_termination = true
    }
  }

  tag_specifications {
    resource_type = "instance"
    tags          = var.a-cluster-with-quite-a-long-name-so-that-its-roles-are-shorter.all_tags
  }

  tag_specifications {
    resource_type = "volume"
    tags          = var.a-cluster-with-quite-a-long-name-so-that-its-roles-are-shorter.all_tags
  }
}

resource "aws_eks_node_group" "a-cluster-with-quite-a-long-name-so-that-its-roles-are-shorter" {
  region          = var.a-cluster-with-quite-a-long-name-so-that-its-roles-are-shorter.region
  cluster_name    = aws_eks_cluster.a-cluster-with-quite-a-long-name-so-that-its-roles-are-shorter.name
  node_group_name = "main"
  node_role_arn   = aws_iam_role.a-cluster-with-quite-a-long-name-so-that-its-roles-are-shorter_nodes.arn
  subnet_ids      = [aws_subnet.net_a.id, aws_subnet.net_b.id]
  ami_type        = var.a-cluster-with-quite-a-long-name-so-that-its-roles-are-shorter.image
  version         = aws_eks_cluster.a-cluster-with-quite-a-long-name-so-that-its-roles-are-shorter.version
  tags            = var.a-cluster-with-quite-a-long-name-so-that-its-roles-are-shorter.tags
  depends_on      = [aws_iam_role_policy_attachment.a-cluster-with-quite-a-long-name-so-that-its-roles-are-shorter_node, aws_iam_role_policy_attachment.a-cluster-with-quite-a-long-name-so-that-its-roles-are-shorter_network, aws_iam_role_policy_attachment.a-cluster-with-quite-a-long-name-so-that-its-roles-are-shorter_registry, aws_route.net_private, aws_route_table_association.net_a, aws_route_table_association.net_b]

  scaling_config {
    desired_size = var.a-cluster-with-quite-a-long-name-so-that-its-roles-are-shorter.min_nodes
    min_size     = var.a-cluster-with-quite-a-long-name-so-that-its-roles-are-shorter.min_nodes
    max_size     = var.a-cluster-with-quite-a-long-name-so-that-its-roles-are-shorter.max_nodes
  }

  update_config {
    max_unavailable = 1
  }

  launch_template {
    id      = aws_launch_template.a-cluster-with-quite-a-long-name-so-that-its-roles-are-shorter.id
    version = aws_launch_template.a-cluster-with-quite-a-long-name-so-that-its-roles-are-shorter.latest_version
  }

  lifecycle {
    ignore_changes = [scaling_config[0].desired_size]
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

data "aws_subnets" "lent_existing" {
  region = var.lent.region

  filter {
    name   = "vpc-id"
    values = [data.aws_vpc.lent_existing.id]
  }
}

resource "aws_iam_role" "lent_control" {
  name = var.lent.control_role
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
  tags = var.lent.tags
}

resource "aws_iam_role_policy_attachment" "lent_cluster" {
  role       = aws_iam_role.lent_control.name
  policy_arn = "arn:aws:iam::aws:policy/AmazonEKSClusterPolicy"
}

resource "aws_iam_role" "lent_nodes" {
  name = var.lent.nodes_role
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
  tags = var.lent.tags
}

resource "aws_iam_role_policy_attachment" "lent_node" {
  role       = aws_iam_role.lent_nodes.name
  policy_arn = "arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy"
}

resource "aws_iam_role_policy_attachment" "lent_network" {
  role       = aws_iam_role.lent_nodes.name
  policy_arn = "arn:aws:iam::aws:policy/AmazonEKS_CNI_Policy"
}

resource "aws_iam_role_policy_attachment" "lent_registry" {
  role       = aws_iam_role.lent_nodes.name
  policy_arn = "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPullOnly"
}

resource "aws_kms_key" "lent" {
  region                  = var.lent.region
  description             = "Encrypts the secrets of a cluster"
  enable_key_rotation     = true
  deletion_window_in_days = 30
  tags                    = var.lent.tags
}

resource "aws_eks_cluster" "lent" {
  region                    = var.lent.region
  name                      = var.lent.name
  role_arn                  = aws_iam_role.lent_control.arn
  enabled_cluster_log_types = ["api", "audit", "authenticator", "controllerManager", "scheduler"]
  deletion_protection       = var.lent.deletion_protection
  tags                      = var.lent.tags
  depends_on                = [aws_iam_role_policy_attachment.lent_cluster]

  access_config {
    authentication_mode = "API"
  }

  encryption_config {
    resources = ["secrets"]

    provider {
      key_arn = aws_kms_key.lent.arn
    }
  }

  vpc_config {
    subnet_ids              = data.aws_subnets.lent_existing.ids
    endpoint_private_access = true
    endpoint_public_access  = var.lent.public_endpoint
  }
}

resource "aws_launch_template" "lent" {
  region                 = var.lent.region
  name                   = var.lent.template
  instance_type          = var.lent.machine_type
  update_default_version = true
  tags                   = var.lent.tags

  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }

  block_device_mappings {
    device_name = "/dev/xvda"

    ebs {
      volume_size           = var.lent.disk_gb
      volume_type           = "gp3"
      encrypted             = true
      delete_on_termination = true
    }
  }

  tag_specifications {
    resource_type = "instance"
    tags          = var.lent.all_tags
  }

  tag_specifications {
    resource_type = "volume"
    tags          = var.lent.all_tags
  }
}

resource "aws_eks_node_group" "lent" {
  region          = var.lent.region
  cluster_name    = aws_eks_cluster.lent.name
  node_group_name = "main"
  node_role_arn   = aws_iam_role.lent_nodes.arn
  subnet_ids      = [data.aws_subnet.lent_existing.id]
  ami_type        = var.lent.image
  tags            = var.lent.tags
  depends_on      = [aws_iam_role_policy_attachment.lent_node, aws_iam_role_policy_attachment.lent_network, aws_iam_role_policy_attachment.lent_registry]

  scaling_config {
    desired_size = var.lent.min_nodes
    min_size     = var.lent.min_nodes
    max_size     = var.lent.max_nodes
  }

  update_config {
    max_unavailable = 1
  }

  launch_template {
    id      = aws_launch_template.lent.id
    version = aws_launch_template.lent.latest_version
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
    availability_zone = aws_subnet.net_a.availability_zone
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

resource "aws_route_table_association" "net_a" {
  region         = var.net.region
  subnet_id      = aws_subnet.net_a.id
  route_table_id = aws_route_table.net_private.id
}

resource "aws_route_table_association" "net_b" {
  region         = var.net.region
  subnet_id      = aws_subnet.net_b.id
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
