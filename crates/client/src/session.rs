//! A session of the smart client without a socket: manifest in, commands out.
//!
//! The driver (the simulation in virtual time, the HTTP client in real time) asks [`SmartSession::poll`] until it has nothing more
//! to say, waits until [`SmartSession::timeout`] or news, and tells the news.

use std::collections::BTreeMap;

use units::Seconds;

use crate::buffer::{BufferManager, Playable};
use crate::config::Config;
use crate::monitor::NetworkMonitor;
use crate::scheduler::{Attempt, Chunk, ChunkScheduler, Failure, Order};

/// Between two looks of the original while its buffer is low, and while it waits for a change.
const LOW_PAUSE: Seconds = Seconds::new(0.5);
const CHANGE_PAUSE: Seconds = Seconds::new(1.0);

/// Differences of levels that are no more than rounding.
const ROUNDING: Seconds = Seconds::new(1e-6);

/// A chunk as the manifest has it.
#[derive(Clone, Debug, PartialEq)]
pub struct Piece {
    /// Its name at the nodes.
    pub id: String,
    /// The nodes that have it, in the manifest's order.
    pub replicas: Vec<String>,
    /// Its size in bytes, where the manifest has it.
    pub bytes: Option<u64>,
}

/// What the driver is to do.
#[derive(Clone, Debug, PartialEq)]
pub enum Command<T> {
    /// Ping a node, and tell by [`SmartSession::pinged`].
    Ping(usize),
    /// Begin a request, and tell by [`SmartSession::progressed`] and [`SmartSession::failed`].
    Fetch(Attempt),
    /// Give a request up.
    Cancel(u64),
    /// This chunk begins to play.
    Play(Playable<T>),
    /// The video is over.
    End,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Loading {
    /// Nothing before this time.
    Until(Seconds),
    /// Until the buffer changes, or this time.
    Change(Seconds),
    /// Until the batch is done.
    Batch,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Playing {
    /// Until the buffer changes, or this time.
    Change(Seconds),
    /// A chunk plays until then.
    Until(Seconds),
    Over,
}

/// What has been received and can be handed on, by the name of the chunk.
type Received<T> = BTreeMap<String, (u64, T)>;

/// The smart client as a state machine. `T` is what a chunk holds: bytes over HTTP, nothing in a simulation.
#[derive(Clone, Debug)]
pub struct SmartSession<T> {
    config: Config,
    /// The nodes.
    pub monitor: NetworkMonitor,
    pub scheduler: ChunkScheduler,
    pub buffer: BufferManager<T>,
    pieces: Vec<Piece>,
    numbers: BTreeMap<String, usize>,
    began: Seconds,
    asked: Vec<bool>,
    received: Received<T>,
    batch: Vec<String>,
    /// Nothing is asked for before.
    first: Seconds,
    loading: Loading,
    playing: Playing,
    changed: bool,
    startup: Option<Seconds>,
    level_integral: f64,
    level_since: Seconds,
}

impl<T> SmartSession<T> {
    /// A session that was asked for at `began` and has its manifest at `now`.
    pub fn new(config: Config, pieces: Vec<Piece>, began: Seconds, now: Seconds) -> SmartSession<T> {
        let mut monitor = NetworkMonitor::new(config.clone());
        for url in pieces.iter().flat_map(|p| &p.replicas) {
            monitor.node(url);
        }
        monitor.start_monitoring(now);
        let first = now + config.behaviour.head_start;
        SmartSession {
            monitor,
            scheduler: ChunkScheduler::new(config.clone()),
            buffer: BufferManager::new(config.clone()),
            numbers: pieces.iter().enumerate().map(|(i, p)| (p.id.clone(), i)).collect(),
            asked: vec![false; pieces.len()],
            pieces,
            began,
            received: BTreeMap::new(),
            batch: Vec::new(),
            first,
            loading: Loading::Until(first),
            playing: Playing::Change(first),
            changed: false,
            startup: None,
            level_integral: 0.0,
            level_since: now,
            config,
        }
    }

    /// From the wish to see the video to its first frame; none before.
    pub fn startup_latency(&self) -> Option<Seconds> {
        self.startup
    }

    /// The chunks of the video.
    pub fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    /// Whether the video was played to its end.
    pub fn is_over(&self) -> bool {
        self.playing == Playing::Over
    }

    /// The buffer's mean level since playback started.
    pub fn mean_level(&self, now: Seconds) -> Seconds {
        let Some(startup) = self.startup else { return Seconds::ZERO };
        let time = now - (self.began + startup);
        if time <= Seconds::ZERO {
            return Seconds::ZERO;
        }
        Seconds::new((self.level_integral + self.area(now)) / time.get())
    }

    /// What the level adds up to since it was last settled: it falls while a chunk plays.
    fn area(&self, now: Seconds) -> f64 {
        if self.startup.is_none() {
            return 0.0;
        }
        let (a, b) = (self.buffer.level(self.level_since), self.buffer.level(now));
        (a + b).get() / 2.0 * (now - self.level_since).get()
    }

    fn settle_level(&mut self, now: Seconds) {
        self.level_integral += self.area(now);
        self.level_since = now;
    }

    /// The next thing to do now; ask until there is none.
    pub fn poll(&mut self, now: Seconds) -> Option<Command<T>> {
        if self.playing == Playing::Over {
            return None;
        }
        self.settle_level(now);
        if let Some(node) = self.monitor.poll(now) {
            return Some(Command::Ping(node));
        }
        loop {
            if let Some(order) = self.scheduler.poll(&self.monitor, now) {
                match order {
                    Order::Start(attempt) => return Some(Command::Fetch(attempt)),
                    Order::Cancel(id) => return Some(Command::Cancel(id)),
                    Order::Done { chunk, node } => self.arrived(chunk, node.is_some()),
                }
                continue;
            }
            if let Some(command) = self.play(now) {
                return Some(command);
            }
            if !self.load(now) {
                return None;
            }
        }
    }

    /// When [`poll`](Self::poll) has to be asked again at the latest.
    pub fn timeout(&self) -> Seconds {
        let loading = match self.loading {
            Loading::Until(at) | Loading::Change(at) => at,
            Loading::Batch => Seconds::INFINITY,
        };
        let playing = match self.playing {
            Playing::Until(at) | Playing::Change(at) => at,
            Playing::Over => return Seconds::INFINITY,
        };
        loading.min(playing).min(self.monitor.timeout()).min(self.scheduler.timeout())
    }

    /// A ping was answered after so many milliseconds, or was not.
    pub fn pinged(&mut self, node: usize, latency_ms: Option<f64>, now: Seconds) {
        self.monitor.pinged(node, latency_ms, now);
    }

    /// A request has received so many bytes.
    pub fn progressed(&mut self, id: u64, received: u64, now: Seconds) {
        self.scheduler.progressed(id, received, now);
    }

    /// A request brought its chunk: this many bytes of its own, and the whole chunk's data.
    pub fn completed(&mut self, attempt: &Attempt, bytes: u64, data: T, now: Seconds) {
        self.received.insert(attempt.chunk.clone(), (bytes + attempt.from, data));
        self.scheduler.ended(attempt.id, Ok(bytes), &mut self.monitor, now);
    }

    /// A request failed; so many bytes of its chunk are here and can be used.
    pub fn failed(&mut self, id: u64, failure: Failure, kept: u64, now: Seconds) {
        self.scheduler.ended(id, Err((failure, kept)), &mut self.monitor, now);
    }

    /// Gives everything up: no more pings, requests or playback.
    pub fn stop(&mut self) {
        self.monitor.stop_monitoring();
        self.scheduler.stop();
        self.playing = Playing::Over;
    }

    /// The next order of a stopped session: requests to cancel.
    pub fn drain(&mut self, now: Seconds) -> Option<u64> {
        match self.scheduler.poll(&self.monitor, now) {
            Some(Order::Cancel(id)) => Some(id),
            _ => None,
        }
    }

    fn arrived(&mut self, chunk: String, here: bool) {
        if self.config.behaviour.batches {
            if here {
                self.batch.push(chunk);
            }
            return;
        }
        if here {
            self.append(&chunk);
        }
    }

    fn append(&mut self, chunk: &str) {
        let number = self.numbers.get(chunk).copied();
        if let (Some(number), Some((bytes, data))) = (number, self.received.remove(chunk)) {
            self.changed |= self.buffer.add_chunk(number, bytes, data);
        }
    }

    fn chunk(&self, number: usize, now: Seconds) -> Chunk {
        let piece = &self.pieces[number];
        let ahead = number.saturating_sub(self.buffer.position()) as f64;
        // What is buffered or on its way before it will have been played by then.
        let deadline = match self.playing {
            Playing::Until(end) => end + self.config.chunk_duration_sec * ahead,
            _ => now + self.config.chunk_duration_sec * ahead,
        };
        Chunk {
            id: piece.id.clone(),
            replicas: piece.replicas.iter().filter_map(|url| self.monitor.number_of(url)).collect(),
            size: piece.bytes,
            deadline,
        }
    }

    /// Asks for what is to be had next. True if something changed.
    fn load(&mut self, now: Seconds) -> bool {
        if self.config.behaviour.batches { self.load_batch(now) } else { self.load_steadily(now) }
    }

    /// One chunk after the other, as long as the target is not exceeded by what is here and what is on its way.
    fn load_steadily(&mut self, now: Seconds) -> bool {
        if now < self.first {
            return false;
        }
        self.loading = Loading::Until(Seconds::INFINITY);
        let chunk = self.config.chunk_duration_sec;
        let position = self.buffer.position();
        let pending = self.scheduler.pending();
        let rest = match self.playing {
            Playing::Until(end) => (end - now).max(Seconds::ZERO),
            _ => Seconds::ZERO,
        };
        // Requests to one node share its link, and the next chunk must not be late for those behind it: before the first frame
        // it has the network to itself, and then as many more are asked for as there are chunks ahead, or nodes.
        let ahead_of_viewer = ((self.buffer.level(now) - rest) / chunk).round() as usize;
        let nodes = (0..self.monitor.len()).filter(|&n| self.monitor.healthy(n, now)).count();
        let most = match self.startup {
            None => 1,
            Some(_) => (1 + ahead_of_viewer).max(nodes).min(self.config.max_concurrent_downloads),
        };
        let ahead = (self.config.target_buffer_sec / chunk).floor().max(1.0) as usize;
        let window = position..self.pieces.len().min(position + ahead);
        let Some(next) = window.into_iter().find(|&n| !self.asked[n]) else { return false };
        let level = chunk * (next - position) as f64 + rest;
        let above = level + chunk - self.config.target_buffer_sec.max(chunk);
        let bytes = self.pieces[next].bytes.unwrap_or(0);
        let under_way = (position..next)
            .filter(|&n| !self.buffer.has(n))
            .map(|n| self.pieces[n].bytes.unwrap_or(0))
            .sum::<u64>();
        if pending >= most || !self.buffer.has_room(bytes, under_way) {
            return false;
        }
        if above > ROUNDING {
            // There is room when enough of the chunk that plays has been shown.
            self.loading = Loading::Until(now + above);
            return false;
        }
        self.asked[next] = true;
        let wanted = self.chunk(next, now);
        self.scheduler.download_chunk(wanted);
        true
    }

    fn load_batch(&mut self, now: Seconds) -> bool {
        match self.loading {
            Loading::Until(at) if now < at => return false,
            Loading::Change(at) if now < at && !self.changed => return false,
            Loading::Change(_) => self.changed = false,
            Loading::Until(_) => {}
            Loading::Batch => {
                if self.scheduler.pending() > 0 {
                    return false;
                }
                for chunk in std::mem::take(&mut self.batch) {
                    self.append(&chunk);
                }
                self.loading = self.pause(now);
                return true;
            }
        }
        let level = self.buffer.level(now);
        if level < self.config.low_water_mark_sec {
            let missing = (self.config.target_buffer_sec - level) / self.config.chunk_duration_sec;
            let count = (missing.max(0.0) as usize + 2).max(1);
            let wanted: Vec<Chunk> = self
                .buffer
                .next_sequences(count)
                .into_iter()
                .filter(|&n| n < self.pieces.len())
                .map(|n| self.chunk(n, now))
                .collect();
            if !wanted.is_empty() {
                self.scheduler.download_chunks_parallel(wanted);
                self.loading = Loading::Batch;
                return true;
            }
        }
        self.loading = self.pause(now);
        true
    }

    fn pause(&self, now: Seconds) -> Loading {
        match self.buffer.needs_more_chunks(now) {
            true => Loading::Until(now + LOW_PAUSE),
            false => Loading::Change(now + CHANGE_PAUSE),
        }
    }

    fn play(&mut self, now: Seconds) -> Option<Command<T>> {
        let polls = self.config.behaviour.counts_polls;
        let due = match self.playing {
            Playing::Over => return None,
            Playing::Until(end) if now < end => return None,
            Playing::Until(end) => end,
            Playing::Change(at) => {
                if now < at && !self.changed {
                    return None;
                }
                now
            }
        };
        if let Playing::Until(_) = self.playing
            && self.buffer.position() >= self.pieces.len()
        {
            self.playing = Playing::Over;
            self.monitor.stop_monitoring();
            return Some(Command::End);
        }
        let waits = matches!(self.playing, Playing::Change(_));
        if waits && polls {
            self.changed = false;
        }
        let all_here = self.buffer.position() + self.buffer.sequences().len() >= self.pieces.len();
        let enough =
            self.buffer.can_start_playback(now) || (!polls && all_here && self.buffer.peek().is_some());
        let begins = self.startup.is_none() || (!polls && self.buffer.is_interrupted());
        if begins && !enough {
            self.playing = Playing::Change(if polls { now + CHANGE_PAUSE } else { Seconds::INFINITY });
            self.changed &= polls;
            return None;
        }
        self.settle_level(now);
        if self.startup.is_none() {
            self.startup = Some(now - self.began);
            self.level_since = now;
        }
        match self.buffer.next_chunk_for_playback(now) {
            Some(playable) => {
                // The clock of playback is not that of the driver: chunks follow on each other without a gap.
                let end = if waits || polls { now } else { due } + self.config.chunk_duration_sec;
                self.playing = Playing::Until(end);
                self.buffer.plays_until(end);
                self.changed = true;
                Some(Command::Play(playable))
            }
            None if polls => {
                self.playing = Playing::Change(now + CHANGE_PAUSE);
                // A change from before that nobody has taken notice of is one now: the original looks again at once.
                if self.changed { self.play(now) } else { None }
            }
            None => {
                self.playing = Playing::Change(Seconds::INFINITY);
                self.changed = false;
                None
            }
        }
    }
}
