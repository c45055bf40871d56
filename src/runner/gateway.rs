//! The gateway's client: one certificate, a fresh token for each call, repeats while it is worth it.

use super::settings::Settings;
use super::signals::{Limit, Stop};
use crate::wire::Refusal;
use bytes::{Bytes, BytesMut};
use http::{Method, StatusCode};
use rustls::pki_types::{CertificateDer, pem::PemObject};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// Longest wait for one answer.
const CALL: Duration = Duration::from_secs(30);
/// Largest answer that is read.
const ANSWER: usize = 64 << 20;

/// The gateway, as this pod sees it.
#[derive(Clone)]
pub(super) struct Gateway {
    client: reqwest::Client,
    url: String,
    token_file: PathBuf,
    stop: Stop,
}

/// One call.
pub(super) struct Call<'a> {
    pub method: Method,
    pub path: &'a str,
    pub query: &'a [(&'a str, &'a str)],
    pub headers: &'a [(&'a str, &'a str)],
    pub body: Bytes,
}

/// An answer below 500.
pub(super) struct Answer {
    pub status: StatusCode,
    pub body: Bytes,
}

/// Why there is no good answer.
#[derive(thiserror::Error, Debug)]
pub(super) enum CallError {
    /// The gateway says no.
    #[error("the gateway refused: {0}")]
    Refused(Refusal),
    /// Nothing but errors, until the time was over.
    #[error("the gateway did not answer: {0}")]
    Unreachable(String),
}

impl<'a> Call<'a> {
    pub(super) fn new(method: Method, path: &'a str, body: impl Into<Bytes>) -> Self {
        Self { method, path, query: &[], headers: &[], body: body.into() }
    }
}

impl Answer {
    /// The body of a success; a refusal otherwise.
    pub(super) fn success(self) -> Result<Bytes, CallError> {
        if self.status.is_success() {
            return Ok(self.body);
        }
        Err(CallError::Refused(serde_json::from_slice(&self.body).unwrap_or_else(|_| Refusal {
            reason: crate::names::reason::FORBIDDEN.to_owned(),
            message: format!("status {}", self.status),
        })))
    }
}

impl Gateway {
    pub(super) fn new(settings: &Settings, stop: Stop) -> Result<Self, String> {
        let mut roots = rustls::RootCertStore::empty();
        for certificate in CertificateDer::pem_slice_iter(settings.gateway_ca.as_bytes()) {
            let certificate = certificate.map_err(|error| format!("the gateway's CA is no PEM: {error}"))?;
            roots.add(certificate).map_err(|error| format!("the gateway's CA is no certificate: {error}"))?;
        }
        let tls =
            rustls::ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
                .with_safe_default_protocol_versions()
                .map_err(|error| format!("no TLS: {error}"))?
                .with_root_certificates(roots)
                .with_no_client_auth();
        let client = reqwest::Client::builder()
            .use_preconfigured_tls(tls)
            .https_only(true)
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|error| format!("no HTTP client: {error}"))?;
        Ok(Self { client, url: settings.gateway_url.clone(), token_file: settings.token_file.clone(), stop })
    }

    /// Calls, and again after 5xx and broken connections until the limit. The first try is always made.
    pub(super) async fn call(&self, call: &Call<'_>, limit: Limit) -> Result<Answer, CallError> {
        let mut pause = Duration::from_millis(200);
        loop {
            let problem = match self.once(call, limit).await {
                Ok(answer) if !repeatable(answer.status) => return Ok(answer),
                Ok(answer) => format!("status {}", answer.status),
                Err(error) => error,
            };
            if Instant::now() + pause >= self.stop.until(limit) {
                return Err(CallError::Unreachable(problem));
            }
            sleep(pause).await;
            pause = (pause * 2).min(Duration::from_secs(5));
        }
    }

    /// Gets bytes; none where the gateway has none.
    pub(super) async fn get(&self, path: &str) -> Result<Option<Bytes>, CallError> {
        let answer = self.call(&Call::new(Method::GET, path, Bytes::new()), Limit::Pod).await?;
        match answer.status {
            StatusCode::NOT_FOUND | StatusCode::NO_CONTENT => Ok(None),
            _ => answer.success().map(Some),
        }
    }

    /// Hands over bytes.
    pub(super) async fn send(
        &self,
        method: Method,
        path: &str,
        body: impl Into<Bytes>,
    ) -> Result<Bytes, CallError> {
        self.call(&Call::new(method, path, body), Limit::Pod).await?.success()
    }

    /// Posts JSON.
    pub(super) async fn post<T: serde::Serialize>(
        &self,
        path: &str,
        value: &T,
        limit: Limit,
    ) -> Result<Bytes, CallError> {
        let body = serde_json::to_vec(value).map_err(|error| CallError::Unreachable(error.to_string()))?;
        let headers = &[("content-type", "application/json")][..];
        self.call(&Call { headers, ..Call::new(Method::POST, path, body) }, limit).await?.success()
    }

    async fn once(&self, call: &Call<'_>, limit: Limit) -> Result<Answer, String> {
        let left = self.stop.until(limit).saturating_duration_since(Instant::now());
        let token =
            tokio::fs::read_to_string(&self.token_file).await.map_err(|error| format!("token: {error}"))?;
        let mut request = self
            .client
            .request(call.method.clone(), format!("{}{}", self.url, call.path))
            .query(call.query)
            .timeout(left.clamp(Duration::from_secs(2), CALL))
            .bearer_auth(token.trim())
            .body(call.body.clone());
        for (name, value) in call.headers {
            request = request.header(*name, *value);
        }
        let mut response = request.send().await.map_err(|error| describe(&error))?;
        let (status, mut body) = (response.status(), BytesMut::new());
        while let Some(piece) = response.chunk().await.map_err(|error| describe(&error))? {
            if body.len() + piece.len() > ANSWER {
                return Err(format!("an answer of more than {ANSWER} bytes"));
            }
            body.extend_from_slice(&piece);
        }
        Ok(Answer { status, body: body.freeze() })
    }
}

fn repeatable(status: StatusCode) -> bool {
    status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS
}

/// The whole chain of causes: the first alone says only that it failed.
fn describe(error: &reqwest::Error) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}
