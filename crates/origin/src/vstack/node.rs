//! The storage node: chunks that were put there, in memory, and those of the synthetic video.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Limited};
use hyper::body::{Body as _, Incoming};
use hyper::header::{HeaderName, HeaderValue};
use hyper::{HeaderMap, Response, StatusCode};
use sha2::{Digest, Sha256};
use tokio::sync::OnceCell;
use units::Seconds;

use super::id::is_id;
use crate::body::Body;
use crate::clock;
use crate::payload::Payload;
use crate::reply::{insert, plain};
use crate::resource::Resource;
use crate::synthetic::Synthetic;

/// The most bytes of a chunk that is put, and of all of them.
const CHUNK: usize = (2 << 20) + 1024;
const STORE: usize = 256 << 20;
/// The most segments of a video that V-Stack is offered.
const SEGMENTS: usize = 10_000;

#[derive(Debug)]
pub(crate) struct Node {
    stored: Mutex<BTreeMap<String, (Bytes, String)>>,
    own: Option<Own>,
}

/// The synthetic video as V-Stack sees it: its highest rung.
#[derive(Debug)]
pub(crate) struct Own {
    pub(crate) content: Arc<Synthetic>,
    pub(crate) video_id: String,
    checksums: Vec<OnceCell<String>>,
}

/// What a list of videos says of the synthetic one.
#[derive(Clone, Debug)]
pub(crate) struct About {
    pub(crate) video_id: String,
    pub(crate) title: String,
    pub(crate) duration_sec: u64,
    pub(crate) total_chunks: usize,
    pub(crate) chunk_size_bytes: u64,
}

impl Own {
    /// None of a live stream, whose chunks do not exist yet, and of very long videos.
    fn new(content: &Arc<Synthetic>) -> Option<Own> {
        let segments = content.video().segments();
        let offered = content.live().is_none() && segments <= SEGMENTS;
        offered.then(|| Own {
            content: content.clone(),
            video_id: identifier(content.video().name()),
            checksums: (0..segments).map(|_| OnceCell::new()).collect(),
        })
    }

    fn level(&self) -> usize {
        self.content.video().ladder().top()
    }

    pub(crate) fn chunk_id(&self, segment: usize) -> String {
        format!("{}-chunk-{segment:03}", self.video_id)
    }

    fn segment_of(&self, chunk_id: &str) -> Option<usize> {
        let segment = chunk_id.strip_prefix(self.video_id.as_str())?.strip_prefix("-chunk-")?.parse().ok()?;
        (segment < self.checksums.len() && self.chunk_id(segment) == chunk_id).then_some(segment)
    }

    /// What a list of videos says of it.
    pub(crate) fn about(&self) -> About {
        let video = self.content.video();
        About {
            video_id: self.video_id.clone(),
            title: video.name().to_string(),
            duration_sec: video.total_duration().get().ceil() as u64,
            total_chunks: video.segments(),
            chunk_size_bytes: (0..video.segments()).map(|k| self.payload(k).len()).max().unwrap_or(0),
        }
    }

    /// The bytes of a chunk.
    pub(crate) fn payload(&self, segment: usize) -> Payload {
        self.content.segment(segment, self.level()).0
    }

    /// Its SHA-256, computed once.
    pub(crate) async fn checksum(&self, segment: usize) -> &str {
        let compute = || async {
            let payload = self.payload(segment);
            tokio::task::spawn_blocking(move || checksum(&payload)).await.unwrap_or_default()
        };
        self.checksums[segment].get_or_init(compute).await
    }
}

impl Node {
    pub(crate) fn new(content: Option<&Arc<Synthetic>>) -> Node {
        Node { stored: Mutex::default(), own: content.and_then(Own::new) }
    }

    /// The synthetic video.
    pub(crate) fn own(&self) -> Option<&Own> {
        self.own.as_ref()
    }

    fn stored(&self) -> MutexGuard<'_, BTreeMap<String, (Bytes, String)>> {
        self.stored.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn chunk_count(&self) -> usize {
        self.stored().len() + self.own.as_ref().map_or(0, |own| own.checksums.len())
    }

    /// How much of its memory is used, in percent.
    pub(crate) fn disk_usage(&self) -> f64 {
        let used: usize = self.stored().values().map(|(bytes, _)| bytes.len()).sum();
        (used as f64 / STORE as f64 * 1e4).round() / 100.0
    }

    /// `GET /chunk/{id}`.
    pub(crate) async fn chunk(&self, path: &str) -> Option<Resource> {
        let id = path.strip_prefix("/chunk/")?;
        let stored = self.stored().get(id).cloned();
        let (payload, checksum, segment) = match (stored, &self.own) {
            (Some((bytes, checksum)), _) => (Payload::from(bytes), checksum, None),
            (None, Some(own)) => {
                let segment = own.segment_of(id)?;
                (own.payload(segment), own.checksum(segment).await.to_string(), Some(segment))
            }
            (None, None) => return None,
        };
        let headers = vec![("x-chunk-size", payload.len().to_string()), ("x-superblock-id", "0".to_string())];
        // V-Stack compares it as it is, without quotes.
        let small = Resource::small("application/octet-stream", payload, checksum);
        Some(Resource { media: true, segment, headers, ..small })
    }

