//! Takes secrets out of an engine's words before they leave the pod, however the words are cut in pieces.

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE},
};
use std::collections::{BTreeMap, BTreeSet};

/// Values shorter than this would blacken half the log.
const SHORTEST: usize = 6;
/// Lines of a value with many lines that are taken out on their own.
const SHORTEST_LINE: usize = 16;
const MARK: &[u8] = b"***";

/// Replaces known values, and their base64, URL and JSON spellings, by `***`; drops control bytes and
/// terminal sequences but newline and tab.
#[derive(Clone)]
pub struct Redactor {
    /// By first byte, longest first.
    patterns: BTreeMap<u8, Vec<Vec<u8>>>,
    /// Clean bytes that may yet be the beginning of a secret.
    held: Vec<u8>,
    /// Bytes at the beginning of `held` that belong to a secret already marked.
    covered: usize,
    strip: Strip,
}

/// Where in a terminal sequence the stream stands.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Strip {
    #[default]
    Text,
    Escape,
    Csi,
    Osc,
    OscEscape,
}

impl Strip {
    /// Moves on by one byte; true when it is text to keep.
    fn keep(&mut self, byte: u8) -> bool {
        let (next, keep) = match (*self, byte) {
            // A sequence ends with its line: a lone opener must not swallow the log.
            (_, b'\n') => (Self::Text, true),
            (Self::OscEscape, b'\\') | (Self::Osc, 0x07) => (Self::Text, false),
            (Self::Osc, 0x1b) => (Self::OscEscape, false),
            (Self::Osc | Self::OscEscape, _) | (Self::Escape, b']' | b'P' | b'X' | b'^' | b'_') => {
                (Self::Osc, false)
            }
            (_, 0x1b) | (Self::Escape, 0x20..=0x2f) => (Self::Escape, false),
            (Self::Escape, b'[') | (Self::Csi, 0x20..=0x3f) => (Self::Csi, false),
            (Self::Escape, 0x30..=0x7e) | (Self::Csi, 0x40..=0x7e) => (Self::Text, false),
            (_, b'\t') => (Self::Text, true),
            (_, byte) => (Self::Text, byte >= 0x20 && byte != 0x7f),
        };
        *self = next;
        keep
    }
}

impl Redactor {
    /// Takes out these values from now on. Those shorter than 6 characters are ignored.
    pub fn new(secrets: impl IntoIterator<Item = String>) -> Self {
        let mut all = BTreeSet::new();
        for secret in secrets {
            for text in [secret.as_str(), secret.trim()] {
                if text.chars().count() >= SHORTEST {
                    all.extend(forms(text));
                }
            }
            for line in secret.lines().map(str::trim).filter(|line| line.len() >= SHORTEST_LINE) {
                all.extend(forms(line));
            }
        }
        let mut patterns: Vec<Vec<u8>> = all.iter().map(|form| clean(form.as_bytes())).collect();
        patterns.retain(|pattern| pattern.len() >= SHORTEST);
        patterns.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        patterns.dedup();
        let mut by_first: BTreeMap<u8, Vec<Vec<u8>>> = BTreeMap::new();
        for pattern in patterns {
            if let Some(first) = pattern.first() {
                by_first.entry(*first).or_default().push(pattern);
            }
        }
        let patterns = by_first;
        Self { patterns, held: Vec::new(), covered: 0, strip: Strip::Text }
    }

    /// Takes a piece and gives what is safe to pass on; the rest waits for the next piece.
    pub fn feed(&mut self, piece: &[u8]) -> Vec<u8> {
        let mut strip = self.strip;
        self.held.extend(piece.iter().copied().filter(|byte| strip.keep(*byte)));
        self.strip = strip;
        self.drain(false)
    }

    /// The rest, at the end of the stream. The redactor is then ready for another.
    pub fn finish(&mut self) -> Vec<u8> {
        self.strip = Strip::Text;
        let rest = self.drain(true);
        self.covered = 0;
        rest
    }

    /// A whole text at once.
    pub fn redact_text(&self, text: &str) -> String {
        let mut fresh = Self { held: Vec::new(), covered: 0, strip: Strip::Text, ..self.clone() };
        let mut out = fresh.feed(text.as_bytes());
        out.extend(fresh.finish());
        String::from_utf8_lossy(&out).into_owned()
    }

