//! `cloud-engine prices …`.

use super::cost::{book, read, today};
use super::output::{Format, Output, print, print_json};
use super::{CliError, Place, cluster::Cluster};
use crate::api::Provider;
use crate::names;
use crate::pricing::book::{Fault, Key, Row, Table, table::USD};
use crate::pricing::money::{show_hour, show_month};
use crate::pricing::refresh::{Origin, Selection, config_map, difference, import, text_of};
use clap::ValueEnum;
use k8s_openapi::api::core::v1::ConfigMap;
use k8s_openapi::jiff::civil::Date;
use kube::Api;
use kube::api::{Patch, PatchParams};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;
use std::time::Duration;

/// Longest wait for a published list, and its most bytes: the largest known one has 1 MB.
const LIST_WITHIN: Duration = Duration::from_secs(60);
const LIST_BYTES: usize = 64 << 20;
/// Most pages of a list: a region of a cloud has some tens.
const LIST_PAGES: usize = 500;
/// So many rows of a kind are shown; the counts tell the rest.
const SHOWN: usize = 20;

/// What there is to do with prices.
#[derive(clap::Subcommand, Debug)]
pub enum PricesCommand {
    /// List the machine types of a region with their size and price.
    Machines(MachinesArgs),
    /// Check a new table or published list, show what would change, and write the ConfigMap that carries it.
    Refresh(RefreshArgs),
}

/// What `prices machines` takes.
#[derive(clap::Args, Debug)]
pub struct MachinesArgs {
    /// Cloud.
    #[arg(value_enum)]
    provider: Cloud,
    /// Region, as the cloud spells it.
    region: String,
    #[command(flatten)]
    output: Output,
}

/// What `prices refresh` takes.
#[derive(clap::Args, Debug)]
pub struct RefreshArgs {
    /// File, or https:// address, of a table or of a published list; packed with gzip or not.
    #[arg(long, value_name = "FILE|URL")]
    from: String,
    /// Who published the list; a table names its sources itself.
    #[arg(long, requires = "as_of")]
    source: Option<String>,
    /// Date of the list, such as 2026-07-30.
    #[arg(long, requires = "source")]
    as_of: Option<Date>,
    /// Keep all rows of a list, not only the machine types and services that the embedded table has.
    #[arg(long)]
    all: bool,
    /// Name of the ConfigMap.
    #[arg(long, default_value = "cloud-engine-prices")]
    name: String,
    /// What to print: the ConfigMap with what differs from the embedded table, or all rows as a table.
    #[arg(long, value_enum, default_value_t = Print::Manifest)]
    print: Print,
    /// Write the ConfigMap to the cluster, into the operator's namespace, instead of printing it.
    #[arg(long, conflicts_with = "print")]
    apply: bool,
    #[command(flatten)]
    place: Place,
}

/// Forms of a new table.
#[derive(ValueEnum, Debug, Clone, Copy, PartialEq, Eq)]
enum Print {
    /// A ConfigMap as YAML.
    Manifest,
    /// A table.
    Csv,
}

/// The clouds, as people type them.
#[derive(ValueEnum, Debug, Clone, Copy)]
enum Cloud {
    /// Google Cloud.
    Gcp,
    /// AWS.
    Aws,
    /// Azure.
    Azure,
}

/// Does what was asked.
pub async fn run(command: PricesCommand) -> Result<(), CliError> {
    match command {
        PricesCommand::Machines(args) => machines(&args),
        PricesCommand::Refresh(args) => refresh(args).await,
    }
}

