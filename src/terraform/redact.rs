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

    /// True when the text holds a known value in any of its spellings.
    pub fn finds_in(&self, text: &str) -> bool {
        let text = clean(text.as_bytes());
        let at = |rest: &[u8]| {
            rest.first()
                .and_then(|first| self.patterns.get(first))
                .is_some_and(|patterns| patterns.iter().any(|p| rest.starts_with(p)))
        };
        (0..text.len()).any(|from| text.get(from..).is_some_and(at))
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
#[path = "redact_tests.rs"]
mod tests;
