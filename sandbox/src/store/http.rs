//! A small HTTP client for the store's own JSON.

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::{Method, Request, Uri};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::client::StoreError;
use super::server::ACTOR;
use super::{Refusal, URL_VARIABLE};

/// The store at an address.
#[derive(Clone, Debug)]
pub struct Http {
    client: Client<HttpConnector, Full<Bytes>>,
    base: String,
    actor: &'static str,
}

impl Http {
    /// The store at `http://host:port`, spoken to as `engine` or `hand`.
    pub fn new(base: &str, actor: &'static str) -> Result<Self, StoreError> {
        let plain = base.starts_with("http://") && base.parse::<Uri>().is_ok();
        if !plain {
            let message = format!("{URL_VARIABLE} is not an http:// address: {base}");
            return Err(StoreError::Unusable(message));
        }
        Ok(Self {
            client: Client::builder(TokioExecutor::new()).build_http(),
            base: base.trim_end_matches('/').to_owned(),
            actor,
        })
    }

    /// Sends a request below `/v1/` and reads the answer.
    pub async fn send<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: Option<&impl Serialize>,
    ) -> Result<T, StoreError> {
        let unusable = |message: String| StoreError::Unusable(message);
        let away = |error: &dyn std::error::Error| {
            let mut message = format!("the sandbox cloud at {} does not answer: {error}", self.base);
            let mut cause = error.source();
            while let Some(found) = cause {
                message = format!("{message}: {found}");
                cause = found.source();
            }
            unusable(message)
        };
        let body = match body {
            Some(body) => serde_json::to_vec(body).map_err(|e| unusable(e.to_string()))?,
            None => Vec::new(),
        };
        let request = Request::builder()
            .method(method)
            .uri(format!("{}/v1/{}", self.base, escape(path)))
            .header(ACTOR, self.actor)
            .header("content-type", "application/json")
            .body(Full::from(body))
            .map_err(|e| unusable(e.to_string()))?;
        let response = self.client.request(request).await.map_err(|e| away(&e))?;
        let status = response.status();
        let bytes = response.into_body().collect().await.map_err(|e| away(&e))?;
        let bytes = bytes.to_bytes();
        if status.is_success() {
            return serde_json::from_slice(&bytes)
                .map_err(|e| unusable(format!("the sandbox cloud at {} answers strangely: {e}", self.base)));
        }
        match serde_json::from_slice::<Refusal>(&bytes) {
            Ok(refusal) => Err(StoreError::Refused(refusal)),
            Err(_) => Err(unusable(format!(
                "the sandbox cloud at {} answers {status}: {}",
                self.base,
                String::from_utf8_lossy(&bytes).trim()
            ))),
        }
    }
}

/// Escapes what a path or query may not hold; the separators stay.
fn escape(path: &str) -> String {
    path.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => char::from(byte).to_string(),
            b'/' | b'-' | b'_' | b'.' | b'~' | b'@' | b':' | b'?' | b'=' | b'&' | b',' => {
                char::from(byte).to_string()
            }
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::escape;

    #[test]
    fn only_plain_letters_pass() {
        assert_eq!(escape("a/b@c.d"), "a/b@c.d");
        assert_eq!(escape("ü b%"), "%C3%BC%20b%25");
    }
}
