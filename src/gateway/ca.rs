//! Our own certificate authority, so that runners know the gateway without any other installation.

use super::GatewayError;
use crate::blob::code;
use crate::names;
use crate::platform::clock::Clock;
use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1::Secret;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use k8s_openapi::jiff::Timestamp;
use kube::api::{Api, PostParams};
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer,
    KeyPair, KeyUsagePurpose,
};
use std::collections::BTreeMap;
use std::time::Duration;

const DAY: i64 = 24 * 3600;
const CA_LIFE: i64 = 365 * DAY;
/// The rest of its life at which an authority is replaced.
const CA_REST: i64 = CA_LIFE / 3;
/// A new authority signs only after every runner that knows just the old one has ended.
const OVERLAP: i64 = DAY;
/// How long a certificate of the gateway lives.
pub const LEAF_LIFE: i64 = 30 * DAY;
/// Clocks differ.
const SKEW: i64 = 3600;

/// What vouches for the gateway.
#[derive(Clone)]
pub struct CaBundle {
    /// Certificates for a runner's trust: the current authority and the one before.
    pub pem_bundle: String,
    current: Authority,
    previous: Option<Authority>,
    /// When the current one took the place of the previous.
    since: Timestamp,
}

#[derive(Clone)]
struct Authority {
    certificate: String,
    key: String,
    ends: Timestamp,
}

/// A certificate of the gateway.
pub struct Leaf {
    /// Chain, PEM.
    pub chain: String,
    /// Key, PEM.
    pub key: String,
    /// When it ends.
    pub ends: Timestamp,
    /// The authority that signed it, to see whether another does by now.
    pub signer: String,
}