fn machines(args: &MachinesArgs) -> Result<(), CliError> {
    let provider = match args.provider {
        Cloud::Gcp => Provider::Gcp,
        Cloud::Aws => Provider::Aws,
        Cloud::Azure => Provider::Azure,
    };
    let book = book(None)?;
    let found = book.machines(provider, &args.region);
    if found.is_empty() {
        let near = book.nearest_regions(provider, &args.region, 3).join(", ");
        return Err(CliError::Refused(format!(
            "there are no prices for that region: the nearest are {near}"
        )));
    }
    if args.output.format == Format::Json {
        let machines: Vec<_> = found
            .iter()
            .map(|m| serde_json::json!({
                "name": m.name, "vcpu": m.vcpu, "billedVcpu": m.billed_vcpu.map(|n| n.to_string()),
                "memGib": m.mem_gib.normalize().to_string(), "arch": m.arch, "cost": m.cost, "asOf": m.as_of,
            }))
            .collect();
        return print_json(&machines);
    }
    let mut text = format!(
        "{:<22} {:>5} {:>9} {:<7} {:>9} {:>10}  prices of\n",
        "TYPE", "VCPU", "GIB", "ARCH", "HOUR", "MONTH"
    );
    for m in found {
        let (hour, month) = (show_hour(m.cost.hourly()), show_month(m.cost.monthly()));
        let mem = m.mem_gib.normalize();
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "{:<22} {:>5} {mem:>9} {:<7} {hour:>9} {month:>10}  {}",
            m.name,
            m.vcpu,
            m.arch.as_str(),
            m.as_of
        );
    }
    print(text.as_bytes())
}

async fn refresh(args: RefreshArgs) -> Result<(), CliError> {
    let bytes = if args.from.starts_with("https://") {
        fetch(&args.from).await?
    } else {
        read(Path::new(&args.from))?
    };
    let text = text_of(&bytes).map_err(|why| CliError::Refused(format!("{} {why}", args.from)))?;
    let origin = match (&args.source, args.as_of) {
        (Some(source), Some(as_of)) if as_of <= today() => {
            Some(Origin { source: source.as_str().into(), as_of })
        }
        (Some(_), Some(as_of)) => {
            return Err(CliError::Refused(format!(
                "{as_of} lies ahead: a list has the date it was published"
            )));
        }
        _ => None,
    };
    let mut found = import(&text, origin.as_ref());
    // Whoever wrote a table has chosen its rows; a list holds all there is.
    if !args.all && origin.is_some() {
        let selection = Selection::curated();
        found.rows.retain(|key, _| selection.holds(key));
    }
    tell(&faults(&found.faults));
    if found.rows.is_empty() {
        return Err(CliError::Refused(format!("{} holds no row that can be taken", args.from)));
    }
    if args.print == Print::Csv {
        return print(Table::new("new", USD, found.rows).to_csv().as_bytes());
    }
    let base = book(None)?;
    tell(&difference(&base, &found.rows).to_text(SHOWN));
    // What the embedded table says as well need not be carried.
    found.rows.retain(|key, row| base.row(key) != Some(row));
    if found.rows.is_empty() {
        tell("nothing differs, so there is nothing to write\n");
        return Ok(());
    }
    let map = manifest(&args, found.rows)?;
    if args.apply { apply(&args, &map).await } else { print(yaml(&map)?.as_bytes()) }
}

fn manifest(args: &RefreshArgs, rows: BTreeMap<Key, Row>) -> Result<ConfigMap, CliError> {
    let labels = BTreeMap::from([
        (names::label::PRICES.to_owned(), "true".to_owned()),
        (names::label::MANAGED_BY.to_owned(), names::MANAGER.to_owned()),
    ]);
    config_map(&args.name, &args.place.operator_namespace, labels, &Table::new(&args.name, USD, rows))
        .map_err(|source| CliError::Io { doing: "write the ConfigMap".to_owned(), source })
}

fn yaml(map: &ConfigMap) -> Result<String, CliError> {
    serde_yaml_ng::to_string(map).map_err(|e| CliError::Refused(format!("cannot write YAML: {e}")))
}

async fn apply(args: &RefreshArgs, map: &ConfigMap) -> Result<(), CliError> {
    let cluster = Cluster::connect(&args.place).await?;
    let api: Api<ConfigMap> = Api::namespaced(cluster.client.clone(), &args.place.operator_namespace);
    let doing = format!("write ConfigMap {} in namespace {}", args.name, args.place.operator_namespace);
    // A table that somebody else keeps under this name is not taken over.
    api.patch(&args.name, &PatchParams::apply(names::manager::PRICES), &Patch::Apply(map))
        .await
        .map_err(CliError::api(doing))?;
    tell(&format!("written to ConfigMap {} in namespace {}\n", args.name, args.place.operator_namespace));
    Ok(())
}

