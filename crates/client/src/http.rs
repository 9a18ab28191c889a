//! HTTP/1.1 with kept connections: small answers whole, media piece by piece.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::header::{CONTENT_LENGTH, CONTENT_RANGE, HeaderMap, RANGE};
use hyper::{Method, Request, Response, StatusCode, Uri};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::{Builder, Client};
use hyper_util::rt::TokioExecutor;
use sha2::{Digest, Sha256};

use crate::ClientError;
use crate::config::Config;
use crate::scheduler::Failure;

/// The most bytes of an answer that is read whole (manifests).
const MOST_WHOLE: usize = 64 << 20;

/// How long a small answer may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// A client; cheap to clone, and all clones share their connections.
#[derive(Clone, Debug)]
pub(crate) struct Http {
    plain: Client<HttpConnector, Full<Bytes>>,
    #[cfg(feature = "tls")]
    secure: std::sync::Arc<Secure>,
}

/// The client of secure servers, which is made when the first is asked: the machine's certificates are many.
#[cfg(feature = "tls")]
#[derive(Debug)]
struct Secure {
    ca: Option<std::path::PathBuf>,
    made: std::sync::OnceLock<Result<crate::tls::Secure, String>>,
}

/// Name and value.
pub(crate) type Header = (&'static str, String);

#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    pub(crate) url: String,
    /// First byte and number of bytes, where it is a part of a file.
    pub(crate) range: Option<(u64, u64)>,
    /// How many bytes there must be.
    pub(crate) exact: Option<u64>,
    /// The most bytes that are taken.
    pub(crate) most: u64,
    /// SHA-256 of the whole, in lower-case hex.
    pub(crate) sha256: Option<String>,
    pub(crate) headers: Vec<Header>,
    /// The request has failed if nothing comes for so long.
    pub(crate) idle: Duration,
}

/// What is heard of an answer while it comes.
pub(crate) enum Heard<'a> {
    Head(&'a HeaderMap),
    /// How much this request has brought.
    Bytes(u64),
}

fn connections() -> HttpConnector {
    let mut connector = HttpConnector::new();
    connector.set_nodelay(true);
    connector.set_connect_timeout(Some(Duration::from_secs(3)));
    connector
}

fn builder() -> Builder {
    let mut builder = Client::builder(TokioExecutor::new());
    builder.pool_idle_timeout(Duration::from_secs(20));
    builder
}

