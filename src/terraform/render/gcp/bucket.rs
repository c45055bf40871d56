//! `bucket` on Google Cloud: `google_storage_bucket`, never public unless asked for.

use super::{Writer, tree};
use crate::api::resource::{Bucket, StorageClass};
use hcl::Block;
use serde_json::json;

/// Adds one bucket to the draft.
pub(super) fn render(writer: &mut Writer<'_, '_>, bucket: &Bucket) {
    let derived = || [writer.name(), "-", &writer.scope.short_uid()].concat();
    let global = bucket.global_name.clone().unwrap_or_else(derived);
    if global.len() > 63 || global.starts_with("goog") || global.contains("google") {
        writer.refuse("bucket.globalName", format!("it would be called \"{global}\", which Google refuses: at most 63 characters, not beginning with goog, without the word google. Set bucket.globalName, or a name of at most 54 characters"));
    }
    writer.draft.claim("bucket", &global, ["bucket \"", writer.name(), "\""].concat());
    let mut values = json!({
        "name": global,
        "location": writer.region(),
        "class": class(bucket.class),
        "force_destroy": bucket.force_destroy,
        "versioning": bucket.versioning,
        "labels": writer.labels(),
    });
    if let Some(days) = bucket.expire_days {
        tree::insert(&mut values, "expire_days", json!(days));
    }
    writer.declare(values);
    let block = block(writer, bucket);
    writer.add(block);
}

const fn class(class: StorageClass) -> &'static str {
    match class {
        StorageClass::Standard => "STANDARD",
        StorageClass::Infrequent => "NEARLINE",
        StorageClass::Cold => "COLDLINE",
        StorageClass::Archive => "ARCHIVE",
    }
}

fn block(writer: &Writer<'_, '_>, bucket: &Bucket) -> Block {
    let mut block = writer
        .main("google_storage_bucket")
        .add_attributes(writer.same(["name", "location"]))
        .add_attribute(tree::attr("storage_class", writer.var("class")))
        .add_attributes(writer.same(["force_destroy", "labels"]))
        .add_attribute(tree::attr("uniform_bucket_level_access", true))
        .add_attribute(tree::attr("public_access_prevention", "enforced"))
        .add_block(tree::block("versioning", [tree::attr("enabled", writer.var("versioning"))]));
    if bucket.expire_days.is_some() {
        block = block.add_block(delete([tree::attr("age", writer.var("expire_days"))]));
    }
    if bucket.versioning {
        let days = tree::attr("days_since_noncurrent_time", bucket.noncurrent_days);
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
