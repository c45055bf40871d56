//! Sizes of database servers. Source: the flexible servers' compute sizes, learn.microsoft.com/azure
//! (postgresql and mysql, compute and storage), as far as provider 5.10.0 knows them; as of 2025.

use super::Writer;
use crate::{
    api::resource::{Database, DatabaseEngine},
    domain::catalogue::nearest,
};

/// Sizes that are written alike: what comes before, the sizes, what comes after.
type Family = (&'static str, &'static [&'static str], &'static str);

const TO_64: &[&str] = &["2", "4", "8", "16", "32", "48", "64"];
const TO_96: &[&str] = &["2", "4", "8", "16", "32", "48", "64", "96"];
const WITH_20: &[&str] = &["2", "4", "8", "16", "20", "32", "48", "64"];
const WITH_20_TO_96: &[&str] = &["2", "4", "8", "16", "20", "32", "48", "64", "96"];

const POSTGRES: [Family; 9] = [
    ("B_Standard_B", &["1ms", "2s", "2ms", "4ms", "8ms", "12ms", "16ms", "20ms"], ""),
    ("GP_Standard_D", TO_64, "s_v3"),
    ("GP_Standard_D", TO_64, "ds_v4"),
    ("GP_Standard_D", TO_96, "ds_v5"),
    ("GP_Standard_D", TO_96, "ads_v5"),
    ("MO_Standard_E", WITH_20, "s_v3"),
    ("MO_Standard_E", WITH_20, "ds_v4"),
    ("MO_Standard_E", WITH_20_TO_96, "ds_v5"),
    ("MO_Standard_E", TO_96, "ads_v5"),
];

const MYSQL: [Family; 6] = [
    ("B_Standard_B", &["1s", "1ms", "2s", "2ms", "4ms", "8ms", "12ms", "16ms", "20ms"], ""),
    ("GP_Standard_D", TO_64, "ds_v4"),
    ("GP_Standard_D", TO_64, "ads_v5"),
    ("MO_Standard_E", &["2", "4", "8", "16", "32", "48", "64", "80i"], "ds_v4"),
    ("MO_Standard_E", TO_96, "ds_v5"),
    ("MO_Standard_E", &["2", "4", "8", "16", "32", "48", "64"], "ads_v5"),
];

/// All sizes of an engine's servers.
fn all(engine: DatabaseEngine) -> Vec<String> {
    let families: &[Family] = match engine {
        DatabaseEngine::Postgres => &POSTGRES,
        DatabaseEngine::Mysql => &MYSQL,
    };
    let names = |(before, sizes, after): &Family| -> Vec<String> {
        sizes.iter().map(|size| [before, *size, after].concat()).collect()
    };
    families.iter().flat_map(names).collect()
}

/// Findings on a size that is not sold, with the nearest ones, or that has no standby.
pub(super) fn check(writer: &mut Writer<'_, '_>, database: &Database, tier: &str) {
    let all = all(database.engine);
    let near = |fit: &dyn Fn(&str) -> bool| {
        let fitting: Vec<&str> = all.iter().map(String::as_str).filter(|tier| fit(tier)).collect();
        nearest(tier, &fitting)
    };
    if !all.iter().any(|known| known == tier) {
        let near = near(&|tier| !database.ha || !is_burstable(tier));
        writer.refuse(
            "database.tier",
            format!("azure sells no {} in {tier}: choose {near}", database.engine.as_str()),
        );
    } else if database.ha && is_burstable(tier) {
        let near = near(&|tier| !is_burstable(tier));
        writer.refuse("database.ha", format!("{tier} is a burstable size, and azure keeps no standby for these. Set tier to another, such as {near}, or ha: false"));
    }
}

fn is_burstable(tier: &str) -> bool {
    tier.starts_with("B_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sizes_are_those_of_the_engine() {
        assert!(all(DatabaseEngine::Postgres).contains(&"GP_Standard_D4s_v3".to_owned()));
        assert!(!all(DatabaseEngine::Mysql).contains(&"GP_Standard_D4s_v3".to_owned()));
        for engine in [DatabaseEngine::Postgres, DatabaseEngine::Mysql] {
            let mut names = all(engine);
            assert!(names.contains(&"B_Standard_B1ms".to_owned()));
            let count = names.len();
            names.sort();
            names.dedup();
            assert_eq!(names.len(), count);
        }
    }
}
