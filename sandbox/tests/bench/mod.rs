//! A sandbox cloud and a real engine beside it, for one test.
#![allow(dead_code, reason = "each test program uses its part")]

mod engine;
mod http;

pub use engine::{Run, engine};

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::{Value as Json, json};

const PROGRAM: &str = env!("CARGO_BIN_EXE_cloud-engine-sandbox");

/// A store on a port of its own, a mirror with the provider, and a folder.
/// All of it ends with the value.
pub struct Bench {
    pub folder: PathBuf,
    pub url: String,
    store: Child,
}

impl Bench {
    pub fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("sandbox-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir_all(folder.join("work")).unwrap();
        let mirror = folder.join("mirror");
        let made = Command::new(PROGRAM).arg("mirror").arg(&mirror).output().unwrap();
        assert!(made.status.success(), "{made:?}");
        let config = format!(
            "disable_checkpoint = true\nprovider_installation {{\n  filesystem_mirror {{\n    path = \"{}\"\n  }}\n}}\n",
            mirror.display()
        );
        std::fs::write(folder.join("cli.tfrc"), config).unwrap();
        let mut store = Command::new(PROGRAM)
            .args(["serve", "--listen", "127.0.0.1:0", "--data"])
            .arg(folder.join("cloud.json"))
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut errors = BufReader::new(store.stderr.take().unwrap());
        errors.read_line(&mut line).unwrap();
        let url = line.trim().split_once("listens on ").expect("the store says where it is").1.to_owned();
        Self { folder, url, store }
    }

    /// Writes the configuration: the provider's block and these resources.
    pub fn write(&self, resources: &str) {
        self.write_with("default_labels = { managed-by = \"cloud-engine\" }", resources);
    }

    pub fn write_with(&self, provider: &str, resources: &str) {
        let text = format!(
            r#"
terraform {{
  required_providers {{
    google = {{
      source  = "hashicorp/google"
      version = "8.7.0"
    }}
  }}
}}

provider "google" {{
  project = "demo"
  region  = "europe-west1"
  zone    = "europe-west1-b"
  {provider}
}}
{resources}
"#
        );
        std::fs::write(self.work().join("main.tf"), text).unwrap();
    }

    /// Writes the configuration as for a sandbox project of that cloud.
    pub fn write_for(&self, cloud: &str, resources: &str) {
        let text = std::fs::read_to_string(fixture(cloud, "provider")).unwrap() + resources;
        std::fs::write(self.work().join("main.tf"), text).unwrap();
    }

    pub fn work(&self) -> PathBuf {
        self.folder.join("work")
    }

    /// The engine with these arguments, in the work folder.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.command_without_store(arguments);
        command.env("CLOUD_ENGINE_SANDBOX_URL", &self.url);
        command
    }

    pub fn command_without_store(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(engine());
        command
            .args(arguments)
            .current_dir(self.work())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", &self.folder)
            .env("TF_IN_AUTOMATION", "1")
            .env("TF_CLI_ARGS", "-no-color")
            .env("TF_CLI_CONFIG_FILE", self.folder.join("cli.tfrc"));
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Run {
        Run::of(self.command(arguments))
    }

    pub fn init(&self) {
        self.run(&["init", "-input=false"]).must(0);
    }

    /// Applies whatever is planned.
    pub fn apply(&self) -> Run {
        self.run(&["apply", "-input=false", "-auto-approve"])
    }

    /// The plan as JSON; the exit code tells whether there are changes.
    pub fn plan(&self, changes: bool) -> Json {
        let arguments = ["plan", "-input=false", "-detailed-exitcode", "-out=p"];
        self.run(&arguments).must(if changes { 2 } else { 0 });
        self.json(&["show", "-json", "p"])
    }

    pub fn json(&self, arguments: &[&str]) -> Json {
        serde_json::from_str(&self.run(arguments).must(0).output).unwrap()
    }

    /// The store's answer below `/v1/`: status and body.
    pub fn store(&self, method: &str, path: &str, body: &Json) -> (u16, Json) {
        http::send(&self.url, method, &format!("/v1/{path}"), body)
    }

    /// Keys of all that exists, without the provider's name.
    pub fn existing(&self) -> Vec<String> {
        let (_, found) = self.store("GET", "resources", &json!(null));
        let key = |record: &Json| {
            assert_eq!(record["sandbox"], json!(true));
            format!("{} {}", record["type"].as_str().unwrap(), record["name"].as_str().unwrap())
        };
        found["resources"].as_array().unwrap().iter().map(key).collect()
    }

    /// Verb and type of all that engines did.
    pub fn effects(&self) -> Vec<String> {
        let (_, found) = self.store("GET", "effects", &json!(null));
        let by_engine = found["effects"].as_array().unwrap().iter().filter(|e| e["actor"] == "engine");
        by_engine
            .map(|e| format!("{} {}", e["verb"].as_str().unwrap(), e["type"].as_str().unwrap()))
            .collect()
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        drop(self.store.kill());
        drop(self.store.wait());
        drop(std::fs::remove_dir_all(&self.folder));
    }
}

/// The file of a cloud's fixture.
fn fixture(cloud: &str, name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(cloud).join(name.to_owned() + ".tf")
}

/// The fixtures of these kinds of a cloud, as one configuration.
pub fn kinds(cloud: &str, names: &[&str]) -> String {
    names.iter().map(|name| std::fs::read_to_string(fixture(cloud, name)).unwrap()).collect()
}

/// The actions a plan has for an address, joined; empty if it has none.
pub fn actions(plan: &Json, address: &str) -> String {
    let change = change(plan, address);
    let actions = change["actions"].as_array().cloned().unwrap_or_default();
    actions.iter().filter_map(Json::as_str).collect::<Vec<_>>().join("+")
}

/// The change a plan has for an address.
pub fn change(plan: &Json, address: &str) -> Json {
    let changes = plan["resource_changes"].as_array().cloned().unwrap_or_default();
    changes
        .iter()
        .find(|change| change["address"] == address)
        .map_or(Json::Null, |found| found["change"].clone())
}

/// Whether a file of the folder holds the text.
pub fn holds(file: &Path, text: &str) -> bool {
    std::fs::read_to_string(file).unwrap().contains(text)
}
