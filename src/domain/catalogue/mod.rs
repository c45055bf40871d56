//! What the clouds sell, as far as the forms offer it: regions, images, versions of databases. The tables are
//! data files with their source and date.

mod nearest;

pub use nearest::nearest;

use crate::api::{Provider, resource::DatabaseEngine};
use std::sync::LazyLock;

/// Rows of a table: fields between commas; `#` begins a note.
type Rows = Vec<Vec<&'static str>>;

static REGIONS: LazyLock<Rows> = LazyLock::new(|| read(include_str!("data/regions.csv")));
static IMAGES: LazyLock<Rows> = LazyLock::new(|| read(include_str!("data/images.csv")));
static DATABASES: LazyLock<Rows> = LazyLock::new(|| read(include_str!("data/databases.csv")));

fn read(text: &'static str) -> Rows {
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(|line| line.split(',').collect()).collect()
}

/// Rows that begin with these fields; of each the rest.
fn rows<'t>(table: &'t Rows, key: &[&str]) -> impl Iterator<Item = &'t [&'static str]> {
    let key: Vec<String> = key.iter().map(|part| (*part).to_owned()).collect();
    table.iter().filter_map(move |row| {
        let (head, rest) = row.split_at_checked(key.len())?;
        (head == key).then_some(rest)
    })
}

/// First field of each of these rows.
fn firsts(table: &Rows, key: &[&str]) -> Vec<&'static str> {
    let mut all: Vec<&str> = rows(table, key).filter_map(|row| row.first().copied()).collect();
    all.dedup();
    all
}

const fn name(provider: Provider) -> &'static str {
    match provider {
        Provider::Gcp => "gcp",
        Provider::Aws => "aws",
        Provider::Azure => "azure",
    }
}

/// Regions of a cloud, sorted.
pub fn regions(provider: Provider) -> Vec<&'static str> {
    firsts(&REGIONS, &[name(provider)])
}

/// `None` when the cloud has this region, else a sentence with the three nearest.
pub fn unknown_region(provider: Provider, region: &str) -> Option<String> {
    let known = regions(provider);
    (!known.contains(&region)).then(|| {
        format!("{} has no region {region}: did you mean {}?", name(provider), nearest(region, &known))
    })
}

/// The provider's reference of one of our images; an error is a sentence with the nearest names.
pub fn image(provider: Provider, image: &str, arm: bool) -> Result<&'static str, String> {
    let arch = if arm { "arm64" } else { "amd64" };
    let found = rows(&IMAGES, &[name(provider), image, arch]).find_map(|row| row.first().copied());
    found.ok_or_else(|| {
        let known = firsts(&IMAGES, &[name(provider)]);
        format!(
            "image {image} is not known: choose {}, or an image by the provider's id of it",
            nearest(image, &known)
        )
    })
}

/// The provider's name of a version of an engine; an error is a sentence with the nearest versions.
pub fn database(provider: Provider, engine: DatabaseEngine, version: &str) -> Result<&'static str, String> {
    let key = [name(provider), engine.as_str()];
    let found = rows(&DATABASES, &key).find_map(|row| match row {
        [known, theirs] if *known == version => Some(*theirs),
        _ => None,
    });
    found.ok_or_else(|| {
        format!(
            "{} sells no {} {version}: choose {}",
            name(provider),
            engine.as_str(),
            nearest(version, &firsts(&DATABASES, &key))
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_region_names_the_nearest_three() {
        assert_eq!(unknown_region(Provider::Gcp, "europe-west1"), None);
        let told = unknown_region(Provider::Gcp, "europe-west-1").unwrap();
        assert!(told.ends_with("did you mean europe-west1, europe-west10 or europe-west12?"), "{told}");
        let told = unknown_region(Provider::Aws, "us-est-1").unwrap();
        assert!(told.contains("us-east-1"), "{told}");
    }

    #[test]
    fn images_follow_the_architecture_and_versions_the_cloud() {
        assert!(image(Provider::Gcp, "debian-12", true).unwrap().ends_with("debian-12-arm64"));
        assert!(image(Provider::Azure, "ubuntu", false).unwrap_err().contains("ubuntu-24.04 or debian-12"));
        assert_eq!(database(Provider::Gcp, DatabaseEngine::Postgres, "16"), Ok("POSTGRES_16"));
        let told = database(Provider::Azure, DatabaseEngine::Mysql, "9").unwrap_err();
        assert_eq!(told, "azure sells no mysql 9: choose 8.0 or 8.4");
    }

    #[test]
    fn the_tables_are_well_formed() {
        for (table, fields) in [(&REGIONS, 2), (&IMAGES, 4), (&DATABASES, 4)] {
            assert!(!table.is_empty() && table.iter().all(|row| row.len() == fields));
            let mut sorted: Vec<_> = table.iter().collect();
            sorted.sort();
            sorted.dedup();
            assert_eq!(sorted.len(), table.len());
            assert!(table.iter().all(|row| ["gcp", "aws", "azure"].contains(&row[0])));
        }
    }
}
