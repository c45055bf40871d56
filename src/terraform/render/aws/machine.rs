//! Classes of databases that AWS sells, and which machines have ARM processors.

use super::Writer;
use crate::domain::catalogue;

const CLASSES: &str = include_str!("data/classes.csv");

/// True for machines with ARM processors: a `g` behind the generation, as in `m7gd.large`, and the first of them.
pub(super) fn is_arm(machine: &str) -> bool {
    let family = machine.split('.').next().unwrap_or(machine);
    let options = family.trim_start_matches(|c: char| !c.is_ascii_digit());
    let options = options.trim_start_matches(|c: char| c.is_ascii_digit());
    family == "a1" || options.split('-').next().is_some_and(|options| options.contains('g'))
}

/// A finding when there is no such class of database.
pub(super) fn check_class(writer: &mut Writer<'_, '_>, class: &str) {
    if !is_sold(class) {
        let all = classes();
        let all: Vec<&str> = all.iter().map(String::as_str).collect();
        let near = catalogue::nearest(class, &all);
        writer.refuse("database.tier", format!("{class} is not known on aws: choose {near}"));
    }
}

/// Families with their sizes.
fn rows() -> impl Iterator<Item = (&'static str, std::str::Split<'static, char>)> {
    let lines = CLASSES.lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| line.split_once(',')).map(|(family, sizes)| (family, sizes.split(',')))
}

fn is_sold(class: &str) -> bool {
    let Some((family, size)) = class.rsplit_once('.') else { return false };
    rows().any(|(known, mut sizes)| known == family && sizes.any(|known| known == size))
}

fn classes() -> Vec<String> {
    rows().flat_map(|(family, sizes)| sizes.map(move |size| [family, ".", size].concat())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processors_follow_from_the_name() {
        for arm in ["t4g.micro", "m7gd.large", "c6gn.medium", "g5g.xlarge", "is4gen.large", "a1.medium"] {
            assert!(is_arm(arm), "{arm}");
        }
        for intel in ["t3.micro", "g4dn.xlarge", "c7i-flex.large", "m5.large"] {
            assert!(!is_arm(intel), "{intel}");
        }
    }

    #[test]
    fn classes_are_known() {
        assert!(is_sold("db.t4g.micro") && is_sold("db.r8g.48xlarge"));
        for unknown in ["db.t4g.metal", "t4g.micro", "db.t4g", ""] {
            assert!(!is_sold(unknown), "{unknown}");
        }
    }
}
