//! Small requests to other nodes and services.

use std::io;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http1;
use hyper::header::{CONTENT_TYPE, HOST};
use hyper::{HeaderMap, Method, Request, StatusCode, Uri};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// How long a request may take.
const TIMEOUT: Duration = Duration::from_secs(5);
/// The most bytes of an answer.
const MOST: usize = 1 << 20;

/// The answer of another service.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// Asks for `path` at `base` (`http://host:port`).
pub(crate) async fn ask(
    method: Method,
    base: &str,
    path: &str,
    headers: &[(&str, String)],
    json: Option<&serde_json::Value>,
) -> io::Result<Said> {
    let asked = tokio::time::timeout(TIMEOUT, exchange(method, base, path, headers, json)).await;
    asked.unwrap_or_else(|_| Err(io::Error::new(io::ErrorKind::TimedOut, "no answer within 5 s")))
}

async fn exchange(
    method: Method,
    base: &str,
    path: &str,
    headers: &[(&str, String)],
    json: Option<&serde_json::Value>,
) -> io::Result<Said> {
    let (host, port) = host_of(base).ok_or_else(|| io::Error::other("expected http://host:port"))?;
    let stream = TcpStream::connect((host.as_str(), port)).await?;
    stream.set_nodelay(true)?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(io::Error::other)?;
    let served = tokio::spawn(connection);
    let mut request = Request::builder().method(method).uri(path).header(HOST, format!("{host}:{port}"));
    for (name, value) in headers {
        request = request.header(*name, value);
    }
    let body = match json {
        Some(value) => {
            request = request.header(CONTENT_TYPE, "application/json");
            Bytes::from(value.to_string())
        }
        None => Bytes::new(),
    };
    let request = request.body(Full::new(body)).map_err(io::Error::other)?;
    let answer = async {
        let (head, body) = sender.send_request(request).await.map_err(io::Error::other)?.into_parts();
        let body = Limited::new(body, MOST).collect().await.map_err(io::Error::other)?.to_bytes();
        Ok(Said { status: head.status, headers: head.headers, body })
    };
    let answer = answer.await;
    served.abort();
    answer
}

/// The host and port of the address of a service.
pub(crate) fn host_of(base: &str) -> Option<(String, u16)> {
    let uri: Uri = base.trim_end_matches('/').parse().ok()?;
    let plain = uri.scheme_str() == Some("http") && matches!(uri.path(), "" | "/") && uri.query().is_none();
    let host = uri.host()?.trim_start_matches('[').trim_end_matches(']').to_string();
    plain.then(|| (host, uri.port_u16().unwrap_or(80)))
}
