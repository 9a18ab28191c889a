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
mod id;
mod metadata;
mod node;
mod register;

pub(crate) use metadata::Metadata;
pub(crate) use node::Node;
pub(crate) use register::register;

use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use hyper::{HeaderMap, Method, Response, StatusCode};
use metadata::{Answer, Refused};
use serde_json::json;

use crate::body::Body;
use crate::clock::Clock;
use crate::config::Limits;
use crate::reply::{json, plain};

/// How often nodes are asked for a sign of life.
const PROBE: Duration = Duration::from_secs(30);
/// The most bytes of a JSON document that is sent to an origin.
const DOCUMENT: usize = 64 << 10;

/// The two services of an origin.
#[derive(Debug)]
pub(crate) struct VStack {
    pub(crate) id: String,
    /// The origin's address as others see it.
    pub(crate) url: String,
    pub(crate) clock: Clock,
    pub(crate) limits: Limits,
    pub(crate) node: Arc<Node>,
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

impl VStack {
    /// The answer to what asks for no content.
    pub(crate) async fn answer(&self, call: Call<'_>) -> Response<Body> {
        let parts: Vec<&str> = call.path.trim_matches('/').split('/').collect();
        let reads = call.method == Method::GET || call.method == Method::HEAD;
        match (call.method.as_str(), parts.as_slice()) {
            _ if reads && parts == ["health"] => json(StatusCode::OK, &self.health()),
            _ if reads && parts == ["ping"] => self.node.ping(&self.id),
            ("PUT", ["chunk", id]) => self.node.put(id, call.headers, call.body, self.limits.request).await,
            ("DELETE", ["chunk", id]) => self.node.delete(id),
            ("GET" | "HEAD", ["chunk", _]) => plain(StatusCode::NOT_FOUND, "Chunk not found\n"),
            ("POST" | "PATCH", _) => {
                let limit = Limited::new(call.body, DOCUMENT).collect();
                let Ok(Ok(document)) = tokio::time::timeout(self.limits.request, limit).await else {
                    return plain(StatusCode::BAD_REQUEST, "the body is too long, or does not come\n");
                };
                let (now, document) = (self.clock.time(), document.to_bytes());
                answer(self.metadata.change(now, call.method, &parts, &document).await)
            }
            _ if reads => answer(self.read(&parts, call.query).await),
            _ => plain(StatusCode::METHOD_NOT_ALLOWED, "405 method not allowed\n"),
        }
    }

    /// What the metadata service says: what was committed, else the origin's own video.
    async fn read(&self, parts: &[&str], query: &str) -> Answer {
        if let ["manifest", id] = parts
            && !self.metadata.has_chunks(id)
            && let Some(own) = self.node.own().filter(|own| own.video_id == *id)
        {
            let video = metadata::Video::of(own, &self.url).await;
            return Ok(video.manifest(id, self.clock));
        }
        let own = self.node.own().map(|own| own.about());
        self.metadata.read(self.clock, parts, query, own)
    }

    /// The fields of the storage node's `/health` and of the metadata service's.
    fn health(&self) -> serde_json::Value {
        let now = self.clock.time();
        let (healthy, all) = self.metadata.counts(now);
        json!({
            "status": "healthy", "service": "metadata-service", "healthy_nodes": healthy, "total_nodes": all,
            "database_status": "healthy", "disk_usage": self.node.disk_usage(),
            "chunk_count": self.node.chunk_count(), "uptime": now.get() as u64, "node_id": self.id,
        })
    }

    /// Asks the nodes for signs of life, for ever.
    pub(crate) async fn probe(self: Arc<VStack>) {
        loop {
            tokio::time::sleep(PROBE).await;
            self.metadata.probe(self.clock).await;
        }
    }
}

fn answer(said: Answer) -> Response<Body> {
    match said {
        Ok(value) => json(StatusCode::OK, &value),
        Err(Refused(status, detail)) => json(status, &json!({ "detail": detail })),
    }
}
