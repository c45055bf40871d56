//! What a plan and an apply have in common: the bundle, the configuration, `init`, the JSON form of a plan.

use super::backend::{self, Backend};
use super::engine::{Ended, Engine, Output};
use super::events::{self, Tally};
use super::gateway::{CallError, Gateway};
use super::logs::Log;
use super::settings::Settings;
use super::signals::Stop;
use super::workspace::Workspace;
use crate::names::reason;
use crate::wire::{Bundle, JournalEntry, Refusal};
use http::Method;
use serde_json::Value;
use tokio::task::JoinHandle;

/// One run: its surroundings and what it has said.
pub(super) struct Steps {
    pub gateway: Gateway,
    pub stop: Stop,
    pub log: Log,
    pub workspace: Workspace,
    pub engine: Engine,
    pub backend: Backend,
    shipping: Option<JoinHandle<()>>,
}

/// Why a run does not go on.
pub(super) enum Halt {
    /// It must not.
    Refused(Refusal),
    /// It cannot; diagnostics may tell more.
    Failed(String),
    /// It was told to stop.
    Stopped,
}

impl From<CallError> for Halt {
    fn from(error: CallError) -> Self {
        match error {
            CallError::Refused(refusal) => Self::Refused(refusal),
            CallError::Unreachable(_) => Self::Failed(error.to_string()),
        }
    }
}

impl From<String> for Halt {
    fn from(message: String) -> Self {
        Self::Failed(message)
    }
}

/// A refusal of ours.
pub(super) fn refused(reason: &str, message: impl Into<String>) -> Halt {
    Halt::Refused(Refusal { reason: reason.to_owned(), message: message.into() })
}

impl Steps {
    pub(super) async fn begin(settings: &Settings, gateway: Gateway, stop: Stop) -> Result<Self, String> {
        let workspace = Workspace::create(settings).map_err(|error| format!("the work folder: {error}"))?;
        let password = backend::password()?;
        let mut secrets = settings.secrets();
        secrets.push(password.clone());
        let log = Log::new(secrets);
        let (backend, variables) =
            Backend::open(gateway.clone(), log.clone(), &password, workspace.spooled_state()).await?;
        let engine = Engine::new(settings, &workspace, log.clone(), stop.clone()).with_environment(variables);
        Ok(Self { gateway, stop, log, workspace, engine, backend, shipping: None })
    }

    /// From here on the log is sent while it grows; before, a pod that is one too many says nothing.
    pub(super) fn ship_log(&mut self) {
        self.shipping = Some(tokio::spawn(self.log.clone().ship(self.gateway.clone())));
    }

    /// Gets the bundle, proves that it is the one, and writes its files.
    pub(super) async fn bundle(&self, digest: &str) -> Result<Bundle, Halt> {
        self.log.step("bundle");
        let bytes = self.gateway.send(Method::GET, "/v1/bundle", "").await?;
        let found = super::sha256(&bytes);
        if found != digest {
            return Err(refused(
                reason::DIGEST_MISMATCH,
                format!("the bundle is {found}, not {digest}: plan again"),
            ));
        }
        let bundle: Bundle =
            serde_json::from_slice(&bytes).map_err(|error| format!("the bundle cannot be read: {error}"))?;
        self.workspace.write_config(&bundle.files).map_err(|error| refused(reason::PLAN_REFUSED, error))?;
        Ok(bundle)
    }

    /// `OpenTofu 1.12.6`.
    pub(super) async fn engine_name(&self) -> Result<String, Halt> {
        let ended = self.engine.run(&["version"], Output::Keep).await?;
        let text = String::from_utf8_lossy(&ended.output).into_owned();
        let first = text.lines().next().unwrap_or_default();
        going(ended, "version")?;
        Ok(first.replacen(" v", " ", 1).chars().take(64).collect())
    }

    /// `init`, on a lock file where there is one. Fails on an altered provider.
    pub(super) async fn init(&self, lock_file: Option<&str>, readonly: bool) -> Result<(), Halt> {
        if let Some(text) = lock_file {
            std::fs::write(self.workspace.lock_file(), text)
                .map_err(|error| format!("the lock file: {error}"))?;
        }
        let mut arguments = vec!["init", "-input=false", "-no-color"];
        arguments.extend(readonly.then_some("-lockfile=readonly"));
        self.log.step("init");
        let ended = self.engine.run(&arguments, Output::Log).await?;
        going(ended, "init")
    }

    /// Reads a plan: its JSON form, the masked bytes of it and their digest.
    pub(super) async fn show(&self) -> Result<(Value, Vec<u8>, String), Halt> {
        self.log.step("show");
        let file = self.workspace.plan_file();
        let ended =
            self.engine.run(&["show", "-json", "-no-color", &file.to_string_lossy()], Output::Keep).await?;
        let value: Result<Value, _> = serde_json::from_slice(&ended.output);
        going(ended, "show")?;
        let value = value.map_err(|error| format!("the plan's JSON form cannot be read: {error}"))?;
        let version = value.get("format_version").and_then(Value::as_str).unwrap_or_default();
        if !version.starts_with("1.") {
            return Err(Halt::Failed(format!(
                "the plan's JSON form has version {version:?}, which is not known"
            )));
        }
        let (bytes, digest) =
            crate::terraform::plan::digest_json(&crate::terraform::plan::mask(value.clone()));
        Ok((value, bytes, digest))
    }

    /// Runs a command that speaks JSON lines; they go to the log as text, and into the tally.
    pub(super) async fn stream(
        &self,
        arguments: &[&str],
        tally: &mut Tally,
        journal: &mut (dyn FnMut(JournalEntry) + Send),
    ) -> Result<Ended, Halt> {
        let log = self.log.clone();
        let redact = |text: &str| log.redact(text);
        let mut each = |line: &str| {
            let event = events::parse(line);
            for text in events::text(line, event.as_ref()).lines() {
                log.line(text);
            }
            if let Some(entry) = event.and_then(|event| tally.event(&event, &redact)) {
                journal(entry);
            }
        };
        Ok(self.engine.run(arguments, Output::Lines(&mut each)).await?)
    }

    /// Sends the rest of the log, then the report. A log that is not taken does not hold back the report.
    pub(super) async fn report<T: serde::Serialize>(self, report: &T) -> Result<(), String> {
        if let Some(shipping) = self.shipping {
            shipping.abort();
            // Ended once it is awaited: no piece is under way any more.
            let _ = shipping.await;
        }
        if let Err(error) = self.log.finish(&self.gateway).await {
            eprintln!("cloud-engine-runner: the log is not complete: {error}");
        }
        let sent = self.gateway.post("/v1/report", report, super::signals::Limit::Pod).await;
        sent.map(drop).map_err(|error| format!("the outcome could not be reported: {error}"))
    }
}

/// Exit code 0, or why not.
pub(super) fn going(ended: Ended, command: &str) -> Result<(), Halt> {
    match ended.code {
        Some(0) => Ok(()),
        _ if ended.stopped => Err(Halt::Stopped),
        Some(code) => Err(Halt::Failed(format!("{command} ended with code {code}\n{}", ended.errors))),
        None => Err(Halt::Failed(format!("{command} was killed: its memory may not have been enough"))),
    }
}
