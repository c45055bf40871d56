//! The runner as a process, with the real engine, against a gateway in memory.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "support/mini_gateway.rs"]
mod mini_gateway;

use cloud_engine::api::session::Action;
use cloud_engine::wire::{Bundle, JournalEvent, env};
use mini_gateway::{MiniGateway, World};
use serde_json::{Value, json};
use sha2::Digest;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;
use tokio::process::{Child, Command};

const SECRET: &str = "canary-secret-of-the-cloud";

fn tools() -> PathBuf {
    let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let cache = cache.unwrap_or_else(|| Path::new(&std::env::var_os("HOME").unwrap()).join(".cache"));
    cache.join("cloud-engine/tools")
}

/// The newest build of a tool: `<tool>-<version>-<hash>/<program>`.
fn tool(name: &str, program: &str) -> PathBuf {
    let mut found: Vec<_> = std::fs::read_dir(tools())
        .into_iter()
        .flatten()
        .flatten()
        .filter(|entry| entry.file_name().to_string_lossy().starts_with(&format!("{name}-")))
        .map(|entry| (entry.metadata().and_then(|meta| meta.modified()).unwrap(), entry.path().join(program)))
        .filter(|(_, path)| path.is_file())
        .collect();
    found.sort();
    let newest = found.pop().unwrap_or_else(|| panic!("{name} is not built: run `tools/install {name}`"));
    newest.1
}

fn tofu() -> PathBuf {
    std::env::var_os("CLOUD_ENGINE_TOFU").map_or_else(|| tool("tofu", "tofu"), PathBuf::from)
}

fn digest(bytes: &[u8]) -> String {
    format!("sha256:{}", hex::encode(sha2::Sha256::digest(bytes)))
}

fn bundle(main: &str, providers: &[&str]) -> Bundle {
    Bundle {
        secrets: vec![],
        files: BTreeMap::from([("main.tf".to_owned(), main.to_owned())]),
        lock_file: None,
        resources: Vec::new(),
        modules: BTreeMap::new(),
        providers: providers.iter().map(|provider| (*provider).to_owned()).collect(),
        action: Action::Deploy,
        state_serial: 0,
        nonce: "1".to_owned(),
        sandbox: false,
    }
}

fn terminate(runner: &Child) {
    let pid = nix::unistd::Pid::from_raw(i32::try_from(runner.id().unwrap()).unwrap());
    nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGTERM).unwrap();
}

const HELLO: &str = r#"terraform {
  backend "http" {}
}

resource "terraform_data" "hello" {
  input = "canary-secret-of-the-cloud"
}

output "hello" {
  value = terraform_data.hello.output
}
"#;

const SLOW: &str = r#"terraform {
  backend "http" {}
  required_providers {
    time = {
      source  = "hashicorp/time"
      version = "0.14.2"
    }
  }
}

resource "terraform_data" "quick" {
  input = "done at once"
}

resource "time_sleep" "slow" {
  create_duration = "120s"
  depends_on      = [terraform_data.quick]
}

resource "terraform_data" "never" {
  input = time_sleep.slow.id
}
"#;

struct Bench {
    folder: tempfile::TempDir,
    gateway: MiniGateway,
    mirror: Option<PathBuf>,
    engine: PathBuf,
}

impl Bench {
    fn new(bundle: &Bundle) -> Self {
        let gateway = MiniGateway::start(serde_json::to_vec(bundle).unwrap());
        Self { folder: tempfile::tempdir().unwrap(), gateway, mirror: None, engine: tofu() }
    }

    /// A mirror with the time provider under both engines' default hosts.
    fn with_time(mut self) -> Self {
        let program = tool("provider-time", "terraform-provider-time");
        let mirror = self.folder.path().join("mirror");
        for host in ["registry.opentofu.org", "registry.terraform.io"] {
            let folder = mirror.join(host).join("hashicorp/time/0.14.2/linux_amd64");
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::copy(&program, folder.join("terraform-provider-time_v0.14.2")).unwrap();
        }
        self.mirror = Some(mirror);
        self
    }

