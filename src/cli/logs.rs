//! `cloud-engine logs SESSION`.

use super::reader::{LogPage, Reader};
use super::{CliError, Place, cluster::Cluster, output::print, session_name};
use crate::api::Phase;
use std::time::Duration;

/// How long to wait before asking again when there was nothing new.
const PAUSE: Duration = Duration::from_secs(1);
/// Failures in a row before giving up: about five minutes, longer than a restart of the gateway takes.
const FAILURES: u32 = 30;
/// Longest wait after a failure.
const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// What `logs` takes.
#[derive(clap::Args, Debug)]
pub struct LogsArgs {
    /// Name of the session.
    #[arg(value_parser = session_name)]
    session: String,
    /// Go on until the session has ended; resumes after errors.
    #[arg(short, long)]
    follow: bool,
    /// Byte to begin at.
    #[arg(long, default_value_t = 0)]
    offset: u64,
    #[command(flatten)]
    place: Place,
}

/// Prints the log as it is, from the offset on.
pub async fn run(args: LogsArgs) -> Result<(), CliError> {
    let cluster = Cluster::connect(&args.place).await?;
    let mut reader = Reader::new(&cluster, &args.place)?;
    let (mut offset, mut failures) = (args.offset, 0);
    loop {
        let page = match reader.log(&args.session, offset).await {
            Ok(page) => page,
            Err(error) if args.follow && error.is_passing() && failures < FAILURES => {
                failures += 1;
                if failures == 1 {
                    eprintln!("{error}\ntrying again from byte {offset} …");
                }
                tokio::time::sleep((PAUSE * failures).min(LONGEST_WAIT)).await;
                continue;
            }
            Err(error) => return Err(error),
        };
        failures = 0;
        print(&page.bytes)?;
        match after(&page, offset, args.follow) {
            Step::Read(next) => offset = next,
            Step::Wait => tokio::time::sleep(PAUSE).await,
            Step::End => return Ok(()),
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Step {
    /// There may be more right now, from here on.
    Read(u64),
    /// Nothing new yet.
    Wait,
    /// That was all.
    End,
}

/// The log is read to its end before the phase is believed: the last lines come before the last phase.
fn after(page: &LogPage, offset: u64, follow: bool) -> Step {
    if page.next_offset > offset {
        return Step::Read(page.next_offset);
    }
    let ended = |name: &str| Phase::ALL.into_iter().any(|p| p.is_terminal() && p.as_str() == name);
    if !follow || page.phase.as_deref().is_some_and(ended) { Step::End } else { Step::Wait }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(bytes: &'static [u8], next_offset: u64, phase: &str) -> LogPage {
        LogPage { bytes: bytes.into(), next_offset, phase: Some(phase.to_owned()) }
    }

    #[test]
    fn a_log_is_read_to_its_end_and_followed_to_the_last_phase() {
        assert_eq!(after(&page(b"ab", 2, "Applied"), 0, true), Step::Read(2));
        assert_eq!(after(&page(b"ab", 2, "Applied"), 0, false), Step::Read(2));
        assert_eq!(after(&page(b"", 2, "Applied"), 2, true), Step::End);
        assert_eq!(after(&page(b"", 2, "Applying"), 2, true), Step::Wait);
        assert_eq!(after(&page(b"", 2, "Applying"), 2, false), Step::End);
    }
}
