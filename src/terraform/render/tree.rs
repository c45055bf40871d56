//! Short words for building the syntax tree. Identifiers are checked before they come here; what slips
//! through is made harmless, never written as code.

use hcl::{
    Attribute, Block, Expression, Identifier, Object, ObjectKey, Traversal, Variable, expr::FuncCall,
    expr::TraversalOperator, structure::BlockBuilder,
};

/// An identifier.
pub(super) fn id(text: &str) -> Identifier {
    Identifier::sanitized(text)
}

/// `key = value`.
pub(super) fn attr(key: &str, value: impl Into<Expression>) -> Attribute {
    Attribute::new(id(key), value)
}

/// `first.second.…`, each part an identifier.
pub(super) fn path(first: &str, rest: &[&str]) -> Expression {
    let operators = rest.iter().map(|part| TraversalOperator::GetAttr(id(part)));
    Traversal::new(Variable::from(id(first)), operators).into()
}

/// `first.second.…["key"]`
pub(super) fn index(first: &str, rest: &[&str], key: &str) -> Expression {
    let attributes = rest.iter().map(|part| TraversalOperator::GetAttr(id(part)));
    let operators = attributes.chain([TraversalOperator::Index(key.into())]);
    Traversal::new(Variable::from(id(first)), operators).into()
}

/// `name(argument, …)`
pub(super) fn call(name: &str, arguments: impl IntoIterator<Item = Expression>) -> Expression {
    let call = arguments.into_iter().fold(FuncCall::builder(id(name)), |call, argument| call.arg(argument));
    call.build().into()
}

/// `first.second.…["key"].member`
pub(super) fn member(first: &str, rest: &[&str], key: &str, member: &str) -> Expression {
    then(index(first, rest, key), [TraversalOperator::GetAttr(id(member))])
}

/// `first.second.…[index]`
pub(super) fn nth(first: &str, rest: &[&str], index: usize) -> Expression {
    then(path(first, rest), [TraversalOperator::Index(index.into())])
}

/// `first.second.…[index].member`
pub(super) fn nth_member(first: &str, rest: &[&str], index: usize, member: &str) -> Expression {
    then(nth(first, rest, index), [TraversalOperator::GetAttr(id(member))])
}

/// `type.label.block[0].key`: an argument of a block that is there once.
pub(super) fn at(type_: &str, label: &str, block: &str, key: &str) -> Expression {
    nth_member(type_, &[label, block], 0, key)
}

/// `expression[0].key`
pub(super) fn at_first(expression: Expression, key: &str) -> Expression {
    then(expression, [TraversalOperator::Index(0.into()), TraversalOperator::GetAttr(id(key))])
}

/// The expression, and from there on.
fn then(expression: Expression, more: impl IntoIterator<Item = TraversalOperator>) -> Expression {
    match expression {
        Expression::Traversal(traversal) => {
            let all = traversal.operators.into_iter().chain(more);
            Traversal::new(traversal.expr, all).into()
        }
        other => Traversal::new(other, more).into(),
    }
}

/// A block of arguments.
pub(super) fn block(name: &str, attributes: impl IntoIterator<Item = Attribute>) -> Block {
    Block::builder(id(name)).add_attributes(attributes).build()
}

/// A bare word such as the type `any`.
pub(super) fn word(text: &str) -> Expression {
    Variable::from(id(text)).into()
}

/// `{ key = value … }` with identifiers as keys.
pub(super) fn object<'a>(items: impl IntoIterator<Item = (&'a str, Expression)>) -> Expression {
    let items = items.into_iter().map(|(key, value)| (ObjectKey::Identifier(id(key)), value));
    Expression::Object(items.collect::<Object<_, _>>())
}

/// `variable "name" { type = …, nullable = false }`: no default, so a value must come with the variables file.
pub(super) fn variable(name: &str, type_: Expression) -> Block {
    Block::builder("variable")
        .add_label(name)
        .add_attribute(attr("type", type_))
        .add_attribute(attr("nullable", false))
        .build()
}

/// `output "name" { value = …, sensitive = true }`.
pub(super) fn output(name: &str, value: Expression) -> Block {
    Block::builder("output")
        .add_label(name)
        .add_attribute(attr("value", value))
        .add_attribute(attr("sensitive", true))
        .build()
}

/// `resource "type" "label"`
pub(super) fn resource(type_: &str, label: &str) -> BlockBuilder {
    Block::builder("resource").add_labels([type_, label])
}

/// `data "type" "label"`
pub(super) fn data(type_: &str, label: &str) -> BlockBuilder {
    Block::builder("data").add_labels([type_, label])
}

/// `lifecycle { ignore_changes = [argument…] }`
pub(super) fn ignore(arguments: &[&str]) -> Block {
    let list: Vec<Expression> = arguments.iter().map(|argument| word(argument)).collect();
    block("lifecycle", [attr("ignore_changes", list)])
}

/// `depends_on = [type.label…]`
pub(super) fn depends_on(resources: &[(&str, &str)]) -> Attribute {
    let list: Vec<Expression> = resources.iter().map(|(type_, label)| path(type_, &[label])).collect();
    attr("depends_on", list)
}

/// Adds a value to an object.
pub(super) fn insert(values: &mut serde_json::Value, key: &str, value: serde_json::Value) {
    if let Some(values) = values.as_object_mut() {
        values.insert(key.to_owned(), value);
    }
}
