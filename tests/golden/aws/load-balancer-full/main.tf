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

data "aws_vpc" "far_existing" {
  region = var.far.region
  id     = var.far.existing.network
}

data "aws_subnet" "far_existing" {
  region = var.far.region
  id     = var.far.existing.subnet
  vpc_id = data.aws_vpc.far_existing.id
}

resource "aws_security_group" "far" {
  region      = var.far.region
  name        = var.far.group
  description = "Lets out, and in what firewalls allow"
  vpc_id      = data.aws_vpc.far_existing.id
  tags        = var.far.tags

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_vpc_security_group_egress_rule" "far" {
  region            = var.far.region
  security_group_id = aws_security_group.far.id
  description       = "To anywhere, as no firewall says where to"
  ip_protocol       = "-1"
  cidr_ipv4         = "0.0.0.0/0"
  tags              = var.far.tags
}

resource "aws_key_pair" "far" {
  count      = var.ssh_public_key == "" ? 0 : 1
  region     = var.far.region
  key_name   = var.far.key_name
  public_key = var.ssh_public_key
  tags       = var.far.tags
}

data "aws_ami" "far" {
  region      = var.far.region
  most_recent = true
  owners      = [var.far.image.owner]

  filter {
    name   = "name"
    values = [var.far.image.name]
  }
}

resource "aws_instance" "far" {
  region                      = var.far.region
  ami                         = data.aws_ami.far.id
  instance_type               = var.far.machine_type
  subnet_id                   = data.aws_subnet.far_existing.id
  vpc_security_group_ids      = [aws_security_group.far.id]
  associate_public_ip_address = var.far.public_ip
  key_name                    = one(aws_key_pair.far[*].key_name)
  user_data                   = join("\n", ["#cloud-config", jsonencode(var.far.cloud_config)])
  disable_api_termination     = var.far.deletion_protection
  tags                        = var.far.tags

  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }

  root_block_device {
    volume_type = "gp3"
    volume_size = var.far.disk_gb
    encrypted   = true
    tags        = var.far.tags
  }

  lifecycle {
    ignore_changes = [ami, key_name]
  }
}

resource "aws_security_group" "front" {
  region      = var.front.region
  name        = var.front.group
  description = "Lets clients of a load balancer in"
  vpc_id      = aws_vpc.net.id
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
  cidr_ipv4         = "0.0.0.0/0"
  tags              = var.front.tags
}

resource "aws_vpc_security_group_egress_rule" "front" {
  region            = var.front.region
  security_group_id = aws_security_group.front.id
  description       = "To machines"
  ip_protocol       = "tcp"
  from_port         = var.front.port
  to_port           = var.front.port
  cidr_ipv4         = aws_vpc.net.cidr_block
  tags              = var.front.tags
}

resource "aws_vpc_security_group_ingress_rule" "front_web-1" {
  region                       = var.front.region
  security_group_id            = aws_security_group.web-1.id
  description                  = "From a load balancer"
  ip_protocol                  = "tcp"
  from_port                    = var.front.port
  to_port                      = var.front.port
  referenced_security_group_id = aws_security_group.front.id
  tags                         = var.front.tags
}

resource "aws_vpc_security_group_ingress_rule" "front_web-2" {
  region                       = var.front.region
  security_group_id            = aws_security_group.web-2.id
  description                  = "From a load balancer"
  ip_protocol                  = "tcp"
  from_port                    = var.front.port
  to_port                      = var.front.port
  referenced_security_group_id = aws_security_group.front.id
  tags                         = var.front.tags
}

resource "aws_lb" "front" {
  region                     = var.front.region
  name                       = var.front.name
  load_balancer_type         = var.front.type
  internal                   = var.front.internal
  subnets                    = [aws_subnet.net_a.id, aws_subnet.net_b.id]
  security_groups            = [aws_security_group.front.id]
  enable_deletion_protection = var.front.deletion_protection
  drop_invalid_header_fields = true
  tags                       = var.front.tags
  depends_on                 = [aws_route.net_public, aws_route_table_association.net_a, aws_route_table_association.net_b]

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
  vpc_id      = aws_vpc.net.id
  tags        = var.front.tags

  health_check {
    protocol = var.front.protocol
    port     = "traffic-port"
    path     = var.front.health_path
    matcher  = "200"
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_lb_target_group_attachment" "front_web-1" {
  region           = var.front.region
  target_group_arn = aws_lb_target_group.front.arn
  target_id        = aws_instance.web-1.id
  port             = var.front.port
}

resource "aws_lb_target_group_attachment" "front_web-2" {
  region           = var.front.region
  target_group_arn = aws_lb_target_group.front.arn
  target_id        = aws_instance.web-2.id
  port             = var.front.port
}

resource "aws_lb_listener" "front" {
  region            = var.front.region
  load_balancer_arn = aws_lb.front.arn
  port              = var.front.listen_port
  protocol          = "HTTPS"
  ssl_policy        = "ELBSecurityPolicy-TLS13-1-2-2021-06"
  certificate_arn   = var.front.certificate
  tags              = var.front.tags

  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.front.arn
  }
}

