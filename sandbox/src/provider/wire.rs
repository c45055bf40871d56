//! Values, problems and paths as the protocol sends them.

use crate::plan::{Path, Problem, Step};
use crate::proto::tfplugin6 as wire;
use crate::value::{Value, json, msgpack};
use tonic::Status;

/// Reads a value; an engine sends `MessagePack`, or JSON.
pub fn value(from: Option<wire::DynamicValue>) -> Result<Value, Status> {
    let Some(from) = from else {
        return Ok(Value::Null);
    };
    if from.msgpack.is_empty() && !from.json.is_empty() {
        return json::read(&from.json).map_err(|error| Status::invalid_argument(error.to_string()));
    }
    msgpack::decode(&from.msgpack).map_err(|error| Status::invalid_argument(error.to_string()))
}

/// Writes a value.
pub fn dynamic(value: &Value) -> Result<Option<wire::DynamicValue>, Status> {
    let msgpack = msgpack::encode(value).map_err(|error| Status::internal(error.to_string()))?;
    Ok(Some(wire::DynamicValue { msgpack, json: Vec::new() }))
}

/// An error for the engine's user.
pub fn diagnostic(problem: Problem) -> wire::Diagnostic {
    wire::Diagnostic {
        severity: wire::diagnostic::Severity::Error.into(),
        summary: problem.summary,
        detail: problem.detail,
        attribute: problem.path.as_ref().map(path),
    }
}

/// Errors for the engine's user.
pub fn diagnostics(problems: impl IntoIterator<Item = Problem>) -> Vec<wire::Diagnostic> {
    problems.into_iter().map(diagnostic).collect()
}

/// A place in a value.
pub fn path(path: &Path) -> wire::AttributePath {
    use wire::attribute_path::step::Selector;
    let step = |step: &Step| wire::attribute_path::Step {
        selector: Some(match step {
            Step::Name(name) => Selector::AttributeName(name.clone()),
            Step::Index(index) => Selector::ElementKeyInt(i64::try_from(*index).unwrap_or(i64::MAX)),
        }),
    };
    wire::AttributePath { steps: path.iter().map(step).collect() }
}