    /// `HEAD /ping`: its wait is the link's, and over.
    pub(crate) fn ping(&self, id: &str) -> Response<Body> {
        let begun = clock::now();
        let mut response = plain(StatusCode::OK, "");
        let headers = response.headers_mut();
        insert(headers, "x-node-id", id);
        insert(headers, "x-disk-usage-percent", &format!("{:.2}", self.disk_usage()));
        insert(headers, "x-chunk-count", &self.chunk_count().to_string());
        let took: Seconds = clock::since(begun);
        insert(headers, "x-response-time", &format!("{:.3}", took.millis()));
        headers.insert("cache-control", HeaderValue::from_static("no-cache"));
        response
    }

    /// `PUT /chunk/{id}`.
    pub(crate) async fn put(
        &self,
        id: &str,
        headers: &HeaderMap,
        body: Incoming,
        patience: Duration,
    ) -> Response<Body> {
        if !is_id(id) {
            return plain(StatusCode::BAD_REQUEST, "Invalid chunk ID format\n");
        }
        if let Some((_, checksum)) = self.stored().get(id).cloned() {
            return stored_at(StatusCode::OK, id, &checksum, None);
        }
        match body.size_hint().exact() {
            None => return plain(StatusCode::BAD_REQUEST, "Content-Length is required\n"),
            Some(0) => return plain(StatusCode::BAD_REQUEST, "Empty chunk\n"),
            Some(length) if length > CHUNK as u64 => {
                // A client that is still sending hears nothing: some of it is read and forgotten.
                let rest = Limited::new(body, 8 * CHUNK).collect();
                let _ = tokio::time::timeout(patience, rest).await;
                return plain(StatusCode::PAYLOAD_TOO_LARGE, "Chunk too large\n");
            }
            Some(_) => {}
        }
        let whole = Limited::new(body, CHUNK).collect();
        let Ok(Ok(whole)) = tokio::time::timeout(patience, whole).await else {
            return plain(StatusCode::BAD_REQUEST, "The chunk did not come whole\n");
        };
        let bytes = whole.to_bytes();
        let checksum = hex(&Sha256::digest(&bytes));
        let wanted = headers.get(HeaderName::from_static("x-chunk-checksum")).and_then(|v| v.to_str().ok());
        if wanted.is_some_and(|w| w != checksum) {
            return plain(StatusCode::BAD_REQUEST, "Checksum mismatch\n");
        }
        let mut stored = self.stored();
        let used: usize = stored.values().map(|(bytes, _)| bytes.len()).sum();
        if used + bytes.len() > STORE / 100 * 95 {
            return plain(StatusCode::INSUFFICIENT_STORAGE, "Insufficient storage\n");
        }
        let length = bytes.len();
        stored.insert(id.to_string(), (bytes, checksum.clone()));
        stored_at(StatusCode::CREATED, id, &checksum, Some(length))
    }

    /// `DELETE /chunk/{id}`.
    pub(crate) fn delete(&self, id: &str) -> Response<Body> {
        match self.stored().remove(id) {
            Some(_) => plain(StatusCode::NO_CONTENT, ""),
            None => plain(StatusCode::NOT_FOUND, "Chunk not found\n"),
        }
    }
}

fn stored_at(status: StatusCode, id: &str, checksum: &str, length: Option<usize>) -> Response<Body> {
    let mut response = plain(status, "");
    let headers = response.headers_mut();
    insert(headers, "location", &format!("/chunk/{id}"));
    if let Some(length) = length {
        insert(headers, "etag", checksum);
        insert(headers, "x-chunk-size", &length.to_string());
    }
    response
}

/// The SHA-256 of a payload in memory, in lower-case hexadecimal digits.
fn checksum(payload: &Payload) -> String {
    let (mut hash, mut at) = (Sha256::new(), 0);
    while let Ok(part) = payload.read(at, payload.len())
        && !part.is_empty()
    {
        at += part.len() as u64;
        hash.update(&part);
    }
    hex(&hash.finalize())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// A name as an id: `cbr,duration=60` is `cbr-duration-60`.
fn identifier(name: &str) -> String {
    let mut id = String::new();
    for c in name.chars() {
        match c.is_ascii_alphanumeric() || c == '_' {
            true => id.push(c),
            false if !id.is_empty() && !id.ends_with('-') => id.push('-'),
            false => {}
        }
    }
    id.truncate(48);
    let id = id.trim_end_matches('-');
    if id.is_empty() { "video".to_string() } else { id.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_ids() {
        for (name, id) in [
            ("cbr,duration=60,seed=0", "cbr-duration-60-seed-0"),
            ("Big Buck Bunny.json", "Big-Buck-Bunny-json"),
            ("...", "video"),
            ("ü", "video"),
        ] {
            assert_eq!(identifier(name), id);
            assert!(is_id(&identifier(&name.repeat(30))));
        }
    }
}
