//! Small servers with V-Stack's interface, and what goes wrong with them.

#![allow(dead_code, reason = "not every suite uses all of it")]

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use sha2::{Digest, Sha256};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// A test in real time, on a runtime of its own.
pub(crate) fn timely(test: &str, body: impl AsyncFn()) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.expect("a runtime");
    fixtures::timely(test, || runtime.block_on(body()));
}

/// A resource, by a client that shares nothing with ours.
pub(crate) fn get(origin: &str, path: &str) -> Vec<u8> {
    let host = origin.trim_start_matches("http://");
    let mut stream = TcpStream::connect(host).expect("the origin is there");
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").expect("a request");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("an answer");
    let head = answer.windows(4).position(|w| w == b"\r\n\r\n").expect("a head");
    assert!(answer.starts_with(b"HTTP/1.1 200"), "{path}: {}", String::from_utf8_lossy(&answer[..head]));
    answer[head + 4..].to_vec()
}

/// What a node does with a request for a chunk.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Mode {
    /// Serves it.
    Good,
    /// Closes the connection without a word, pings included.
    Down,
    /// Answers with a status.
    Status(u16),
    /// Sends half of the body, and then nothing for ever.
    Stall,
    /// Sends a byte now and then.
    Trickle,
    /// Sends half of the body and closes the connection.
    Cut,
    /// Sends a complete answer with a part of the bytes.
    Short,
    /// Sends wrong bytes.
    Corrupt,
}

struct Shared {
    chunks: BTreeMap<String, Bytes>,
    mode: Mutex<Mode>,
    ranges: bool,
    /// Bytes per second of one answer.
    rate: usize,
    requests: AtomicUsize,
    resumed: AtomicUsize,
    connections: Mutex<Vec<JoinHandle<()>>>,
}

/// A storage node.
pub(crate) struct Node {
    pub(crate) url: String,
    shared: Arc<Shared>,
    accepting: JoinHandle<()>,
}

type Body = BoxBody<Bytes, Infallible>;

fn full(bytes: impl Into<Bytes>) -> Body {
    Full::new(bytes.into()).boxed()
}

async fn listen() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    (listener, url)
}

impl Node {
    pub(crate) async fn start(chunks: &BTreeMap<String, Bytes>, rate: usize, ranges: bool) -> Node {
        let (listener, url) = listen().await;
        let shared = Arc::new(Shared {
            chunks: chunks.clone(),
            mode: Mutex::new(Mode::Good),
            ranges,
            rate,
            requests: AtomicUsize::new(0),
            resumed: AtomicUsize::new(0),
            connections: Mutex::new(Vec::new()),
        });
        let of_all = shared.clone();
        let accepting = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let shared = of_all.clone();
                if shared.mode() == Mode::Down {
                    continue;
                }
                let of_one = shared.clone();
                let connection = tokio::spawn(async move {
                    let service = service_fn(move |request| answer(of_one.clone(), request));
                    let _ = hyper::server::conn::http1::Builder::new()
                        .serve_connection(TokioIo::new(stream), service)
                        .await;
                });
                shared.connections.lock().expect("no panic").push(connection);
            }
        });
        Node { url, shared, accepting }
    }

    pub(crate) fn set(&self, mode: Mode) {
        *self.shared.mode.lock().expect("no panic") = mode;
        if mode == Mode::Down {
            // What is under way ends, too.
            self.shared.connections.lock().expect("no panic").drain(..).for_each(|c| c.abort());
        }
    }

    /// Requests for chunks.
    pub(crate) fn requests(&self) -> usize {
        self.shared.requests.load(Ordering::Relaxed)
    }

    /// Requests for the rest of a chunk.
    pub(crate) fn resumed(&self) -> usize {
        self.shared.resumed.load(Ordering::Relaxed)
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.accepting.abort();
        self.shared.connections.lock().expect("no panic").drain(..).for_each(|c| c.abort());
    }
}

impl Shared {
    fn mode(&self) -> Mode {
        *self.mode.lock().expect("no panic")
    }
}