data "aws_vpc" "game_existing" {
  region = var.game.region
  id     = var.game.existing.network
}

data "aws_subnet" "game_existing" {
  region = var.game.region
  id     = var.game.existing.subnet
  vpc_id = data.aws_vpc.game_existing.id
}

resource "aws_security_group" "game" {
  region      = var.game.region
  name        = var.game.group
  description = "Lets clients of a load balancer in"
  vpc_id      = data.aws_vpc.game_existing.id
  tags        = var.game.tags

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_vpc_security_group_ingress_rule" "game" {
  region            = var.game.region
  security_group_id = aws_security_group.game.id
  description       = "From clients"
  ip_protocol       = "tcp"
  from_port         = var.game.listen_port
  to_port           = var.game.listen_port
  cidr_ipv4         = "0.0.0.0/0"
  tags              = var.game.tags
}

resource "aws_vpc_security_group_egress_rule" "game" {
  region            = var.game.region
  security_group_id = aws_security_group.game.id
  description       = "To machines"
  ip_protocol       = "tcp"
  from_port         = var.game.port
  to_port           = var.game.port
  cidr_ipv4         = data.aws_vpc.game_existing.cidr_block
  tags              = var.game.tags
}

resource "aws_vpc_security_group_ingress_rule" "game_far" {
  region                       = var.game.region
  security_group_id            = aws_security_group.far.id
  description                  = "From a load balancer"
  ip_protocol                  = "tcp"
  from_port                    = var.game.port
  to_port                      = var.game.port
  referenced_security_group_id = aws_security_group.game.id
  tags                         = var.game.tags
}

resource "aws_lb" "game" {
  region                           = var.game.region
  name                             = var.game.name
  load_balancer_type               = var.game.type
  internal                         = var.game.internal
  subnets                          = var.game.subnets
  security_groups                  = [aws_security_group.game.id]
  enable_deletion_protection       = var.game.deletion_protection
  enable_cross_zone_load_balancing = true
  tags                             = var.game.tags

  lifecycle {
    replace_triggered_by = [aws_security_group.game.id]
  }
}

resource "aws_lb_target_group" "game" {
  region      = var.game.region
  name        = var.game.target
  port        = var.game.port
  protocol    = var.game.protocol
  target_type = "instance"
  vpc_id      = data.aws_vpc.game_existing.id
  tags        = var.game.tags

  health_check {
    protocol = var.game.protocol
    port     = "traffic-port"
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_lb_target_group_attachment" "game_far" {
  region           = var.game.region
  target_group_arn = aws_lb_target_group.game.arn
  target_id        = aws_instance.far.id
  port             = var.game.port
}

resource "aws_lb_listener" "game" {
  region            = var.game.region
  load_balancer_arn = aws_lb.game.arn
  port              = var.game.listen_port
  protocol          = "TCP"
  tags              = var.game.tags

  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.game.arn
  }
}

resource "aws_security_group" "inside" {
  region      = var.inside.region
  name        = var.inside.group
  description = "Lets clients of a load balancer in"
  vpc_id      = aws_vpc.net.id
  tags        = var.inside.tags

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_vpc_security_group_ingress_rule" "inside" {
  region            = var.inside.region
  security_group_id = aws_security_group.inside.id
  description       = "From clients"
  ip_protocol       = "tcp"
  from_port         = var.inside.listen_port
  to_port           = var.inside.listen_port
  cidr_ipv4         = aws_vpc.net.cidr_block
  tags              = var.inside.tags
}

resource "aws_vpc_security_group_egress_rule" "inside" {
  region            = var.inside.region
  security_group_id = aws_security_group.inside.id
  description       = "To machines"
  ip_protocol       = "tcp"
  from_port         = var.inside.port
  to_port           = var.inside.port
  cidr_ipv4         = aws_vpc.net.cidr_block
  tags              = var.inside.tags
}

resource "aws_vpc_security_group_ingress_rule" "inside_web-1" {
  region                       = var.inside.region
  security_group_id            = aws_security_group.web-1.id
  description                  = "From a load balancer"
  ip_protocol                  = "tcp"
  from_port                    = var.inside.port
  to_port                      = var.inside.port
  referenced_security_group_id = aws_security_group.inside.id
  tags                         = var.inside.tags
}

resource "aws_lb" "inside" {
  region                     = var.inside.region
  name                       = var.inside.name
  load_balancer_type         = var.inside.type
  internal                   = var.inside.internal
  subnets                    = [aws_subnet.net_a.id, aws_subnet.net_b.id]
  security_groups            = [aws_security_group.inside.id]
  enable_deletion_protection = var.inside.deletion_protection
  drop_invalid_header_fields = true
  tags                       = var.inside.tags

  lifecycle {
    replace_triggered_by = [aws_security_group.inside.id]
  }
}

