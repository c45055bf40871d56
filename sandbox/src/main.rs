//! The sandbox cloud: a provider that looks like the real one, and the store
//! its resources live in.
//!
//! Started as `terraform-provider-<name>_v<version>`, or by an engine, it is
//! a provider; else a command line.

mod cidr;
mod cli;
mod kind;
mod mirror;
mod plan;
mod plugin;
mod proto;
mod provider;
mod schema;
mod store;
mod time;
mod value;

use std::path::Path;
use std::process::ExitCode;

use clap::Parser as _;

use crate::cli::Cli;
use crate::kind::Catalogue;
use crate::provider::Provider;

fn main() -> ExitCode {
    tracing_subscriber::fmt().with_writer(std::io::stderr).with_ansi(false).init();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => return failed(&error),
    };
    let program = std::env::args().next().unwrap_or_default();
    let environment = |name: &str| std::env::var(name).ok();
    let plugin =
        provider_name(&program).or_else(|| environment(plugin::COOKIE_VARIABLE).map(|_| "google".to_owned()));
    match plugin {
        None => {
            let cli = Cli::parse();
            runtime.block_on(cli.run()).map_or_else(|error| failed(&error), |()| ExitCode::SUCCESS)
        }
        Some(name) => match Catalogue::find(&name) {
            Some(Ok(catalogue)) => {
                let result = runtime.block_on(async {
                    ignore_interrupts();
                    plugin::serve(Provider::new(catalogue), environment).await
                });
                // An operation still running is not waited for.
                runtime.shutdown_background();
                result.map_or_else(|error| failed(&error), |()| ExitCode::SUCCESS)
            }
            Some(Err(error)) => failed(&error),
            None => failed(&format!("the sandbox has no provider {name}")),
        },
    }
}

/// An interrupt reaches the whole process group; the engine alone decides
/// what it means for its providers. Listening replaces the default action.
fn ignore_interrupts() {
    tokio::spawn(async { while tokio::signal::ctrl_c().await.is_ok() {} });
}

/// The name in `terraform-provider-<name>` with or without `_v<version>`.
fn provider_name(program: &str) -> Option<String> {
    let file = Path::new(program).file_name()?.to_str()?;
    let name = file.strip_prefix("terraform-provider-")?;
    let name = name.split_once("_v").map_or(name, |(name, _)| name);
    Some(name.to_owned())
}

fn failed(error: &impl std::fmt::Display) -> ExitCode {
    eprintln!("{error}");
    ExitCode::FAILURE
}

#[cfg(test)]
mod tests {
    use super::provider_name;

    #[test]
    fn the_file_name_says_what_it_is() {
        let name = |program| provider_name(program);
        assert_eq!(name("/m/terraform-provider-google_v8.7.0").as_deref(), Some("google"));
        assert_eq!(name("terraform-provider-aws").as_deref(), Some("aws"));
        assert_eq!(name("/usr/bin/cloud-engine-sandbox"), None);
    }
}
