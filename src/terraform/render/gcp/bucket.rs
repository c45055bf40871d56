//! `bucket` on Google Cloud: `google_storage_bucket`, never public.

use super::{Draft, RenderInput, declare, labels, region, tree, var};
use crate::api::{
    Resource,
    resource::{Bucket, StorageClass},
};
use hcl::Block;
use serde_json::json;

/// Days that replaced versions of an object are kept.
const NONCURRENT_DAYS: i32 = 30;

/// Adds one bucket to the draft.
pub(in super::super) fn render(draft: &mut Draft, input: &RenderInput, resource: &Resource, bucket: &Bucket) {
    let name = resource.name.as_str();
    let uid: String = input.project_uid.chars().filter(char::is_ascii_hexdigit).take(8).collect();
    let global = bucket.global_name.clone().unwrap_or_else(|| [name, "-", &uid].concat());
    if global.len() > 63 || global.starts_with("goog") || global.contains("google") {
        draft.findings.push(format!(
            "bucket \"{name}\" would be called \"{global}\", which Google refuses: at most 63 characters, not beginning with goog, without the word google. Set bucket.globalName, or a name of at most 54 characters"
        ));
    }
    let mut values = json!({
        "name": global,
        "location": region(draft, input, resource),
        "class": class(bucket.class),
        "force_destroy": bucket.force_destroy,
        "versioning": bucket.versioning,
        "labels": labels(resource),
    });
    if let (Some(days), Some(values)) = (bucket.expire_days, values.as_object_mut()) {
        values.insert("expire_days".to_owned(), days.into());
    }
    declare(draft, name, values);
    draft.blocks.push(block(name, bucket));
}

const fn class(class: StorageClass) -> &'static str {
    match class {
        StorageClass::Standard => "STANDARD",
        StorageClass::Infrequent => "NEARLINE",
        StorageClass::Cold => "COLDLINE",
        StorageClass::Archive => "ARCHIVE",
    }
}

fn block(name: &str, bucket: &Bucket) -> Block {
    let mut block = Block::builder("resource")
        .add_labels(["google_storage_bucket", name])
        .add_attribute(tree::attr("name", var(name, "name")))
        .add_attribute(tree::attr("location", var(name, "location")))
        .add_attribute(tree::attr("storage_class", var(name, "class")))
        .add_attribute(tree::attr("force_destroy", var(name, "force_destroy")))
        .add_attribute(tree::attr("labels", var(name, "labels")))
        .add_attribute(tree::attr("uniform_bucket_level_access", true))
        .add_attribute(tree::attr("public_access_prevention", "enforced"))
        .add_block(tree::block("versioning", [tree::attr("enabled", var(name, "versioning"))]));
    if bucket.expire_days.is_some() {
        block = block.add_block(delete([tree::attr("age", var(name, "expire_days"))]));
    }
    if bucket.versioning {
        let days = tree::attr("days_since_noncurrent_time", NONCURRENT_DAYS);
        block = block.add_block(delete([days, tree::attr("with_state", "ARCHIVED")]));
    }
    block.build()
}

/// Deletes the objects that meet the condition.
fn delete(condition: impl IntoIterator<Item = hcl::Attribute>) -> Block {
    Block::builder("lifecycle_rule")
        .add_block(tree::block("action", [tree::attr("type", "Delete")]))
        .add_block(tree::block("condition", condition))
        .build()
}
