//! What is never run: judged on the files before the engine starts, and again on the plan, which shows what
//! the files became. Findings say where, what, and what to do.

mod expr;
mod files;
mod plan;
mod source;
#[cfg(test)]
mod tests;

pub use files::{check_files, required};
pub use plan::check_plan;

/// Data sources that run programs, call anywhere, or read another's state.
const DATA: [&str; 3] = ["external", "http", "terraform_remote_state"];

const DATA_WHY: &str = "it runs programs, calls other hosts or reads foreign states while planning. Pass what it would read as an input";

const PROVISIONER_WHY: &str =
    "it runs commands outside the provider. Remove it; a machine is set up by its image or its start script";

/// True for files that the engines read as configuration.
pub fn is_config(path: &str) -> bool {
    std::path::Path::new(path).extension().is_some_and(|extension| extension == "tf")
}

/// True for relative paths that stay where they are: no `..`, no hidden parts, no control characters.
pub fn is_safe_path(path: &str) -> bool {
    let part = |part: &str| !part.is_empty() && !part.starts_with('.') && !part.contains('\\');
    path.len() <= 512 && path.split('/').all(part) && !path.chars().any(char::is_control)
}
