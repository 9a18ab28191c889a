//! The smart client over HTTP: V-Stack's metadata service and storage nodes.
//!
//! Four calls, as the original has them: `GET {metadata}/health`, `GET {metadata}/manifest/{id}`, `HEAD {node}/ping` and
//! `GET {node}/chunk/{id}`. Beyond the original, chunks are checked against the hash of the manifest, and a broken chunk goes on
//! where it broke off, if the node knows ranges.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::Deserialize;
use units::Seconds;

use crate::ClientError;
use crate::clock::{Clock, WallClock, duration, until};
use crate::config::Config;
use crate::contest::naive_twin;
use crate::flights::{Data, Flights, News};
use crate::http::{Http, Wanted, checked};
use crate::report::{ChunkRecord, HandedOn, Report, Transport};
use crate::session::{Command, Piece, SmartSession};
use crate::sink::{Outlet, Sink};
use crate::status::{Feed, Naive, Status};

/// The most chunks of a manifest: 115 days of 10 s each.
const MOST_CHUNKS: usize = 1_000_000;

/// A manifest of V-Stack's metadata service, as far as a client reads it.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Manifest {
    #[serde(default)]
    pub video_id: String,
    /// Its name for people.
    #[serde(default)]
    pub title: String,
    /// How long a chunk plays, in seconds.
    #[serde(default)]
    pub chunk_duration_sec: Option<f64>,
    pub chunks: Vec<ManifestChunk>,
}

/// A chunk of a manifest.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct ManifestChunk {
    /// Its name at the nodes.
    pub chunk_id: String,
    /// Its place in the video, from 0.
    pub sequence_num: usize,
    #[serde(default)]
    pub size_bytes: Option<u64>,
    /// SHA-256 of its bytes in hex.
    #[serde(default)]
    pub checksum: Option<String>,
    /// The nodes that have it.
    pub replicas: Vec<String>,
}

/// The client that plays one video after another from V-Stack's services.
#[derive(Clone, Debug)]
pub struct SmartClient {
    config: Config,
    http: Http,
    sink: Sink,
    feed: Feed,
    limit: Seconds,
}

impl SmartClient {
    /// A client of the metadata service that the configuration names.
    pub fn new(config: Config) -> SmartClient {
        SmartClient {
            http: Http::new(&config),
            config,
            sink: Sink::None,
            feed: Feed::default(),
            limit: Seconds::INFINITY,
        }
    }

    /// The same, which hands media on.
    pub fn with_sink(self, sink: Sink) -> SmartClient {
        SmartClient { sink, ..self }
    }

    /// The same, which stops after so much media.
    pub fn with_limit(self, limit: Seconds) -> SmartClient {
        SmartClient { limit, ..self }
    }

    /// Where it tells of itself.
    pub fn feed(&self) -> &Feed {
        &self.feed
    }

    /// Asks the metadata service whether it is there.
    ///
    /// # Errors
    /// [`ClientError`] if it is not.
    pub async fn initialize(&self) -> Result<(), ClientError> {
        let base = checked(&self.config.metadata_service_url)?;
        self.http.get(&format!("{}/health", base.trim_end_matches('/'))).await.map(drop)
    }

    /// The manifest of a video.
    ///
    /// # Errors
    /// [`ClientError`] for a service that does not answer, a video that it does not have, and a manifest without chunks.
    pub async fn manifest(&self, video_id: &str) -> Result<Manifest, ClientError> {
        let base = checked(&self.config.metadata_service_url)?;
        let url = format!("{}/manifest/{video_id}", base.trim_end_matches('/'));
        let bytes = self.http.get(&url).await?;
        let mut manifest: Manifest = serde_json::from_slice(&bytes)
            .map_err(|e| ClientError::server(&url, format!("no manifest of V-Stack: {e}")))?;
        manifest.chunks.sort_by_key(|c| c.sequence_num);
        let wrong = |problem: String| Err(ClientError::server(&url, problem));
        if manifest.chunks.is_empty() || manifest.chunks.len() > MOST_CHUNKS {
            return wrong(format!("{} chunks, expected 1 to {MOST_CHUNKS}", manifest.chunks.len()));
        }
        for (i, chunk) in manifest.chunks.iter().enumerate() {
            if chunk.sequence_num != i {
                return wrong(format!("chunk {i} is missing or doubled"));
            }
            if chunk.replicas.is_empty() {
                return wrong(format!("chunk {i} has no replica"));
            }
            chunk.replicas.iter().try_for_each(|r| checked(r).map(drop))?;
        }
        Ok(manifest)
    }

