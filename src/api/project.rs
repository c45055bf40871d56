//! `CloudProject`: one cloud, one place, the rules of a team.

use super::{resource::Kind, schema};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The clouds.
#[derive(Serialize, Deserialize, JsonSchema, Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "lowercase")]
pub enum Provider {
    /// Google Cloud.
    Gcp,
    /// Amazon Web Services.
    Aws,
    /// Microsoft Azure.
    Azure,
}

/// A cloud account and region that a team deploys to, with its engine and its rules.
#[derive(CustomResource, KubeSchema, Serialize, Deserialize, Debug, Clone, PartialEq)]
#[kube(
    group = "cloudengine.dev",
    version = "v1alpha1",
    kind = "CloudProject",
    plural = "cloudprojects",
    shortname = "cproj",
    category = "cloudengine",
    namespaced,
    status = "CloudProjectStatus",
    derive = "PartialEq",
    validation = Rule::new("self.metadata.name.matches('^[a-z]([-a-z0-9]{0,38}[a-z0-9])?$')").message("metadata.name must be at most 40 lower-case letters, digits and hyphens, beginning with a letter: it is part of the names of everything the project holds"),
    printcolumn(name = "Provider", type_ = "string", json_path = ".spec.provider"),
    printcolumn(name = "Region", type_ = "string", json_path = ".spec.region"),
    printcolumn(name = "Ready", type_ = "string", json_path = ".status.conditions[?(@.type=='Ready')].status"),
    printcolumn(name = "Resources", type_ = "integer", json_path = ".status.resourceCount"),
    printcolumn(name = "Sandbox", type_ = "boolean", json_path = ".spec.sandbox"),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp"),
    printcolumn(name = "Engine", type_ = "string", json_path = ".status.engine", priority = 1),
    printcolumn(name = "Owner", type_ = "string", json_path = ".spec.owner", priority = 1),
    printcolumn(name = "Display name", type_ = "string", json_path = ".spec.displayName", priority = 1),
    printcolumn(name = "Message", type_ = "string", json_path = ".status.conditions[?(@.type=='Ready')].message", priority = 1)
)]
#[x_kube(
    validation = Rule::new("self.sandbox == oldSelf.sandbox").message("spec.sandbox is fixed for the life of a project: make a new project to leave the sandbox"),
    validation = Rule::new("self.provider == oldSelf.provider").message("spec.provider is fixed for the life of a project: make a new project for another cloud"),
    validation = Rule::new("self.provider != 'gcp' || self.sandbox || has(self.gcp)").message("a gcp project needs spec.gcp.projectId, the id of the Google Cloud project (or spec.sandbox: true to try without an account)")
)]
#[serde(rename_all = "camelCase")]
pub struct CloudProjectSpec {
    /// The cloud: gcp, aws or azure. Fixed.
    pub provider: Provider,
    /// Region of everything that names none, as the provider spells it (europe-west1).
    #[schemars(length(min = 2, max = 40), regex(pattern = r"^[a-z][a-z0-9-]*$"))]
    pub region: String,
    /// Further regions that resources may name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 20), inner(length(min = 2, max = 40), regex(pattern = r"^[a-z][a-z0-9-]*$")))]
    pub regions: Vec<String>,
    /// Name for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 80))]
    pub display_name: Option<String>,
    /// Who answers for the project: a person or a team.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 253))]
    pub owner: Option<String>,
    /// Use the sandbox cloud that comes with Cloud Engine instead of the provider: no account, no cost. Fixed.
    #[serde(default)]
    pub sandbox: bool,
    /// Settings that only Google Cloud has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gcp: Option<Gcp>,
    /// Engine that plans and applies.
    #[serde(default)]
    pub engine: Engine,
    /// Where the runner finds the cloud's credentials.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credentials: Option<Credentials>,
    /// Who has to agree before a plan is applied.
    #[serde(default)]
    pub approvals: ApprovalRules,
    /// How long sessions live.
    #[serde(default)]
    pub sessions: SessionRules,
    /// What modules may use.
    #[serde(default)]
    pub allow: Allow,
}

/// Settings that only Google Cloud has.
#[derive(Serialize, Deserialize, JsonSchema, Debug, Clone, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct Gcp {
    /// Id of the Google Cloud project.
    #[schemars(length(min = 6, max = 30), regex(pattern = r"^[a-z][a-z0-9-]*[a-z0-9]$"))]
    pub project_id: String,
}

/// Engine and version; the chart lists what is installed.
#[derive(Serialize, Deserialize, JsonSchema, Debug, Clone, PartialEq, Eq, Default)]
#[serde(rename_all = "camelCase")]
pub struct Engine {
    /// OpenTofu or Terraform.
    #[serde(default)]
    pub kind: EngineKind,
    /// Exact version (1.12.6); without one the newest that the chart lists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 20), regex(pattern = r"^[0-9]+\.[0-9]+\.[0-9]+$"))]
    pub version: Option<String>,
}

/// Kinds of engine.
#[derive(Serialize, Deserialize, JsonSchema, Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum EngineKind {
    /// OpenTofu.
    #[default]
    OpenTofu,
    /// Terraform.
    Terraform,
}

