//! The ConfigMap that carries a new table.

use crate::pricing::book::{PACKED_KEY, TABLE_KEY, Table};
use flate2::{Compression, write::GzEncoder};
use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1::ConfigMap;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use std::collections::BTreeMap;
use std::io::{Error, Write};

/// Most bytes that a ConfigMap may carry; the API server's own bound is 1 MiB with its keys.
pub const LARGEST_CONFIG_MAP: usize = 1_000_000;
/// Above this the table is packed, so that what people look at stays small.
const LARGEST_TEXT: usize = 256 << 10;

/// The ConfigMap with a table: as text while that is short, else packed. Errors when it is too large even so.
pub fn config_map(
    name: &str,
    namespace: &str,
    labels: BTreeMap<String, String>,
    table: &Table,
) -> Result<ConfigMap, Error> {
    let text = table.to_csv();
    let mut map = ConfigMap {
        metadata: ObjectMeta {
            name: Some(name.to_owned()),
            namespace: Some(namespace.to_owned()),
            labels: Some(labels),
            ..ObjectMeta::default()
        },
        ..ConfigMap::default()
    };
    if text.len() <= LARGEST_TEXT {
        map.data = Some(BTreeMap::from([(TABLE_KEY.to_owned(), text)]));
        return Ok(map);
    }
    let mut packed = GzEncoder::new(Vec::new(), Compression::best());
    packed.write_all(text.as_bytes())?;
    let packed = packed.finish()?;
    if packed.len() > LARGEST_CONFIG_MAP {
        return Err(Error::other(format!(
            "the table has {} bytes packed, but a ConfigMap holds {LARGEST_CONFIG_MAP}: select fewer rows",
            packed.len()
        )));
    }
    map.binary_data = Some(BTreeMap::from([(PACKED_KEY.to_owned(), ByteString(packed))]));
    Ok(map)
}