    /// The manifest, asked for again for a while where the service does not answer.
    async fn manifest_in_time(&self, video_id: &str) -> Result<Manifest, ClientError> {
        let mut pause = Duration::from_millis(250);
        for _ in 0..self.config.max_retries {
            match self.manifest(video_id).await {
                Err(ClientError::Server { problem, .. }) if !problem.contains("404") => {
                    tokio::time::sleep(pause).await;
                    pause *= 2;
                }
                other => return other,
            }
        }
        self.manifest(video_id).await
    }

    /// Plays a video to its end, or until [`stop`](Self::stop) or for as long as nothing comes for `give_up`.
    ///
    /// # Errors
    /// [`ClientError`] for a video that cannot be begun, and for media that cannot be handed on.
    pub async fn play_video(&self, video_id: &str) -> Result<Report, ClientError> {
        let clock = WallClock::start();
        let manifest = self.manifest_in_time(video_id).await?;
        let mut config = self.config.clone();
        if let Some(s) = manifest.chunk_duration_sec.filter(|s| s.is_finite() && *s > 0.0) {
            // Playback starts with as many chunks as it would with the chunks of the configuration.
            let chunks = config.start_playback_sec / config.chunk_duration_sec;
            config.chunk_duration_sec = Seconds::new(s);
            config.start_playback_sec = Seconds::new(s * chunks);
        }
        let most = (self.limit / config.chunk_duration_sec).ceil().max(1.0);
        let chunks: Vec<ManifestChunk> = manifest.chunks.iter().take(most as usize).cloned().collect();
        let name = if manifest.title.is_empty() { video_id } else { &manifest.title };
        let outlet = Outlet::open(&self.sink, self.http.clone(), config.max_memory_bytes).await?;
        Playing::new(self, config, clock, chunks, video_id, outlet).run(name).await
    }

    /// Stops what is played.
    pub fn stop(&self) {
        self.feed.stop();
    }

    /// The state; none before anything was played.
    pub fn status(&self) -> Option<std::sync::Arc<Status>> {
        self.feed.status()
    }

    /// Writes the state as V-Stack prints it.
    ///
    /// # Errors
    /// What writing gives.
    pub fn print_status(&self, out: &mut impl std::io::Write) -> std::io::Result<()> {
        match self.status() {
            Some(status) => out.write_all(status.to_text().as_bytes()),
            None => Ok(()),
        }
    }
}

/// A session on its way.
struct Playing<'c> {
    client: &'c SmartClient,
    config: Config,
    clock: WallClock,
    session: SmartSession<Data>,
    flights: Flights,
    chunks: BTreeMap<String, ManifestChunk>,
    video_id: String,
    outlet: Outlet,
    record: ChunkRecord,
    handed_on: HandedOn,
    began: BTreeMap<u64, (Seconds, u64, usize)>,
    bytes: u64,
    throughput: Option<f64>,
    rebuffering: bool,
    published: Seconds,
    /// Time with a request in flight, up to `flying`, if there is one now.
    busy: Seconds,
    flying: Option<Seconds>,
    /// The nodes that have a request in flight, and what each node has brought in how much of such time.
    busy_nodes: BTreeSet<usize>,
    of_nodes: BTreeMap<usize, (u64, Seconds)>,
    naive: Option<Naive>,
    problem: Option<String>,
    /// When the naive twin is simulated again.
    twin_due: Seconds,
}

