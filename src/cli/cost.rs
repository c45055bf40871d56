//! `cloud-engine cost SESSION`.

use super::output::{Format, Output, print, print_json};
use super::{CliError, Place, cluster::Cluster, reader::Reader, session_name};
use crate::platform::clock::{Clock, SystemClock};
use crate::pricing::book::{Layer, TABLE_KEY, embedded};
use crate::pricing::recommend::{Recommendation, Signs, recommend};
use crate::pricing::{Assumptions, Estimate, PriceBook, estimate, text};
use k8s_openapi::jiff::{civil::Date, tz::TimeZone};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What `cost` takes.
#[derive(clap::Args, Debug)]
pub struct CostArgs {
    /// Name of the session.
    #[arg(value_parser = session_name, required_unless_present = "plan", conflicts_with = "plan")]
    session: Option<String>,
    /// Price this file instead: what `tofu show -json PLAN` wrote. No cluster is needed.
    #[arg(long, value_name = "FILE")]
    plan: Option<PathBuf>,
    /// A table of prices that counts before the embedded one, as `prices refresh --print csv` writes it.
    #[arg(long, value_name = "FILE")]
    prices: Option<PathBuf>,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    place: Place,
}

/// Prices the session's plan by the tables of this program. The operator's own tables and assumptions are in a
/// namespace that users need not be able to read, so the figures may differ from those the session is judged by.
pub async fn run(args: CostArgs) -> Result<(), CliError> {
    let plan = match (&args.plan, &args.session) {
        (Some(path), _) => read(path)?,
        (None, Some(session)) => {
            let cluster = Cluster::connect(&args.place).await?;
            Reader::new(&cluster, &args.place)?.plan_json(session).await?.to_vec()
        }
        (None, None) => return Err(CliError::Refused("name a session, or a file with --plan".to_owned())),
    };
    let plan: Value = serde_json::from_slice(&plan).map_err(|e| {
        CliError::Refused(format!("the plan is no JSON: {e}. Make it with: tofu show -json PLAN"))
    })?;
    let book = book(args.prices.as_deref())?;
    let today = today();
    let estimate = estimate(&plan, &book, &Assumptions::default(), today);
    let recommendations = recommend(&estimate, &book, Signs::default());
    match args.output.format {
        Format::Text => print(text::estimate(&estimate, &recommendations, today).as_bytes()),
        Format::Json => print_json(&Shown { estimate, recommendations }),
    }
}

/// What programs get.
#[derive(serde::Serialize)]
struct Shown {
    #[serde(flatten)]
    estimate: Estimate,
    recommendations: Vec<Recommendation>,
}

/// The embedded table, and over it that of a file.
pub(super) fn book(own: Option<&Path>) -> Result<PriceBook, CliError> {
    let table = embedded().map_err(|faults| refused("the embedded table is damaged", &faults))?;
    let Some(path) = own else { return Ok(PriceBook::of(table)) };
    let text = String::from_utf8_lossy(&read(path)?).into_owned();
    let data = BTreeMap::from([(TABLE_KEY.to_owned(), text)]);
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
    let layer = Layer::read(&name, &data, &BTreeMap::new())
        .map_err(|faults| refused(&format!("{} is refused", path.display()), &faults))?;
    Ok(PriceBook::layered(table, &[layer], ""))
}

fn refused(what: &str, faults: &[crate::pricing::book::Fault]) -> CliError {
    let lines: Vec<String> = faults.iter().take(20).map(ToString::to_string).collect();
    CliError::Refused(format!("{what}:\n{}", lines.join("\n")))
}

/// A file as it is.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, CliError> {
    std::fs::read(path).map_err(|source| CliError::Io { doing: format!("read {}", path.display()), source })
}

/// The day, in UTC.
pub(super) fn today() -> Date {
    SystemClock.now().to_zoned(TimeZone::UTC).date()
}
