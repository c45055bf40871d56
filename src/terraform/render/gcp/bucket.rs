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
    if bucket.versioning {
        tree::insert(&mut values, "noncurrent_days", json!(bucket.noncurrent_days));
    }
    if let Some(key) = &bucket.kms_key {
        check_key(writer, key);
        tree::insert(&mut values, "kms_key", json!(key));
    }
    writer.declare(values);
    let block = block(writer, bucket);
    writer.add(block);
    if bucket.public_read {
        public(writer);
    }
    let url = tree::path("google_storage_bucket", &[writer.name(), "url"]);
    writer.output("url", url);
}

fn check_key(writer: &mut Writer<'_, '_>, key: &str) {
    let parts: Vec<&str> = key.split('/').collect();
    if !matches!(parts.as_slice(), ["projects", _, "locations", _, "keyRings", _, "cryptoKeys", _]) {
        writer.refuse("bucket.kmsKey", format!("{key} is no key's id. Give it as projects/PROJECT/locations/PLACE/keyRings/RING/cryptoKeys/KEY"));
    }
}

/// Everybody may read the objects, by one grant on the bucket.
fn public(writer: &mut Writer<'_, '_>) {
    let member = writer
        .companion("google_storage_bucket_iam_member", "public")
        .add_attribute(tree::attr("bucket", tree::path("google_storage_bucket", &[writer.name(), "name"])))
        .add_attribute(tree::attr("role", "roles/storage.objectViewer"))
        .add_attribute(tree::attr("member", "allUsers"));
    writer.add(member.build());
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
    let prevention = if bucket.public_read { "inherited" } else { "enforced" };
    let mut block = writer
        .main("google_storage_bucket")
        .add_attributes(writer.same(["name", "location"]))
        .add_attribute(tree::attr("storage_class", writer.var("class")))
        .add_attributes(writer.same(["force_destroy", "labels"]))
        .add_attribute(tree::attr("uniform_bucket_level_access", true))
        .add_attribute(tree::attr("public_access_prevention", prevention))
        .add_block(tree::block("versioning", [tree::attr("enabled", writer.var("versioning"))]));
    if bucket.kms_key.is_some() {
        let key = [tree::attr("default_kms_key_name", writer.var("kms_key"))];
        block = block.add_block(tree::block("encryption", key));
    }
    if bucket.expire_days.is_some() {
        block = block.add_block(delete([tree::attr("age", writer.var("expire_days"))]));
    }
    if bucket.versioning {
        let days = tree::attr("days_since_noncurrent_time", writer.var("noncurrent_days"));
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
