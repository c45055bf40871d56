//! Words that people may have meant.

/// The three candidates that are spelled most like the word, as `a, b or c`.
pub fn nearest(word: &str, candidates: &[&str]) -> String {
    let word = word.to_lowercase();
    let mut ranked: Vec<(usize, &str)> =
        candidates.iter().map(|candidate| (distance(&candidate.to_lowercase(), &word), *candidate)).collect();
    // Stable: of two that are as near the first of the table stays first.
    ranked.sort_by_key(|(distance, _)| *distance);
    let best: Vec<&str> = ranked.into_iter().take(3).map(|(_, candidate)| candidate).collect();
    match best.split_last() {
        Some((last, [])) => (*last).to_owned(),
        Some((last, rest)) => [&rest.join(", "), " or ", last].concat(),
        None => "nothing, for there is none".to_owned(),
    }
}

/// Number of insertions, deletions and replacements that turn one text into the other.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut next = vec![i + 1];
        let mut left = i + 1;
        for ((y, diagonal), above) in b.iter().zip(&row).zip(row.iter().skip(1)) {
            left = (diagonal + usize::from(x != *y)).min(above + 1).min(left + 1);
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_come_first_and_case_does_not_matter() {
        assert_eq!(
            nearest("E2-Medum", &["n1-standard-1", "e2-medium", "e2-micro", "e2-small"]),
            "e2-medium, e2-micro or e2-small"
        );
        assert_eq!(nearest("x", &["a"]), "a");
        assert_eq!(nearest("x", &["a", "b"]), "a or b");
    }
}
