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