    fn drain(&mut self, last: bool) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.held.len());
        let mut at = 0;
        while let Some((rest, first)) = self.held.get(at..).and_then(|rest| Some((rest, rest.first()?))) {
            let patterns = self.patterns.get(first).map(Vec::as_slice).unwrap_or_default();
            if !last && patterns.iter().any(|p| p.len() > rest.len() && p.starts_with(rest)) {
                break;
            }
            let found = patterns.iter().find(|p| rest.starts_with(p)).map_or(0, Vec::len);
            if found > 0 && self.covered == 0 {
                out.extend_from_slice(MARK);
            }
            self.covered = self.covered.max(found);
            if self.covered == 0 {
                out.push(*first);
            }
            self.covered = self.covered.saturating_sub(1);
            at += 1;
        }
        self.held.drain(..at);
        out
    }
}

fn clean(bytes: &[u8]) -> Vec<u8> {
    let mut strip = Strip::Text;
    bytes.iter().copied().filter(|byte| strip.keep(*byte)).collect()
}

/// The value and the spellings in which engines and providers repeat it.
fn forms(text: &str) -> Vec<String> {
    let json = serde_json::to_string(text).unwrap_or_default();
    let json = json.get(1..json.len().saturating_sub(1)).unwrap_or_default().to_owned();
    let html = json.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026");
    let base64 = STANDARD.encode(text);
    let url_base64 = URL_SAFE.encode(text);
    let url = percent(text, true);
    vec![
        text.to_owned(),
        base64.trim_end_matches('=').to_owned(),
        url_base64.trim_end_matches('=').to_owned(),
        base64,
        url_base64,
        url.replace("%20", "+"),
        percent(text, false),
        url,
        json,
        html,
    ]
}

fn percent(text: &str, upper: bool) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push('%');
            let digits = hex::encode([byte]);
            out.push_str(&if upper { digits.to_ascii_uppercase() } else { digits });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SECRET: &str = "p@ss<w\u{f6}rd>/\"with\nlines that are long enough";

    fn whole(redactor: &Redactor, text: &[u8]) -> Vec<u8> {
        let mut redactor = redactor.clone();
        let mut out = redactor.feed(text);
        out.extend(redactor.finish());
        out
    }

    #[test]
    fn every_spelling_is_found_across_every_split() {
        let redactor = Redactor::new([SECRET.to_owned(), "short".to_owned(), "secret-1".to_owned()]);
        for form in forms(SECRET) {
            let text = format!("a {form} b secret-1secret-1 short \u{1b}[31mred\u{1b}[0m\r\n\tsecr");
            let clean = whole(&redactor, text.as_bytes());
            let shown = String::from_utf8(clean.clone()).unwrap();
            assert!(shown.starts_with("a ***") && shown.contains(" b ****** short red\n\tsecr"), "{shown}");
            assert!(!shown.contains("w\u{f6}rd"), "{shown}");
            for at in 0..=text.len() {
                let (first, second) = text.as_bytes().split_at(at);
                let mut cut = redactor.clone();
                let mut out = cut.feed(first);
                out.extend(cut.feed(second));
                out.extend(cut.finish());
                assert_eq!(out, clean, "cut at {at}");
            }
        }
    }

    #[test]
    fn overlaps_longer_values_and_lines_leave_nothing() {
        let redactor = Redactor::new(["abcdef".to_owned(), "defghi".to_owned(), "abcdefghijkl".to_owned()]);
        assert_eq!(redactor.redact_text("xabcdefghiy abcdefghijkl"), "x***y ***");
        let lines = Redactor::new(["first line of a key\n  second line of a key\n".to_owned()]);
        assert_eq!(lines.redact_text("> second line of a key <"), "> *** <");
    }

    #[test]
    fn a_terminal_sequence_cannot_hide_a_secret_or_swallow_the_log() {
        let redactor = Redactor::new(["secret-1".to_owned()]);
        assert_eq!(redactor.redact_text("se\u{1b}[1mcret\u{0}-1 \u{1b}]0;title\u{7}x"), "*** x");
        assert_eq!(redactor.redact_text("\u{1b}]open\nnext"), "\nnext");
    }

    proptest! {
        #[test]
        fn pieces_do_not_matter(text in "[ab\u{1b}\\[m\n]{0,60}", cuts in prop::collection::vec(0usize..60, 0..6)) {
            let redactor = Redactor::new(["ababab".to_owned(), "abbabb".to_owned(), "bababababa".to_owned()]);
            let wanted = whole(&redactor, text.as_bytes());
            let mut cut = redactor.clone();
            let mut out = Vec::new();
            let mut cuts: Vec<usize> = cuts.into_iter().map(|c| c.min(text.len())).chain([text.len()]).collect();
            cuts.sort_unstable();
            let mut from = 0;
            for to in cuts {
                out.extend(cut.feed(&text.as_bytes()[from..to]));
                from = to;
            }
            out.extend(cut.finish());
            prop_assert_eq!(out, wanted);
        }
    }
}
