//! The provider: protocol in front, tables and store behind.

mod apply;
mod create;
mod data;
mod failure;
mod faults;
mod import;
mod read;
mod service;
mod unused;
mod wire;

use std::sync::Arc;

use tokio::sync::{RwLock, watch};

use crate::kind::Catalogue;
use crate::plan::{Problem, Settings, Subject};
use crate::store::Client;

/// One provider process.
#[derive(Debug)]
pub struct Provider {
    catalogue: Catalogue,
    configured: RwLock<Option<Arc<Configured>>>,
    stop: watch::Sender<bool>,
}

/// What the provider block made of it.
#[derive(Debug)]
pub struct Configured {
    settings: Settings,
    store: Client,
}

impl Provider {
    /// Not configured yet.
    pub fn new(catalogue: Catalogue) -> Self {
        Self { catalogue, configured: RwLock::new(None), stop: watch::Sender::new(false) }
    }

    async fn configured(&self) -> Result<Arc<Configured>, Problem> {
        let configured = self.configured.read().await.clone();
        configured.ok_or_else(|| Problem::new("The provider is not configured"))
    }

    fn subject<'a>(&'a self, r#type: &'a str) -> Result<Subject<'a>, Problem> {
        Subject::find(&self.catalogue, r#type)
            .ok_or_else(|| Problem::new(format!("The sandbox has no resource type {type}")))
    }

    /// Ends when the engine wants running operations to give up.
    async fn stopped(&self) {
        let mut stop = self.stop.subscribe();
        if stop.wait_for(|stop| *stop).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
