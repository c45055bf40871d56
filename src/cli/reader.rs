//! Plans and logs from the gateway, through the API server's service proxy.
//!
//! The proxy drops `Authorization` and hands other headers on, so the short token of the namespace's reader
//! account travels in [`names::READER_HEADER`]. Who may create that token may read.

use super::{CliError, Place, cluster::Cluster, text::plain};
use crate::names;
use bytes::Bytes;
use http::{HeaderMap, Request, StatusCode};
use k8s_openapi::api::authentication::v1::{TokenRequest, TokenRequestSpec};
use k8s_openapi::api::core::v1::ServiceAccount;
use kube::Api;
use kube::api::PostParams;
use kube::client::Body;
use std::time::Duration;

/// Longest wait for one answer: the gateway's pages are at most a few MiB.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);
/// Life of a token; the least that the API server gives.
const TOKEN_SECONDS: i64 = 600;

enum Way {
    Proxy { operator_namespace: String },
    Direct { base: String, http: reqwest::Client },
}

/// Reads what the gateway keeps of the sessions of one namespace.
pub struct Reader<'a> {
    cluster: &'a Cluster,
    way: Way,
    token: Option<String>,
}

/// A piece of a log.
pub struct LogPage {
    /// The bytes from the asked offset on; none when there are no more yet.
    pub bytes: Bytes,
    /// Offset to ask next.
    pub next_offset: u64,
    /// Phase of the session at that moment.
    pub phase: Option<String>,
}

impl<'a> Reader<'a> {
    /// Chooses the way; calls nothing yet.
    pub fn new(cluster: &'a Cluster, place: &Place) -> Result<Self, CliError> {
        let way = match (&place.gateway, &place.gateway_ca) {
            (Some(base), Some(file)) => {
                let doing = format!("read {}", file.display());
                let pem =
                    std::fs::read(file).map_err(|source| CliError::Io { doing: doing.clone(), source })?;
                Way::Direct {
                    base: base.trim_end_matches('/').to_owned(),
                    http: direct_client(&pem, &doing)?,
                }
            }
            _ => Way::Proxy { operator_namespace: place.operator_namespace.clone() },
        };
        Ok(Self { cluster, way, token: None })
    }

    /// A piece of the log from this offset on.
    pub async fn log(&mut self, session: &str, offset: u64) -> Result<LogPage, CliError> {
        let path = format!("/v1/sessions/{session}/log?offset={offset}&ns={}", self.cluster.namespace);
        let (headers, bytes) = self.get(&path, "read the log").await?;
        let header = |name: &str| headers.get(name).and_then(|v| v.to_str().ok());
        let read_to = offset.saturating_add(bytes.len() as u64);
        Ok(LogPage {
            next_offset: header("x-next-offset").and_then(|v| v.parse().ok()).unwrap_or(read_to),
            phase: header("x-session-phase").map(str::to_owned),
            bytes,
        })
    }

    /// The whole plan as masked JSON.
    pub async fn plan_json(&mut self, session: &str) -> Result<Bytes, CliError> {
        let path = format!("/v1/sessions/{session}/plan?ns={}", self.cluster.namespace);
        Ok(self.get(&path, "read the plan").await?.1)
    }

    async fn get(&mut self, path: &str, doing: &str) -> Result<(HeaderMap, Bytes), CliError> {
        let token = match self.token.take() {
            Some(token) => token,
            None => self.new_token().await?,
        };
        let answer = tokio::time::timeout(ANSWER_WITHIN, self.send(path, &token, doing)).await;
        let (status, headers, body) = answer.map_err(|_| CliError::Unreachable {
            doing: doing.to_owned(),
            why: format!("no answer within {} s", ANSWER_WITHIN.as_secs()),
        })??;
        // A token that is not accepted any more is not kept: the next call asks for a new one.
        if status != StatusCode::UNAUTHORIZED {
            self.token = Some(token);
        }
        if status.is_success() {
            return Ok((headers, body));
        }
        Err(CliError::Gateway {
            doing: doing.to_owned(),
            status: status.as_u16(),
            message: message_of(&body),
        })
    }

