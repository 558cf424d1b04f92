//! The HTTP library, set up for one API.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use reqwest::redirect::Policy;
use rustls::crypto::ring;
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::Verifier;

use crate::Error;
use crate::base::BaseUrl;

/// For so long a connection is kept for the next request.
const KEPT: Duration = Duration::from_secs(4);

/// Builds the HTTP client. This reads the system's certificates, which takes longer than all the rest, so
/// it happens at the first request, and for plain http not at all.
pub(crate) fn build(
    base: &BaseUrl,
    user_agent: &str,
    connect_timeout: Duration,
    keep_connections: bool,
) -> Result<reqwest::Client, Error> {
    let mut builder = reqwest::Client::builder()
        .user_agent(user_agent)
        .connect_timeout(connect_timeout)
        .redirect(Policy::none())
        .referer(false)
        // Whether a request may be repeated is decided in one place, and not here.
        .retry(reqwest::retry::never())
        .pool_max_idle_per_host(usize::from(keep_connections))
        // Servers keep a connection for longer than that.
        .pool_idle_timeout(KEPT)
        .http1_only()
        // Whatever features another crate of the program turned on.
        .no_gzip()
        .no_brotli()
        .no_deflate()
        .no_zstd()
        .no_hickory_dns()
        .tls_backend_preconfigured(tls(base.is_https())?);
    if base.is_https() {
        builder = builder.https_only(true);
    } else {
        // A proxy would read the credential.
        builder = builder.no_proxy();
    }
    if let Some((name, addresses)) = base.pinned() {
        // Port 0 means the URL's.
        builder = builder.resolve_to_addrs(name, &addresses.map(|ip| SocketAddr::new(ip, 0)));
    }
    builder.build().map_err(|e| Error::Setup { reason: e.to_string() })
}

/// TLS 1.2 and up with ring, given to this client alone: nothing is installed for the whole process.
fn tls(verify: bool) -> Result<ClientConfig, Error> {
    let setup = |e: rustls::Error| Error::Setup { reason: e.to_string() };
    let provider = Arc::new(ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider.clone())
        .with_protocol_versions(rustls::DEFAULT_VERSIONS)
        .map_err(setup)?;
    let mut config = if verify {
        let verifier = Verifier::new(provider).map_err(setup)?;
        config.dangerous().with_custom_certificate_verifier(Arc::new(verifier)).with_no_client_auth()
    } else {
        // Never used, but the HTTP library wants one; it trusts nobody.
        config.with_root_certificates(RootCertStore::empty()).with_no_client_auth()
    };
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}
