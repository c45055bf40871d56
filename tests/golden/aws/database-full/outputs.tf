output "cart_address" {
  value     = aws_db_instance.cart.address
  sensitive = true
}

output "cart_password_secret" {
  value     = aws_db_instance.cart.master_user_secret[0].secret_arn
  sensitive = true
}

output "net_id" {
  value     = aws_vpc.net.id
  sensitive = true
}

output "scratch_address" {
  value     = aws_db_instance.scratch.address
  sensitive = true
}

output "scratch_password_secret" {
  value     = aws_db_instance.scratch.master_user_secret[0].secret_arn
  sensitive = true
}
