//! The cloud in a file: locked, and never half written.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use thiserror::Error;

use super::Cloud;

/// The file the cloud is kept in.
#[derive(Clone, Debug)]
pub struct Disk {
    path: PathBuf,
}

/// The file cannot be used.
#[derive(Debug, Error)]
pub enum DiskError {
    /// Reading, writing or locking failed.
    #[error("the sandbox cloud's file {0}: {1}")]
    Io(PathBuf, #[source] io::Error),
    /// It holds something else.
    #[error("the sandbox cloud's file {0} holds something else: {1}")]
    Content(PathBuf, #[source] serde_json::Error),
    /// Somebody else holds it.
    #[error("the sandbox cloud's file {0} is served by another process")]
    Held(PathBuf),
}

impl Disk {
    /// The cloud in that file; the file comes with the first write.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// The cloud as it stands; empty where there is no file.
    pub fn load(&self) -> Result<Cloud, DiskError> {
        match fs::read(&self.path) {
            Ok(bytes) => {
                serde_json::from_slice(&bytes).map_err(|error| DiskError::Content(self.path.clone(), error))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Cloud::default()),
            Err(error) => Err(self.io(error)),
        }
    }

    /// Replaces the file as a whole: readers see the old or the new one.
    pub fn save(&self, cloud: &Cloud) -> Result<(), DiskError> {
        let mut bytes =
            serde_json::to_vec_pretty(cloud).map_err(|error| DiskError::Content(self.path.clone(), error))?;
        bytes.push(b'\n');
        let next = self.beside("next");
        let write = || {
            let mut file = File::create(&next)?;
            file.write_all(&bytes)?;
            file.sync_all()?;
            fs::rename(&next, &self.path)
        };
        write().map_err(|error| self.io(error))
    }

    /// Waits for the lock; it is given back when the answer is dropped.
    pub fn lock(&self) -> Result<File, DiskError> {
        let file = self.lock_file()?;
        file.lock().map_err(|error| self.io(error))?;
        Ok(file)
    }

    /// The lock, or an error where somebody holds it.
    pub fn try_lock(&self) -> Result<File, DiskError> {
        let file = self.lock_file()?;
        match file.try_lock() {
            Ok(()) => Ok(file),
            Err(fs::TryLockError::WouldBlock) => Err(DiskError::Held(self.path.clone())),
            Err(fs::TryLockError::Error(error)) => Err(self.io(error)),
        }
    }

    fn lock_file(&self) -> Result<File, DiskError> {
        if let Some(folder) = self.path.parent().filter(|p| *p != Path::new("")) {
            fs::create_dir_all(folder).map_err(|error| self.io(error))?;
        }
        OpenOptions::new().create(true).append(true).open(self.beside("lock")).map_err(|error| self.io(error))
    }

    fn beside(&self, ending: &str) -> PathBuf {
        let mut name = self.path.clone().into_os_string();
        name.push(".");
        name.push(ending);
        name.into()
    }

    fn io(&self, error: io::Error) -> DiskError {
        DiskError::Io(self.path.clone(), error)
    }
}
