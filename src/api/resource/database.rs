//! Kind `database`: a managed relational database.

use super::{NetworkRef, attach::CIDR};
use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A managed server with one database, reached from its network alone unless said otherwise.
#[derive(KubeSchema, Serialize, Deserialize, Debug, Clone, PartialEq, Eq)]
#[x_kube(
    validation = Rule::new("self.publicAccess || !has(self.authorizedNetworks) || self.authorizedNetworks.size() == 0").message("authorizedNetworks needs publicAccess: true")
)]
#[serde(rename_all = "camelCase")]
pub struct Database {
    /// Engine.
    #[serde(default)]
    pub engine: DatabaseEngine,
    /// Version of the engine; without one 16 of postgres, 8.0 of mysql.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 10), regex(pattern = r"^[0-9]+(\.[0-9]+)*$"))]
    pub version: Option<String>,
    /// Provider's name of the size; without one the smallest that is fit for work: db-custom-1-3840 on gcp,
    /// db.t4g.micro on aws, B_Standard_B1ms on azure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 2, max = 60), regex(pattern = r"^[A-Za-z][A-Za-z0-9._-]*$"))]
    pub tier: Option<String>,
    /// Storage in GB; it only grows. Without one 20, on azure 32.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 10, max = 65536))]
    pub storage_gb: Option<i32>,
    /// Keep a standby in another zone.
    #[serde(default)]
    pub ha: bool,
    /// Days that backups are kept; 0 makes none, azure takes 7 to 35.
    #[serde(default = "week")]
    #[schemars(range(min = 0, max = 35))]
    pub backup_days: i32,
    /// Give it a public address.
    #[serde(default)]
    pub public_access: bool,
    /// Ranges that may reach the public address.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 20), inner(length(min = 9, max = 18), regex(pattern = CIDR)))]
    #[x_kube(merge_strategy = ListMerge::Set)]
    pub authorized_networks: Vec<String>,
    /// Name of the database made in it.
    #[serde(default = "app")]
    #[schemars(length(min = 1, max = 63), regex(pattern = r"^[a-z][a-z0-9_]*$"))]
    pub database: String,
    /// Name of the administrator.
    #[serde(default = "admin")]
    #[schemars(length(min = 1, max = 16), regex(pattern = r"^[a-z][a-z0-9_]*$"))]
    pub admin_user: String,
    /// Network it is reached from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network: Option<NetworkRef>,
}

/// Engines of databases.
#[derive(Serialize, Deserialize, JsonSchema, Debug, Clone, Copy, PartialEq, Eq, Default)]
#[serde(rename_all = "camelCase")]
pub enum DatabaseEngine {
    /// PostgreSQL.
    #[default]
    Postgres,
    /// MySQL.
    Mysql,
}

impl DatabaseEngine {
    /// As users write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Postgres => "postgres",
            Self::Mysql => "mysql",
        }
    }
}

const fn week() -> i32 {
    7
}

fn app() -> String {
    "app".to_owned()
}

fn admin() -> String {
    "ceadmin".to_owned()
}
