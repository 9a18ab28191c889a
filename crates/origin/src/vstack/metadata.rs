//! The metadata service: videos, their chunks, and the nodes that have them. In memory.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use hyper::{Method, StatusCode};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use units::Seconds;

use super::http::ask;
use super::id::{is_checksum, is_id};
use super::node::{About, Own};
use crate::clock::Clock;

/// The most videos, chunks of all of them, and nodes that are kept.
const VIDEOS: usize = 10_000;
const CHUNKS: usize = 200_000;
const NODES: usize = 1_000;
/// The most nodes of one chunk.
const REPLICAS: usize = 16;
/// A node is healthy so long after its last sign of life, and down after this.
const HEALTHY: Seconds = Seconds::new(60.0);
const DOWN: Seconds = Seconds::new(100.0);

#[derive(Debug, Default)]
pub(crate) struct Metadata(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    videos: BTreeMap<String, Video>,
    nodes: BTreeMap<String, Node>,
    chunks: usize,
    ballots: u64,
    named: u64,
}

#[derive(Clone, Debug)]
pub(super) struct Video {
    title: String,
    duration_sec: u64,
    created: Seconds,
    status: Status,
    chunks: BTreeMap<u64, Chunk>,
    views: u64,
}

#[derive(Clone, Debug)]
struct Chunk {
    id: String,
    size: u64,
    checksum: String,
    replicas: Vec<String>,
    mode: Mode,
    duration: Option<f64>,
}

