terraform {
  backend "http" {}
}

module "own" {
  source = "./modules/own"
  text   = var.own.text
}
