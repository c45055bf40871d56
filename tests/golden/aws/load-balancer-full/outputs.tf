output "far_ip" {
  value     = aws_instance.far.private_ip
  sensitive = true
}

output "front_address" {
  value     = aws_lb.front.dns_name
  sensitive = true
}

output "game_address" {
  value     = aws_lb.game.dns_name
  sensitive = true
}

output "inside_address" {
  value     = aws_lb.inside.dns_name
  sensitive = true
}

output "net_id" {
  value     = aws_vpc.net.id
  sensitive = true
}

output "web-1_ip" {
  value     = aws_instance.web-1.private_ip
  sensitive = true
}

output "web-2_ip" {
  value     = aws_instance.web-2.private_ip
  sensitive = true
}
