//! The engine as a process: an argument list without a shell, an environment built from nothing, a process
//! group of its own, and one interrupt when it must stop.

use super::logs::Log;
use super::settings::Settings;
use super::signals::Stop;
use super::workspace::Workspace;
use crate::wire::env;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep_until};

/// Longest line that is read as a whole.
const LINE: usize = 4 << 20;
/// Largest output that is kept.
const OUTPUT: usize = 256 << 20;
/// How long a pipe is read on after the engine's end: something else may hold it.
const DRAIN: Duration = Duration::from_secs(2);

/// Runs the engine's commands.
#[derive(Clone)]
pub(super) struct Engine {
    program: PathBuf,
    directory: PathBuf,
    environment: Vec<(OsString, OsString)>,
    log: Log,
    stop: Stop,
}

/// How a command ended.
pub(super) struct Ended {
    /// Exit code; none after a signal.
    pub code: Option<i32>,
    /// Output, where it was kept.
    pub output: Vec<u8>,
    /// Last lines of the error stream.
    pub errors: String,
    /// It was told to stop.
    pub stopped: bool,
    /// It had to be told twice, or killed: what it was doing is not known.
    pub forced: bool,
}

/// What is done with the output.
pub(super) enum Output<'a> {
    /// Kept, not logged.
    Keep,
    /// Logged as text.
    Log,
    /// Each line is handed over.
    Lines(&'a mut (dyn FnMut(&str) + Send)),
}

impl Engine {
    pub(super) fn new(settings: &Settings, workspace: &Workspace, log: Log, stop: Stop) -> Self {
        let mut environment: Vec<(OsString, OsString)> = vec![
            ("PATH".into(), "/usr/local/bin:/usr/bin:/bin".into()),
            ("HOME".into(), workspace.home().into()),
            ("TMPDIR".into(), workspace.tmp().into()),
            ("TF_IN_AUTOMATION".into(), "1".into()),
            ("CHECKPOINT_DISABLE".into(), "1".into()),
            ("TF_CLI_CONFIG_FILE".into(), workspace.cli_file().into()),
            ("RUST_BACKTRACE".into(), "0".into()),
        ];
        environment.extend(settings.credentials.iter().map(|(name, value)| ((*name).into(), value.into())));
        environment.extend(settings.variables.iter().map(|(name, value)| (name.into(), value.into())));
        environment.extend(settings.sandbox_url.iter().map(|url| (env::SANDBOX_URL.into(), url.into())));
        Self { program: settings.engine.clone(), directory: workspace.config(), environment, log, stop }
    }

