//! `cloud-engine plan SESSION`.

use super::output::{Format, Output, print, print_json};
use super::{CliError, Place, cluster::Cluster, reader::Reader, session_name, text};

/// What `plan` takes.
#[derive(clap::Args, Debug)]
pub struct PlanArgs {
    /// Name of the session.
    #[arg(value_parser = session_name)]
    session: String,
    /// Print the whole plan as the gateway keeps it: JSON, with secrets masked.
    #[arg(long)]
    full: bool,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    place: Place,
}

/// Prints the session's plan: counts, changes, approvals, conditions. As JSON it is the session's status.
pub async fn run(args: PlanArgs) -> Result<(), CliError> {
    let cluster = Cluster::connect(&args.place).await?;
    if args.full {
        let bytes = Reader::new(&cluster, &args.place)?.plan_json(&args.session).await?;
        return print(&indented(&bytes));
    }
    let seen = cluster.session(&args.session).await?;
    match args.output.format {
        Format::Text => print(text::session(&seen.session).as_bytes()),
        Format::Json => print_json(&seen.session.status),
    }
}

/// JSON with indentation; what is no JSON stays as it is.
fn indented(bytes: &[u8]) -> Vec<u8> {
    let value: Result<serde_json::Value, _> = serde_json::from_slice(bytes);
    let mut text = value.and_then(|v| serde_json::to_vec_pretty(&v)).unwrap_or_else(|_| bytes.to_vec());
    text.push(b'\n');
    text
}

#[cfg(test)]
mod tests {
    use super::indented;

    #[test]
    fn the_whole_plan_is_indented() {
        assert_eq!(indented(br#"{"a":1}"#), b"{\n  \"a\": 1\n}\n");
        assert_eq!(indented(b"x"), b"x\n");
    }
}