impl Http {
    #[cfg_attr(
        not(feature = "tls"),
        expect(unused_variables, reason = "only TLS has something to configure")
    )]
    pub(crate) fn new(config: &Config) -> Http {
        Http {
            plain: builder().build(connections()),
            #[cfg(feature = "tls")]
            secure: std::sync::Arc::new(Secure { ca: config.ca.clone(), made: std::sync::OnceLock::new() }),
        }
    }

    async fn request(&self, request: Request<Full<Bytes>>) -> Result<Response<Incoming>, String> {
        #[cfg(feature = "tls")]
        if request.uri().scheme_str() == Some("https") {
            let Secure { ca, made } = &*self.secure;
            let make = || Ok(builder().build(crate::tls::connector(connections(), ca.as_ref())?));
            return match made.get_or_init(make) {
                Ok(secure) => secure.request(request).await.map_err(|e| plain(&e)),
                Err(problem) => Err(problem.clone()),
            };
        }
        self.plain.request(request).await.map_err(|e| plain(&e))
    }

    async fn send(
        &self,
        method: Method,
        url: &str,
        headers: &[Header],
        body: Bytes,
    ) -> Result<Response<Incoming>, String> {
        let uri: Uri = url.parse().map_err(|e| format!("no URL: {e}"))?;
        let mut request = Request::builder().method(method).uri(uri);
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        let request = request.body(Full::new(body)).map_err(|e| e.to_string())?;
        self.request(request).await
    }

    /// A whole small answer with status 200.
    pub(crate) async fn get(&self, url: &str) -> Result<Bytes, ClientError> {
        self.get_with(url, &[], Duration::ZERO).await
    }

    /// The same, asked for with these headers of a server that may hold the answer for so long.
    pub(crate) async fn get_with(
        &self,
        url: &str,
        headers: &[Header],
        held: Duration,
    ) -> Result<Bytes, ClientError> {
        match self.answer_with(url, headers, PATIENCE + held).await {
            Ok((StatusCode::OK, body)) => Ok(body),
            Ok((status, _)) => Err(ClientError::server(url, format!("the server answered {status}"))),
            Err(problem) => Err(ClientError::server(url, problem)),
        }
    }

    /// A small answer with its status, or why there is none.
    pub(crate) async fn answer(&self, url: &str) -> Result<(StatusCode, Bytes), String> {
        self.answer_with(url, &[], PATIENCE).await
    }

    async fn answer_with(
        &self,
        url: &str,
        headers: &[Header],
        patience: Duration,
    ) -> Result<(StatusCode, Bytes), String> {
        let all = async {
            let answer = self.send(Method::GET, url, headers, Bytes::new()).await?;
            let status = answer.status();
            let body = Limited::new(answer.into_body(), MOST_WHOLE).collect().await;
            body.map(|b| (status, b.to_bytes())).map_err(|e| e.to_string())
        };
        let late = || Err(format!("no answer for {:.0} s", patience.as_secs_f64()));
        tokio::time::timeout(patience, all).await.unwrap_or_else(|_| late())
    }

    /// The status of a `HEAD` request, and the length that it announces.
    pub(crate) async fn head(&self, url: &str, patience: Duration) -> Option<(StatusCode, Option<u64>)> {
        let asked = self.send(Method::HEAD, url, &[], Bytes::new());
        let answer = tokio::time::timeout(patience, asked).await.ok()?.ok()?;
        let length = number(answer.headers(), CONTENT_LENGTH.as_str());
        Some((answer.status(), length))
    }

    pub(crate) async fn post(&self, url: &str, body: Bytes) -> Result<(), String> {
        let answer = self.send(Method::POST, url, &[], body).await?;
        let status = answer.status();
        let _ = answer.into_body().collect().await.map_err(|e| e.to_string())?;
        if status.is_success() { Ok(()) } else { Err(format!("the receiver answered {status}")) }
    }

    /// Fetches what is wanted into `buf`, which holds what is here already. `told` hears of the head of the answer, and of every
    /// piece.
    pub(crate) async fn fetch(
        &self,
        wanted: &Wanted,
        buf: &mut Vec<u8>,
        mut told: impl FnMut(Heard<'_>),
    ) -> Result<(), Failure> {
        let mut headers = wanted.headers.clone();
        let first = wanted.range.map_or(0, |(first, _)| first) + buf.len() as u64;
        let partial = wanted.range.is_some() || !buf.is_empty();
        if partial {
            let last = wanted.range.map_or(String::new(), |(first, n)| (first + n - 1).to_string());
            headers.push((RANGE.as_str(), format!("bytes={first}-{last}")));
        }
        let asked = self.send(Method::GET, &wanted.url, &headers, Bytes::new());
        let answer = match tokio::time::timeout(wanted.idle, asked).await {
            Err(_) => return Err(Failure::TimedOut),
            Ok(Err(_)) => return Err(Failure::Refused),
            Ok(Ok(answer)) => answer,
        };
        match answer.status() {
            StatusCode::PARTIAL_CONTENT if partial => {
                let starts = answer.headers().get(CONTENT_RANGE).and_then(|v| v.to_str().ok());
                let starts =
                    starts.and_then(|v| v.strip_prefix("bytes ")?.split('-').next()?.parse::<u64>().ok());
                if starts != Some(first) {
                    buf.clear();
                    return Err(Failure::WrongLength);
                }
            }
            // Of a part of a file the whole is of no use; of a whole file it only means to begin again.
            StatusCode::OK if wanted.range.is_none() => buf.clear(),
            status => return Err(Failure::Status(status.as_u16())),
        }
        let kept = buf.len() as u64;
        let announced = number(answer.headers(), CONTENT_LENGTH.as_str()).map(|n| n + kept);
        let right = wanted.exact.or(announced);
        if announced.is_some() && announced != right {
            buf.clear();
            return Err(Failure::WrongLength);
        }
        told(Heard::Head(answer.headers()));
        let mut body = answer.into_body();
        loop {
            let frame = match tokio::time::timeout(wanted.idle, body.frame()).await {
                Err(_) => return Err(Failure::TimedOut),
                Ok(None) => break,
                Ok(Some(Err(_))) => return Err(Failure::Cut),
                Ok(Some(Ok(frame))) => frame,
            };
            let Ok(data) = frame.into_data() else { continue };
            if (buf.len() + data.len()) as u64 > right.unwrap_or(wanted.most).min(wanted.most) {
                buf.clear();
                return Err(Failure::WrongLength);
            }
            buf.extend_from_slice(&data);
            told(Heard::Bytes(buf.len() as u64 - kept));
        }
        if right.is_some_and(|n| buf.len() as u64 != n) {
            return Err(Failure::Cut);
        }
        if !tiled(buf) {
            buf.clear();
            return Err(Failure::WrongLength);
        }
        if wanted.sha256.as_ref().is_some_and(|want| hex(&Sha256::digest(&*buf)) != *want) {
            buf.clear();
            return Err(Failure::Corrupt);
        }
        Ok(())
    }
}

