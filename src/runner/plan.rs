//! A plan: checked before anything of it runs, made, masked, handed over.

use super::engine::Output;
use super::events::Tally;
use super::gateway::Gateway;
use super::settings::Settings;
use super::signals::{Cause, Stop};
use super::steps::{Halt, Steps, going, refused};
use super::workspace::Workspace;
use crate::api::session::Action;
use crate::names::reason;
use crate::terraform::guard;
use crate::wire::{Bundle, Diagnostic, PlanOutcome, PlanReport, Severity};
use http::Method;
use serde_json::Value;

/// Makes the plan and reports.
pub(super) async fn run(
    settings: Settings,
    gateway: Gateway,
    stop: Stop,
    digest: &str,
) -> Result<(), String> {
    let mut steps = Steps::begin(&settings, gateway, stop).await?;
    steps.ship_log();
    let mut tally = Tally::default();
    let mut report = PlanReport {
        outcome: PlanOutcome::Failed,
        engine: String::new(),
        plan_digest: None,
        plan_json_digest: None,
        diagnostics: Vec::new(),
    };
    match make(&steps, digest, &mut tally, &mut report).await {
        Ok(()) => {}
        Err(Halt::Refused(refusal)) => {
            report.outcome = PlanOutcome::Refused;
            for line in refusal.message.lines() {
                tally.error(&refusal.reason, line);
            }
        }
        Err(Halt::Failed(message)) => {
            let message = steps.log.redact(&message);
            let (summary, detail) = message.split_once('\n').unwrap_or((&message, ""));
            tally.error(summary, detail.trim());
        }
        Err(Halt::Stopped) => match steps.stop.cause() {
            Some(Cause::Timeout) => tally.error("the plan was stopped", "it took longer than it may"),
            _ => report.outcome = PlanOutcome::Cancelled,
        },
    }
    report.diagnostics = tally.diagnostics;
    steps.log.step(&format!("plan: {:?}", report.outcome));
    steps.report(&report).await
}

async fn make(steps: &Steps, digest: &str, tally: &mut Tally, report: &mut PlanReport) -> Result<(), Halt> {
    let bundle = steps.bundle(digest).await?;
    let findings = guard::check_files(&bundle.files, &bundle.providers);
    if !findings.is_empty() {
        return Err(refused(reason::PLAN_REFUSED, findings.join("\n")));
    }
    report.engine = steps.engine_name().await?;
    format(steps, tally).await?;
    // Known providers stay as they are; one that is new to the stack is added.
    steps.init(bundle.lock_file.as_deref(), false).await?;
    let lock_file = check_providers(&steps.workspace, &bundle)?;
    validate(steps, tally).await?;
    let outcome = plan(steps, &bundle, tally).await?;
    let (value, masked, json_digest) = steps.show().await?;
    let findings = guard::check_plan(&value, &bundle.providers);
    if !findings.is_empty() {
        return Err(refused(reason::PLAN_REFUSED, findings.join("\n")));
    }
    drop(value);
    let file = steps.workspace.plan_file();
    let bytes = tokio::fs::read(&file).await.map_err(|error| format!("the plan cannot be read: {error}"))?;
    let plan_digest = super::sha256(&bytes);
    steps.log.step("handing over");
    steps.gateway.send(Method::PUT, "/v1/plan-json", masked).await?;
    steps.gateway.send(Method::PUT, "/v1/plan", bytes).await?;
    if let Some(text) = lock_file {
        steps.gateway.send(Method::PUT, "/v1/lock-file", text).await?;
    }
    (report.plan_digest, report.plan_json_digest) = (Some(plan_digest), Some(json_digest));
    report.outcome = outcome;
    Ok(())
}

/// Our own files are formatted: where they are not, the renderer is wrong, and the plan is not.
async fn format(steps: &Steps, tally: &mut Tally) -> Result<(), Halt> {
    let ended = steps.engine.run(&["fmt", "-check", "-no-color"], Output::Keep).await?;
    if ended.stopped {
        return Err(Halt::Stopped);
    }
    if ended.code != Some(0) {
        tally.push(Diagnostic {
            severity: Severity::Warning,
            summary: "rendered files are not formatted".to_owned(),
            detail: String::from_utf8_lossy(&ended.output).chars().take(500).collect(),
            address: None,
        });
    }
    Ok(())
}

