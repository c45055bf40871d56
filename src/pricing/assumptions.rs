//! What is assumed about use: no plan tells how much goes into a bucket. Always printed with the lines that
//! rest on it.

use super::book::Layer;
use super::money;
use rust_decimal::Decimal;
use std::collections::BTreeMap;

/// How much is used in a month, where a plan cannot tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assumptions {
    values: BTreeMap<&'static str, Decimal>,
}

/// The names of the assumptions, what they are when nobody says otherwise, and their words.
pub const ALL: [(&str, u32, &str); 5] = [
    (BUCKET, 100, "GB kept in a bucket"),
    (LOGS, 10, "GB of logs a month"),
    (NAT, 100, "GB through a NAT gateway a month"),
    (BALANCER, 100, "GB through a load balancer a month"),
    (LCU, 1, "load balancer capacity units in use"),
];

/// GB kept in a bucket or storage account.
pub(super) const BUCKET: &str = "bucketGb";
/// GB that a log group takes in a month.
pub(super) const LOGS: &str = "logGb";
/// GB that pass a NAT gateway in a month.
pub(super) const NAT: &str = "natGb";
/// GB that pass a load balancer in a month.
pub(super) const BALANCER: &str = "balancerGb";
/// Capacity units of a load balancer.
pub(super) const LCU: &str = "lcu";

impl Default for Assumptions {
    fn default() -> Self {
        Self { values: ALL.into_iter().map(|(name, value, _)| (name, Decimal::from(value))).collect() }
    }
}

impl Assumptions {
    /// The operator's, for one project: what is said for the project counts before what is said for all.
    /// `layers` in any order; a scoped one counts before one for all namespaces.
    pub fn layered(layers: &[Layer], namespace: &str, project: &str) -> Self {
        let mut serving: Vec<&Layer> = layers.iter().filter(|layer| layer.serves(namespace)).collect();
        serving.sort_by(|a, b| a.rank().cmp(&b.rank()));
        let mut all = Self::default();
        let own = [namespace, ".", project, "."].concat();
        for prefix in ["", own.as_str()] {
            for layer in &serving {
                for (name, value) in &mut all.values {
                    let said = layer.assumptions.get(&[prefix, name].concat());
                    *value = said.and_then(|text| money::parse(text)).unwrap_or(*value);
                }
            }
        }
        all
    }

    /// How much is assumed.
    pub(super) fn get(&self, name: &str) -> Decimal {
        self.values.get(name).copied().unwrap_or_default()
    }
}

/// Words for an assumption: `100 GB kept in a bucket`.
pub(super) fn words(name: &str, value: Decimal) -> String {
    let what = ALL.iter().find(|(known, ..)| *known == name).map_or(name, |(_, _, words)| words);
    format!("{} {what}", value.normalize())
}

/// Refuses names that are not known and values that are no amounts: a slip would count for nothing in silence.
pub(super) fn check(said: &BTreeMap<String, String>) -> Result<(), String> {
    for (key, value) in said {
        let name = key.rsplit('.').next().unwrap_or_default();
        let parts = key.split('.').count();
        if !ALL.iter().any(|(known, ..)| *known == name) || !matches!(parts, 1 | 3) {
            let names: Vec<&str> = ALL.iter().map(|(name, ..)| *name).collect();
            return Err(format!(
                "assume.{key} is not known: there are {}, alone or behind NAMESPACE.PROJECT",
                names.join(", ")
            ));
        }
        if money::parse(value).is_none() {
            return Err(format!("assume.{key} is {value:?}, which is not an amount such as 100"));
        }
    }
    Ok(())
}
