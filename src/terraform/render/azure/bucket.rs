//! `bucket` on Azure: a storage account with one container, reached by rights alone, never public unless asked for.

use super::{
    Writer,
    head::{self, Head},
    place, tree, vault,
};
use crate::api::resource::{Bucket, StorageClass};
use hcl::Block;
use serde_json::json;

const ACCOUNT: &str = "azurerm_storage_account";
/// Days that deleted objects and containers can be brought back.
const UNDELETE_DAYS: i32 = 7;

/// Adds one bucket to the draft.
pub(super) fn render(writer: &mut Writer<'_, '_>, bucket: &Bucket) {
    let global = account(writer, bucket);
    let key = bucket.kms_key.as_ref().map(|id| (id, vault::parse(id, "keys")));
    if let Some((id, None)) = &key {
        writer.refuse("bucket.kmsKey", format!("{id} is no key's id. Give it as subscriptions/SUBSCRIPTION/resourceGroups/GROUP/providers/Microsoft.KeyVault/vaults/VAULT/keys/KEY"));
    }
    let key = key.and_then(|(_, item)| item);
    let head = place::head(writer);
    let Some(class) = class(writer, bucket.class) else { return };
    let own = json!({
        "account": global,
        "class": class,
        "versioning": bucket.versioning,
        "public_read": bucket.public_read,
    });
    let mut values = head.values(writer, own);
    if let Some(days) = bucket.expire_days {
        tree::insert(&mut values, "expire_days", json!(days));
    }
    if bucket.versioning {
        tree::insert(&mut values, "noncurrent_days", json!(bucket.noncurrent_days));
    }
    if let Some(key) = &key {
        key.values(&mut values);
        head::names(writer, &mut values, vault::ROLES);
        vault::warn(writer, "bucket.kmsKey");
    }
    if !bucket.force_destroy && !writer.resource.is_protected() {
        writer.warn("bucket.forceDestroy", "azure deletes a storage account with all that is in it, whatever this says. To keep it, set deletionProtection: true");
    }
    writer.declare(values);
    if key.is_some() {
        vault::identity(writer, &head, "Key Vault Crypto Service Encryption User");
    }
    let block = storage(writer, &head, key.is_some());
    writer.add(block);
    let account_id = tree::path(ACCOUNT, &[writer.name(), "id"]);
    let container = writer
        .main("azurerm_storage_container")
        .add_attribute(tree::attr("name", "data"))
        .add_attribute(tree::attr("storage_account_id", account_id.clone()))
        .add_attribute(tree::attr(
            "container_access_type",
            if bucket.public_read { "blob" } else { "private" },
        ));
    writer.add(container.build());
    if bucket.expire_days.is_some() || bucket.versioning {
        let policy = writer
            .main("azurerm_storage_management_policy")
            .add_attribute(tree::attr("storage_account_id", account_id))
            .add_blocks(bucket.expire_days.map(|_| {
                let after = "delete_after_days_since_creation_greater_than";
                rule("expire", "base_blob", tree::attr(after, writer.var("expire_days")))
            }))
            .add_blocks(bucket.versioning.then(|| {
                let after = "delete_after_days_since_creation";
                rule("noncurrent", "version", tree::attr(after, writer.var("noncurrent_days")))
            }));
        writer.add(policy.build());
    }
    let url = tree::path("azurerm_storage_container", &[writer.name(), "url"]);
    writer.output("url", url);
}

/// Name of the account: at most 24 letters and digits.
fn account(writer: &mut Writer<'_, '_>, bucket: &Bucket) -> String {
    let plain: String = writer.name().chars().filter(|c| *c != '-').take(16).collect();
    let derived = [&plain, writer.scope.short_uid().as_str()].concat();
    let global = bucket.global_name.clone().unwrap_or(derived);
    let fits = global.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    if !fits || !(3..=24).contains(&global.len()) {
        let near: String =
            global.chars().filter(|c| c.is_ascii_lowercase() || c.is_ascii_digit()).take(24).collect();
        writer.refuse("bucket.globalName", format!("{global} is no name of a storage account, which has 3 to 24 lower-case letters and digits. Choose one such as {near}"));
    }
    writer.draft.claim("storage-account", &global, ["bucket \"", writer.name(), "\""].concat());
    global
}

fn class(writer: &mut Writer<'_, '_>, class: StorageClass) -> Option<&'static str> {
    match class {
        StorageClass::Standard => Some("Hot"),
        StorageClass::Infrequent => Some("Cool"),
        StorageClass::Cold => Some("Cold"),
        StorageClass::Archive => {
            writer.refuse("bucket.class", "azure has no account whose objects are all in the archive. Choose cold, infrequent or standard");
            None
        }
    }
}

fn storage(writer: &Writer<'_, '_>, head: &Head, with_key: bool) -> Block {
    let days = || [tree::attr("days", UNDELETE_DAYS)];
    let blobs = Block::builder("blob_properties")
        .add_attribute(tree::attr("versioning_enabled", writer.var("versioning")))
        .add_block(tree::block("delete_retention_policy", days()))
        .add_block(tree::block("container_delete_retention_policy", days()));
    let key = with_key.then(|| {
        tree::block(
            "customer_managed_key",
            [
                tree::attr("key_vault_key_id", vault::address(writer)),
                tree::attr("user_assigned_identity_id", vault::identity_id(writer)),
            ],
        )
    });
    let granted = with_key.then(|| {
        let (type_, label) = vault::grant(writer);
        tree::depends_on(&[(type_, &label)])
    });
    writer
        .main(ACCOUNT)
        .add_attribute(tree::attr("name", writer.var("account")))
        .add_attribute(head.group())
        .add_attributes(writer.same(["location"]))
        .add_attribute(head::tags(writer))
        .add_attribute(tree::attr("account_tier", "Standard"))
        .add_attribute(tree::attr("account_replication_type", "LRS"))
        .add_attribute(tree::attr("access_tier", writer.var("class")))
        .add_attribute(tree::attr("min_tls_version", "TLS1_2"))
        .add_attribute(tree::attr("https_traffic_only_enabled", true))
        .add_attribute(tree::attr("allow_nested_items_to_be_public", writer.var("public_read")))
        .add_attribute(tree::attr("shared_access_key_enabled", false))
        .add_attribute(tree::attr("default_to_oauth_authentication", true))
        .add_attribute(tree::attr("local_user_enabled", false))
        .add_attribute(tree::attr("cross_tenant_replication_enabled", false))
        .add_attributes(granted)
        .add_block(blobs.build())
        .add_blocks(with_key.then(|| vault::block(writer)))
        .add_blocks(key)
        .build()
}

/// A rule that deletes by age.
fn rule(name: &str, what: &str, after: hcl::Attribute) -> Block {
    let all: Vec<hcl::Expression> = vec!["blockBlob".into()];
    Block::builder("rule")
        .add_attribute(tree::attr("name", name))
        .add_attribute(tree::attr("enabled", true))
        .add_block(tree::block("filters", [tree::attr("blob_types", all)]))
        .add_block(Block::builder("actions").add_block(tree::block(what, [after])).build())
        .build()
}
