//! Policy documents, and the roles that services take on.

use super::{Writer, tree};
use hcl::{Expression, Object, ObjectKey, structure::BlockBuilder};

/// `jsonencode({ Version = "2012-10-17", Statement = [statement…] })`
pub(super) fn document(statements: Vec<Expression>) -> Expression {
    let body = tree::object([("Version", "2012-10-17".into()), ("Statement", statements.into())]);
    tree::call("jsonencode", [body])
}

/// `resource "aws_iam_role" "<name>_<role>"` that a service may take on; its name is `var.<name>.<value>`.
pub(super) fn role(writer: &Writer<'_, '_>, role: &str, value: &str, service: &str) -> BlockBuilder {
    let trust = tree::object([
        ("Effect", "Allow".into()),
        ("Principal", tree::object([("Service", service.into())])),
        ("Action", "sts:AssumeRole".into()),
    ]);
    writer
        .companion("aws_iam_role", role)
        .add_attribute(tree::attr("name", writer.var(value)))
        .add_attribute(tree::attr("assume_role_policy", document(vec![trust])))
        .add_attributes(writer.same(["tags"]))
}

/// `{ "key" = value }`, for keys that are no identifiers.
pub(super) fn quoted(key: &str, value: impl Into<Expression>) -> Expression {
    let key = ObjectKey::Expression(Expression::String(key.to_owned()));
    Expression::Object(Object::from_iter([(key, value.into())]))
}

/// `join("", [expression, "text"])`
pub(super) fn followed(by: &str, expression: Expression) -> Expression {
    tree::call("join", ["".into(), vec![expression, by.into()].into()])
}