resource "aws_lb_target_group" "inside" {
  region      = var.inside.region
  name        = var.inside.target
  port        = var.inside.port
  protocol    = var.inside.protocol
  target_type = "instance"
  vpc_id      = aws_vpc.net.id
  tags        = var.inside.tags

  health_check {
    protocol = var.inside.protocol
    port     = "traffic-port"
    path     = var.inside.health_path
    matcher  = "200"
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_lb_target_group_attachment" "inside_web-1" {
  region           = var.inside.region
  target_group_arn = aws_lb_target_group.inside.arn
  target_id        = aws_instance.web-1.id
  port             = var.inside.port
}

resource "aws_lb_listener" "inside" {
  region            = var.inside.region
  load_balancer_arn = aws_lb.inside.arn
  port              = var.inside.listen_port
  protocol          = "HTTP"
  tags              = var.inside.tags

  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.inside.arn
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

resource "aws_security_group" "web-1" {
  region      = var.web-1.region
  name        = var.web-1.group
  description = "Lets out, and in what firewalls allow"
  vpc_id      = aws_vpc.net.id
  tags        = var.web-1.tags

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_vpc_security_group_egress_rule" "web-1" {
  region            = var.web-1.region
  security_group_id = aws_security_group.web-1.id
  description       = "To anywhere, as no firewall says where to"
  ip_protocol       = "-1"
  cidr_ipv4         = "0.0.0.0/0"
  tags              = var.web-1.tags
}

resource "aws_key_pair" "web-1" {
  count      = var.ssh_public_key == "" ? 0 : 1
  region     = var.web-1.region
  key_name   = var.web-1.key_name
  public_key = var.ssh_public_key
  tags       = var.web-1.tags
}

data "aws_ami" "web-1" {
  region      = var.web-1.region
  most_recent = true
  owners      = [var.web-1.image.owner]

  filter {
    name   = "name"
    values = [var.web-1.image.name]
  }
}

resource "aws_instance" "web-1" {
  region                      = var.web-1.region
  ami                         = data.aws_ami.web-1.id
  instance_type               = var.web-1.machine_type
  subnet_id                   = aws_subnet.net_a.id
  vpc_security_group_ids      = [aws_security_group.web-1.id]
  associate_public_ip_address = var.web-1.public_ip
  key_name                    = one(aws_key_pair.web-1[*].key_name)
  user_data                   = join("\n", ["#cloud-config", jsonencode(var.web-1.cloud_config)])
  disable_api_termination     = var.web-1.deletion_protection
  tags                        = var.web-1.tags
  depends_on                  = [aws_route.net_public, aws_route_table_association.net_a]

  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }

  root_block_device {
    volume_type = "gp3"
    volume_size = var.web-1.disk_gb
    encrypted   = true
    tags        = var.web-1.tags
  }

  lifecycle {
    ignore_changes = [ami, key_name]
  }
}

resource "aws_security_group" "web-2" {
  region      = var.web-2.region
  name        = var.web-2.group
  description = "Lets out, and in what firewalls allow"
  vpc_id      = aws_vpc.net.id
  tags        = var.web-2.tags

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_vpc_security_group_egress_rule" "web-2" {
  region            = var.web-2.region
  security_group_id = aws_security_group.web-2.id
  description       = "To anywhere, as no firewall says where to"
  ip_protocol       = "-1"
  cidr_ipv4         = "0.0.0.0/0"
  tags              = var.web-2.tags
}

resource "aws_key_pair" "web-2" {
  count      = var.ssh_public_key == "" ? 0 : 1
  region     = var.web-2.region
  key_name   = var.web-2.key_name
  public_key = var.ssh_public_key
  tags       = var.web-2.tags
}

data "aws_ami" "web-2" {
  region      = var.web-2.region
  most_recent = true
  owners      = [var.web-2.image.owner]

  filter {
    name   = "name"
    values = [var.web-2.image.name]
  }
}

resource "aws_instance" "web-2" {
  region                      = var.web-2.region
  ami                         = data.aws_ami.web-2.id
  instance_type               = var.web-2.machine_type
  subnet_id                   = aws_subnet.net_b.id
  vpc_security_group_ids      = [aws_security_group.web-2.id]
  associate_public_ip_address = var.web-2.public_ip
  key_name                    = one(aws_key_pair.web-2[*].key_name)
  user_data                   = join("\n", ["#cloud-config", jsonencode(var.web-2.cloud_config)])
  disable_api_termination     = var.web-2.deletion_protection
  tags                        = var.web-2.tags
  depends_on                  = [aws_route.net_public, aws_route_table_association.net_b]

  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }

  root_block_device {
    volume_type = "gp3"
    volume_size = var.web-2.disk_gb
    encrypted   = true
    tags        = var.web-2.tags
  }

  lifecycle {
    ignore_changes = [ami, key_name]
  }
}