#[derive(Clone, Debug)]
struct Node {
    url: String,
    version: String,
    seen: Seconds,
    disk_usage: f64,
    chunks: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Status {
    Uploading,
    Active,
    Deleted,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Mode {
    #[default]
    Replication,
    ErasureCoding,
}

#[derive(Deserialize)]
struct NewVideo {
    title: String,
    duration_sec: u64,
    video_id: Option<String>,
}

#[derive(Deserialize)]
struct NewStatus {
    status: Status,
}

#[derive(Deserialize)]
struct Commit {
    node_urls: Vec<String>,
    checksum: String,
    size_bytes: u64,
    video_id: String,
    sequence_num: u64,
    #[serde(default)]
    redundancy_mode: Mode,
    duration_sec: Option<f64>,
}

#[derive(Deserialize)]
struct NewNode {
    node_url: String,
    node_id: String,
    #[serde(default)]
    version: String,
}

#[derive(Deserialize)]
struct Heartbeat {
    disk_usage_percent: f64,
    chunk_count: u64,
}

/// Why a request is refused: the status and FastAPI's `detail`.
pub(super) struct Refused(pub(super) StatusCode, pub(super) Value);

/// A document, or why there is none.
pub(super) type Answer = Result<Value, Refused>;

fn refuse<T>(status: StatusCode, detail: &str) -> Result<T, Refused> {
    Err(Refused(status, json!(detail)))
}

/// A field is not what it should be.
fn invalid<T>(field: &str, expected: &str) -> Result<T, Refused> {
    let detail = json!([{ "type": "value_error", "loc": ["body", field], "msg": expected }]);
    Err(Refused(StatusCode::UNPROCESSABLE_ENTITY, detail))
}

fn parse<T: DeserializeOwned>(document: &[u8]) -> Result<T, Refused> {
    serde_json::from_slice(document).or_else(|e| invalid("", &e.to_string()))
}

fn require(holds: bool, field: &str, expected: &str) -> Result<(), Refused> {
    if holds { Ok(()) } else { invalid(field, expected) }
}

fn full<T>() -> Result<T, Refused> {
    refuse(StatusCode::INSUFFICIENT_STORAGE, "The service is full")
}

fn missing<T>() -> Result<T, Refused> {
    refuse(StatusCode::NOT_FOUND, "Video not found")
}

impl Metadata {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Healthy nodes, and all.
    pub(crate) fn counts(&self, now: Seconds) -> (usize, usize) {
        let state = self.state();
        (state.nodes.values().filter(|n| n.status(now) == "healthy").count(), state.nodes.len())
    }

    /// Whether a video has chunks here.
    pub(super) fn has_chunks(&self, id: &str) -> bool {
        self.state().videos.get(id).is_some_and(|v| !v.chunks.is_empty())
    }

    /// GET. `own` is the synthetic video of the origin.
    pub(super) fn read(&self, clock: Clock, parts: &[&str], query: &str, own: Option<About>) -> Answer {
        match parts {
            [""] => Ok(json!({ "message": "V-Stack Metadata Service", "version": "1.0.0" })),
            ["manifest", id] => {
                self.state().videos.get(*id).map_or_else(missing, |v| Ok(v.manifest(id, clock)))
            }
            ["videos"] => self.videos(clock, query, own),
            ["nodes", "healthy"] => Ok(Value::Array(self.nodes(clock, true))),
            ["nodes", "all"] => Ok(json!({ "nodes": self.nodes(clock, false) })),
            ["nodes", "health-summary"] => Ok(self.health_summary(clock.time())),
            ["stats"] => Ok(self.stats(clock.time())),
            ["storage", "overhead"] => Ok(self.overhead()),
            ["video", id, "popularity"] => match self.state().videos.get(*id) {
                Some(video) => Ok(json!({ "video_id": id, "view_count": video.views })),
                None => missing(),
            },
            ["chunk", id, "fragments"] => Ok(json!({ "chunk_id": id, "fragments": [] })),
            ["consensus", _] => refuse(StatusCode::NOT_FOUND, "Consensus state not found"),
            _ => refuse(StatusCode::NOT_FOUND, "Not Found"),
        }
    }

    /// POST and PATCH.
    pub(super) async fn change(
        &self,
        now: Seconds,
        method: &Method,
        parts: &[&str],
        document: &[u8],
    ) -> Answer {
        match (method.as_str(), parts) {
            ("POST", ["video"]) => self.new_video(now, document),
            ("PATCH", ["video", id, "status"]) => self.set_status(id, document),
            ("POST", ["video", id, "view"]) => self.view(id),
            ("POST", ["chunk", id, "commit"]) => self.commit(id, document).await,
            ("POST", ["nodes", "register"]) => self.register(now, document),
            ("POST", ["nodes", id, "heartbeat"]) => self.heartbeat(now, id, document),
            _ => refuse(StatusCode::NOT_FOUND, "Not Found"),
        }
    }

    fn videos(&self, clock: Clock, query: &str, own: Option<About>) -> Answer {
        let option = |key: &str, default: usize| {
            let pair = query.split('&').find_map(|p| p.strip_prefix(key)?.strip_prefix('='));
            pair.map_or(Some(default), |v| v.parse().ok())
        };
        let (limit, offset) = match (option("limit", 100), option("offset", 0)) {
            (Some(limit @ 1..=1000), Some(offset)) => (limit, offset),
            _ => return refuse(StatusCode::BAD_REQUEST, "limit must be 1..1000 and offset at least 0"),
        };
        let state = self.state();
        let mut all: Vec<(&String, &Video)> =
            state.videos.iter().filter(|(_, v)| v.status != Status::Deleted).collect();
        all.sort_by(|a, b| b.1.created.total_cmp(&a.1.created).then(a.0.cmp(b.0)));
        let about = |(id, video): &(&String, &Video)| {
            json!({
                "video_id": id, "title": video.title, "duration_sec": video.duration_sec,
                "total_chunks": video.chunks.len(), "chunk_size_bytes": video.largest(),
                "created_at": clock.stamp(video.created), "status": video.status,
            })
        };
        let mut list: Vec<Value> = all.iter().map(about).collect();
        if let Some(own) = own.filter(|own| !state.videos.contains_key(&own.video_id)) {
            list.push(json!({
                "video_id": own.video_id, "title": own.title, "duration_sec": own.duration_sec,
                "total_chunks": own.total_chunks, "chunk_size_bytes": own.chunk_size_bytes,
                "created_at": clock.stamp(Seconds::ZERO), "status": Status::Active,
            }));
        }
        Ok(Value::Array(list.into_iter().skip(offset).take(limit).collect()))
    }

    fn new_video(&self, now: Seconds, document: &[u8]) -> Answer {
        let new: NewVideo = parse(document)?;
        require((1..=255).contains(&new.title.chars().count()), "title", "1 to 255 characters")?;
        require(new.duration_sec > 0, "duration_sec", "greater than 0")?;
        let mut state = self.state();
        state.named += 1;
        let id = match new.video_id {
            Some(id) if is_id(&id) => id,
            Some(_) => return invalid("video_id", "1 to 64 letters, digits, - and _"),
            None => uuid(now, state.named),
        };
        if state.videos.len() >= VIDEOS && !state.videos.contains_key(&id) {
            return full();
        }
        let (title, duration_sec) = (new.title, new.duration_sec);
        // Another node offers the same one: it stays as it is.
        state.videos.entry(id.clone()).or_insert(Video {
            title,
            duration_sec,
            created: now,
            status: Status::Uploading,
            chunks: BTreeMap::new(),
            views: 0,
        });
        Ok(json!({ "video_id": id, "upload_url": format!("/upload/{id}") }))
    }

    fn set_status(&self, id: &str, document: &[u8]) -> Answer {
        let expected = "status must be uploading, active or deleted";
        let wanted = parse::<NewStatus>(document).or_else(|_| refuse(StatusCode::BAD_REQUEST, expected))?;
        match self.state().videos.get_mut(id) {
            Some(video) => video.status = wanted.status,
            None => return missing(),
        }
        let message =
            format!("Video status updated to {}", json!(wanted.status).as_str().unwrap_or_default());
        Ok(json!({ "status": "success", "message": message, "video_id": id }))
    }

    fn view(&self, id: &str) -> Answer {
        match self.state().videos.get_mut(id) {
            Some(video) => {
                video.views += 1;
                Ok(json!({ "video_id": id, "view_count": video.views }))
            }
            None => missing(),
        }
    }

    /// Two rounds over the nodes: each promises, and has the chunk with this checksum. A majority decides.
    async fn commit(&self, id: &str, document: &[u8]) -> Answer {
        let new: Commit = parse(document)?;
        require((1..=REPLICAS).contains(&new.node_urls.len()), "node_urls", "1 to 16 addresses")?;
        require(is_checksum(&new.checksum), "checksum", "64 hexadecimal digits in lower case")?;
        require(new.size_bytes > 0, "size_bytes", "greater than 0")?;
        require(is_id(id), "chunk_id", "1 to 64 letters, digits, - and _")?;
        let ballot = {
            let mut state = self.state();
            state.ballots += 1;
            state.ballots
        };
        let path = format!("/chunk/{id}");
        let head = |url: &String| {
            let (url, path) = (url.trim_end_matches('/').to_string(), path.clone());
            async move {
                let ballot = [("x-ballot-number", ballot.to_string())];
                ask(Method::HEAD, &url, &path, &ballot, None).await.ok()
            }
        };
        let quorum = new.node_urls.len() / 2 + 1;
        let mut promises = 0;
        for url in &new.node_urls {
            let status = head(url).await.map(|said| said.status);
            promises += usize::from(matches!(status, Some(StatusCode::OK | StatusCode::NOT_FOUND)));
        }
        let mut accepted = Vec::new();
        if promises >= quorum {
            for url in &new.node_urls {
                let tag = head(url).await.filter(|said| said.status == StatusCode::OK);
                let tag = tag.and_then(|said| Some(said.headers.get("etag")?.to_str().ok()?.to_string()));
                if tag.is_some_and(|t| t.trim_matches('"') == new.checksum) {
                    accepted.push(url.trim_end_matches('/').to_string());
                }
            }
        }
        if accepted.len() < quorum {
            let message =
                format!("{} of {} nodes have it, expected {quorum}", accepted.len(), new.node_urls.len());
            return Ok(json!({ "success": false, "committed_nodes": accepted, "message": message }));
        }
        self.state().keep(id, &new, &accepted)?;
        Ok(json!({ "success": true, "committed_nodes": accepted, "message": "Chunk committed" }))
    }

    fn register(&self, now: Seconds, document: &[u8]) -> Answer {
        let new: NewNode = parse(document)?;
        let url = new.node_url.trim_end_matches('/').to_string();
        if !(url.starts_with("http://") || url.starts_with("https://")) {
            return refuse(StatusCode::BAD_REQUEST, "node_url must begin with http:// or https://");
        }
        require(is_id(&new.node_id), "node_id", "1 to 64 letters, digits, - and _")?;
        let mut state = self.state();
        // Both are unique.
        state.nodes.retain(|id, node| *id == new.node_id || node.url != url);
        if state.nodes.len() >= NODES && !state.nodes.contains_key(&new.node_id) {
            return full();
        }
        let node = Node { url: url.clone(), version: new.version, seen: now, disk_usage: 0.0, chunks: 0 };
        state.nodes.insert(new.node_id.clone(), node);
        Ok(json!({ "status": "registered", "node_id": new.node_id, "node_url": url }))
    }

    fn heartbeat(&self, now: Seconds, id: &str, document: &[u8]) -> Answer {
        let alive: Heartbeat = parse(document)?;
        let in_percent = (0.0..=100.0).contains(&alive.disk_usage_percent);
        require(in_percent, "disk_usage_percent", "0 to 100")?;
        match self.state().nodes.get_mut(id) {
            Some(node) => {
                (node.seen, node.disk_usage, node.chunks) =
                    (now, alive.disk_usage_percent, alive.chunk_count);
                Ok(json!({ "status": "ok", "message": "Heartbeat received" }))
            }
            None => refuse(StatusCode::INTERNAL_SERVER_ERROR, "Node not found"),
        }
    }

    fn nodes(&self, clock: Clock, healthy: bool) -> Vec<Value> {
        let now = clock.time();
        let state = self.state();
        let mut nodes: Vec<(&String, &Node)> =
            state.nodes.iter().filter(|(_, n)| !healthy || n.status(now) == "healthy").collect();
        nodes.sort_by(|a, b| a.1.disk_usage.total_cmp(&b.1.disk_usage).then(a.0.cmp(b.0)));
        let about = |(id, node): (&String, &Node)| {
            json!({
                "node_url": node.url, "node_id": id, "last_heartbeat": clock.stamp(node.seen),
                "disk_usage_percent": node.disk_usage, "chunk_count": node.chunks, "status": node.status(now),
                "version": node.version,
            })
        };
        nodes.into_iter().map(about).collect()
    }

    fn health_summary(&self, now: Seconds) -> Value {
        let state = self.state();
        let count = |status: &str| state.nodes.values().filter(|n| n.status(now) == status).count();
        json!({ "healthy": count("healthy"), "degraded": count("degraded"), "down": count("down") })
    }

    fn stats(&self, now: Seconds) -> Value {
        let (healthy, _) = self.counts(now);
        let state = self.state();
        let replicas: usize = state.chunks().map(|c| c.replicas.len()).sum();
        json!({
            "total_videos": state.videos.len(), "total_chunks": state.chunks, "total_replicas": replicas,
            "healthy_nodes": healthy, "service_version": env!("CARGO_PKG_VERSION"),
        })
    }

    fn overhead(&self) -> Value {
        let state = self.state();
        let logical: u64 = state.chunks().map(|c| c.size).sum();
        let physical: u64 = state.chunks().map(|c| c.size * c.replicas.len() as u64).sum();
        let coded = state.chunks().filter(|c| c.mode == Mode::ErasureCoding).count();
        json!({
            "replication_chunks": state.chunks - coded, "erasure_coded_chunks": coded,
            "total_logical_bytes": logical, "total_physical_bytes": physical, "storage_savings_percent": 0.0,
            "replication_overhead_bytes": physical.saturating_sub(logical), "erasure_overhead_bytes": 0,
        })
    }

    /// Asks every node whether it lives. A good answer is a sign of life.
    pub(super) async fn probe(&self, clock: Clock) {
        let nodes: Vec<(String, String)> =
            self.state().nodes.iter().map(|(id, node)| (id.clone(), node.url.clone())).collect();
        for (id, url) in nodes {
            let Ok(said) = ask(Method::GET, &url, "/health", &[], None).await else { continue };
            let Ok(health) = serde_json::from_slice::<Value>(&said.body) else { continue };
            if said.status == StatusCode::OK
                && let Some(node) = self.state().nodes.get_mut(&id)
            {
                node.seen = clock.time();
                node.disk_usage = health["disk_usage"].as_f64().unwrap_or(node.disk_usage);
                node.chunks = health["chunk_count"].as_u64().unwrap_or(node.chunks);
            }
        }
    }
}

impl State {
    fn chunks(&self) -> impl Iterator<Item = &Chunk> {
        self.videos.values().flat_map(|v| v.chunks.values())
    }

    /// A chunk is on these nodes: on those that had the same one before, too.
    fn keep(&mut self, id: &str, new: &Commit, accepted: &[String]) -> Result<(), Refused> {
        if self.chunks >= CHUNKS {
            return full();
        }
        let Some(video) = self.videos.get_mut(&new.video_id) else { return missing() };
        let before = video.chunks.get(&new.sequence_num);
        self.chunks += usize::from(before.is_none());
        let same = before.filter(|chunk| chunk.id == id && chunk.checksum == new.checksum);
        let mut replicas = same.map(|chunk| chunk.replicas.clone()).unwrap_or_default();
        for url in accepted {
            if !replicas.contains(url) && replicas.len() < REPLICAS {
                replicas.push(url.clone());
            }
        }
        // The order does not depend on who was first.
        replicas.sort();
        let chunk = Chunk {
            id: id.to_string(),
            size: new.size_bytes,
            checksum: new.checksum.clone(),
            replicas,
            mode: new.redundancy_mode,
            duration: new.duration_sec,
        };
        video.chunks.insert(new.sequence_num, chunk);
        Ok(())
    }
}

impl Video {
    /// The synthetic video of an origin at this address.
    pub(super) async fn of(own: &Own, url: &str) -> Video {
        let (about, video) = (own.about(), own.content.video());
        let mut chunks = BTreeMap::new();
        for segment in 0..about.total_chunks {
            let chunk = Chunk {
                id: own.chunk_id(segment),
                size: own.payload(segment).len(),
                checksum: own.checksum(segment).await.to_string(),
                replicas: vec![url.to_string()],
                mode: Mode::Replication,
                duration: Some(video.duration(segment).get()),
            };
            chunks.insert(segment as u64, chunk);
        }
        let (title, duration_sec, status) = (about.title, about.duration_sec, Status::Active);
        Video { title, duration_sec, created: Seconds::ZERO, status, chunks, views: 0 }
    }

    /// What a client plays by.
    pub(super) fn manifest(&self, id: &str, clock: Clock) -> Value {
        // Ten seconds where nobody says otherwise: the original's constant.
        let duration = self.chunks.values().next().and_then(|c| c.duration).unwrap_or(10.0);
        let duration = if duration.fract() == 0.0 { json!(duration as u64) } else { json!(duration) };
        let chunk = |(sequence, chunk): (&u64, &Chunk)| {
            json!({
                "chunk_id": chunk.id, "sequence_num": sequence, "size_bytes": chunk.size, "checksum": chunk.checksum,
                "replicas": chunk.replicas, "redundancy_mode": chunk.mode, "fragments": null,
            })
        };
        json!({
            "video_id": id, "title": self.title, "duration_sec": self.duration_sec,
            "total_chunks": self.chunks.len(), "chunk_duration_sec": duration, "chunk_size_bytes": self.largest(),
            "created_at": clock.stamp(self.created), "status": self.status,
            "chunks": self.chunks.iter().map(chunk).collect::<Vec<_>>(),
        })
    }

    fn largest(&self) -> u64 {
        self.chunks.values().map(|c| c.size).max().unwrap_or(0)
    }
}

impl Node {
    fn status(&self, now: Seconds) -> &'static str {
        match now - self.seen {
            age if age < HEALTHY => "healthy",
            age if age < DOWN => "degraded",
            _ => "down",
        }
    }
}

/// An id in the form of a UUID, version 4, that this service has not given before.
fn uuid(now: Seconds, count: u64) -> String {
    let mut rng = units::SimRng::new(now.millis().to_bits(), count);
    let (a, b) = (rng.bits(), rng.bits());
    format!(
        "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
        a >> 32,
        (a >> 16) & 0xffff,
        a & 0xfff,
        0x8000 | (b >> 50),
        b & 0xffff_ffff_ffff
    )
}
