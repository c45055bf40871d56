//! Files of a run: a fresh configuration folder, the engine's settings, the plan, the spool.

use super::settings::Settings;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Component, Path, PathBuf};

/// Name of the engine's lock file.
pub(super) const LOCK_FILE: &str = ".terraform.lock.hcl";

/// Folders and files of one run, below the work folder.
#[derive(Clone)]
pub(super) struct Workspace {
    root: PathBuf,
}

impl Workspace {
    /// Makes the folders anew: nothing of an earlier container of this pod stays.
    pub(super) fn create(settings: &Settings) -> std::io::Result<Self> {
        let this = Self { root: settings.work_dir.clone() };
        for folder in [this.config(), this.home(), this.tmp(), this.spool()] {
            match std::fs::remove_dir_all(&folder) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
                _ => std::fs::create_dir_all(&folder)?,
            }
        }
        std::fs::write(this.cli_file(), cli_config(settings.mirror.as_deref()))?;
        Ok(this)
    }

    pub(super) fn config(&self) -> PathBuf {
        self.root.join("config")
    }

    pub(super) fn home(&self) -> PathBuf {
        self.root.join("home")
    }

    pub(super) fn tmp(&self) -> PathBuf {
        self.root.join("tmp")
    }

    fn spool(&self) -> PathBuf {
        self.root.join("spool")
    }

    pub(super) fn cli_file(&self) -> PathBuf {
        self.root.join("home/engine.tfrc")
    }

    pub(super) fn plan_file(&self) -> PathBuf {
        self.root.join("tmp/plan")
    }

    pub(super) fn spooled_state(&self) -> PathBuf {
        self.root.join("spool/state")
    }

    /// What the engine leaves behind when its state is not taken.
    pub(super) fn errored_state(&self) -> PathBuf {
        self.config().join("errored.tfstate")
    }

    pub(super) fn lock_file(&self) -> PathBuf {
        self.config().join(LOCK_FILE)
    }

    /// Writes the configuration. A path that leads out of it, or a file that is there already, is an error.
    pub(super) fn write_config(&self, files: &BTreeMap<String, String>) -> Result<(), String> {
        for (path, text) in files {
            let relative = checked(path)?;
            let target = self.config().join(relative);
            let written = target
                .parent()
                .map_or(Ok(()), std::fs::create_dir_all)
                .and_then(|()| std::fs::OpenOptions::new().write(true).create_new(true).open(&target))
                .and_then(|mut file| file.write_all(text.as_bytes()));
            written.map_err(|error| format!("{path:?} cannot be written: {error}"))?;
        }
        Ok(())
    }
}

/// A path of plain names only: nothing absolute, no `.` or `..`, nothing of the engine's own.
fn checked(path: &str) -> Result<&Path, String> {
    let relative = Path::new(path);
    let plain = relative.components().all(|part| matches!(part, Component::Normal(_)));
    let own = relative.components().any(|part| part.as_os_str() == ".terraform");
    // Components hide what is doubled (`a//b`, `a/./b`): only the canonical spelling passes.
    let canonical = relative.components().collect::<PathBuf>().as_os_str() == path;
    if path.is_empty() || path.len() > 512 || !plain || own || !canonical || path.contains(['\\', '\0']) {
        return Err(format!("{path:?} is not a path inside the configuration"));
    }
    Ok(relative)
}

/// The engine's own settings: no calls home, providers from the mirror alone where there is one.
fn cli_config(mirror: Option<&Path>) -> String {
    let mut body = hcl::Body::builder().add_attribute(("disable_checkpoint", true));
    if let Some(mirror) = mirror {
        let source = hcl::Block::builder("filesystem_mirror")
            .add_attribute(("path", mirror.to_string_lossy().into_owned()))
            .build();
        body = body.add_block(hcl::Block::builder("provider_installation").add_block(source).build());
    }
    hcl::to_string(&body.build()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_inside_pass() {
        for good in ["main.tf", "modules/net/main.tf", "terraform.tfvars.json", ".terraform.lock.hcl"] {
            assert!(checked(good).is_ok(), "{good}");
        }
        for bad in
            ["", "/etc/x", "../x", "a/../../x", "./a", "a//b", "a/./b", "a/", "a\\b", "a\0", ".terraform/x"]
        {
            assert!(checked(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn the_mirror_is_the_only_source() {
        let text = cli_config(Some(Path::new("/mi\"rror")));
        assert!(text.contains("filesystem_mirror") && text.contains(r#"/mi\"rror"#), "{text}");
        assert!(!text.contains("direct"));
        assert!(!cli_config(None).contains("provider_installation"));
    }
}