/// What was left out: counts by kind, and the first rows of each.
fn faults(all: &[Fault]) -> String {
    let mut kinds: BTreeMap<&str, Vec<&Fault>> = BTreeMap::new();
    for fault in all {
        kinds.entry(&fault.what).or_default().push(fault);
    }
    let mut text = String::new();
    for (what, rows) in kinds {
        let _ = writeln!(text, "left out, {}: {what}", rows.len());
        for fault in rows.iter().take(SHOWN) {
            let _ = writeln!(text, "  line {}: {}", fault.line, fault.row);
        }
        if rows.len() > SHOWN {
            let _ = writeln!(text, "  … and {} more", rows.len() - SHOWN);
        }
    }
    text
}

/// Words for people go to standard error: standard output is the table.
fn tell(text: &str) {
    eprint!("{text}");
}

/// The bytes of an address. Where a page names the next one, all pages, as a JSON list.
async fn fetch(address: &str) -> Result<Vec<u8>, CliError> {
    let client = client().map_err(|e| cannot_fetch(address, &e.to_string()))?;
    let mut pages = vec![get(&client, address).await?];
    while let Some(next) = pages.last().and_then(|page| next_page(address, page)) {
        pages.push(get(&client, &next).await?);
        let size: usize = pages.iter().map(Vec::len).sum();
        if size > LIST_BYTES || pages.len() > LIST_PAGES {
            return Err(cannot_fetch(address, "it has too many pages"));
        }
    }
    match pages.as_slice() {
        [_] => Ok(pages.swap_remove(0)),
        all => Ok([b"[".as_slice(), &all.join(b",".as_slice()), b"]"].concat()),
    }
}

/// Address of the page behind this one, on the same host only.
fn next_page(address: &str, page: &[u8]) -> Option<String> {
    #[derive(serde::Deserialize)]
    struct Page {
        #[serde(rename = "NextPageLink")]
        next: String,
    }
    let next = serde_json::from_slice::<Page>(page).ok()?.next;
    let [here, there] = [address, next.as_str()].map(|a| reqwest::Url::parse(a).ok());
    let same = here.zip(there).is_some_and(|(h, t)| h.origin() == t.origin());
    same.then_some(next)
}

fn cannot_fetch(address: &str, why: &str) -> CliError {
    CliError::Refused(format!("cannot fetch {address}: {why}. Fetch it by other means and name the file"))
}

fn client() -> Result<reqwest::Client, reqwest::Error> {
    let mut builder =
        reqwest::Client::builder().timeout(LIST_WITHIN).https_only(true).tls_built_in_root_certs(false);
    for certificate in rustls_native_certs::load_native_certs().certs {
        if let Ok(certificate) = reqwest::Certificate::from_der(&certificate) {
            builder = builder.add_root_certificate(certificate);
        }
    }
    builder.build()
}

async fn get(client: &reqwest::Client, address: &str) -> Result<Vec<u8>, CliError> {
    let refused = |e: reqwest::Error| cannot_fetch(address, &e.without_url().to_string());
    let answer = client.get(address).send().await.and_then(reqwest::Response::error_for_status);
    let mut answer = answer.map_err(refused)?;
    let mut bytes = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(refused)? {
        bytes.extend_from_slice(&chunk);
        if bytes.len() > LIST_BYTES {
            return Err(cannot_fetch(address, &format!("it is larger than {} MiB", LIST_BYTES >> 20)));
        }
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::next_page;

    #[test]
    fn the_next_page_lies_on_the_same_host() {
        let page = |next: &str| next_page("https://prices.azure.com/api/retail/prices?x=1", next.as_bytes());
        let link = "https://prices.azure.com:443/api/retail/prices?$skip=100";
        assert_eq!(page(&format!("{{\"Items\": [], \"NextPageLink\": \"{link}\"}}")).as_deref(), Some(link));
        for other in ["https://evil.example/p", "http://prices.azure.com/p", ""] {
            assert_eq!(page(&format!("{{\"Items\": [], \"NextPageLink\": \"{other}\"}}")), None);
        }
        assert_eq!(page("{\"NextPageLink\": null}"), None);
        assert_eq!(page("region,vm_size,usd_hour"), None);
    }
}