    fn spawn(&self, pod: &str, arguments: &[String]) -> Child {
        let folder = self.folder.path().join(pod);
        std::fs::create_dir_all(folder.join("work")).unwrap();
        std::fs::write(folder.join("token"), format!("{pod}\n")).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_cloud-engine-runner"));
        command
            .args(arguments)
            .env_clear()
            .env(env::GATEWAY_URL, &self.gateway.url)
            .env(env::GATEWAY_CA, &self.gateway.ca)
            .env(env::TOKEN_FILE, folder.join("token"))
            .env(env::WORK_DIR, folder.join("work"))
            .env(env::ENGINE, &self.engine)
            .env("AWS_SECRET_ACCESS_KEY", SECRET)
            .stdin(Stdio::null())
            .kill_on_drop(true);
        if let Some(mirror) = &self.mirror {
            command.env(env::MIRROR, mirror);
        }
        command.spawn().unwrap()
    }

    async fn run(&self, pod: &str, arguments: &[String]) -> ExitStatus {
        let mut child = self.spawn(pod, arguments);
        tokio::time::timeout(Duration::from_secs(90), child.wait()).await.expect("the runner hangs").unwrap()
    }

    fn bundle_digest(&self) -> String {
        digest(&self.gateway.world().bundle)
    }

    async fn plan(&self) -> Value {
        let arguments = ["plan".to_owned(), "--bundle-digest".to_owned(), self.bundle_digest()];
        assert!(self.run("plan-pod", &arguments).await.success());
        self.report()
    }

    fn apply_arguments(&self, report: &Value, more: &[&str]) -> Vec<String> {
        let text = |name: &str| report[name].as_str().unwrap().to_owned();
        let mut arguments = vec!["apply".to_owned(), "--bundle-digest".to_owned(), self.bundle_digest()];
        arguments.extend(["--plan-digest".to_owned(), text("planDigest")]);
        arguments.extend(["--plan-json-digest".to_owned(), text("planJsonDigest")]);
        arguments.extend(more.iter().map(|argument| (*argument).to_owned()));
        let mut world = self.gateway.world();
        // Another run has another log.
        (world.log, world.log_ended) = (Vec::new(), false);
        arguments
    }

    fn report(&self) -> Value {
        let world = self.gateway.world();
        eprintln!("{}", String::from_utf8_lossy(&world.log));
        world.reports.last().cloned().expect("no report")
    }