impl<'c> Playing<'c> {
    fn new(
        client: &'c SmartClient,
        config: Config,
        clock: WallClock,
        chunks: Vec<ManifestChunk>,
        video_id: &str,
        outlet: Outlet,
    ) -> Playing<'c> {
        let pieces = chunks
            .iter()
            .map(|c| Piece {
                id: c.chunk_id.clone(),
                replicas: c.replicas.iter().map(|r| r.trim_end_matches('/').to_string()).collect(),
                bytes: c.size_bytes,
            })
            .collect();
        Playing {
            client,
            session: SmartSession::new(config.clone(), pieces, Seconds::ZERO, clock.now()),
            flights: Flights::new(client.http.clone(), config.clone()),
            config,
            clock,
            chunks: chunks.into_iter().map(|c| (c.chunk_id.clone(), c)).collect(),
            video_id: video_id.to_string(),
            outlet,
            record: ChunkRecord::default(),
            handed_on: HandedOn::default(),
            began: BTreeMap::new(),
            bytes: 0,
            throughput: None,
            rebuffering: false,
            published: Seconds::new(-1.0),
            busy: Seconds::ZERO,
            flying: None,
            busy_nodes: BTreeSet::new(),
            of_nodes: BTreeMap::new(),
            naive: None,
            problem: None,
            twin_due: Seconds::new(2.0),
        }
    }

    async fn run(mut self, name: &str) -> Result<Report, ClientError> {
        let mut news_at = self.clock.now();
        let feed = self.client.feed.clone();
        let incomplete = loop {
            let now = self.clock.now();
            let passed = self.flying.map_or(Seconds::ZERO, |since| now - since);
            self.busy += passed;
            for node in &self.busy_nodes {
                self.of_nodes.entry(*node).or_default().1 += passed;
            }
            let over = self.obey(now)?;
            self.flying = (!self.began.is_empty()).then_some(now);
            self.busy_nodes = self.began.values().map(|(_, _, node)| *node).collect();
            if over {
                break None;
            }
            self.publish(now, None);
            if let Some(problem) = self.problem.take() {
                break Some(problem);
            }
            // Nothing came for long although something was asked for.
            let gives_up = match self.began.is_empty() && self.session.scheduler.pending() == 0 {
                true => Seconds::INFINITY,
                false => news_at + self.config.give_up,
            };
            if now >= gives_up {
                break Some(format!("nothing came for {:.0} s", self.config.give_up.get()));
            }
            let wakes = self.session.timeout().min(gives_up).min(now + Seconds::new(0.25));
            tokio::select! {
                news = self.flights.next() => {
                    if self.hear(news) {
                        news_at = self.clock.now();
                    }
                }
                () = until(&self.clock, wakes) => {}
                () = feed.stopped() => break Some("it was stopped".to_string()),
            }
        };
        self.finish(name, incomplete).await
    }

    /// Does what the session asks for; true at the end of the video.
    fn obey(&mut self, now: Seconds) -> Result<bool, ClientError> {
        while let Some(command) = self.session.poll(now) {
            match command {
                Command::Ping(node) => self.flights.ping(node, self.session.monitor.url(node)),
                Command::Fetch(attempt) => {
                    let Some(chunk) = self.chunks.get(&attempt.chunk) else { continue };
                    let url = format!("{}/chunk/{}", self.session.monitor.url(attempt.node), chunk.chunk_id);
                    let checks = !self.config.behaviour.only_pings_count;
                    let wanted = Wanted {
                        url,
                        range: None,
                        exact: chunk.size_bytes.filter(|_| checks),
                        most: self.config.max_memory_bytes,
                        sha256: chunk.checksum.clone().filter(|c| checks && c.len() == 64),
                        headers: Vec::new(),
                        idle: duration(self.config.idle_timeout),
                    };
                    let level = self.session.buffer.level(now);
                    let bytes = chunk.size_bytes.unwrap_or(0);
                    self.record.begins(&attempt, chunk.sequence_num, bytes, level, now);
                    self.began.insert(attempt.id, (now, 0, attempt.node));
                    self.flights.fetch(attempt, wanted);
                }
                Command::Cancel(id) => {
                    self.flights.cancel(id);
                    let came = self.began.remove(&id).map_or(0, |(_, bytes, _)| bytes);
                    self.bytes += came;
                    self.record.ends(id, came, None, self.session.buffer.level(now), now);
                }
                Command::Play(chunk) => {
                    self.handed_on.see(chunk.sequence);
                    if let Some(Err(problem)) = chunk.data.map(|data| self.outlet.put(data)) {
                        self.problem.get_or_insert(problem.to_string());
                    }
                    self.published = Seconds::new(-1.0);
                }
                Command::End => return Ok(true),
            }
        }
        Ok(false)
    }

    /// Passes news on; true if media came.
    fn hear(&mut self, news: News) -> bool {
        let now = self.clock.now();
        match news {
            News::Pong { node, latency_ms } => {
                self.session.pinged(node, latency_ms, now);
                false
            }
            // There are no rungs to cap, and no playlists.
            News::Told { .. } | News::Playlist { .. } => false,
            News::Came { id, bytes } => {
                let Some((_, came, _)) = self.began.get_mut(&id) else { return false };
                *came = bytes;
                if bytes == 0 {
                    self.record.first_byte(id, now);
                }
                self.session.progressed(id, bytes, now);
                bytes > 0
            }
            News::Over(over) => {
                let Some((began, _, node)) = self.began.remove(&over.attempt.id) else { return false };
                self.bytes += over.bytes;
                self.of_nodes.entry(node).or_default().0 += over.bytes;
                let (id, level) = (over.attempt.id, self.session.buffer.level(now));
                match over.result {
                    Ok(()) => {
                        let size = over.data.len() as u64;
                        self.flights.forget(&over.attempt.chunk);
                        self.throughput = Some(over.bytes as f64 * 8e-6 / (now - began).get().max(1e-6));
                        let after = level + self.config.chunk_duration_sec;
                        self.record.ends(id, over.bytes, Some(size), after, now);
                        self.session.completed(&over.attempt, over.bytes, Data::from(over.data), now);
                        true
                    }
                    Err(failure) => {
                        let kept = match self.config.behaviour.batches {
                            true => 0,
                            false => self.flights.keep(&over.attempt.chunk, over.data),
                        };
                        self.record.ends(id, over.bytes, None, level, now);
                        self.session.failed(id, failure, kept, now);
                        false
                    }
                }
            }
        }
    }

    fn status(&self, now: Seconds, ended: Option<&str>) -> Status {
        let (s, m) = (&self.session, &self.session.monitor);
        // Times of the session's clock become dates.
        let date = crate::clock::unix() - now.get();
        let stats = (0..m.len()).filter_map(|n| m.stats(n)).map(|mut n| {
            n.last_update += date;
            n
        });
        let sources = s.scheduler.chunk_sources().iter();
        let mut chunk_sources: BTreeMap<usize, String> = sources
            .filter_map(|(id, node)| Some((self.chunks.get(id)?.sequence_num, m.url(*node).to_string())))
            .collect();
        while chunk_sources.len() > 100 {
            chunk_sources.pop_first();
        }
        let startup = s.startup_latency();
        Status {
            is_initialized: true,
            video_id: Some(self.video_id.clone()),
            playing: ended.is_none(),
            startup_latency: startup.map(Seconds::get),
            playback_duration: startup.map(|s| (now - s).get()),
            buffer: s.buffer.buffer_status(now),
            buffer_stats: s.buffer.statistics(now),
            scheduler_stats: s.scheduler.statistics(m),
            network_stats: stats.collect(),
            node_scores: m.all_node_scores().into_iter().collect(),
            node_healthy: (0..m.len()).map(|n| (m.url(n).to_string(), m.healthy(n, now))).collect(),
            chunk_sources,
            throughput_mbps: self.throughput,
            mean_throughput_mbps: (self.busy > Seconds::ZERO)
                .then(|| self.bytes as f64 * 8e-6 / self.busy.get()),
            mean_buffer_sec: startup.map(|_| s.mean_level(now).get()),
            rung: None,
            bytes: self.bytes + self.began.values().map(|(_, came, _)| came).sum::<u64>(),
            ended: ended.map(str::to_string),
            naive: self.naive.clone(),
        }
    }

    /// Tells the state where it has changed, or now and then.
    fn publish(&mut self, now: Seconds, ended: Option<&str>) {
        let interrupted = self.session.buffer.is_interrupted();
        let changed = std::mem::replace(&mut self.rebuffering, interrupted) != interrupted;
        if ended.is_some() || changed || now - self.published >= Seconds::new(0.2) {
            self.published = now;
            if now >= self.twin_due || ended.is_some() {
                self.twin_due = now + Seconds::new(5.0);
                let m = &self.session.monitor;
                let nodes: Vec<_> = (0..m.len())
                    .filter_map(|n| {
                        let mut stats = m.stats(n)?;
                        // What the node carries, not what one of several requests at a time gets of it.
                        if let Some((bytes, time)) = self.of_nodes.get(&n).filter(|(_, t)| *t > Seconds::ZERO)
                        {
                            stats.bandwidth_mbps.average = Some(*bytes as f64 * 8e-6 / time.get());
                        }
                        Some(stats)
                    })
                    .collect();
                // As far as this client has come, with chunks as large as those that came.
                let came = self.session.scheduler.statistics(m).total_downloads;
                let mean = self.bytes / came.max(1) as u64;
                self.naive = naive_twin(&self.config, &nodes, came, mean);
            }
            let status = self.status(now, ended);
            self.client.feed.publish(status);
        }
    }

    async fn finish(mut self, name: &str, incomplete: Option<String>) -> Result<Report, ClientError> {
        let now = self.clock.now();
        self.publish(now, Some(incomplete.as_deref().unwrap_or("completed")));
        let buffer = self.session.buffer.statistics(now);
        self.session.stop();
        for id in std::mem::take(&mut self.began).into_keys() {
            self.flights.cancel(id);
            self.record.ends(id, 0, None, Seconds::ZERO, now);
        }
        let m = &self.session.monitor;
        let counts = self.session.scheduler.statistics(m);
        let total = self.session.pieces().len();
        let transport = Transport {
            cmsd: BTreeMap::new(),
            sources: counts.downloads_per_node,
            failovers: counts.failover_count,
            retries: counts.retries,
            hedges: counts.hedges,
            lost: if incomplete.is_none() {
                self.handed_on.lost + (total - buffer.total_chunks_played.min(total))
            } else {
                self.handed_on.lost
            },
            duplicated: self.handed_on.duplicated,
            bytes: self.bytes,
        };
        let first = self.session.startup_latency();
        let chunk = self.config.chunk_duration_sec;
        let mut session = self.record.into_session(name, chunk, first, now, &buffer);
        session.trace = self.client.config.metadata_service_url.clone();
        let nodes = (0..m.len()).map(|n| m.url(n).to_string()).collect();
        let closed = self.outlet.close().await.err().map(|e| e.to_string());
        let incomplete = incomplete.or(self.problem).or(closed);
        Ok(Report { session, nodes, transport, incomplete, video: None, live: None, player: None })
    }
}