    async fn send(
        &self,
        path: &str,
        token: &str,
        doing: &str,
    ) -> Result<(StatusCode, HeaderMap, Bytes), CliError> {
        let unreachable = |why: String| CliError::Unreachable { doing: doing.to_owned(), why };
        match &self.way {
            Way::Proxy { operator_namespace } => {
                let uri = format!(
                    "/api/v1/namespaces/{operator_namespace}/services/https:cloud-engine-gateway:8443/proxy{path}"
                );
                let request = Request::get(uri).header(names::READER_HEADER, token).body(Body::empty());
                let request = request.map_err(|e| CliError::api(doing)(kube::Error::HttpError(e)))?;
                let response = self.cluster.client.send(request).await.map_err(CliError::api(doing))?;
                let (head, body) = response.into_parts();
                Ok((head.status, head.headers, body.collect_bytes().await.map_err(CliError::api(doing))?))
            }
            Way::Direct { base, http } => {
                let request = http.get(format!("{base}{path}")).header(names::READER_HEADER, token);
                let response = request.send().await.map_err(|e| unreachable(with_causes(&e)))?;
                let (status, headers) = (response.status(), response.headers().clone());
                Ok((status, headers, response.bytes().await.map_err(|e| unreachable(with_causes(&e)))?))
            }
        }
    }

    async fn new_token(&self) -> Result<String, CliError> {
        let doing =
            format!("ask for a token of {} in namespace {}", names::READER_ACCOUNT, self.cluster.namespace);
        let api: Api<ServiceAccount> = Api::namespaced(self.cluster.client.clone(), &self.cluster.namespace);
        let wanted = TokenRequest {
            spec: TokenRequestSpec {
                audiences: vec![names::READER_AUDIENCE.to_owned()],
                expiration_seconds: Some(TOKEN_SECONDS),
                ..Default::default()
            },
            ..Default::default()
        };
        let answer = api.create_token_request(names::READER_ACCOUNT, &PostParams::default(), &wanted).await;
        let answer = answer.map_err(|error| match &error {
            kube::Error::Api(status) if status.code == 404 => CliError::Refused(format!(
                "{doing}: there is none, so this namespace is not served by Cloud Engine: choose another with -n, or have it added to projectNamespaces of the chart"
            )),
            _ => CliError::api(doing.clone())(error),
        })?;
        let token = answer.status.map(|s| s.token);
        token.ok_or_else(|| CliError::Refused(format!("{doing}: the API server gave none")))
    }
}

fn direct_client(pem: &[u8], doing: &str) -> Result<reqwest::Client, CliError> {
    let wrong = |e: reqwest::Error| CliError::Refused(format!("{doing}: {}", with_causes(&e)));
    let mut builder = reqwest::Client::builder().tls_built_in_root_certs(false).no_proxy();
    for certificate in reqwest::Certificate::from_pem_bundle(pem).map_err(wrong)? {
        builder = builder.add_root_certificate(certificate);
    }
    builder.build().map_err(wrong)
}

/// An error and what is behind it: reqwest keeps the cause apart.
fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        next = cause.source();
    }
    text
}

/// The sentence in a refusal of the gateway or of the API server, or the first 300 characters.
fn message_of(body: &[u8]) -> String {
    let parsed: Option<serde_json::Value> = serde_json::from_slice(body).ok();
    let message = parsed.as_ref().and_then(|v| v.get("message")).and_then(serde_json::Value::as_str);
    let text = message.map_or_else(|| String::from_utf8_lossy(body).into_owned(), str::to_owned);
    match text.trim() {
        "" => "nothing more".to_owned(),
        text => plain(text).chars().take(300).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_told_in_its_own_words() {
        assert_eq!(message_of(br#"{"reason":"X","message":"no plan yet"}"#), "no plan yet");
        assert_eq!(message_of(b"gone\x1b[2J"), "gone?[2J");
    }
}
