//! What everything on Azure begins with: its name, the resource group of the stack in its region, its location
//! and its tags.

use super::{Writer, tree, value};
use hcl::{Attribute, Block, Expression, structure::BlockBuilder};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

/// Most characters of the names that follow from two names. Source: learn.microsoft.com/azure (naming rules for
/// resources: network security groups, network interfaces, disks), as of 2025.
const LONGEST: usize = 80;
/// Most characters of a resource group's name, from the same list.
const LONGEST_GROUP: usize = 90;

/// Where a resource lies.
pub(super) struct Head {
    location: String,
    /// Label of the resource group.
    group: String,
}

impl Head {
    /// For a resource in this region: adds the group of the stack there, once.
    pub(super) fn new(writer: &mut Writer<'_, '_>, region: &str) -> Self {
        // No resource can be called so, as names hold no `_`.
        let group = ["ce_", region].concat();
        if writer.draft.once(&["group ", region].concat()) {
            let input = writer.scope.input;
            let name = group_name(&[input.project, input.stack, region].join("_"));
            writer.draft.declare(&group, json!({"name": name, "location": region}));
            let from = |key: &str| tree::attr(key, tree::path("var", &[&group, key]));
            let block = tree::resource("azurerm_resource_group", &group)
                .add_attributes([from("name"), from("location")])
                .add_attribute(tree::attr("tags", value("labels")));
            writer.add(block.build());
        }
        Self { location: region.to_owned(), group }
    }

    /// Values that every resource has, and its own.
    pub(super) fn values(&self, writer: &Writer<'_, '_>, own: Value) -> Value {
        let mut values =
            json!({"name": writer.name(), "location": self.location, "labels": writer.all_labels()});
        for (key, value) in own.as_object().into_iter().flatten() {
            tree::insert(&mut values, key, value.clone());
        }
        values
    }

    /// `resource_group_name = …`
    pub(super) fn group(&self) -> Attribute {
        tree::attr("resource_group_name", tree::path("azurerm_resource_group", &[&self.group, "name"]))
    }

    /// The main block, with name, group, location and tags.
    pub(super) fn main(&self, writer: &Writer<'_, '_>, type_: &str) -> BlockBuilder {
        self.full(writer.main(type_), writer, writer.var("name"))
    }

    /// The block of a companion, with name, group, location and tags. Its name is among [`names`].
    pub(super) fn companion(&self, writer: &Writer<'_, '_>, type_: &str, role: &str) -> BlockBuilder {
        self.full(writer.companion(type_, role), writer, name(writer, role))
    }

    fn full(&self, block: BlockBuilder, writer: &Writer<'_, '_>, name: Expression) -> BlockBuilder {
        block
            .add_attribute(tree::attr("name", name))
            .add_attribute(self.group())
            .add_attributes(writer.same(["location"]))
            .add_attribute(tags(writer))
    }
}

/// `tags = …`
pub(super) fn tags(writer: &Writer<'_, '_>) -> Attribute {
    tree::attr("tags", writer.var("labels"))
}

/// The lifecycle of what others name: it goes after they have let go of it. The engine would delete it first, which
/// Azure refuses while it is in use. Only for what is never replaced under the same name.
pub(super) fn goes_last() -> Block {
    tree::block("lifecycle", [tree::attr("create_before_destroy", true)])
}

/// A public address. It has no zone: it is in all of them, and need not be made anew with its user.
pub(super) fn address(writer: &Writer<'_, '_>, head: &Head, role: &str) -> Block {
    head.companion(writer, "azurerm_public_ip", role)
        .add_attribute(tree::attr("sku", "Standard"))
        .add_attribute(tree::attr("allocation_method", "Static"))
        .add_block(goes_last())
        .build()
}

/// Adds the names of the companions with these roles to the values: `<name>_<role>`, as their labels. Azure takes
/// `_` in all of them, so they are nobody else's. A finding when one is too long.
pub(super) fn names<'r>(
    writer: &mut Writer<'_, '_>,
    values: &mut Value,
    roles: impl IntoIterator<Item = &'r str>,
) {
    let mut names = Map::new();
    for role in roles {
        let full = writer.label(role);
        if full.len() > LONGEST {
            writer.refuse(
                "name",
                format!("with it something would be called \"{full}\", but {LONGEST} characters are the most. Shorten one of both names"),
            );
        }
        names.insert(role.to_owned(), full.into());
    }
    tree::insert(values, "names", names.into());
}

/// The name of the companion with this role.
pub(super) fn name(writer: &Writer<'_, '_>, role: &str) -> Expression {
    tree::index("var", &[writer.name(), "names"], role)
}

/// A long name is cut and told apart by its digest.
fn group_name(full: &str) -> String {
    if full.len() <= LONGEST_GROUP {
        return full.to_owned();
    }
    let digest = hex::encode(Sha256::digest(full.as_bytes()));
    let (head, tail) = (full.get(..LONGEST_GROUP - 9), digest.get(..8));
    [head.unwrap_or_default(), "_", tail.unwrap_or_default()].concat()
}
