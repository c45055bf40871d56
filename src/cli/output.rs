//! Standard output, and the question before an approval.

use super::CliError;
use clap::{Args, ValueEnum};
use std::io::{BufRead, IsTerminal, Write};

/// How to print.
#[derive(Args, Debug, Clone, Copy)]
pub struct Output {
    /// Text for people or JSON for programs.
    #[arg(short = 'o', long = "output", value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

/// Forms of output.
#[derive(ValueEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// Prints bytes as they are.
pub fn print(bytes: &[u8]) -> Result<(), CliError> {
    let mut out = std::io::stdout().lock();
    let done = out.write_all(bytes).and_then(|()| out.flush());
    done.map_err(|source| CliError::Io { doing: "write to standard output".to_owned(), source })
}

/// Prints a value as indented JSON.
pub fn print_json<T: serde::Serialize>(value: &T) -> Result<(), CliError> {
    let mut text = serde_json::to_string_pretty(value)
        .map_err(|e| CliError::Io { doing: "write JSON".to_owned(), source: e.into() })?;
    text.push('\n');
    print(text.as_bytes())
}

/// Asks on the terminal; anything but `y` or `yes` is no. Without a terminal nobody can answer, so it is
/// refused, not assumed.
pub fn confirm(question: &str) -> Result<bool, CliError> {
    let stdin = std::io::stdin();
    if !stdin.is_terminal() {
        return Err(CliError::Refused(
            "there is no terminal to ask on: add --yes, and --digest with the plan you have read".to_owned(),
        ));
    }
    print(format!("{question} [y/N] ").as_bytes())?;
    let mut answer = String::new();
    stdin
        .lock()
        .read_line(&mut answer)
        .map_err(|source| CliError::Io { doing: "read the answer".to_owned(), source })?;
    Ok(matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes"))
}