    /// Hands on more variables.
    pub(super) fn with_environment(mut self, variables: Vec<(&'static str, String)>) -> Self {
        self.environment.extend(variables.into_iter().map(|(name, value)| (name.into(), value.into())));
        self
    }

    /// Runs a command to its end, or until it has stopped.
    pub(super) async fn run(&self, arguments: &[&str], output: Output<'_>) -> Result<Ended, String> {
        let mut ended =
            Ended { code: None, output: Vec::new(), errors: String::new(), stopped: true, forced: false };
        if self.stop.cause().is_some() {
            return Ok(ended);
        }
        let mut child = Command::new(&self.program)
            .args(arguments)
            .current_dir(&self.directory)
            .env_clear()
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .spawn()
            .map_err(|error| format!("{} cannot be started: {error}", self.program.display()))?;
        ended.stopped = false;
        let watched = self.watch(&mut child, output, &mut ended).await;
        let status = watched.map_err(|error| format!("the engine's end cannot be told: {error}"))?;
        ended.code = status.code();
        Ok(ended)
    }

    async fn watch(
        &self,
        child: &mut Child,
        mut output: Output<'_>,
        ended: &mut Ended,
    ) -> std::io::Result<ExitStatus> {
        let pid = child.id();
        let mut out = Pipe::new(child.stdout.take());
        let mut err = Pipe::new(child.stderr.take());
        let (mut status, mut drained, mut killed) = (None, Instant::now(), false);
        loop {
            if let Some(status) = status
                && out.ended
                && err.ended
            {
                return Ok(status);
            }
            let (last_call, end) = (self.stop.last_call(), self.stop.kill());
            tokio::select! {
                read = out.read(), if !out.ended => { read?; }
                read = err.read(), if !err.ended => { read?; }
                exit = child.wait(), if status.is_none() => {
                    status = Some(exit?);
                    drained = Instant::now() + DRAIN;
                }
                () = sleep_until(drained), if status.is_some() => (out.ended, err.ended) = (true, true),
                () = self.stop.requested(), if !ended.stopped && status.is_none() => {
                    ended.stopped = true;
                    self.log.step("stopping: the engine is told once, and ends what it has begun");
                    send(pid, Signal::SIGINT);
                }
                () = sleep_until(last_call), if ended.stopped && !ended.forced && status.is_none() => {
                    ended.forced = true;
                    self.log.step("stopping at once: the time is over");
                    send(pid, Signal::SIGINT);
                }
                () = sleep_until(end), if ended.forced && !killed && status.is_none() => {
                    killed = true;
                    self.log.step("the engine did not stop, and is killed");
                    // With all that it started, which would hold its output open.
                    send(pid.map(i64::from).map(std::ops::Neg::neg), Signal::SIGKILL);
                }
            }
            if matches!(output, Output::Keep) {
                let room = OUTPUT.saturating_sub(ended.output.len());
                ended.output.extend(out.buffer.drain(..).take(room));
            }
            while let Some(line) = out.line() {
                match &mut output {
                    Output::Lines(each) => each(&line),
                    Output::Log | Output::Keep => self.log.line(&line),
                }
            }
            while let Some(line) = err.line() {
                self.log.line(&line);
                ended.errors = format!("{}{line}\n", tail(&ended.errors, 4000));
            }
        }
    }
}

/// A signal to a process, or to a group by its negative number. An interrupt goes to the engine alone: its
/// providers are told by it, and would die of it.
fn send(pid: Option<impl TryInto<i32>>, signal: Signal) {
    if let Some(pid) = pid.and_then(|pid| pid.try_into().ok()) {
        // Gone already is fine.
        let _ = kill(Pid::from_raw(pid), signal);
    }
}

fn tail(text: &str, limit: usize) -> &str {
    let mut start = text.len().saturating_sub(limit);
    while !text.is_char_boundary(start) {
        start += 1;
    }
    text.get(start..).unwrap_or_default()
}

/// A pipe read in lines. Reading may be given up at any time without losing a byte.
struct Pipe<R> {
    reader: Option<R>,
    buffer: Vec<u8>,
    /// The buffer is searched up to here.
    searched: usize,
    /// The line was too long: what follows of it is dropped.
    skipping: bool,
    ended: bool,
}

impl<R: AsyncRead + Unpin> Pipe<R> {
    fn new(reader: Option<R>) -> Self {
        Self { ended: reader.is_none(), reader, buffer: Vec::new(), searched: 0, skipping: false }
    }

    async fn read(&mut self) -> std::io::Result<()> {
        let Some(reader) = &mut self.reader else { return Ok(()) };
        self.ended = reader.read_buf(&mut self.buffer).await? == 0;
        Ok(())
    }

    /// The next whole line, and at the end what is left.
    fn line(&mut self) -> Option<String> {
        loop {
            let found = self.buffer.iter().skip(self.searched).position(|byte| *byte == b'\n');
            let end = match found {
                Some(index) => self.searched + index + 1,
                None if self.buffer.len() > LINE || (self.ended && !self.buffer.is_empty()) => {
                    self.buffer.len()
                }
                None => {
                    self.searched = self.buffer.len();
                    return None;
                }
            };
            let line: Vec<u8> = self.buffer.drain(..end).collect();
            self.searched = 0;
            let skipped = std::mem::replace(&mut self.skipping, found.is_none());
            if !skipped {
                return Some(String::from_utf8_lossy(&line).trim_end_matches(['\n', '\r']).to_owned());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn lines_are_whole_and_long_ones_are_cut() {
        let text = format!("one\r\ntwo\n{}\nlast", "x".repeat(LINE + 100_000));
        let mut pipe = Pipe::new(Some(text.as_bytes()));
        let mut lines = Vec::new();
        while !pipe.ended {
            pipe.read().await.unwrap();
            while let Some(line) = pipe.line() {
                lines.push(line);
            }
        }
        assert_eq!(lines.len(), 4);
        assert_eq!((lines[0].as_str(), lines[1].as_str(), lines[3].as_str()), ("one", "two", "last"));
    }
}
