//! Mutual TLS between engine and plugin: each makes a certificate for the
//! one run and trusts only the other's.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use p521::ecdsa::signature::Verifier as _;
use p521::ecdsa::{Signature, VerifyingKey};
use p521::pkcs8::DecodePublicKey as _;
use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{CryptoProvider, ring, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, Error, ServerConfig, SignatureScheme, version,
};
use thiserror::Error as ThisError;
use tokio_rustls::TlsAcceptor;

/// Certificates that cannot be made or used.
#[derive(Debug, ThisError)]
pub enum TlsError {
    /// Ours.
    #[error("cannot make the plugin's certificate: {0}")]
    Make(#[from] rcgen::Error),
    /// Theirs.
    #[error("the engine's certificate is not PEM")]
    Pem,
    /// Both together.
    #[error("cannot set up TLS: {0}")]
    Setup(#[from] Error),
}

/// A certificate for this run, and who may connect.
pub struct Tls {
    acceptor: TlsAcceptor,
    certificate: CertificateDer<'static>,
}

impl Tls {
    /// Only the holder of that certificate may connect.
    pub fn pinned_to(pem: &str) -> Result<Self, TlsError> {
        let pinned = from_pem(pem).ok_or(TlsError::Pem)?;
        let provider = Arc::new(ring::default_provider());
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()])?;
        let certificate = made.cert.der().clone();
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
        let verifier = Pinned { pinned, provider: Arc::clone(&provider) };
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&version::TLS13])?
            .with_client_cert_verifier(Arc::new(verifier))
            .with_single_cert(vec![certificate.clone()], key)?;
        config.alpn_protocols = vec![b"h2".to_vec()];
        Ok(Self { acceptor: TlsAcceptor::from(Arc::new(config)), certificate })
    }

    /// What takes connections.
    pub fn acceptor(&self) -> TlsAcceptor {
        self.acceptor.clone()
    }

    /// The plugin's own certificate.
    pub fn certificate(&self) -> &[u8] {
        &self.certificate
    }
}

fn from_pem(pem: &str) -> Option<CertificateDer<'static>> {
    let body = pem.split("-----BEGIN CERTIFICATE-----").nth(1)?;
    let body = body.split("-----END CERTIFICATE-----").next()?;
    let body: String = body.split_whitespace().collect();
    STANDARD.decode(body).ok().map(CertificateDer::from)
}

/// Takes one certificate and no other, whoever signed it.
#[derive(Debug)]
struct Pinned {
    pinned: CertificateDer<'static>,
    provider: Arc<CryptoProvider>,
}

impl ClientCertVerifier for Pinned {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        certificate: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        if *certificate == self.pinned {
            Ok(ClientCertVerified::assertion())
        } else {
            Err(CertificateError::ApplicationVerificationFailure.into())
        }
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(Error::General("TLS 1.2 is not spoken".to_owned()))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        if signed.scheme != SignatureScheme::ECDSA_NISTP521_SHA512 {
            let algorithms = &self.provider.signature_verification_algorithms;
            return verify_tls13_signature(message, certificate, signed, algorithms);
        }
        // The engine's keys are on P-521, which ring does not know.
        verify_p521(message, certificate, signed.signature())
            .ok_or_else(|| CertificateError::BadSignature.into())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        let mut schemes = self.provider.signature_verification_algorithms.supported_schemes();
        schemes.push(SignatureScheme::ECDSA_NISTP521_SHA512);
        schemes
    }
}

fn verify_p521(
    message: &[u8],
    certificate: &CertificateDer<'_>,
    signature: &[u8],
) -> Option<HandshakeSignatureValid> {
    let certificate = webpki::EndEntityCert::try_from(certificate).ok()?;
    let key = certificate.subject_public_key_info();
    let key = p521::PublicKey::from_public_key_der(&key).ok()?;
    let key = VerifyingKey::from_encoded_point(&key.into()).ok()?;
    let signature = Signature::from_der(signature).ok()?;
    key.verify(message, &signature).ok()?;
    Some(HandshakeSignatureValid::assertion())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pem_is_read() {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let text = STANDARD.encode(made.cert.der());
        let pem = format!("-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n");
        assert_eq!(from_pem(&pem).as_ref(), Some(made.cert.der()));
        assert!(from_pem("x").is_none());
        assert!(Tls::pinned_to(&pem).is_ok());
    }
}
