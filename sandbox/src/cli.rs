//! The command line for people.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Parser, Subcommand};
use thiserror::Error;

use crate::mirror::{self, DEFAULT_HOST, MirrorError};
use crate::store::{self, Client, Disk, Effect, Filter, ServeError, StoreError};

/// The sandbox cloud: a store of resources that are not real, and, under the
/// name of a provider plugin, the provider that makes them.
#[derive(Debug, Parser)]
#[command(name = "cloud-engine-sandbox", version)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serves the store.
    Serve {
        /// Where to listen.
        #[arg(long, default_value = "127.0.0.1:8080")]
        listen: SocketAddr,
        /// The file the cloud is kept in.
        #[arg(long)]
        data: PathBuf,
    },
    /// Prints what exists.
    List {
        /// The store's address.
        #[arg(long, env = store::URL_VARIABLE)]
        url: String,
        /// Only this resource type.
        #[arg(long)]
        r#type: Option<String>,
    },
    /// Prints what happened.
    Effects {
        /// The store's address.
        #[arg(long, env = store::URL_VARIABLE)]
        url: String,
    },
    /// Lays this program out as provider plugins in a filesystem mirror.
    Mirror {
        /// The mirror's folder.
        folder: PathBuf,
        /// The provider hosts to lay them out for.
        #[arg(long, default_value = DEFAULT_HOST)]
        host: Vec<String>,
    },
}

/// A command that failed.
#[derive(Debug, Error)]
pub enum CliError {
    /// The store's server.
    #[error(transparent)]
    Serve(#[from] ServeError),
    /// The store's client.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The mirror.
    #[error(transparent)]
    Mirror(#[from] MirrorError),
}

impl Cli {
    /// Runs the command.
    pub async fn run(self) -> Result<(), CliError> {
        match self.command {
            Command::Serve { listen, data } => Ok(store::serve(listen, Disk::new(data)).await?),
            Command::List { url, r#type } => {
                let filter = Filter { r#type, ..Filter::default() };
                let records = Client::at(&url)?.list(&filter).await?;
                print!("{}", store::table(&records));
                Ok(())
            }
            Command::Effects { url } => {
                for effect in Client::at(&url)?.effects().await? {
                    let Effect { seq, time, verb, actor, r#type, id, .. } = effect;
                    println!("{seq:5}  {time}  {actor:6}  {verb:6}  {type}  {id}");
                }
                Ok(())
            }
            Command::Mirror { folder, host } => {
                for file in mirror::mirror(&folder, &host)? {
                    println!("{}", file.display());
                }
                Ok(())
            }
        }
    }
}
