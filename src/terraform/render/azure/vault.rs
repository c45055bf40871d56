//! Keys and certificates in Azure's Key Vault, and an identity that may use one of them alone.

use super::{
    Writer,
    head::{self, Head},
    ids, tree,
};
use hcl::{Block, Expression};
use serde_json::{Value, json};

/// Role of the identity, and of its grant.
const IDENTITY: &str = "identity";
const VAULT: &str = "subscriptions/*/resourceGroups/*/providers/Microsoft.KeyVault/vaults/*";

/// Something in a vault.
pub(super) struct Item {
    /// Its address: without a version, so the newest is used.
    address: String,
    /// Its id, in full.
    id: String,
}

/// Reads the id of something in a vault: of this kind (`keys`, `secrets`).
pub(super) fn parse(id: &str, kind: &str) -> Option<Item> {
    let found = ids::parts(id, &[VAULT, "/", kind, "/*"].concat())?;
    let [subscription, group, vault, name] = found.as_slice() else { return None };
    let id = [
        "/subscriptions/",
        subscription,
        "/resourceGroups/",
        group,
        "/providers/Microsoft.KeyVault/vaults/",
        vault,
        "/",
        kind,
        "/",
        name,
    ];
    Some(Item {
        address: ["https://", vault, ".vault.azure.net/", kind, "/", name].concat(),
        id: id.concat(),
    })
}

impl Item {
    /// Adds its values to those of the resource that uses it.
    pub(super) fn values(&self, values: &mut Value) {
        tree::insert(values, "vault", json!({"address": self.address, "id": self.id}));
    }
}

/// Roles of the companions that have names.
pub(super) const ROLES: [&str; 1] = [IDENTITY];

/// The address of the item.
pub(super) fn address(writer: &Writer<'_, '_>) -> Expression {
    tree::path("var", &[writer.name(), "vault", "address"])
}

/// Adds an identity, and its right on the item.
pub(super) fn identity(writer: &mut Writer<'_, '_>, head: &Head, right: &str) {
    let identity =
        head.companion(writer, "azurerm_user_assigned_identity", IDENTITY).add_block(head::goes_last());
    let label = writer.label(IDENTITY);
    let principal = tree::path("azurerm_user_assigned_identity", &[&label, "principal_id"]);
    let grant = writer
        .companion("azurerm_role_assignment", IDENTITY)
        .add_attribute(tree::attr("scope", tree::path("var", &[writer.name(), "vault", "id"])))
        .add_attribute(tree::attr("role_definition_name", right))
        .add_attribute(tree::attr("principal_id", principal))
        .add_block(head::goes_last());
    writer.add(identity.build());
    writer.add(grant.build());
}

/// Id of the identity.
pub(super) fn identity_id(writer: &Writer<'_, '_>) -> Expression {
    tree::path("azurerm_user_assigned_identity", &[&writer.label(IDENTITY), "id"])
}

/// The block of what acts as the identity.
pub(super) fn block(writer: &Writer<'_, '_>) -> Block {
    let ids = vec![identity_id(writer)];
    tree::block("identity", [tree::attr("type", "UserAssigned"), tree::attr("identity_ids", ids)])
}

/// What has the right: whoever uses it waits for this, since without the right the first use fails.
pub(super) fn grant(writer: &Writer<'_, '_>) -> (&'static str, String) {
    ("azurerm_role_assignment", writer.label(IDENTITY))
}

/// Warns of what the grant asks for.
pub(super) fn warn(writer: &mut Writer<'_, '_>, field: &str) {
    let name = writer.label(IDENTITY);
    writer.warn(field, format!("an identity \"{name}\" is made and given a right on it, so the vault must work by roles, and the credentials must be allowed to assign them"));
}
