//! Which rows of a list are kept: clouds publish tens of thousands, and the forms offer some hundreds.

use crate::pricing::book::Key;

/// A list of patterns, one a line: `gcp compute e2-*`. `*` stands for anything, `#` for a number; a line that
/// begins with `!` takes away what the others let in; `#` at the start of a line begins a remark.
#[derive(Debug, Clone)]
pub struct Selection(Vec<Pattern>);

#[derive(Debug, Clone)]
struct Pattern {
    away: bool,
    cloud: String,
    service: String,
    sku: String,
}

/// What the forms offer and the estimate prices.
const CURATED: &str = include_str!("../data/selection.txt");

impl Selection {
    /// What the embedded table holds.
    pub fn curated() -> Self {
        Self::parse(CURATED)
    }

    /// Reads patterns; lines that are none are skipped.
    pub fn parse(text: &str) -> Self {
        let pattern = |line: &str| {
            let line = line.trim();
            let (away, line) = line.strip_prefix('!').map_or((false, line), |rest| (true, rest));
            let mut words = line.split_whitespace();
            let (cloud, service, sku) = (words.next()?, words.next()?, words.next()?);
            let [cloud, service, sku] = [cloud, service, sku].map(str::to_owned);
            Some(Pattern { away, cloud, service, sku })
        };
        let lines = text.lines().filter(|line| !line.trim_start().starts_with('#'));
        Self(lines.filter_map(pattern).collect())
    }

    /// The row is kept.
    pub fn holds(&self, key: &Key) -> bool {
        let hit = |p: &&Pattern| {
            p.cloud == key.column(0) && glob(&p.service, key.column(2)) && glob(&p.sku, key.column(3))
        };
        let mut hits = self.0.iter().filter(hit).peekable();
        hits.peek().is_some() && hits.all(|pattern| !pattern.away)
    }
}

/// `*` stands for anything, `#` for one digit or more.
fn glob(pattern: &str, text: &str) -> bool {
    let mut chars = pattern.chars();
    match chars.next() {
        None => text.is_empty(),
        Some('*') => (0..=text.len()).any(|at| text.get(at..).is_some_and(|rest| glob(chars.as_str(), rest))),
        Some('#') => {
            let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
            digits > 0 && text.get(digits..).is_some_and(|rest| glob(chars.as_str(), rest))
        }
        Some(c) => text.strip_prefix(c).is_some_and(|rest| glob(chars.as_str(), rest)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pricing::book::Term;

    #[test]
    fn patterns_let_in_and_take_away() {
        let selection =
            Selection::parse("# machines\ngcp compute c4-standard-#\naws ec2 m5.*\n!aws ec2 *.metal\n");
        let holds =
            |cloud, service, sku| selection.holds(&Key::new(cloud, "r", service, sku, Term::OnDemand));
        assert!(holds("gcp", "compute", "c4-standard-48") && holds("aws", "ec2", "m5.large"));
        assert!(!holds("gcp", "compute", "c4-standard-48-lssd") && !holds("gcp", "compute", "c4-standard-"));
        assert!(!holds("aws", "ec2", "m5.metal") && !holds("aws", "rds", "m5.large"));
    }
}
