//! V-Stack over HTTP: every origin is a storage node and a metadata service, so that V-Stack's own client and uploader can use
//! it, and Segue's client V-Stack's own services.
//!
//! Source: prakhar479/VStack at `8116d1f`: its routes, fields and status codes, as the code has them where it differs from its
//! documents. What is done otherwise, and why:
//!
//! - A good probe of a node counts as a sign of life. In the original nodes fall out of `/nodes/healthy` after 60 s.
//! - Replicas keep the address that they registered with; the original rewrites the names of its compose file.
//! - `GET /chunk/{id}` also answers ranges, so that a broken download can go on.
//! - `POST /video` takes a `video_id`, so that several nodes can offer the same video.
//!
//! V-Stack knows no ladder: of a synthetic video it sees the highest rung, a chunk for every segment. While no node has committed
//! chunks of it, the origin's own manifest names the origin as their only replica.

mod http;
mod metadata;
mod node;
mod register;

pub(crate) use metadata::{Metadata, PROBE};
pub(crate) use node::Node;
pub(crate) use register::register;

use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use hyper::{HeaderMap, Method, Response, StatusCode};
use serde_json::json;

use crate::answer::{json, plain};
use crate::body::Body;
use crate::server::App;

/// The most bytes of a JSON document that is sent to an origin.
const DOCUMENT: usize = 64 << 10;

/// The two services of an origin.
#[derive(Debug)]
pub(crate) struct VStack {
    pub(crate) node: Node,
    pub(crate) metadata: Metadata,
}

/// A request as it came.
pub(crate) struct Call<'a> {
    pub(crate) method: &'a Method,
    pub(crate) path: &'a str,
    pub(crate) query: &'a str,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) body: Incoming,
}

/// The answer to what asks for no content.
pub(crate) async fn answer(app: &App, call: Call<'_>) -> Response<Body> {
    let parts: Vec<&str> = call.path.trim_matches('/').split('/').collect();
    let reads = call.method == Method::GET || call.method == Method::HEAD;
    let metadata = &app.vstack.metadata;
    match (call.method.as_str(), parts.as_slice()) {
        _ if reads && parts == ["health"] => json(StatusCode::OK, &health(app)),
        _ if reads && parts == ["ping"] => app.vstack.node.ping(app),
        ("PUT", ["chunk", id]) => app.vstack.node.put(id, call.headers, call.body, app.limits()).await,
        ("DELETE", ["chunk", id]) => app.vstack.node.delete(id),
        ("GET" | "HEAD", ["chunk", _]) => plain(StatusCode::NOT_FOUND, "Chunk not found\n"),
        ("POST" | "PATCH", _) => {
            let limit = Limited::new(call.body, DOCUMENT).collect();
            let Ok(Ok(document)) = tokio::time::timeout(app.limits().request, limit).await else {
                return plain(StatusCode::BAD_REQUEST, "the body is too long, or does not come\n");
            };
            let document = document.to_bytes();
            metadata.change(app, call.method, &parts, &document).await
        }
        _ if reads => metadata.read(app, &parts, call.query).await,
        _ => plain(StatusCode::METHOD_NOT_ALLOWED, "405 method not allowed\n"),
    }
}

/// The fields of the storage node's `/health` and of the metadata service's.
fn health(app: &App) -> serde_json::Value {
    let now = app.time();
    let (healthy, all) = app.vstack.metadata.counts(now);
    json!({
        "status": "healthy", "service": "metadata-service", "healthy_nodes": healthy, "total_nodes": all,
        "database_status": "healthy", "disk_usage": app.vstack.node.disk_usage(),
        "chunk_count": app.vstack.node.chunk_count(), "uptime": now.get() as u64, "node_id": app.id,
    })
}

/// V-Stack's ids: letters, digits, `-` and `_`, at most 64.
fn is_id(id: &str) -> bool {
    (1..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

/// A SHA-256 in lower-case hexadecimal digits.
fn is_checksum(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}
