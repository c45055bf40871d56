//! Prints the syntax tree the way `fmt` of both engines leaves it: two spaces, aligned `=` in runs of
//! one-line arguments, an empty line between blocks.

use hcl::{Attribute, Block, Body, Expression, ObjectKey, Structure};

/// The text of a file. Strings are always quoted and escaped: nothing in them is ever interpolated.
pub(super) fn print(body: &Body) -> String {
    let mut out = String::new();
    write_body(&mut out, body, 0);
    out
}

fn write_body(out: &mut String, body: &Body, depth: usize) {
    let mut run: Vec<(String, String)> = Vec::new();
    let mut first = true;
    for structure in body {
        match structure {
            Structure::Attribute(Attribute { key, expr }) => run.push((key.to_string(), inline(expr, depth))),
            Structure::Block(block) => {
                first &= run.is_empty();
                flush(out, &mut run, depth);
                if !first {
                    out.push('\n');
                }
                write_block(out, block, depth);
            }
        }
        first = false;
    }
    flush(out, &mut run, depth);
}

fn write_block(out: &mut String, block: &Block, depth: usize) {
    indent(out, depth);
    out.push_str(&block.identifier);
    for label in &block.labels {
        out.push(' ');
        out.push_str(&quote(label.as_str()));
    }
    if block.body.iter().next().is_none() {
        out.push_str(" {}\n");
        return;
    }
    out.push_str(" {\n");
    write_body(out, &block.body, depth + 1);
    indent(out, depth);
    out.push_str("}\n");
}

/// Writes arguments; the `=` of neighbours that take one line each stand below each other.
fn flush(out: &mut String, run: &mut Vec<(String, String)>, depth: usize) {
    let mut group: Vec<(String, String)> = Vec::new();
    for (key, value) in run.drain(..) {
        if value.contains('\n') {
            write_group(out, &mut group, depth);
            group.push((key, value));
            write_group(out, &mut group, depth);
        } else {
            group.push((key, value));
        }
    }
    write_group(out, &mut group, depth);
}

fn write_group(out: &mut String, group: &mut Vec<(String, String)>, depth: usize) {
    let width = group.iter().map(|(key, _)| key.chars().count()).max().unwrap_or_default();
    for (key, value) in group.drain(..) {
        indent(out, depth);
        out.push_str(&key);
        out.extend(std::iter::repeat_n(' ', width.saturating_sub(key.chars().count())));
        out.push_str(" = ");
        out.push_str(&value);
        out.push('\n');
    }
}

fn inline(expr: &Expression, depth: usize) -> String {
    match expr {
        Expression::String(text) => quote(text),
        Expression::Array(items) => {
            let items: Vec<String> = items.iter().map(|item| inline(item, depth)).collect();
            ["[", &items.join(", "), "]"].concat()
        }
        Expression::Object(items) if items.is_empty() => "{}".to_owned(),
        Expression::Object(items) => {
            let mut run =
                items.iter().map(|(key, value)| (key_text(key), inline(value, depth + 1))).collect();
            let mut out = String::from("{\n");
            flush(&mut out, &mut run, depth + 1);
            indent(&mut out, depth);
            out.push('}');
            out
        }
        Expression::FuncCall(call) => {
            let args: Vec<String> = call.args.iter().map(|arg| inline(arg, depth)).collect();
            [call.name.name.as_str(), "(", &args.join(", "), ")"].concat()
        }
        Expression::Conditional(choice) => [
            &inline(&choice.cond_expr, depth),
            " ? ",
            &inline(&choice.true_expr, depth),
            " : ",
            &inline(&choice.false_expr, depth),
        ]
        .concat(),
        // Numbers, booleans, null and references: the library writes them as `fmt` does.
        other => hcl::format::to_string(other).unwrap_or_default(),
    }
}

fn key_text(key: &ObjectKey) -> String {
    match key {
        ObjectKey::Expression(Expression::String(text)) => quote(text),
        ObjectKey::Expression(expr) => inline(expr, 0),
        ObjectKey::Identifier(name) => name.to_string(),
        _ => String::new(),
    }
}

/// A quoted string that means exactly this text.
fn quote(text: &str) -> String {
    let mut out = String::from("\"");
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '$' | '%' if rest.peek() == Some(&'{') => out.extend([c, c]),
            c if c.is_control() => out.extend(unicode(c)),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

fn unicode(c: char) -> impl Iterator<Item = char> {
    let code = u32::from(c);
    let digits = [12, 8, 4, 0].map(|shift| char::from_digit((code >> shift) & 0xf, 16).unwrap_or('0'));
    ['\\', 'u'].into_iter().chain(digits)
}

fn indent(out: &mut String, depth: usize) {
    out.extend(std::iter::repeat_n("  ", depth));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::terraform::render::tree::{attr, object, path};
    use proptest::prelude::*;

    #[test]
    fn runs_are_aligned_and_objects_break_them() {
        let inner = object([("source", "hashicorp/google".into()), ("v", "1".into())]);
        let body = Body::builder()
            .add_block(
                Block::builder("a")
                    .add_label("b")
                    .add_attribute(attr("x", 1))
                    .add_attribute(attr("long", path("var", &["web", "size"])))
                    .add_attribute(attr("object", inner))
                    .add_attribute(attr("y", true))
                    .add_block(Block::builder("empty").build())
                    .build(),
            )
            .add_block(Block::builder("c").build())
            .build();
        let wanted = "a \"b\" {\n  x    = 1\n  long = var.web.size\n  object = {\n    source = \"hashicorp/google\"\n    v      = \"1\"\n  }\n  y = true\n\n  empty {}\n}\n\nc {}\n";
        assert_eq!(print(&body), wanted);
    }

    proptest! {
        #[test]
        fn any_string_reads_back_as_itself(text in "(\\$\\{|%\\{|\\PC|[\"\\\\\n\r\t$%{}]){0,40}") {
            let body = Body::builder().add_attribute(attr("x", text.clone())).build();
            let printed = print(&body);
            let read: Body = hcl::parse(&printed).unwrap();
            let Some(Structure::Attribute(found)) = read.iter().next() else { panic!("{printed}") };
            let value = match &found.expr {
                Expression::String(value) => value.clone(),
                // An escaped `$${` comes back as a template of literals; evaluated it is the text.
                other => {
                    use hcl::eval::Evaluate;
                    let value = other.evaluate(&hcl::eval::Context::new()).unwrap();
                    value.as_str().unwrap().to_owned()
                }
            };
            prop_assert_eq!(value, text);
        }
    }
}