async fn answer(node: Arc<Shared>, request: Request<Incoming>) -> Result<Response<Body>, std::io::Error> {
    let mode = node.mode();
    let path = request.uri().path().to_string();
    let status = |code: u16| Response::builder().status(code).body(full("")).map_err(std::io::Error::other);
    if mode == Mode::Down {
        return Err(std::io::Error::other("down"));
    }
    if path == "/ping" && request.method() == Method::HEAD {
        return status(if let Mode::Status(code) = mode { code } else { 200 });
    }
    let Some(bytes) = path.strip_prefix("/chunk/").and_then(|id| node.chunks.get(id)).cloned() else {
        return status(404);
    };
    node.requests.fetch_add(1, Ordering::Relaxed);
    let from = request
        .headers()
        .get("range")
        .and_then(|v| v.to_str().ok()?.strip_prefix("bytes=")?.strip_suffix('-'));
    let from = from.and_then(|v| v.parse::<usize>().ok()).filter(|_| node.ranges);
    let whole = bytes.len();
    let mut builder = Response::builder();
    let mut bytes = bytes;
    if let Some(from) = from {
        node.resumed.fetch_add(1, Ordering::Relaxed);
        builder = builder
            .status(StatusCode::PARTIAL_CONTENT)
            .header("content-range", format!("bytes {from}-{}/{whole}", whole - 1));
        bytes = bytes.slice(from..);
    }
    let length = bytes.len();
    let (sent, then) = match mode {
        Mode::Status(code) => return status(code),
        Mode::Short => return builder.body(full(bytes.slice(..length / 3))).map_err(std::io::Error::other),
        Mode::Corrupt => {
            let mut wrong = bytes.to_vec();
            wrong[length / 2] ^= 0x55;
            (Bytes::from(wrong), mode)
        }
        Mode::Stall | Mode::Cut => (bytes.slice(..length / 2), mode),
        _ => (bytes, mode),
    };
    let (sender, receiver) = mpsc::channel::<Result<Frame<Bytes>, Infallible>>(1);
    let rate = node.rate;
    let piece = if mode == Mode::Trickle { 1 } else { (rate / 50).max(1) };
    tokio::spawn(async move {
        for part in sent.chunks(piece) {
            let part = Bytes::copy_from_slice(part);
            if sender.send(Ok(Frame::data(part))).await.is_err() {
                return;
            }
            let pause = if mode == Mode::Trickle { 300 } else { 20 };
            tokio::time::sleep(Duration::from_millis(pause)).await;
        }
        if then == Mode::Stall {
            sender.closed().await;
        }
    });
    let body = StreamBody::new(Pieces(receiver)).boxed();
    builder.header("content-length", length).body(body).map_err(std::io::Error::other)
}

struct Pieces(mpsc::Receiver<Result<Frame<Bytes>, Infallible>>);

impl futures_core::Stream for Pieces {
    type Item = Result<Frame<Bytes>, Infallible>;
    fn poll_next(
        mut self: std::pin::Pin<&mut Self>,
        cx: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Self::Item>> {
        self.0.poll_recv(cx)
    }
}

/// A metadata service with one video; it can go away.
pub(crate) struct Metadata {
    pub(crate) url: String,
    accepting: JoinHandle<()>,
    connections: Arc<Mutex<Vec<JoinHandle<()>>>>,
}

impl Metadata {
    pub(crate) async fn start(manifest: String) -> Metadata {
        let (listener, url) = listen().await;
        let manifest: Arc<str> = manifest.into();
        let connections = Arc::new(Mutex::new(Vec::new()));
        let all = connections.clone();
        let accepting = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let manifest = manifest.clone();
                let connection = tokio::spawn(async move {
                    let service = service_fn(move |request: Request<Incoming>| {
                        let (status, body) = match request.uri().path() {
                            "/health" => (200, r#"{"status":"healthy"}"#.to_string()),
                            "/manifest/movie" => (200, manifest.to_string()),
                            _ => (404, r#"{"detail":"Video not found"}"#.to_string()),
                        };
                        std::future::ready(Response::builder().status(status).body(full(body)))
                    });
                    let _ = hyper::server::conn::http1::Builder::new()
                        .serve_connection(TokioIo::new(stream), service)
                        .await;
                });
                all.lock().expect("no panic").push(connection);
            }
        });
        Metadata { url, accepting, connections }
    }

    pub(crate) fn stop(&self) {
        self.accepting.abort();
        self.connections.lock().expect("no panic").drain(..).for_each(|c| c.abort());
    }
}

impl Drop for Metadata {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

pub(crate) fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// Chunks of so many bytes, none like another.
pub(crate) fn chunks(count: usize, bytes: usize) -> BTreeMap<String, Bytes> {
    let one = |i: usize| -> Bytes {
        (0..bytes).map(|k| (k.wrapping_mul(2_654_435_761) >> 7) as u8 ^ (i as u8).wrapping_mul(37)).collect()
    };
    (0..count).map(|i| (format!("movie-chunk-{i:03}"), one(i))).collect()
}

/// The manifest of a video over these nodes.
pub(crate) fn manifest(chunks: &BTreeMap<String, Bytes>, nodes: &[&Node], chunk_s: f64) -> String {
    let urls: Vec<&str> = nodes.iter().map(|n| n.url.as_str()).collect();
    let list: Vec<serde_json::Value> = chunks
        .iter()
        .enumerate()
        .map(|(i, (id, bytes))| {
            serde_json::json!({ "chunk_id": id, "sequence_num": i, "size_bytes": bytes.len(), "checksum": sha256(bytes),
                "replicas": urls, "redundancy_mode": "replication", "fragments": null })
        })
        .collect();
    serde_json::json!({ "video_id": "movie", "title": "Movie", "duration_sec": chunk_s * chunks.len() as f64,
        "total_chunks": chunks.len(), "chunk_duration_sec": chunk_s, "chunk_size_bytes": 2097152, "status": "active",
        "created_at": "2025-11-20 10:30:00", "chunks": list })
    .to_string()
}
