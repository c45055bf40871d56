output "main_id" {
  value     = aws_vpc.main.id
  sensitive = true
}

output "orders_address" {
  value     = aws_db_instance.orders.address
  sensitive = true
}

output "orders_password_secret" {
  value     = aws_db_instance.orders.master_user_secret[0].secret_arn
  sensitive = true
}