impl EngineKind {
    /// As users write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OpenTofu => "OpenTofu",
            Self::Terraform => "Terraform",
        }
    }
}

/// Where the runner finds the cloud's credentials.
#[derive(Serialize, Deserialize, JsonSchema, Debug, Clone, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct Credentials {
    /// Secret of this namespace. Of its keys only the well-known variable names of the clouds are read
    /// (GOOGLE_CREDENTIALS, AWS_ACCESS_KEY_ID, ARM_CLIENT_ID and so on).
    pub secret_ref: SecretRef,
}

/// Name of a Secret in the same namespace.
#[derive(Serialize, Deserialize, JsonSchema, Debug, Clone, PartialEq, Eq)]
pub struct SecretRef {
    /// Name of the Secret.
    #[schemars(length(min = 1, max = 253), regex(pattern = r"^[a-z0-9]([-.a-z0-9]*[a-z0-9])?$"))]
    pub name: String,
}

/// Who has to agree before a plan is applied.
#[derive(Serialize, Deserialize, JsonSchema, Debug, Clone, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct ApprovalRules {
    /// How many different people must approve.
    #[serde(default = "one")]
    #[schemars(range(min = 1, max = 10))]
    pub required: i32,
    /// Whether the requester's own approval counts.
    #[serde(default)]
    pub allow_self: bool,
}

impl Default for ApprovalRules {
    fn default() -> Self {
        Self { required: one(), allow_self: false }
    }
}

const fn one() -> i32 {
    1
}

/// How long sessions live.
#[derive(Serialize, Deserialize, JsonSchema, Debug, Clone, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct SessionRules {
    /// Time from creation to expiry while nothing is approved, such as 30m or 2h.
    #[serde(default = "half_an_hour")]
    #[schemars(length(min = 2, max = 8), regex(pattern = r"^[1-9][0-9]{0,5}[smh]$"))]
    pub ttl: String,
}

impl Default for SessionRules {
    fn default() -> Self {
        Self { ttl: half_an_hour() }
    }
}

fn half_an_hour() -> String {
    "30m".to_owned()
}

/// What modules may use.
#[derive(Serialize, Deserialize, JsonSchema, Debug, Clone, PartialEq, Eq, Default)]
#[serde(rename_all = "camelCase")]
pub struct Allow {
    /// Providers that own modules may require beside the project's cloud, such as hashicorp/random.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(
        length(max = 32),
        inner(length(max = 128), regex(pattern = r"^[a-z0-9][a-z0-9-]*/[a-z0-9][a-z0-9-]*$"))
    )]
    pub providers: Vec<String>,
}

/// What the controller found.
#[derive(KubeSchema, Serialize, Deserialize, Debug, Clone, PartialEq, Default)]
#[serde(rename_all = "camelCase")]
pub struct CloudProjectStatus {
    /// Generation of the spec that was judged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// Engine and version that plans run on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub engine: Option<String>,
    /// How many cloud resources the stacks hold.
    #[serde(default)]
    #[schemars(range(min = 0))]
    pub resource_count: i32,
    /// One entry per stack that was ever planned.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["name".into()]))]
    pub stacks: Vec<StackStatus>,
    /// Latest observations, one entry per type.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(schema_with = "schema::conditions")]
    pub conditions: Vec<Condition>,
}

/// A stack: the unit that is planned, locked and stored together.
#[derive(Serialize, Deserialize, JsonSchema, Debug, Clone, PartialEq, Eq, Default)]
#[serde(rename_all = "camelCase")]
pub struct StackStatus {
    /// Name of the stack.
    #[schemars(length(min = 1, max = 20))]
    pub name: String,
    /// The session that holds the stack, from planning to its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held_by: Option<Holder>,
    /// An apply began and nobody knows how it ended; a new approved plan settles it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unresolved: Option<Holder>,
    /// Number of the last applied revision.
    #[serde(default)]
    #[schemars(range(min = 0))]
    pub revision: i64,
    /// Serial of the stored state.
    #[serde(default)]
    #[schemars(range(min = 0))]
    pub state_serial: i64,
    /// What the state holds, by address; the first 256.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 256))]
    pub resources: Vec<InventoryItem>,
    /// How many resources the state holds.
    #[serde(default)]
    #[schemars(range(min = 0))]
    pub resource_count: i32,
}

/// A session, by name and uid.
#[derive(Serialize, Deserialize, JsonSchema, Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// Name of the session.
    #[schemars(length(max = 63))]
    pub session: String,
    /// uid of the session: a new one of the same name is another.
    #[schemars(length(max = 64))]
    pub uid: String,
}

/// A resource in the state.
#[derive(Serialize, Deserialize, JsonSchema, Debug, Clone, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct InventoryItem {
    /// Name of the resource that asked for it.
    #[schemars(length(max = 63))]
    pub name: String,
    /// Its kind, where one asked for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<Kind>,
    /// Provider's type.
    #[serde(rename = "type")]
    #[schemars(length(max = 128))]
    pub type_: String,
    /// Address in the configuration.
    #[schemars(length(max = 512))]
    pub address: String,
    /// Made in the sandbox cloud.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub sandbox: bool,
}
