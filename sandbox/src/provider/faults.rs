//! Faults that a resource's name asks for.

use std::time::Duration;

const SLOW: Duration = Duration::from_secs(20);

/// What is to go wrong.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Faults {
    /// Refused for its quota, nothing made.
    pub fail: bool,
    /// Made, then an error.
    pub partial: bool,
    /// Takes that long.
    pub slow: Option<Duration>,
    /// Made, then the provider's process ends.
    pub crash: bool,
}

/// Reads a name: its words, between hyphens, underscores or dots, may be
/// `fail`, `partial`, `slow` and `crash`, also numbered (`fail2`). A word
/// `<n>s` after `slow` sets how long, and so does the label `sandbox-slow`.
pub fn faults(name: &str, label: Option<&str>) -> Faults {
    let mut found = Faults::default();
    let mut words = name.split(['-', '_', '.']).peekable();
    while let Some(word) = words.next() {
        match word.trim_end_matches(|c: char| c.is_ascii_digit()) {
            "fail" => found.fail = true,
            "partial" => found.partial = true,
            "crash" => found.crash = true,
            "slow" => found.slow = Some(words.peek().and_then(|next| seconds(next)).unwrap_or(SLOW)),
            _ => {}
        }
    }
    if let Some(label) = label {
        found.slow = seconds(label).or(found.slow);
    }
    found
}

fn seconds(text: &str) -> Option<Duration> {
    let count = text.strip_suffix('s').unwrap_or(text);
    count.parse().ok().filter(|count| *count <= 3_600).map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_a_name_steer() {
        assert_eq!(faults("web-1", None), Faults::default());
        assert_eq!(faults("failover-slowly-crashing", None), Faults::default());
        assert!(faults("web-fail", None).fail && faults("fail2-web", None).fail);
        assert!(faults("a_partial", None).partial && faults("crash", None).crash);
        assert_eq!(faults("slow", None).slow, Some(SLOW));
        assert_eq!(faults("slow-3s-web", None).slow, Some(Duration::from_secs(3)));
        assert_eq!(faults("slow-web", Some("7")).slow, Some(Duration::from_secs(7)));
        assert_eq!(faults("web", Some("2s")).slow, Some(Duration::from_secs(2)));
    }
}