/// Reads the authority, makes it if it is missing, replaces it when less than a third of its life is left.
pub async fn load_or_create(
    client: &kube::Client,
    namespace: &str,
    clock: &dyn Clock,
) -> Result<CaBundle, GatewayError> {
    let api: Api<Secret> = Api::namespaced(client.clone(), namespace);
    for _ in 0..8 {
        let now = clock.now();
        let stored = api.get_opt(names::GATEWAY_CA_SECRET).await?;
        let Some(mut secret) = stored else {
            let bundle = CaBundle::new(now, None)?;
            let secret = Secret { metadata: meta(), data: Some(bundle.data()), ..Secret::default() };
            match api.create(&PostParams::default(), &secret).await {
                Ok(_) => return Ok(bundle),
                Err(error) if code(&error) == 409 => continue,
                Err(error) => return Err(error.into()),
            }
        };
        if !secret
            .metadata
            .labels
            .iter()
            .flatten()
            .any(|(k, v)| k == names::label::MANAGED_BY && v == names::MANAGER)
        {
            return Err(GatewayError::Ca(format!(
                "the Secret {} is not ours; remove it or rename it",
                names::GATEWAY_CA_SECRET
            )));
        }
        let bundle = CaBundle::read(&secret)?;
        if left(bundle.current.ends, now) > CA_REST {
            return Ok(bundle);
        }
        let next = CaBundle::new(now, Some(bundle.current))?;
        secret.data = Some(next.data());
        match api.replace(names::GATEWAY_CA_SECRET, &PostParams::default(), &secret).await {
            Ok(_) => {
                tracing::info!(ends = %next.current.ends, "replaced the gateway's certificate authority");
                return Ok(next);
            }
            Err(error) if code(&error) == 409 => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(GatewayError::Ca("others keep changing the Secret; try again".to_owned()))
}

impl CaBundle {
    fn new(now: Timestamp, previous: Option<Authority>) -> Result<Self, GatewayError> {
        let current = Authority::new(now)?;
        let previous = previous.filter(|p| left(p.ends, now) > 0);
        Ok(Self::of(current, previous, now))
    }

    fn of(current: Authority, previous: Option<Authority>, since: Timestamp) -> Self {
        let before = previous.as_ref().map(|p| p.certificate.as_str()).unwrap_or_default();
        Self { pem_bundle: format!("{}{before}", current.certificate), current, previous, since }
    }

    fn data(&self) -> BTreeMap<String, ByteString> {
        let mut data = BTreeMap::from([
            ("ca.crt".to_owned(), text(&self.current.certificate)),
            ("ca.key".to_owned(), text(&self.current.key)),
            ("ends".to_owned(), text(&self.current.ends.to_string())),
            ("since".to_owned(), text(&self.since.to_string())),
        ]);
        if let Some(previous) = &self.previous {
            data.insert("previous.crt".to_owned(), text(&previous.certificate));
            data.insert("previous.key".to_owned(), text(&previous.key));
            data.insert("previous-ends".to_owned(), text(&previous.ends.to_string()));
        }
        data
    }

    fn read(secret: &Secret) -> Result<Self, GatewayError> {
        let field = |key: &str| {
            let bytes = secret.data.as_ref()?.get(key)?;
            String::from_utf8(bytes.0.clone()).ok()
        };
        let authority = |certificate: &str, key: &str, ends: &str| {
            Some(Authority {
                certificate: field(certificate)?,
                key: field(key)?,
                ends: field(ends)?.parse().ok()?,
            })
        };
        let since = field("since").and_then(|text| text.parse().ok());
        match (authority("ca.crt", "ca.key", "ends"), since) {
            (Some(current), Some(since)) => {
                Ok(Self::of(current, authority("previous.crt", "previous.key", "previous-ends"), since))
            }
            _ => Err(GatewayError::Ca(format!(
                "the Secret {} cannot be read; remove it, and a new one is made",
                names::GATEWAY_CA_SECRET
            ))),
        }
    }

    fn signer(&self, now: Timestamp) -> &Authority {
        let overlap = now.as_second().saturating_sub(self.since.as_second()) < OVERLAP;
        self.previous.as_ref().filter(|p| overlap && left(p.ends, now) > OVERLAP).unwrap_or(&self.current)
    }

    /// The authority that signs now.
    pub fn signs(&self, now: Timestamp) -> &str {
        &self.signer(now).certificate
    }

    /// A certificate for these names and addresses.
    pub fn issue(&self, names: &[String], now: Timestamp) -> Result<Leaf, GatewayError> {
        let signer = self.signer(now);
        let key = KeyPair::generate().map_err(ca_error)?;
        let mut params = CertificateParams::new(names.to_vec()).map_err(ca_error)?;
        params.distinguished_name = called("Cloud Engine gateway");
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.use_authority_key_identifier_extension = true;
        let ends = later(now, LEAF_LIFE).min(signer.ends);
        lasts(&mut params, now, ends);
        let issuer_key = KeyPair::from_pem(&signer.key).map_err(ca_error)?;
        let issuer = Issuer::from_ca_cert_pem(&signer.certificate, issuer_key).map_err(ca_error)?;
        let leaf = params.signed_by(&key, &issuer).map_err(ca_error)?;
        Ok(Leaf { chain: leaf.pem(), key: key.serialize_pem(), ends, signer: signer.certificate.clone() })
    }
}

impl Authority {
    fn new(now: Timestamp) -> Result<Self, GatewayError> {
        let key = KeyPair::generate().map_err(ca_error)?;
        let mut params = CertificateParams::new(Vec::new()).map_err(ca_error)?;
        params.distinguished_name = called(&format!("Cloud Engine gateway CA {}", now.as_second()));
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let ends = later(now, CA_LIFE);
        lasts(&mut params, now, ends);
        let certificate = params.self_signed(&key).map_err(ca_error)?;
        Ok(Self { certificate: certificate.pem(), key: key.serialize_pem(), ends })
    }
}

fn lasts(params: &mut CertificateParams, now: Timestamp, ends: Timestamp) {
    let at = |second: i64| {
        rcgen::date_time_ymd(1970, 1, 1) + Duration::from_secs(u64::try_from(second).unwrap_or(0))
    };
    params.not_before = at(now.as_second().saturating_sub(SKEW));
    params.not_after = at(ends.as_second());
}

fn later(now: Timestamp, seconds: i64) -> Timestamp {
    Timestamp::from_second(now.as_second().saturating_add(seconds)).unwrap_or(Timestamp::MAX)
}

fn left(ends: Timestamp, now: Timestamp) -> i64 {
    ends.as_second().saturating_sub(now.as_second())
}

fn called(name: &str) -> DistinguishedName {
    let mut called = DistinguishedName::new();
    called.push(DnType::CommonName, name);
    called
}

fn text(value: &str) -> ByteString {
    ByteString(value.as_bytes().to_vec())
}

fn ca_error(error: rcgen::Error) -> GatewayError {
    GatewayError::Ca(error.to_string())
}

fn meta() -> ObjectMeta {
    ObjectMeta {
        name: Some(names::GATEWAY_CA_SECRET.to_owned()),
        labels: Some(BTreeMap::from([
            (names::label::MANAGED_BY.to_owned(), names::MANAGER.to_owned()),
            (names::label::PART.to_owned(), "gateway-ca".to_owned()),
        ])),
        ..ObjectMeta::default()
    }
}

#[cfg(test)]
mod tests;
