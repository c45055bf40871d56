//! Engine settings, the provider's pin and the project's own provider block.

use super::{Draft, Scope, cloud, tree};
use crate::api::CloudProjectSpec;
use hcl::{Block, Expression};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Variable of the root with the project's own values: no resource can have a name with `_`.
const CLOUD: &str = "ce_cloud";

/// Providers that may be used in the project: its cloud's and those it allows, sorted.
pub fn allowed(spec: &CloudProjectSpec) -> Vec<String> {
    let own = cloud::of(spec.provider).source.to_owned();
    let all: BTreeSet<String> = std::iter::once(own).chain(spec.allow.providers.iter().cloned()).collect();
    all.into_iter().collect()
}

/// Whether a dependency lock file names our pins where it names those providers.
pub fn lock_file_holds(text: &str) -> bool {
    let Ok(body) = hcl::from_str::<hcl::Body>(text) else { return false };
    body.blocks().filter(|block| block.identifier() == "provider").all(|block| {
        let address = block.labels().first().map(hcl::BlockLabel::as_str).unwrap_or_default();
        let pin = cloud::ALL.iter().find(|cloud| address.ends_with(&format!("/{}", cloud.source)));
        let version = block.body().attributes().find(|attribute| attribute.key() == "version");
        pin.is_none_or(|pin| version.is_some_and(|v| *v.expr() == Expression::String(pin.version.to_owned())))
    })
}

/// `var.ce_cloud.<key>`: a value of the project.
pub(super) fn value(key: &str) -> Expression {
    tree::path("var", &[CLOUD, key])
}

/// Adds the `terraform` block and, when the cloud is used, its pin and provider block. Credentials come
/// from the environment: a plan file keeps what a provider block says.
pub(super) fn render(draft: &mut Draft, scope: &Scope) {
    let cloud = scope.cloud;
    let used = draft.used.contains(cloud.source);
    let mut settings = Block::builder("terraform");
    if used {
        let pin = tree::object([("source", cloud.source.into()), ("version", cloud.version.into())]);
        settings = settings.add_block(tree::block("required_providers", [tree::attr(cloud.local, pin)]));
    }
    let backend = Block::builder("backend").add_label("http").build();
    draft.blocks.insert(0, settings.add_block(backend).build());
    if !used {
        return;
    }
    let mut values = json!({"region": scope.input.spec.region, "labels": scope.labels()});
    match ((cloud.values)(&scope.input), values.as_object_mut()) {
        (Ok(more), Some(values)) => values.extend(more),
        (Err(finding), _) => draft.findings.push(finding),
        (Ok(_), None) => {}
    }
    draft.blocks.insert(1, (cloud.block)());
    draft.variables.insert(0, tree::variable(CLOUD, super::values::type_of(&values)));
    draft.values.insert(CLOUD.to_owned(), Value::clone(&values));
}
