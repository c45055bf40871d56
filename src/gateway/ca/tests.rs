use super::*;

fn at(day: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + day * DAY).unwrap()
}

fn names() -> Vec<String> {
    vec!["gateway.cloud-engine.svc".to_owned(), "127.0.0.1".to_owned()]
}

#[test]
fn an_authority_is_stored_and_read_back() {
    let bundle = CaBundle::new(at(0), None).unwrap();
    let secret = Secret { data: Some(bundle.data()), ..Secret::default() };
    let read = CaBundle::read(&secret).unwrap();
    assert_eq!(read.pem_bundle, bundle.pem_bundle);
    assert_eq!(read.current.ends, at(365));
    assert!(CaBundle::read(&Secret::default()).is_err());
}

#[test]
fn a_certificate_ends_with_its_authority_at_the_latest() {
    let bundle = CaBundle::new(at(0), None).unwrap();
    assert_eq!(bundle.issue(&names(), at(1)).unwrap().ends, at(31));
    assert_eq!(bundle.issue(&names(), at(350)).unwrap().ends, at(365));
}

#[test]
fn a_new_authority_signs_when_runners_of_the_old_one_have_ended() {
    let old = CaBundle::new(at(0), None).unwrap();
    let new = CaBundle::new(at(250), Some(old.current.clone())).unwrap();
    assert!(new.pem_bundle.contains(&old.current.certificate));
    assert_eq!(new.signs(at(250)), old.current.certificate);
    assert_eq!(new.signs(at(251)), new.current.certificate);
    let secret = Secret { data: Some(new.data()), ..Secret::default() };
    assert_eq!(CaBundle::read(&secret).unwrap().signs(at(250)), old.current.certificate);
    let late = CaBundle::new(at(366), Some(old.current)).unwrap();
    assert_eq!(late.signs(at(366)), late.current.certificate);
}

#[test]
fn a_client_that_knows_the_bundle_trusts_the_certificate() {
    use rustls::pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject};
    let bundle = CaBundle::new(at(0), None).unwrap();
    let leaf = bundle.issue(&names(), at(1)).unwrap();
    let mut roots = rustls::RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(bundle.pem_bundle.as_bytes()) {
        roots.add(certificate.unwrap()).unwrap();
    }
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    let verifier =
        rustls::client::WebPkiServerVerifier::builder_with_provider(std::sync::Arc::new(roots), provider)
            .build()
            .unwrap();
    let chain = CertificateDer::from_pem_slice(leaf.chain.as_bytes()).unwrap();
    let check = |name: &str, day: i64| {
        use rustls::client::danger::ServerCertVerifier;
        let now = UnixTime::since_unix_epoch(Duration::from_secs(at(day).as_second().unsigned_abs()));
        let name = ServerName::try_from(name.to_owned()).unwrap();
        verifier.verify_server_cert(&chain, &[], &name, &[], now).is_ok()
    };
    assert!(check("gateway.cloud-engine.svc", 2));
    assert!(check("127.0.0.1", 2));
    assert!(!check("other.svc", 2));
    assert!(!check("127.0.0.1", 40));
}
