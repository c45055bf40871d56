//! The engine's program and its runs.

use std::path::{Path, PathBuf};
use std::process::Command;

const INSTALL: &str = "OpenTofu is not installed: run `tools/install tofu`, or name it by CLOUD_ENGINE_TOFU";

/// The engine to test with; the test fails where there is none.
pub fn engine() -> PathBuf {
    if let Some(path) = std::env::var_os("CLOUD_ENGINE_TOFU") {
        let path = PathBuf::from(path);
        assert!(path.is_file(), "{INSTALL} ({} is no file)", path.display());
        return path;
    }
    let tool = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tools/path");
    let found = Command::new(tool).arg("tofu").output();
    let found = found.ok().filter(|found| found.status.success()).expect(INSTALL);
    PathBuf::from(String::from_utf8_lossy(&found.stdout).trim())
}

/// How a run of the engine ended.
#[derive(Debug)]
pub struct Run {
    pub code: Option<i32>,
    pub output: String,
    pub errors: String,
}

impl Run {
    pub fn of(mut command: Command) -> Self {
        Self::from(command.output().unwrap())
    }

    /// The same run, which has to have ended with that code.
    pub fn must(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{}\n{}", self.output, self.errors);
        self
    }

    /// The same run, which has to have said that, line breaks and frame aside.
    pub fn says(self, text: &str) -> Self {
        let all = format!("{}\n{}", self.output, self.errors).replace('│', " ");
        let plain = all.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(plain.contains(text), "no {text:?} in:\n{all}");
        self
    }
}

impl From<std::process::Output> for Run {
    fn from(output: std::process::Output) -> Self {
        Self {
            code: output.status.code(),
            output: String::from_utf8_lossy(&output.stdout).into_owned(),
            errors: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}
