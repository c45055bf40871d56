//! `bucket` on AWS: `aws_s3_bucket` and the resources that make it private, versioned and encrypted.

use super::{Writer, naming, policy, tree};
use crate::api::resource::{Bucket, StorageClass};
use hcl::{Block, Expression, structure::BlockBuilder};
use serde_json::json;

/// Days before objects may go to the class for infrequent access.
/// Source: docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-transition-general-considerations.html, as of 2025.
const INFREQUENT_DAYS: i32 = 30;
/// Beginnings and ends of names that S3 keeps for itself.
/// Source: docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html, as of 2025.
const HEADS: [&str; 3] = ["xn--", "sthree-", "amzn-s3-demo-"];
const TAILS: [&str; 4] = ["-s3alias", "--ol-s3", "--x-s3", "--table-s3"];

/// Adds one bucket to the draft.
pub(super) fn render(writer: &mut Writer<'_, '_>, bucket: &Bucket) {
    let derived = || [writer.name(), "-", &writer.scope.short_uid()].concat();
    let global = bucket.global_name.clone().unwrap_or_else(derived);
    let kept =
        HEADS.iter().any(|head| global.starts_with(head)) || TAILS.iter().any(|tail| global.ends_with(tail));
    if global.len() > 63 || kept {
        writer.refuse("bucket.globalName", format!("it would be called \"{global}\", which AWS refuses: at most 63 characters, not beginning with {} and not ending with {}. Set bucket.globalName, or a name of at most 54 characters", HEADS.join(", "), TAILS.join(", ")));
    }
    writer.draft.claim("bucket", &global, ["bucket \"", writer.name(), "\""].concat());
    check(writer, bucket);
    let mut values = json!({
        "name": global,
        "region": writer.region(),
        "force_destroy": bucket.force_destroy,
        "versioning": if bucket.versioning { "Enabled" } else { "Suspended" },
        "private": !bucket.public_read,
        "tags": naming::tags(writer),
    });
    if let Some((class, days)) = class(bucket.class) {
        tree::insert(&mut values, "class", json!(class));
        tree::insert(&mut values, "class_days", json!(days));
    }
    if let Some(days) = bucket.expire_days {
        tree::insert(&mut values, "expire_days", json!(days));
    }
    if bucket.versioning {
        tree::insert(&mut values, "noncurrent_days", json!(bucket.noncurrent_days));
    }
    if let Some(key) = &bucket.kms_key {
        tree::insert(&mut values, "kms_key", json!(key));
    }
    writer.declare(values);
    let blocks =
        [itself(writer), private(writer), owner(writer), versions(writer), encryption(writer, bucket)];
    for block in blocks {
        writer.add(block);
    }
    let block = lifecycle(writer, bucket);
    writer.add(block);
    let block = access(writer, bucket);
    writer.add(block);
    let name = tree::path("aws_s3_bucket", &[writer.name(), "id"]);
    writer.output("name", name);
}

fn check(writer: &mut Writer<'_, '_>, bucket: &Bucket) {
    if let Some(key) = &bucket.kms_key {
        let arn = ["arn:aws:kms:", writer.region(), ":"].concat();
        if !key.starts_with(&arn) || !(key.contains(":key/") || key.contains(":alias/")) {
            writer.refuse(
                "bucket.kmsKey",
                format!("{key} is no key of the bucket's region. Give its ARN, {arn}ACCOUNT:key/ID"),
            );
        }
    }
    match (bucket.class, bucket.expire_days) {
        (StorageClass::Infrequent, Some(days)) if days <= INFREQUENT_DAYS => {
            writer.refuse("bucket.expireDays", format!("objects go to class infrequent after {INFREQUENT_DAYS} days, so they cannot be deleted after {days}. Choose more than {INFREQUENT_DAYS}, or class: standard"));
        }
        (StorageClass::Archive, _) => {
            writer.warn(
                "bucket.class",
                "AWS restores archived objects before they can be read, which takes hours",
            );
        }
        _ => {}
    }
}

/// The class that objects go to, and after how many days.
const fn class(class: StorageClass) -> Option<(&'static str, i32)> {
    match class {
        StorageClass::Standard => None,
        StorageClass::Infrequent => Some(("STANDARD_IA", INFREQUENT_DAYS)),
        StorageClass::Cold => Some(("GLACIER_IR", 0)),
        StorageClass::Archive => Some(("DEEP_ARCHIVE", 0)),
    }
}

fn itself(writer: &Writer<'_, '_>) -> Block {
    writer
        .main("aws_s3_bucket")
        .add_attributes(writer.same(["region"]))
        .add_attribute(tree::attr("bucket", writer.var("name")))
        .add_attributes(writer.same(["force_destroy", "tags"]))
        .build()
}

