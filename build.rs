//! Packs the price tables into the one compressed file that the binary holds: the same tables, the same bytes.

use flate2::{Compression, write::GzEncoder};
use std::{env, fs, io, io::Write, path::Path};

/// In the order in which they are joined; each begins with the same header, of which one is kept.
const TABLES: [&str; 4] = ["gcp.csv", "aws.csv", "azure.csv", "free.csv"];

fn main() -> io::Result<()> {
    let folder = Path::new("src/pricing/data");
    let target = env::var_os("OUT_DIR").ok_or_else(|| io::Error::other("cargo sets OUT_DIR"))?;
    let mut packed =
        GzEncoder::new(fs::File::create(Path::new(&target).join("prices.csv.gz"))?, Compression::best());
    for (number, table) in TABLES.iter().enumerate() {
        let path = folder.join(table);
        println!("cargo::rerun-if-changed={}", path.display());
        let text = fs::read_to_string(path)?;
        let body = text.split_once('\n').map_or("", |(_, body)| body);
        packed.write_all(if number == 0 { text.as_bytes() } else { body.as_bytes() })?;
    }
    packed.finish()?;
    Ok(())
}
