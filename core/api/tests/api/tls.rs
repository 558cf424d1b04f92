//! TLS: a server that the system trusts, and one that it doesn't.

use std::io::{Read, Write};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::server::Server;
use crate::{client, run};

const CHILD: &str = "LEASH_API_TEST_HTTPS_URL";

/// A server with a certificate for `localhost`, and that of the authority that issued it, as PEM.
fn server(versions: &[&'static rustls::SupportedProtocolVersion]) -> (Server, String) {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority =
        CertifiedIssuer::self_signed(params, KeyPair::generate().expect("a key")).expect("an authority");
    let key = KeyPair::generate().expect("a key");
    let params = CertificateParams::new(["localhost".to_owned()]).expect("a name");
    let certificate = params.signed_by(&key, &authority).expect("a certificate");
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_protocol_versions(versions)
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(
            vec![certificate.der().clone()],
            PrivateKeyDer::try_from(key.serialize_der()).expect("a key"),
        )
        .expect("a configuration");
    let config = Arc::new(config);
    let server = Server::raw(move |_, stream, _| {
        let connection = ServerConnection::new(config.clone()).expect("a connection");
        let mut tls = StreamOwned::new(connection, stream);
        // A client that doesn't trust the certificate hangs up here.
        if tls.read(&mut [0; 4096]).is_ok_and(|n| n > 0) {
            let answer = crate::server::answer(200, r#"{"ok":true}"#);
            let _ = tls.write_all(answer.as_bytes()).and_then(|()| tls.flush());
            tls.conn.send_close_notify();
            let _ = tls.flush();
        }
    });
    (server, authority.pem())
}

fn url(server: &Server) -> String {
    format!("https://localhost:{}", server.port())
}

#[test]
fn a_server_that_the_system_trusts_is_talked_to() {
    if let Ok(url) = std::env::var(CHILD) {
        assert!(run(client(&url).health()).expect("health").ok);
        let mut text = Vec::new();
        let download = leash_api::Download {
            user_agent: "test/1",
            limit: 100,
            patience: Duration::from_secs(20),
            whole: Duration::from_secs(20),
            other_origins: false,
        };
        let take = |bytes: &[u8]| {
            text.extend_from_slice(bytes);
            Ok(())
        };
        assert!(run(download.get(&url, take)).expect("a file"));
        assert_eq!(text, br#"{"ok":true}"#);
        assert!(rustls::crypto::CryptoProvider::get_default().is_none(), "installed for the whole process");
        return;
    }
    for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
        let (server, authority) = server(&[version]);
        let file = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(file.path(), authority).expect("a certificate");
        let status = Command::new(std::env::current_exe().expect("this test"))
            .args(["--exact", "tls::a_server_that_the_system_trusts_is_talked_to"])
            .env(CHILD, url(&server))
            .env("SSL_CERT_FILE", file.path())
            .env("NO_PROXY", "localhost")
            .status()
            .expect("a child");
        assert!(status.success());
        assert_eq!(server.connections(), 2);
    }
}

#[test]
fn a_server_that_the_system_does_not_trust_gets_nothing() {
    if let Ok(url) = std::env::var(CHILD) {
        let error = run(client(&url).create_api_key("x")).expect_err("an unknown authority");
        assert_eq!((error.code(), error.maybe_sent()), ("connect", false));
        assert!(error.to_string().contains("invalid peer certificate"), "{error}");
        assert!(error.hint().is_some_and(|hint| hint.contains("certificates")));
        return;
    }
    let ((server, _), (other, authority)) =
        (server(rustls::DEFAULT_VERSIONS), server(rustls::DEFAULT_VERSIONS));
    let file = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(file.path(), authority).expect("a certificate");
    let status = Command::new(std::env::current_exe().expect("this test"))
        .args(["--exact", "tls::a_server_that_the_system_does_not_trust_gets_nothing"])
        .env(CHILD, url(&server))
        .env("SSL_CERT_FILE", file.path())
        .env("NO_PROXY", "localhost")
        .status()
        .expect("a child");
    assert!(status.success());
    assert_eq!(server.connections(), 1, "asking again would not help");
    assert_eq!(other.connections(), 0);
}