/// A resource about the bucket.
fn about(writer: &Writer<'_, '_>, type_: &str) -> BlockBuilder {
    let id = tree::path("aws_s3_bucket", &[writer.name(), "id"]);
    writer.main(type_).add_attributes(writer.same(["region"])).add_attribute(tree::attr("bucket", id))
}

fn private(writer: &Writer<'_, '_>) -> Block {
    about(writer, "aws_s3_bucket_public_access_block")
        .add_attribute(tree::attr("block_public_acls", true))
        .add_attribute(tree::attr("ignore_public_acls", true))
        .add_attribute(tree::attr("block_public_policy", writer.var("private")))
        .add_attribute(tree::attr("restrict_public_buckets", writer.var("private")))
        .build()
}

fn owner(writer: &Writer<'_, '_>) -> Block {
    about(writer, "aws_s3_bucket_ownership_controls")
        .add_block(tree::block("rule", [tree::attr("object_ownership", "BucketOwnerEnforced")]))
        .build()
}

fn versions(writer: &Writer<'_, '_>) -> Block {
    let status = [tree::attr("status", writer.var("versioning"))];
    about(writer, "aws_s3_bucket_versioning")
        .add_block(tree::block("versioning_configuration", status))
        .build()
}

fn encryption(writer: &Writer<'_, '_>, bucket: &Bucket) -> Block {
    let mut rule = Block::builder("rule");
    let by = if bucket.kms_key.is_some() {
        rule = rule.add_attribute(tree::attr("bucket_key_enabled", true));
        vec![tree::attr("sse_algorithm", "aws:kms"), tree::attr("kms_master_key_id", writer.var("kms_key"))]
    } else {
        vec![tree::attr("sse_algorithm", "AES256")]
    };
    let rule = rule.add_block(tree::block("apply_server_side_encryption_by_default", by));
    about(writer, "aws_s3_bucket_server_side_encryption_configuration").add_block(rule.build()).build()
}

/// Parts of uploads that never ended go after a week.
fn lifecycle(writer: &Writer<'_, '_>, bucket: &Bucket) -> Block {
    let days = |to: &str, key: &str| tree::attr(to, writer.var(key));
    let mut rule = Block::builder("rule")
        .add_attribute(tree::attr("id", "all"))
        .add_attribute(tree::attr("status", "Enabled"))
        .add_block(Block::builder("filter").build())
        .add_block(tree::block(
            "abort_incomplete_multipart_upload",
            [tree::attr("days_after_initiation", 7)],
        ));
    if class(bucket.class).is_some() {
        let to = [days("days", "class_days"), days("storage_class", "class")];
        rule = rule.add_block(tree::block("transition", to));
    }
    if bucket.expire_days.is_some() {
        rule = rule.add_block(tree::block("expiration", [days("days", "expire_days")]));
    }
    if bucket.versioning {
        let old = [days("noncurrent_days", "noncurrent_days")];
        rule = rule.add_block(tree::block("noncurrent_version_expiration", old));
    }
    about(writer, "aws_s3_bucket_lifecycle_configuration")
        .add_attribute(tree::depends_on(&[("aws_s3_bucket_versioning", writer.name())]))
        .add_block(rule.build())
        .build()
}

/// Nobody without TLS; where it is asked for, everybody may read.
fn access(writer: &Writer<'_, '_>, bucket: &Bucket) -> Block {
    let arn = || tree::path("aws_s3_bucket", &[writer.name(), "arn"]);
    let objects = || policy::followed("/*", arn());
    let plain = tree::object([("Bool", policy::quoted("aws:SecureTransport", "false"))]);
    let mut statements = vec![tree::object([
        ("Sid", "DenyPlainHttp".into()),
        ("Effect", "Deny".into()),
        ("Principal", "*".into()),
        ("Action", "s3:*".into()),
        ("Resource", Expression::from(vec![arn(), objects()])),
        ("Condition", plain),
    ])];
    if bucket.public_read {
        statements.push(tree::object([
            ("Sid", "PublicRead".into()),
            ("Effect", "Allow".into()),
            ("Principal", "*".into()),
            ("Action", "s3:GetObject".into()),
            ("Resource", objects()),
        ]));
    }
    about(writer, "aws_s3_bucket_policy")
        .add_attribute(tree::attr("policy", policy::document(statements)))
        // A public policy is refused until the block lets it pass.
        .add_attribute(tree::depends_on(&[("aws_s3_bucket_public_access_block", writer.name())]))
        .build()
}
