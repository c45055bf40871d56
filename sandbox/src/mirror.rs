//! Lays this program out as provider plugins, the way an engine finds them.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

use thiserror::Error;

use crate::kind::{Catalogue, CatalogueError};

/// The provider host an engine asks where a source names none.
pub const DEFAULT_HOST: &str = "registry.opentofu.org";

/// The plugins cannot be laid out.
#[derive(Debug, Error)]
pub enum MirrorError {
    /// Our own tables.
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
    /// The files.
    #[error("{0}: {1}")]
    Io(PathBuf, #[source] io::Error),
}

/// Puts a copy of this program into a filesystem mirror for each provider it
/// can be, and tells where.
pub fn mirror(folder: &Path, hosts: &[String]) -> Result<Vec<PathBuf>, MirrorError> {
    let program = env::current_exe().map_err(|error| MirrorError::Io("this program".into(), error))?;
    let mut made = Vec::new();
    for catalogue in Catalogue::all() {
        let catalogue = catalogue?;
        let (name, version) = (catalogue.name, &catalogue.schema.version);
        for host in hosts {
            let place = folder.join(host).join("hashicorp").join(name).join(version);
            let place = place.join(format!("linux_{}", architecture()));
            let file = place.join(format!("terraform-provider-{name}_v{version}"));
            put(&program, &place, &file).map_err(|error| MirrorError::Io(file.clone(), error))?;
            made.push(file);
        }
    }
    Ok(made)
}

/// A hard link where the file system allows it, else a copy.
fn put(program: &Path, place: &Path, file: &Path) -> io::Result<()> {
    fs::create_dir_all(place)?;
    match fs::remove_file(file) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    fs::hard_link(program, file).or_else(|_| fs::copy(program, file).map(drop))
}

fn architecture() -> &'static str {
    match env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    }
}
