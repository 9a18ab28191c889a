//! TLS: an origin behind a certificate that only its owner has signed.

mod common;

use std::sync::Arc;
use std::time::Duration;

use client::{Config, Feed, Report, Sink, Streaming};
use common::timely;
use media::{Ladder, Video};
use origin::{Content, Origin};
use player::Options;
use qoe::Outcome;
use rcgen::{CertifiedKey, generate_simple_self_signed};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use units::Seconds;

/// A server that speaks TLS and passes everything on to an origin; its address, and its certificate as PEM.
async fn secured(origin: &Origin) -> (String, String) {
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed(["127.0.0.1".to_string()]).expect("a certificate");
    let key = PrivateKeyDer::try_from(signing_key.serialize_der()).expect("a key");
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], key)
        .expect("a server");
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("https://{}", listener.local_addr().expect("an address"));
    let host = origin.url().trim_start_matches("http://").to_string();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (acceptor, host) = (acceptor.clone(), host.clone());
            tokio::spawn(async move {
                let Ok(mut outside) = acceptor.accept(stream).await else { return };
                let Ok(mut inside) = TcpStream::connect(host).await else { return };
                let _ = tokio::io::copy_bidirectional(&mut outside, &mut inside).await;
            });
        }
    });
    (url, cert.pem())
}

async fn play(url: &str, config: Config) -> Result<Report, client::ClientError> {
    let streaming = Streaming {
        urls: vec![url.to_string()],
        rule: abr::rule("fixed:level=0").expect("a rule"),
        player: Options::default(),
        config,
        sink: Sink::None,
        feed: Feed::default(),
        limit: None,
    };
    tokio::time::timeout(Duration::from_secs(60), streaming.play()).await.expect("in time")
}

#[test]
fn only_who_is_trusted_is_heard() {
    timely("only_who_is_trusted_is_heard", async || {
        let ladder = Ladder::from_kbps(&[300.0]).expect("a ladder");
        let (segment, total) = (Seconds::new(0.5), Seconds::new(1.5));
        let video = Video::constant_bitrate("talk", ladder, segment, total).expect("a video");
        let origin = Origin::start(origin::Config::new(Content::Video(video))).await.expect("an origin");
        let (url, pem) = secured(&origin).await;
        let file = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(file.path(), &pem).expect("written");
        let trusting = Config { ca: Some(file.path().into()), ..Config::default() };
        let report = play(&url, trusting.clone()).await.expect("it can be played");
        assert_eq!(report.incomplete, None);
        let done = report.session.downloads.iter().filter(|d| d.outcome == Outcome::Done).count();
        assert_eq!((done, report.transport.lost), (3, 0));
        assert_eq!(report.transport.sources, [(url.clone(), 3)].into());
        // A stranger, somebody under another name, and a file that has no certificates.
        let refused = |e: client::ClientError| e.to_string();
        let stranger = play(&url, Config::default()).await.map(drop).map_err(refused);
        assert!(stranger.as_ref().is_err_and(|e| e.contains("certificate")), "{stranger:?}");
        let other = url.replace("127.0.0.1", "localhost");
        let other = play(&other, trusting).await.map(drop).map_err(refused);
        assert!(other.as_ref().is_err_and(|e| e.contains("certificate")), "{other:?}");
        std::fs::write(file.path(), "nothing").expect("written");
        let none = Config { ca: Some(file.path().into()), ..Config::default() };
        let none = play(&url, none).await.map(drop).map_err(refused);
        assert!(none.as_ref().is_err_and(|e| e.contains("no certificates in PEM")), "{none:?}");
        origin.stop().await;
    });
}