    /// Waits for something to happen.
    async fn until(&self, happened: impl Fn(&World) -> bool) {
        let deadline = tokio::time::Instant::now() + Duration::from_secs(60);
        while !happened(&self.gateway.world()) {
            assert!(tokio::time::Instant::now() < deadline, "it does not happen");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    fn state(&self) -> Value {
        serde_json::from_slice(self.gateway.world().state.as_deref().expect("no state")).unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_is_applied_once_and_by_one_pod() {
    let bench = Bench::new(&bundle(HELLO, &[]));
    bench.gateway.world().forgotten_pieces = 1;
    let plan = bench.plan().await;
    assert_eq!(plan["outcome"], "Changes", "{plan}");
    assert!(plan["engine"].as_str().unwrap().starts_with("OpenTofu 1."), "{plan}");
    assert_eq!(plan["diagnostics"], json!([]));
    {
        let world = bench.gateway.world();
        assert_eq!(plan["planDigest"], digest(&world.plan));
        assert_eq!(plan["planJsonDigest"], digest(&world.plan_json));
        let log = String::from_utf8_lossy(&world.log);
        assert!(log.contains("── plan") && log.contains("terraform_data.hello"), "{log}");
        assert!(world.log_ended && !log.contains(SECRET), "{log}");
        assert!(world.lock.is_none() && world.state.is_none());
    }

    let arguments = bench.apply_arguments(&plan, &[]);
    assert!(bench.run("first", &arguments).await.success());
    let report = bench.report();
    assert_eq!(report["outcome"], "Applied", "{report}");
    assert_eq!(report["resources"], json!([{"address": "terraform_data.hello", "outcome": "Done"}]));
    assert_eq!((&report["statePersisted"], &report["stateSerial"]), (&json!(true), &bench.state()["serial"]));
    let calls = {
        let mut world = bench.gateway.world();
        assert_eq!(world.outputs, Some(json!({"values": {"hello": SECRET}})));
        let events: Vec<_> = world.journal.iter().map(|entry| (entry.event, entry.id.is_some())).collect();
        assert_eq!(events, [(JournalEvent::Started, false), (JournalEvent::Completed, true)]);
        assert!(world.lock.is_none() && world.log_ended);
        std::mem::take(&mut world.calls)
    };
    assert!(calls.contains(&"POST /v1/state".to_owned()));

    let state = bench.state();
    assert!(bench.run("second", &arguments).await.success());
    let world = bench.gateway.world();
    assert_eq!(world.reports.len(), 2, "the second pod reports nothing");
    let changing =
        ["POST /v1/state", "POST /v1/state/lock", "POST /v1/log", "PUT /v1/outputs", "POST /v1/report"];
    assert!(!world.calls.iter().any(|call| changing.contains(&call.as_str())), "{:?}", world.calls);
    drop(world);
    assert_eq!(bench.state(), state);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stale_plan_changes_nothing() {
    let bench = Bench::new(&bundle(HELLO, &[]));
    let plan = bench.plan().await;
    let arguments = bench.apply_arguments(&plan, &[]);
    assert!(bench.run("first", &arguments).await.success());
    let state = bench.state();
    bench.gateway.world().claimed_by = None;
    let arguments = bench.apply_arguments(&plan, &[]);
    assert!(bench.run("second", &arguments).await.success());
    let report = bench.report();
    assert_eq!((&report["outcome"], &report["reason"]), (&json!("Refused"), &json!("StalePlan")), "{report}");
    assert_eq!(bench.state(), state);
}

#[tokio::test(flavor = "multi_thread")]
async fn other_bytes_are_refused_before_the_engine_sees_them() {
    let bench = Bench::new(&bundle(HELLO, &[]));
    let plan = bench.plan().await;
    let arguments = bench.apply_arguments(&plan, &[]);
    let middle = bench.gateway.world().plan.len() / 2;
    bench.gateway.world().plan[middle] ^= 1;
    assert!(bench.run("apply-pod", &arguments).await.success());
    let report = bench.report();
    assert_eq!(
        (&report["outcome"], &report["reason"]),
        (&json!("Refused"), &json!("DigestMismatch")),
        "{report}"
    );
    let world = bench.gateway.world();
    assert!(!String::from_utf8_lossy(&world.log).contains("── init"));
    assert!(world.claimed_by.is_none() && world.state.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_that_reads_otherwise_than_shown_is_refused() {
    let bench = Bench::new(&bundle(HELLO, &[]));
    let mut plan = bench.plan().await;
    plan["planJsonDigest"] = json!(digest(b"lies"));
    let arguments = bench.apply_arguments(&plan, &[]);
    assert!(bench.run("apply-pod", &arguments).await.success());
    let report = bench.report();
    assert_eq!(
        (&report["outcome"], &report["reason"]),
        (&json!("Refused"), &json!("DigestMismatch")),
        "{report}"
    );
    assert!(bench.gateway.world().claimed_by.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn foreign_providers_and_other_bundles_are_refused() {
    let bench = Bench::new(&bundle(SLOW, &["hashicorp/google"])).with_time();
    let plan = bench.plan().await;
    assert_eq!(plan["outcome"], "Refused", "{plan}");
    assert!(plan.get("planDigest").is_none() && bench.gateway.world().plan.is_empty());

    let arguments = ["plan".to_owned(), "--bundle-digest".to_owned(), digest(b"another")];
    assert!(bench.run("plan-pod-2", &arguments).await.success());
    assert_eq!(bench.report()["outcome"], "Refused");

    let mut outside = bundle(HELLO, &[]);
    outside.files.insert("../outside.tf".to_owned(), String::new());
    let bench = Bench::new(&outside);
    assert_eq!(bench.plan().await["outcome"], "Refused");
    assert!(!bench.folder.path().join("plan-pod/work/outside.tf").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lock_file_pins_the_providers() {
    let bench = Bench::new(&bundle(SLOW, &["hashicorp/time"])).with_time();
    assert_eq!(bench.plan().await["outcome"], "Changes");
    let stored = String::from_utf8(bench.gateway.world().lock_file.take().unwrap()).unwrap();
    let pinned = |text: &str| {
        let bundle = Bundle { lock_file: Some(text.to_owned()), ..bundle(SLOW, &["hashicorp/time"]) };
        bench.gateway.world().bundle = serde_json::to_vec(&bundle).unwrap();
    };
    pinned(&stored);
    assert_eq!(bench.plan().await["outcome"], "Changes");
    assert_eq!(bench.gateway.world().lock_file.as_deref(), Some(stored.as_bytes()));
    let at = stored.find("h1:").unwrap() + 3;
    let mut altered = stored.into_bytes();
    altered[at] = if altered[at] == b'A' { b'B' } else { b'A' };
    pinned(std::str::from_utf8(&altered).unwrap());
    let plan = bench.plan().await;
    assert_eq!(plan["outcome"], "Failed", "{plan}");
    assert!(plan.to_string().contains("checksums"), "{plan}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_configuration_is_a_failed_plan_with_its_errors() {
    let bench = Bench::new(&bundle(&HELLO.replace("hello.output", "nothing.output"), &[]));
    let plan = bench.plan().await;
    assert_eq!(plan["outcome"], "Failed", "{plan}");
    assert_eq!(plan["diagnostics"][0]["summary"], "Reference to undeclared resource", "{plan}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_never_run_is_refused_before_the_engine_starts() {
    let provisioner =
        "terraform_data\" \"hello\" {\n  provisioner \"local-exec\" {\n    command = \"true\"\n  }";
    let bench = Bench::new(&bundle(&HELLO.replace("terraform_data\" \"hello\" {", provisioner), &[]));
    let plan = bench.plan().await;
    assert_eq!(plan["outcome"], "Refused", "{plan}");
    assert!(plan["diagnostics"][0]["detail"].as_str().unwrap().contains("provisioner"), "{plan}");
    assert!(!String::from_utf8_lossy(&bench.gateway.world().log).contains("── init"));
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_stay_in_the_pod() {
    let mut failing = bundle(HELLO, &[]);
    let check = "variable \"word\" {\n  type = string\n  validation {\n    condition     = length(var.word) < 3\n    error_message = \"It is ${var.word}.\"\n  }\n}\n";
    failing.files.insert("word.tf".to_owned(), check.to_owned());
    failing.files.insert("terraform.tfvars.json".to_owned(), json!({"word": SECRET}).to_string());
    let bench = Bench::new(&failing);
    let plan = bench.plan().await;
    assert_eq!(plan["outcome"], "Failed", "{plan}");
    assert!(plan.to_string().contains("It is ***"), "{plan}");
    let world = bench.gateway.world();
    let log = String::from_utf8_lossy(&world.log);
    assert!(
        log.contains("It is ***") && !log.contains(SECRET) && !plan.to_string().contains(SECRET),
        "{log}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_can_be_planned_away() {
    let bench = Bench::new(&bundle(HELLO, &[]));
    let plan = bench.plan().await;
    let arguments = bench.apply_arguments(&plan, &[]);
    assert!(bench.run("first", &arguments).await.success());
    assert_eq!(bench.plan().await["outcome"], "NoChanges");
    let destroy = Bundle { action: Action::Destroy, ..bundle(HELLO, &[]) };
    bench.gateway.world().bundle = serde_json::to_vec(&destroy).unwrap();
    bench.gateway.world().claimed_by = None;
    let plan = bench.plan().await;
    assert_eq!(plan["outcome"], "Changes", "{plan}");
    let arguments = bench.apply_arguments(&plan, &[]);
    assert!(bench.run("second", &arguments).await.success());
    let report = bench.report();
    assert_eq!(report["outcome"], "Applied", "{report}");
    assert_eq!(report["resources"], json!([{"address": "terraform_data.hello", "outcome": "Done"}]));
    assert_eq!(bench.state()["resources"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_that_waits_for_a_lock_stops_on_a_signal_and_in_time() {
    let bench = Bench::new(&bundle(HELLO, &[]));
    let holder = json!({"ID": "another", "Who": "somebody", "Operation": "OperationTypeApply"});
    bench.gateway.world().lock = Some(holder.clone());
    let mut arguments = vec!["plan".to_owned(), "--bundle-digest".to_owned(), bench.bundle_digest()];
    let mut runner = bench.spawn("plan-pod", &arguments);
    bench.until(|world| world.calls.contains(&"POST /v1/state/lock".to_owned())).await;
    terminate(&runner);
    assert!(
        tokio::time::timeout(Duration::from_secs(30), runner.wait()).await.expect("hangs").unwrap().success()
    );
    assert_eq!(bench.report()["outcome"], "Cancelled");

    arguments.extend(["--timeout", "4", "--grace", "20"].map(str::to_owned));
    assert!(bench.run("plan-pod-2", &arguments).await.success());
    let report = bench.report();
    assert_eq!(report["outcome"], "Failed", "{report}");
    assert!(report.to_string().contains("longer than it may"), "{report}");
    assert_eq!(bench.gateway.world().lock, Some(holder));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_state_is_posted_until_it_is_stored() {
    let bench = Bench::new(&bundle(HELLO, &[]));
    let plan = bench.plan().await;
    let arguments = bench.apply_arguments(&plan, &[]);
    bench.gateway.world().failing_posts = 4;
    assert!(bench.run("apply-pod", &arguments).await.success());
    let report = bench.report();
    assert_eq!((&report["outcome"], &report["stateSerial"]), (&json!("Applied"), &bench.state()["serial"]));
    assert!(!bench.folder.path().join("apply-pod/work/spool/state").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_fails_leaves_the_rest_and_keeps_the_state() {
    let more = r#"
resource "terraform_data" "picky" {
  input = terraform_data.hello.id
  lifecycle {
    postcondition {
      condition     = self.output == "something else"
      error_message = "The provider does not like it."
    }
  }
}

resource "terraform_data" "never" {
  input = terraform_data.picky.output
}
"#;
    let bench = Bench::new(&bundle(&format!("{HELLO}{more}"), &[]));
    let plan = bench.plan().await;
    assert_eq!(plan["outcome"], "Changes", "{plan}");
    let arguments = bench.apply_arguments(&plan, &[]);
    assert!(bench.run("apply-pod", &arguments).await.success());
    let report = bench.report();
    let end = (&report["outcome"], &report["reason"], &report["statePersisted"]);
    assert_eq!(end, (&json!("Failed"), &json!("ApplyFailed"), &json!(true)), "{report}");
    assert!(report["message"].as_str().unwrap().contains("Resource postcondition failed"), "{report}");
    let resources: Vec<_> = report["resources"].as_array().unwrap().iter().collect();
    assert_eq!(
        (&resources[0]["address"], &resources[0]["outcome"]),
        (&json!("terraform_data.hello"), &json!("Done"))
    );
    assert_eq!(resources[1]["outcome"], "NotStarted", "{report}");
    let world = bench.gateway.world();
    assert!(world.outputs.is_none() && world.lock.is_none() && world.rescued.is_none());
    drop(world);
    assert_eq!(report["stateSerial"], bench.state()["serial"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_state_that_is_never_stored_is_rescued() {
    let bench = Bench::new(&bundle(HELLO, &[]));
    let plan = bench.plan().await;
    let arguments = bench.apply_arguments(&plan, &["--timeout", "8", "--grace", "8"]);
    bench.gateway.world().failing_posts = usize::MAX;
    assert!(bench.run("apply-pod", &arguments).await.success());
    let report = bench.report();
    let end = (&report["outcome"], &report["reason"], &report["statePersisted"]);
    assert_eq!(end, (&json!("Failed"), &json!("StateNotPersisted"), &json!(true)), "{report}");
    let world = bench.gateway.world();
    let rescued: Value = serde_json::from_slice(world.rescued.as_deref().unwrap()).unwrap();
    assert_eq!(rescued["resources"][0]["name"], "hello");
    assert!(world.state.is_none() && world.outputs.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lock_that_stays_does_not_undo_a_success() {
    let bench = Bench::new(&bundle(HELLO, &[]));
    let plan = bench.plan().await;
    let arguments = bench.apply_arguments(&plan, &[]);
    bench.gateway.world().failing_unlock = true;
    assert!(bench.run("apply-pod", &arguments).await.success());
    let report = bench.report();
    assert_eq!(report["outcome"], "Applied", "{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signal_ends_an_apply_gracefully() {
    let bench = Bench::new(&bundle(SLOW, &["hashicorp/time"])).with_time();
    let plan = bench.plan().await;
    assert_eq!(plan["outcome"], "Changes", "{plan}");
    assert!(bench.gateway.world().lock_file.is_some());
    let arguments = bench.apply_arguments(&plan, &[]);
    let mut runner = bench.spawn("apply-pod", &arguments);
    bench.until(|world| world.journal.iter().any(|entry| entry.address == "time_sleep.slow")).await;
    terminate(&runner);
    let status = tokio::time::timeout(Duration::from_secs(30), runner.wait()).await.expect("hangs").unwrap();
    assert!(status.success());
    let report = bench.report();
    assert_eq!(
        (&report["outcome"], &report["statePersisted"]),
        (&json!("Cancelled"), &json!(true)),
        "{report}"
    );
    let outcomes: BTreeMap<_, _> = report["resources"]
        .as_array()
        .unwrap()
        .iter()
        .map(|resource| (resource["address"].as_str().unwrap(), resource["outcome"].as_str().unwrap()))
        .collect();
    assert_eq!(outcomes["terraform_data.quick"], "Done");
    assert_eq!(outcomes["terraform_data.never"], "NotStarted");
    assert!(["Failed", "Interrupted"].contains(&outcomes["time_sleep.slow"]));
    assert!(bench.gateway.world().lock.is_none());
    assert_eq!(report["stateSerial"], bench.state()["serial"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_engine_that_does_not_stop_is_killed_and_reported() {
    use std::os::unix::fs::PermissionsExt;
    let mut bench = Bench::new(&bundle(HELLO, &[]));
    bench.engine = bench.folder.path().join("engine");
    let script = "#!/bin/sh\ntrap '' INT TERM\nif [ \"$1\" = plan ]; then while :; do sleep 1; done; fi\n";
    std::fs::write(&bench.engine, script).unwrap();
    std::fs::set_permissions(&bench.engine, std::fs::Permissions::from_mode(0o755)).unwrap();
    let mut arguments = vec!["plan".to_owned(), "--bundle-digest".to_owned(), bench.bundle_digest()];
    arguments.extend(["--timeout", "2", "--grace", "8"].map(str::to_owned));
    assert!(bench.run("plan-pod", &arguments).await.success());
    let report = bench.report();
    assert_eq!(report["outcome"], "Failed", "{report}");
    let world = bench.gateway.world();
    assert!(String::from_utf8_lossy(&world.log).contains("the engine did not stop, and is killed"));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_gateway_the_exit_code_tells() {
    let mut bench = Bench::new(&bundle(HELLO, &[]));
    bench.gateway.url = "https://127.0.0.1:1".to_owned();
    let mut arguments = vec!["plan".to_owned(), "--bundle-digest".to_owned(), bench.bundle_digest()];
    arguments.extend(["--timeout", "1", "--grace", "1"].map(str::to_owned));
    assert_eq!(bench.run("plan-pod", &arguments).await.code(), Some(3));
}
