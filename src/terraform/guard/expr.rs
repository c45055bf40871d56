//! Functions that read files: only files of the module, and only by a path that is plain to see.

use hcl::edit::{
    expr::{Expression, ForIntro, FuncCall, TraversalOperator},
    structure::Body,
    template::{Element, ForTemplateExpr, Template},
    visit::{self, Visit},
};

/// Findings on the expressions of a file.
pub(super) fn check(place: &str, body: &Body) -> Vec<String> {
    let mut calls = Calls { place, in_template: false, findings: Vec::new() };
    calls.visit_body(body);
    calls.findings
}

/// Findings on a file that `templatefile` may read: it knows no `path.module`, so it reads no files at all.
pub(super) fn check_template(place: &str, text: &str) -> Vec<String> {
    if let Ok(template) = text.parse::<Template>() {
        let mut calls = Calls { place, in_template: true, findings: Vec::new() };
        for element in &template {
            calls.visit_element(element);
        }
        return calls.findings;
    }
    // No template that the engine could render; the check by words is for what only our parser cannot read.
    let words = text.split(|c: char| !c.is_alphanumeric() && c != '_' && c != '(');
    let suspicious = text.contains("${") || text.contains("%{");
    let call = |word: &str| word.split('(').rev().skip(1).any(reads_files);
    if suspicious && words.into_iter().any(call) {
        return vec![format!(
            "{place} cannot be read as a template, and it seems to call a function that reads files. Correct it, or leave it out"
        )];
    }
    Vec::new()
}

struct Calls<'a> {
    place: &'a str,
    in_template: bool,
    findings: Vec<String>,
}

impl Calls<'_> {
    fn shadows(&mut self, names: [Option<&str>; 2]) {
        if names.contains(&Some("path")) {
            self.findings.push(format!(
                "{} has a \"for\" with a variable \"path\", which hides path.module. Give that variable another name",
                self.place
            ));
        }
    }
}

impl Visit for Calls<'_> {
    fn visit_func_call(&mut self, node: &FuncCall) {
        let name = node.name.name.as_str();
        let place = self.place;
        if name == "templatestring" {
            self.findings.push(format!("{place} calls templatestring, whose template is known only while it runs. Use templatefile with a file of the module"));
        } else if reads_files(name) && (self.in_template || !stays_inside(name, node)) {
            self.findings.push(format!(
                "{place} calls {name} with a path that may leave the module: write it as \"${{path.module}}/…\" with plain text behind, without \"..\", and outside of template files"
            ));
        }
        visit::visit_func_call(self, node);
    }

    fn visit_for_intro(&mut self, node: &ForIntro) {
        self.shadows([node.key_var.as_ref().map(|v| v.as_str()), Some(node.value_var.as_str())]);
        visit::visit_for_intro(self, node);
    }

    fn visit_for_template_expr(&mut self, node: &ForTemplateExpr) {
        self.shadows([node.key_var.as_ref().map(|v| v.as_str()), Some(node.value_var.as_str())]);
        visit::visit_for_template_expr(self, node);
    }
}

fn reads_files(function: &str) -> bool {
    function.starts_with("file") || function == "templatefile"
}

fn stays_inside(function: &str, call: &FuncCall) -> bool {
    if call.args.expand_final() {
        return false;
    }
    let path = call.args.get(0).is_some_and(|path| is_inside(path, function == "fileset"));
    let pattern = match call.args.get(1) {
        Some(Expression::String(pattern)) => !pattern.contains("..") && !pattern.starts_with('/'),
        _ => false,
    };
    path && (function != "fileset" || pattern)
}

/// True for `"${path.module}/plain/text"`, and for `path.module` itself where a folder is asked for.
fn is_inside(path: &Expression, folder: bool) -> bool {
    match path {
        Expression::Parenthesis(inner) => is_inside(inner.inner(), folder),
        Expression::StringTemplate(template) => {
            let mut elements = template.iter();
            let root = matches!(elements.next(), Some(Element::Interpolation(i)) if is_path_module(&i.expr));
            let mut plain = String::new();
            for element in elements {
                match element {
                    Element::Literal(text) => plain.push_str(text),
                    _ => return false,
                }
            }
            root && !plain.contains("..") && (plain.starts_with('/') || folder && plain.is_empty())
        }
        path => folder && is_path_module(path),
    }
}

fn is_path_module(expr: &Expression) -> bool {
    let Expression::Traversal(path) = expr else { return false };
    let root = matches!(&path.expr, Expression::Variable(name) if name.as_str() == "path");
    let attribute = match path.operators.as_slice() {
        [operator] => {
            matches!(operator.value(), TraversalOperator::GetAttr(name) if name.as_str() == "module")
        }
        _ => false,
    };
    root && attribute
}
