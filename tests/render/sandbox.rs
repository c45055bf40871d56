//! The real engine, and a sandbox cloud for one case.

use crate::case::{Case, root};
use cloud_engine::terraform::Rendered;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

pub fn tofu() -> PathBuf {
    if let Some(path) = std::env::var_os("CLOUD_ENGINE_TOFU") {
        return path.into();
    }
    let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let cache = cache.unwrap_or_else(|| Path::new(&std::env::var_os("HOME").unwrap()).join(".cache"));
    let tools = fs::read_dir(cache.join("cloud-engine/tools")).into_iter().flatten().flatten();
    let engines = tools.filter(|entry| entry.file_name().to_string_lossy().starts_with("tofu-"));
    newest(engines.map(|entry| entry.path().join("tofu"))).expect("tofu is not built: run tools/install tofu")
}

fn sandbox() -> PathBuf {
    if let Some(path) = std::env::var_os("CLOUD_ENGINE_SANDBOX") {
        return path.into();
    }
    let builds = ["debug", "release"]
        .map(|kind| root().join("target/sandbox").join(kind).join("cloud-engine-sandbox"));
    newest(builds.into_iter()).expect(
        "the sandbox is not built: run cargo build --manifest-path sandbox/Cargo.toml --target-dir target/sandbox",
    )
}

fn newest(paths: impl Iterator<Item = PathBuf>) -> Option<PathBuf> {
    paths
        .filter_map(|path| Some((fs::metadata(&path).ok()?.modified().ok()?, path)))
        .max()
        .map(|(_, path)| path)
}

/// A store of the sandbox cloud and a mirror with its providers.
pub struct Cloud {
    pub folder: tempfile::TempDir,
    url: String,
    store: Child,
}

impl Cloud {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mirror = folder.path().join("mirror");
        let made = Command::new(sandbox()).arg("mirror").arg(&mirror).output().unwrap();
        assert!(made.status.success(), "{made:?}");
        fs::write(
            folder.path().join("cli.tfrc"),
            format!(
                "provider_installation {{\n  filesystem_mirror {{\n    path = \"{}\"\n  }}\n}}\n",
                mirror.display()
            ),
        )
        .unwrap();
        let mut store = Command::new(sandbox())
            .args(["serve", "--listen", "127.0.0.1:0", "--data"])
            .arg(folder.path().join("cloud.json"))
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(store.stderr.take().unwrap()).read_line(&mut line).unwrap();
        let url = line.trim().split_once("listens on ").expect("the store says where it is").1.to_owned();
        Self { folder, url, store }
    }

    /// Puts into the cloud what `existing.json` of the case says was there before.
    pub fn seed(&self, case: &Case) {
        let Ok(text) = fs::read_to_string(case.folder.join("existing.json")) else { return };
        let all: BTreeMap<String, Value> = serde_json::from_str(&text).unwrap();
        for (key, record) in all {
            let body = record.to_string();
            let mut stream = TcpStream::connect(self.url.trim_start_matches("http://")).unwrap();
            let head = format!(
                "PUT /v1/{key} HTTP/1.1\r\nHost: sandbox\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
                body.len()
            );
            stream.write_all([head, body].concat().as_bytes()).unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).unwrap();
            assert!(answer.starts_with("HTTP/1.1 201"), "{}: {key}: {answer}", case.name());
        }
    }

    /// Puts the files into the work folder, the state beside them instead of at the gateway.
    pub fn lay(&self, out: &Rendered) {
        for (path, text) in &out.files {
            let file = self.work().join(path);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, text).unwrap();
        }
        fs::write(self.work().join("state_override.tf"), "terraform {\n  backend \"local\" {}\n}\n").unwrap();
    }

    pub fn work(&self) -> PathBuf {
        self.folder.path().join("work")
    }

    /// Runs the engine with what a runner would pass of Secrets; it must end with this code.
    pub fn run(&self, name: &str, out: &Rendered, arguments: &[&str], wanted: i32) -> Output {
        let mut command = Command::new(tofu());
        command
            .args(arguments)
            .current_dir(self.work())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.folder.path())
            .env("TF_IN_AUTOMATION", "1")
            .env("CHECKPOINT_DISABLE", "1")
            .env("TF_CLI_ARGS", "-no-color")
            .env("TF_CLI_CONFIG_FILE", self.folder.path().join("cli.tfrc"))
            .env("CLOUD_ENGINE_SANDBOX_URL", &self.url)
            .env("ARM_SUBSCRIPTION_ID", "00000000-0000-0000-0000-000000000000");
        // What the runner passes of the credentials Secret.
        command.env("TF_VAR_ssh_public_key", "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQC7 ops");
        for secret in &out.secrets {
            command.env(format!("TF_VAR_{}", secret.variable), "canary-password-1A");
        }
        let output = command.output().unwrap();
        let text = [output.stdout.as_slice(), &output.stderr].concat();
        assert!(
            output.status.code() == Some(wanted),
            "{name}: {arguments:?} ended with {:?}, not {wanted}:\n{}",
            output.status.code(),
            String::from_utf8_lossy(&text)
        );
        output
    }
}

impl Drop for Cloud {
    fn drop(&mut self) {
        drop(self.store.kill());
        drop(self.store.wait());
    }
}