/// Whether the boxes of a fragmented MP4 (ISO/IEC 14496-12, 4.2) fill these bytes to the last one: where no hash is known, this tells
/// what is cut off or has something behind it. What does not begin as a segment does is not looked at.
fn tiled(bytes: &[u8]) -> bool {
    let kind = |at: usize| bytes.get(at + 4..at + 8);
    let begins = [b"styp", b"moof", b"sidx", b"emsg", b"prft"].iter().any(|k| kind(0) == Some(k.as_slice()));
    if !begins {
        return true;
    }
    let mut at = 0;
    while at < bytes.len() {
        let Some(size) = bytes.get(at..at + 4).and_then(|b| b.try_into().ok()).map(u32::from_be_bytes) else {
            return false;
        };
        let long = || bytes.get(at + 8..at + 16).and_then(|b| b.try_into().ok()).map(u64::from_be_bytes);
        let size = match size {
            // The last one may go to the end, if it is media.
            0 => return kind(at) == Some(b"mdat"),
            1 => long().and_then(|n| usize::try_from(n).ok()).unwrap_or(0),
            n => n as usize,
        };
        let printable = kind(at).is_some_and(|k| k.iter().all(|b| (b' '..=b'~').contains(b)));
        if size < 8 || !printable {
            return false;
        }
        at = at.saturating_add(size);
    }
    at == bytes.len()
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

fn number(headers: &HeaderMap, name: &str) -> Option<u64> {
    headers.get(name)?.to_str().ok()?.trim().parse().ok()
}

/// What the innermost of nested errors says: the outer ones only say that something went wrong.
fn plain(error: &dyn std::error::Error) -> String {
    let mut inner = error;
    while let Some(source) = inner.source() {
        inner = source;
    }
    let text = inner.to_string();
    text.split(" (os error").next().unwrap_or_default().to_string()
}

/// A URL against a base, which is the URL of a file or ends with `/` (RFC 3986 for what manifests have).
pub(crate) fn join(base: &str, reference: &str) -> String {
    if reference.contains("://") {
        return reference.to_string();
    }
    let (scheme, rest) = base.split_once("://").unwrap_or(("http", base));
    if let Some(rest) = reference.strip_prefix("//") {
        return format!("{scheme}://{rest}");
    }
    let rest = rest.split(['?', '#']).next().unwrap_or_default();
    let (host, path) = rest.split_once('/').map_or((rest, ""), |(host, path)| (host, path));
    if let Some(absolute) = reference.strip_prefix('/') {
        return format!("{scheme}://{host}/{absolute}");
    }
    let mut parts: Vec<&str> = path.split('/').collect();
    parts.pop();
    let (reference, query) = reference.split_once('?').map_or((reference, None), |(r, q)| (r, Some(q)));
    for part in reference.split('/') {
        match part {
            "." => {}
            ".." => drop(parts.pop()),
            _ => parts.push(part),
        }
    }
    let query = query.map_or(String::new(), |q| format!("?{q}"));
    format!("{scheme}://{host}/{}{query}", parts.join("/"))
}

/// Scheme and host of a URL.
pub(crate) fn origin_of(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("http", url));
    format!("{scheme}://{}", rest.split(['/', '?', '#']).next().unwrap_or_default())
}

/// A URL that this client can ask.
pub(crate) fn checked(url: &str) -> Result<String, ClientError> {
    let expected = "an address such as http://127.0.0.1:8080/manifest.mpd";
    let refused = |found: String| Err(ClientError::input(url, found, expected));
    match url.split_once("://") {
        Some(("https", _)) if cfg!(not(feature = "tls")) => refused("TLS is not built in".to_string()),
        Some(("http" | "https", rest))
            if !origin_of(url).ends_with("://") && !rest.contains(char::is_whitespace) =>
        {
            match url.parse::<Uri>() {
                Ok(_) => Ok(url.to_string()),
                Err(e) => refused(format!("no URL ({e})")),
            }
        }
        _ => refused("no URL".to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boxes_fill_a_segment_or_it_is_not_whole() {
        let mut segment = Vec::new();
        for (size, kind) in [(16u32, b"moof"), (24, b"mdat"), (8, b"free")] {
            segment.extend(size.to_be_bytes());
            segment.extend(kind);
            segment.resize(segment.len() + size as usize - 8, 0x99);
        }
        assert!(tiled(&segment) && tiled(b"") && tiled(b"G\x40\x11\x10 a transport stream"));
        for cut in 1..segment.len() {
            // A cut between two boxes cannot be seen.
            assert_eq!(tiled(&segment[..cut]), [1, 2, 3, 4, 5, 6, 7, 16, 40].contains(&cut), "{cut}");
        }
        for byte in [0, 0x99] {
            assert!(!tiled(&[segment.as_slice(), &[byte; 9]].concat()));
        }
    }

    #[test]
    fn references_are_resolved() {
        let base = "http://h:1/a/b/m.mpd?x=/1";
        for (reference, url) in [
            ("s/1.m4s", "http://h:1/a/b/s/1.m4s"),
            ("../1.m4s?t=2", "http://h:1/a/1.m4s?t=2"),
            ("./1", "http://h:1/a/b/1"),
            ("/1", "http://h:1/1"),
            ("//g/1", "http://g/1"),
            ("http://g/1", "http://g/1"),
        ] {
            assert_eq!(join(base, reference), url);
        }
        assert_eq!(join("http://h:1", "a"), "http://h:1/a");
        assert_eq!(origin_of(base), "http://h:1");
        assert_eq!(checked("https://h/").is_ok(), cfg!(feature = "tls"));
        assert!(checked("h").is_err() && checked("http://").is_err() && checked("ftp://h").is_err());
    }
}
