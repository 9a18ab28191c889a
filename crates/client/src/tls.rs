//! TLS 1.2 and 1.3 by rustls: certificates that this machine trusts, and those of a file.

use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use http_body_util::Full;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore, crypto};

pub(crate) type Secure = Client<HttpsConnector<HttpConnector>, Full<Bytes>>;

/// The way to secure servers over these connections, with the certificates of a PEM file besides those of the machine; or why there is none.
pub(crate) fn connector(
    mut http: HttpConnector,
    more: Option<&PathBuf>,
) -> Result<HttpsConnector<HttpConnector>, String> {
    http.enforce_http(false);
    let mut roots = RootCertStore::empty();
    // What of them cannot be read is not trusted.
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if let Some(path) = more {
        let wrong = |e: &dyn std::fmt::Display| format!("{}: no certificates in PEM ({e})", path.display());
        let all = CertificateDer::pem_file_iter(path).map_err(|e| wrong(&e))?;
        let before = roots.len();
        for certificate in all {
            roots.add(certificate.map_err(|e| wrong(&e))?).map_err(|e| wrong(&e))?;
        }
        if roots.len() == before {
            return Err(wrong(&"it has none"));
        }
    }
    // Other crates may bring other providers: this one is named.
    let config = ClientConfig::builder_with_provider(Arc::new(crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|e| e.to_string())?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let https = HttpsConnectorBuilder::new().with_tls_config(config).https_only();
    Ok(https.enable_http1().wrap_connector(http))
}
