//! One controller reconciles at a time. Leadership only saves work: no correctness rests on it, each
//! irreversible write carries its own precondition.

use super::clock::Clock;
use crate::names::LEASE;
use k8s_openapi::{
    api::coordination::v1::{Lease, LeaseSpec},
    apimachinery::pkg::apis::meta::v1::MicroTime,
    jiff::{SignedDuration, Timestamp},
};
use kube::{Api, Client, api::PostParams};
use std::{sync::Arc, time::Duration};
use tokio_util::sync::CancellationToken;

/// How long a Lease holds without renewal.
const DURATION: SignedDuration = SignedDuration::from_secs(15);
/// Between renewals, and between looks at another's Lease.
const STEP: Duration = Duration::from_secs(3);

/// A claim to leadership.
pub struct Leader {
    /// The Leases of the operator's namespace.
    pub leases: Api<Lease>,
    /// Who asks: pod name and a uid of this start.
    pub identity: String,
    /// The clock.
    pub clock: Arc<dyn Clock>,
}

impl Leader {
    /// For a controller in this namespace.
    pub fn new(client: Client, namespace: &str, identity: String, clock: Arc<dyn Clock>) -> Self {
        Self { leases: Api::namespaced(client, namespace), identity, clock }
    }

    /// Waits until this process leads; `false` when shutdown came first.
    pub async fn acquire(&self, shutdown: &CancellationToken) -> bool {
        loop {
            match self.try_in_time().await {
                Ok(true) => return true,
                Ok(false) => {}
                Err(error) => tracing::warn!(%error, "the lease could not be read or written"),
            }
            tokio::select! {
                () = shutdown.cancelled() => return false,
                () = tokio::time::sleep(STEP) => {}
            }
        }
    }

    /// Renews until the Lease is lost (then returns) or shutdown came (then releases it first).
    pub async fn keep(&self, shutdown: &CancellationToken) {
        let mut last = self.clock.now();
        loop {
            tokio::select! {
                () = shutdown.cancelled() => return self.release().await,
                () = tokio::time::sleep(STEP) => {}
            }
            match self.try_in_time().await {
                Ok(true) => last = self.clock.now(),
                Ok(false) => return tracing::error!("the lease is another's: this process ends"),
                Err(error) => tracing::warn!(%error, "the lease could not be renewed"),
            }
            if self.clock.now().duration_since(last) > SignedDuration::from_secs(10) {
                return tracing::error!("the lease was not renewed for 10 s: this process ends");
            }
        }
    }

    /// A call that hangs must not keep this process from seeing that it no longer leads.
    async fn try_in_time(&self) -> Result<bool, String> {
        let call = tokio::time::timeout(Duration::from_secs(5), self.try_take()).await;
        call.map_err(|_| "no answer in 5 s".to_owned())?.map_err(|error| error.to_string())
    }

    /// Creates, renews or takes over the Lease; `false` when another holds it.
    async fn try_take(&self) -> Result<bool, kube::Error> {
        let now = self.clock.now();
        let Some(mut lease) = self.leases.get_opt(LEASE).await? else {
            let lease = Lease {
                metadata: kube::api::ObjectMeta { name: Some(LEASE.to_owned()), ..Default::default() },
                spec: Some(self.spec(now)),
            };
            return lost_race(self.leases.create(&PostParams::default(), &lease).await);
        };
        let spec = lease.spec.clone().unwrap_or_default();
        let ours = spec.holder_identity.as_deref() == Some(&self.identity);
        let expired = spec.renew_time.is_none_or(|MicroTime(at)| now.duration_since(at) > DURATION);
        let free = spec.holder_identity.as_deref().unwrap_or_default().is_empty();
        if !(ours || expired || free) {
            return Ok(false);
        }
        lease.spec = Some(self.spec(now));
        // The resourceVersion that was read goes along: of two that take over, one wins.
        lost_race(self.leases.replace(LEASE, &PostParams::default(), &lease).await)
    }

    async fn release(&self) {
        if let Ok(Some(mut lease)) = self.leases.get_opt(LEASE).await {
            let ours = lease.spec.as_ref().and_then(|s| s.holder_identity.as_deref()) == Some(&self.identity);
            if let (true, Some(spec)) = (ours, lease.spec.as_mut()) {
                spec.holder_identity = None;
                if let Err(error) = self.leases.replace(LEASE, &PostParams::default(), &lease).await {
                    tracing::warn!(%error, "the lease was not released; it ends by itself in 15 s");
                }
            }
        }
    }

    fn spec(&self, now: Timestamp) -> LeaseSpec {
        LeaseSpec {
            holder_identity: Some(self.identity.clone()),
            lease_duration_seconds: Some(15),
            renew_time: Some(MicroTime(now)),
            ..LeaseSpec::default()
        }
    }
}

fn lost_race(result: Result<Lease, kube::Error>) -> Result<bool, kube::Error> {
    match result {
        Ok(_) => Ok(true),
        Err(kube::Error::Api(status)) if status.code == 409 => Ok(false),
        Err(error) => Err(error),
    }
}