async fn validate(steps: &Steps, tally: &mut Tally) -> Result<(), Halt> {
    steps.log.step("validate");
    let ended = steps.engine.run(&["validate", "-json", "-no-color"], Output::Keep).await?;
    let value: Value = serde_json::from_slice(&ended.output).unwrap_or_default();
    for diagnostic in value.get("diagnostics").and_then(Value::as_array).into_iter().flatten() {
        let words = |name: &str| diagnostic.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        for line in format!("{}: {}\n{}", words("severity"), words("summary"), words("detail")).trim().lines()
        {
            steps.log.line(line);
        }
        // The plan repeats the warnings.
        if words("severity") == "error" {
            tally.diagnostic(diagnostic, &|text| steps.log.redact(text));
        }
    }
    going(ended, "validate")
}

async fn plan(steps: &Steps, bundle: &Bundle, tally: &mut Tally) -> Result<PlanOutcome, Halt> {
    steps.log.step("plan");
    let out = format!("-out={}", steps.workspace.plan_file().display());
    let mut arguments =
        vec!["plan", "-input=false", "-lock-timeout=60s", &out, "-json", "-detailed-exitcode", "-no-color"];
    arguments.extend((bundle.action == Action::Destroy).then_some("-destroy"));
    let ended = steps.stream(&arguments, tally, &mut |_| {}).await?;
    match ended.code {
        Some(0) => Ok(PlanOutcome::NoChanges),
        Some(2) => Ok(PlanOutcome::Changes),
        _ => Err(going(ended, "plan").err().unwrap_or(Halt::Stopped)),
    }
}

/// The lock file that `init` made, if it made one. Providers are only downloaded until here: none was started.
fn check_providers(workspace: &Workspace, bundle: &Bundle) -> Result<Option<String>, Halt> {
    let text = match std::fs::read_to_string(workspace.lock_file()) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Halt::Failed(format!("the lock file cannot be read: {error}"))),
    };
    let foreign = foreign_providers(&text, &bundle.providers)?;
    if foreign.is_empty() {
        return Ok(Some(text));
    }
    Err(refused(
        reason::PLAN_REFUSED,
        format!(
            "providers that are not allowed: {}; the project's allow.providers lists more",
            foreign.join(", ")
        ),
    ))
}

fn foreign_providers(lock_file: &str, allowed: &[String]) -> Result<Vec<String>, String> {
    let body: hcl::Body =
        hcl::from_str(lock_file).map_err(|error| format!("the lock file cannot be read: {error}"))?;
    let sources = body
        .blocks()
        .filter(|block| block.identifier() == "provider")
        .map(|block| block.labels().first().map(|label| label.as_str().to_owned()).unwrap_or_default());
    let is_allowed = |source: &String| {
        let short = ["registry.opentofu.org/", "registry.terraform.io/"]
            .iter()
            .find_map(|host| source.strip_prefix(host))
            .unwrap_or(source);
        source.starts_with("terraform.io/builtin/") || allowed.iter().any(|a| a == short || a == source)
    };
    Ok(sources.filter(|source| !is_allowed(source)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lock_file_names_allowed_providers_only() {
        let text = "provider \"registry.opentofu.org/hashicorp/time\" {\n  version = \"0.14.2\"\n  hashes = [\n    \"h1:x=\",\n  ]\n}\nprovider \"evil.test/hashicorp/time\" {\n  version = \"1.0.0\"\n}\n";
        let allowed = ["hashicorp/time".to_owned()];
        assert_eq!(foreign_providers(text, &allowed).unwrap(), ["evil.test/hashicorp/time"]);
        assert_eq!(foreign_providers(text, &[]).unwrap().len(), 2);
    }
}
