//! What a machine does at its first start: the account that logs in, its keys, the script.

use super::{Writer, naming, tree};
use crate::api::resource::Vm;
use hcl::{
    Expression, Traversal, Variable,
    expr::{BinaryOp, BinaryOperator, Conditional, TraversalOperator},
};
use serde_json::{Value, json};

/// Bytes of user data that AWS takes.
/// Source: docs.aws.amazon.com/AWSEC2/latest/UserGuide/user-data.html, as of 2025.
const MOST: usize = 16_384;
const HEAD: &str = "#cloud-config";
const SCRIPT: &str = "/var/lib/cloud-engine-start";
/// Kinds of keys that AWS keeps as key pairs; the others log in as well, but are not listed there.
const KEPT: [&str; 2] = ["ssh-rsa ", "ssh-ed25519 "];

/// What cloud-init is told. The default account takes the name, and the key of the key pair, if there is one.
pub(super) fn config(vm: &Vm) -> Value {
    let mut config = json!({"user": {"name": vm.ssh_user}});
    if !vm.ssh_public_keys.is_empty() {
        tree::insert(&mut config, "ssh_authorized_keys", json!(vm.ssh_public_keys));
    }
    if let Some(script) = &vm.startup_script {
        let file = json!({"path": SCRIPT, "permissions": "0700", "content": script});
        tree::insert(&mut config, "write_files", json!([file]));
        tree::insert(&mut config, "runcmd", json!([[SCRIPT]]));
    }
    config
}

/// A finding when the script and the keys are more than AWS takes.
pub(super) fn check(writer: &mut Writer<'_, '_>, vm: &Vm) {
    let text = config(vm).to_string();
    // The engines write these as \u and four digits.
    let wider = text.bytes().filter(|b| matches!(b, b'<' | b'>' | b'&')).count();
    let lines = text.chars().filter(|c| matches!(c, '\u{2028}' | '\u{2029}')).count();
    let bytes = HEAD.len() + 1 + text.len() + 5 * wider + 3 * lines;
    if bytes > MOST {
        writer.refuse("vm.startupScript", format!("with the keys it takes {bytes} bytes as AWS is given it, but {MOST} are the most. Let a shorter script fetch the rest"));
    }
}

/// `join("\n", ["#cloud-config", jsonencode(var.<name>.cloud_config)])`
pub(super) fn user_data(writer: &Writer<'_, '_>) -> Expression {
    let config = tree::call("jsonencode", [writer.var("cloud_config")]);
    tree::call("join", ["\n".into(), vec![HEAD.into(), config].into()])
}

/// Adds the values that [`key`] needs.
pub(super) fn values(writer: &Writer<'_, '_>, vm: &Vm, values: &mut Value) {
    if vm.ssh_public_keys.is_empty() || kept(vm).is_some() {
        tree::insert(values, "key_name", json!(naming::unique(writer, "key", "", 255)));
    }
    if let Some(key) = kept(vm) {
        tree::insert(values, "public_key", json!(key));
    }
}

/// The key that becomes the key pair.
fn kept(vm: &Vm) -> Option<&String> {
    vm.ssh_public_keys.iter().find(|key| KEPT.iter().any(|kind| key.starts_with(kind)))
}

/// Adds the key pair and gives its name: of the first key that AWS keeps, or, where none is given, of the
/// credentials Secret's, if there is one.
pub(super) fn key(writer: &mut Writer<'_, '_>, vm: &Vm) -> Option<Expression> {
    let block = writer.main("aws_key_pair");
    let (block, public_key, name) = if vm.ssh_public_keys.is_empty() {
        let key = writer.ssh_public_key();
        let none = Expression::from(BinaryOp::new(key.clone(), BinaryOperator::Eq, ""));
        let count = Expression::from(Conditional::new(none, 0, 1));
        (block.add_attribute(tree::attr("count", count)), key, only(writer.name()))
    } else {
        kept(vm)?;
        let name = tree::path("aws_key_pair", &[writer.name(), "key_name"]);
        (block, writer.var("public_key"), name)
    };
    let block = block
        .add_attributes(writer.same(["region", "key_name"]))
        .add_attribute(tree::attr("public_key", public_key))
        .add_attributes(writer.same(["tags"]));
    writer.add(block.build());
    Some(name)
}

/// `one(aws_key_pair.<name>[*].key_name)`: null where there is none.
fn only(name: &str) -> Expression {
    let steps = [
        TraversalOperator::GetAttr(tree::id(name)),
        TraversalOperator::FullSplat,
        TraversalOperator::GetAttr(tree::id("key_name")),
    ];
    let all = Traversal::new(Variable::from(tree::id("aws_key_pair")), steps);
    tree::call("one", [Expression::from(all)])
}
