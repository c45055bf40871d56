//! Modules that tests deploy, and what tests read from a session.

use cloud_engine::api::{Conditions, DeploymentSession};

/// One resource that takes no time; outputs in clear and secret.
pub const PLAIN: &str = r#"
variable "text" {
  type    = string
  default = "none"
}
resource "terraform_data" "one" {
  input = var.text
}
output "text" {
  value = terraform_data.one.output
}
output "secret" {
  value     = "s3cr3t-${terraform_data.one.output}"
  sensitive = true
}
"#;

/// One resource at once, another after 40 s.
pub const SLOW: &str = r#"
terraform {
  required_providers {
    time = {
      source = "hashicorp/time"
    }
  }
}
resource "terraform_data" "first" {}
resource "time_sleep" "long" {
  create_duration = "40s"
  depends_on      = [terraform_data.first]
}
"#;

/// Digest of the plan that the session shows.
pub fn digest(session: &DeploymentSession) -> String {
    session.status.as_ref().unwrap().plan.as_ref().unwrap().digest.clone().unwrap()
}

/// Reason and message of `Ready`.
pub fn told(session: &DeploymentSession) -> (String, String) {
    let ready = session.status.as_ref().unwrap().conditions.find("Ready").unwrap();
    (ready.reason.clone(), ready.message.clone())
}
