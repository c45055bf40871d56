//! Engine settings, provider pins and the project's own provider block.

use super::{Draft, RenderInput, tree};
use crate::api::{CloudProjectSpec, Provider};
use hcl::{Block, Expression};
use serde_json::json;
use std::collections::BTreeSet;

/// A cloud's provider and the one version that plans are made with.
struct Pin {
    cloud: Provider,
    local: &'static str,
    source: &'static str,
    version: &'static str,
}

const PINS: [Pin; 3] = [
    Pin { cloud: Provider::Gcp, local: "google", source: "hashicorp/google", version: "8.7.0" },
    Pin { cloud: Provider::Aws, local: "aws", source: "hashicorp/aws", version: "6.69.1" },
    Pin { cloud: Provider::Azure, local: "azurerm", source: "hashicorp/azurerm", version: "5.10.0" },
];

/// Variable of the root with the project's own values: no resource can have a name with `_`.
const CLOUD: &str = "ce_cloud";

/// Providers that may be used in the project: its cloud's and those it allows, sorted.
pub fn allowed(spec: &CloudProjectSpec) -> Vec<String> {
    let own = PINS.iter().filter(|pin| pin.cloud == spec.provider).map(|pin| pin.source.to_owned());
    let all: BTreeSet<String> = own.chain(spec.allow.providers.iter().cloned()).collect();
    all.into_iter().collect()
}

/// Whether a dependency lock file names our pins where it names those providers.
pub fn lock_file_holds(text: &str) -> bool {
    let Ok(body) = hcl::from_str::<hcl::Body>(text) else { return false };
    body.blocks().filter(|block| block.identifier() == "provider").all(|block| {
        let address = block.labels().first().map(hcl::BlockLabel::as_str).unwrap_or_default();
        let pin = PINS.iter().find(|pin| address.ends_with(&format!("/{}", pin.source)));
        let version = block.body().attributes().find(|attribute| attribute.key() == "version");
        pin.is_none_or(|pin| version.is_some_and(|v| *v.expr() == Expression::String(pin.version.to_owned())))
    })
}

/// Adds the `terraform` block and, when the cloud is used, its pin and provider block. Credentials come
/// from the environment: a plan file keeps what a provider block says.
pub(super) fn render(draft: &mut Draft, input: &RenderInput) {
    let used: Vec<&Pin> =
        PINS.iter().filter(|p| p.cloud == input.spec.provider && draft.used.contains(p.source)).collect();
    let mut settings = Block::builder("terraform");
    if !used.is_empty() {
        let pins = used.iter().map(|pin| {
            let value = tree::object([("source", pin.source.into()), ("version", pin.version.into())]);
            tree::attr(pin.local, value)
        });
        settings = settings.add_block(Block::builder("required_providers").add_attributes(pins).build());
    }
    let backend = Block::builder("backend").add_label("http").build();
    draft.blocks.insert(0, settings.add_block(backend).build());
    for pin in used {
        let Some(values) = values(pin, input, &mut draft.findings) else { continue };
        draft.values.insert(CLOUD.to_owned(), values);
        draft.variables.insert(0, tree::variable(CLOUD, tree::word("any")));
        draft.blocks.insert(1, block(pin));
    }
}

fn values(pin: &Pin, input: &RenderInput, findings: &mut Vec<String>) -> Option<serde_json::Value> {
    let mut values = json!({"region": input.spec.region, "labels": {
        "managed-by": "cloud-engine", "ce-project": input.project, "ce-stack": input.stack,
    }});
    if pin.cloud == Provider::Gcp {
        let id = match (&input.spec.gcp, input.spec.sandbox) {
            (Some(gcp), _) => gcp.project_id.as_str(),
            (None, true) => "sandbox",
            (None, false) => {
                findings.push("the project names no Google Cloud project, so nothing can be made in it: set spec.gcp.projectId of the CloudProject".to_owned());
                return None;
            }
        };
        values.as_object_mut()?.insert("project".to_owned(), id.into());
    }
    Some(values)
}

fn block(pin: &Pin) -> Block {
    let value = |key: &str| -> Expression { tree::path("var", &[CLOUD, key]) };
    let block = Block::builder("provider").add_label(pin.local);
    match pin.cloud {
        Provider::Gcp => block
            .add_attribute(tree::attr("project", value("project")))
            .add_attribute(tree::attr("region", value("region")))
            .add_attribute(tree::attr("default_labels", value("labels")))
            .build(),
        Provider::Aws => block
            .add_attribute(tree::attr("region", value("region")))
            .add_block(
                Block::builder("default_tags").add_attribute(tree::attr("tags", value("labels"))).build(),
            )
            .build(),
        Provider::Azure => block
            .add_attribute(tree::attr("resource_provider_registrations", "none"))
            .add_block(Block::builder("features").build())
            .build(),
    }
}
