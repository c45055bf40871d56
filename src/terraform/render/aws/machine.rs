//! Machine types and classes of databases that AWS sells.

use super::Writer;
use crate::domain::catalogue;

const MACHINES: &str = include_str!("data/machines.csv");
const CLASSES: &str = include_str!("data/classes.csv");

/// A finding when there is no such machine type.
pub(super) fn check(writer: &mut Writer<'_, '_>, field: &str, machine: &str) {
    known(writer, field, machine, MACHINES);
}

/// A finding when there is no such class of database.
pub(super) fn check_class(writer: &mut Writer<'_, '_>, field: &str, class: &str) {
    known(writer, field, class, CLASSES);
}

/// True for machines with ARM processors: a `g` behind the generation, as in `m7gd.large`, and the first of them.
pub(super) fn is_arm(machine: &str) -> bool {
    let family = machine.split('.').next().unwrap_or(machine);
    let options = family.trim_start_matches(|c: char| !c.is_ascii_digit());
    let options = options.trim_start_matches(|c: char| c.is_ascii_digit());
    family == "a1" || options.split('-').next().is_some_and(|options| options.contains('g'))
}

fn known(writer: &mut Writer<'_, '_>, field: &str, name: &str, table: &str) {
    if !is_sold(table, name) {
        let all = names(table);
        let all: Vec<&str> = all.iter().map(String::as_str).collect();
        writer.refuse(
            field,
            format!("{name} is not known on aws: choose {}", catalogue::nearest(name, &all)),
        );
    }
}

fn rows(table: &str) -> impl Iterator<Item = (&str, std::str::Split<'_, char>)> {
    let lines = table.lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| Some((line.split_once(',')?.0, line.split_once(',')?.1.split(','))))
}

fn is_sold(table: &str, name: &str) -> bool {
    let Some((family, size)) = name.rsplit_once('.') else { return false };
    rows(table).any(|(known, mut sizes)| known == family && sizes.any(|known| known == size))
}

fn names(table: &str) -> Vec<String> {
    rows(table).flat_map(|(family, sizes)| sizes.map(move |size| [family, ".", size].concat())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_known_and_their_processors() {
        for arm in ["t4g.micro", "m7gd.large", "c6gn.medium", "g5g.xlarge", "is4gen.large", "a1.medium"] {
            assert!(is_arm(arm) && is_sold(MACHINES, arm), "{arm}");
        }
        for intel in ["t3.micro", "g4dn.xlarge", "c7i-flex.large", "m5.large"] {
            assert!(!is_arm(intel) && is_sold(MACHINES, intel), "{intel}");
        }
        for unknown in ["t3.metal", "t9.micro", "e2-small", "m5", ""] {
            assert!(!is_sold(MACHINES, unknown), "{unknown}");
        }
        assert!(is_sold(CLASSES, "db.t4g.micro") && !is_sold(CLASSES, "db.t4g.metal"));
    }
}
