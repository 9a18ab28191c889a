//! Which node a chunk comes from, and what happens when it does not come: retries, failover, hedged requests.
//!
//! Pure: time comes in. The driver does what [`ChunkScheduler::poll`] asks for until it asks for nothing more, and tells of what
//! comes of it.

use std::collections::{BTreeMap, VecDeque};

use serde::Serialize;
use units::Seconds;

use crate::config::{Choice, Config};
use crate::monitor::NetworkMonitor;

/// Between two tries on one replica: `0.5 x 2^k` seconds after the k-th failure.
const BACKOFF: Seconds = Seconds::new(0.5);

/// Before a chunk that no replica gave is asked for again.
const ROUND_PAUSE: Seconds = Seconds::new(1.0);

/// A request is not given a rival before it is this old.
const YOUNGEST_HEDGED: Seconds = Seconds::new(0.5);

/// What a missed deadline costs in the choice by completion: the chunk's own duration is what a viewer waits at least.
const LATE_COST: f64 = 1.0;

/// A chunk to be fetched.
#[derive(Clone, Debug, PartialEq)]
pub struct Chunk {
    /// Its name: the nodes know it by this.
    pub id: String,
    /// The nodes that have it, by their number with the monitor.
    pub replicas: Vec<usize>,
    /// Its size in bytes, where it is known.
    pub size: Option<u64>,
    /// When it has to be here so that playback goes on.
    pub deadline: Seconds,
}

/// One request of a chunk to a node.
#[derive(Clone, Debug, PartialEq)]
pub struct Attempt {
    /// Its number, unique in the session.
    pub id: u64,
    pub chunk: String,
    pub node: usize,
    /// Which request for this chunk to this node it is, from 1.
    pub number: u32,
    /// Bytes of the chunk that are here already: the request may ask for the rest.
    pub from: u64,
    /// It has failed if it takes longer.
    pub timeout: Seconds,
    /// Whether it runs beside another one for the same chunk.
    pub hedge: bool,
}

/// What the driver is to do.
#[derive(Clone, Debug, PartialEq)]
pub enum Order {
    /// Begin a request.
    Start(Attempt),
    /// Give a request up; nothing more is to be said of it.
    Cancel(u64),
    /// A chunk is here, from this node; or cannot be had (only where nothing is asked for again).
    Done { chunk: String, node: Option<usize> },
}

/// How a request failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Failure {
    /// The node answered with another status than it should.
    Status(u16),
    /// No connection.
    Refused,
    /// It took too long, or nothing came for too long.
    TimedOut,
    /// The connection ended early.
    Cut,
    /// Other bytes came than were announced or expected.
    WrongLength,
    /// The bytes are not those of the chunk.
    Corrupt,
}

/// The scheduler's counts under V-Stack's names; `retries`, `hedges` and `wasted_bytes` are ours.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SchedulerStatistics {
    /// Chunks that came.
    pub total_downloads: usize,
    /// Times that no replica gave a chunk.
    pub failed_downloads: usize,
    /// Moves to another replica.
    pub failover_count: usize,
    /// Share of downloads that came, 0 to 1.
    pub success_rate: f64,
    /// Requests in flight.
    pub active_downloads: usize,
    /// Requests in flight per node.
    pub node_load: BTreeMap<String, usize>,
    /// Chunks that came, per node.
    pub downloads_per_node: BTreeMap<String, usize>,
    /// Requests after a failed one to the same replica.
    pub retries: usize,
    /// Second requests for a chunk that was about to be late.
    pub hedges: usize,
    /// Bytes that were received in vain.
    pub wasted_bytes: u64,
}

#[derive(Clone, Debug)]
struct Flight {
    attempt: Attempt,
    began: Seconds,
    first_byte: Option<Seconds>,
    received: u64,
}

#[derive(Clone, Debug)]
struct Job {
    chunk: Chunk,
    /// Replicas that are given up in this round.
    tried: Vec<usize>,
    node: Option<usize>,
    tries: u32,
    /// When the next try begins; none while one is in flight.
    waits: Option<Seconds>,
    flights: Vec<Flight>,
    /// Bytes that are here from a broken request.
    kept: u64,
    requests: Vec<(usize, u32)>,
    next_look: Seconds,
}

/// The scheduler: at most `max_concurrent_downloads` chunks at a time, in the order in which they were asked for.
#[derive(Clone, Debug)]
pub struct ChunkScheduler {
    config: Config,
    queue: VecDeque<Chunk>,
    jobs: Vec<Job>,
    orders: VecDeque<Order>,
    next_id: u64,
    turn: usize,
    source: BTreeMap<String, usize>,
    load: BTreeMap<usize, usize>,
    per_node: BTreeMap<usize, usize>,
    counts: [usize; 5],
    wasted: u64,
}

const DONE: usize = 0;
const FAILED: usize = 1;
const FAILOVERS: usize = 2;
const RETRIES: usize = 3;
const HEDGES: usize = 4;

impl ChunkScheduler {
    /// A scheduler with nothing to do.
    pub fn new(config: Config) -> ChunkScheduler {
        ChunkScheduler {
            config,
            queue: VecDeque::new(),
            jobs: Vec::new(),
            orders: VecDeque::new(),
            next_id: 0,
            turn: 0,
            source: BTreeMap::new(),
            load: BTreeMap::new(),
            per_node: BTreeMap::new(),
            counts: [0; 5],
            wasted: 0,
        }
    }

    /// Asks for a chunk.
    pub fn download_chunk(&mut self, chunk: Chunk) {
        self.queue.push_back(chunk);
    }

    /// Asks for several; the first come first.
    pub fn download_chunks_parallel(&mut self, chunks: impl IntoIterator<Item = Chunk>) {
        self.queue.extend(chunks);
    }

    /// Chunks that are asked for and not here.
    pub fn pending(&self) -> usize {
        self.queue.len() + self.jobs.len()
    }

    /// Requests in flight, and those that wait for their next try.
    fn slots(&self) -> usize {
        self.jobs.iter().map(|j| j.flights.len().max(1)).sum()
    }

    /// Requests in flight.
    pub fn in_flight(&self) -> usize {
        self.jobs.iter().map(|j| j.flights.len()).sum()
    }

    /// The node that a chunk is best asked from among those that have it: the healthy ones, or all if none is.
    pub fn select_best_node(
        &self,
        monitor: &NetworkMonitor,
        chunk: &Chunk,
        left: &[usize],
        now: Seconds,
    ) -> Option<usize> {
        let healthy: Vec<usize> = left.iter().copied().filter(|&n| monitor.healthy(n, now)).collect();
        let candidates = if healthy.is_empty() { left } else { &healthy };
        let cost = |node: usize| match self.config.choice {
            Choice::RoundRobin | Choice::Listed => 0.0,
            Choice::Score => -monitor.score(node) / (1.0 + 0.2 * self.load_of(node) as f64),
            Choice::Completion => {
                // Where the size is unknown, any will do to compare: a chunk of two megabytes.
                let bytes = chunk.size.unwrap_or(2 << 20);
                let f = monitor.forecast(node, bytes, self.load_of(node), chunk.deadline - now);
                f.expected.get() + f.risk * LATE_COST * self.config.chunk_duration_sec.get()
            }
        };
        let mut best: Option<(usize, f64)> = None;
        for &node in candidates {
            let cost = cost(node);
            if best.is_none_or(|(_, least)| cost < least) {
                best = Some((node, cost));
            }
        }
        best.map(|(node, _)| node)
    }

    fn load_of(&self, node: usize) -> usize {
        self.load.get(&node).copied().unwrap_or(0)
    }

    /// The next thing to do now; ask until there is none.
    pub fn poll(&mut self, monitor: &NetworkMonitor, now: Seconds) -> Option<Order> {
        if let Some(order) = self.orders.pop_front() {
            return Some(order);
        }
        while self.slots() < self.config.max_concurrent_downloads {
            let Some(chunk) = self.queue.pop_front() else { break };
            for &node in &chunk.replicas {
                self.load.entry(node).or_default();
            }
            let job = Job {
                chunk,
                tried: Vec::new(),
                node: None,
                tries: 0,
                waits: Some(now),
                flights: Vec::new(),
                kept: 0,
                requests: Vec::new(),
                next_look: Seconds::ZERO,
            };
            self.jobs.push(job);
            let last = self.jobs.len() - 1;
            self.try_next(last, monitor, now);
            if let Some(order) = self.orders.pop_front() {
                return Some(order);
            }
        }
        if let Some(due) = self.jobs.iter().position(|j| j.waits.is_some_and(|at| at <= now)) {
            self.try_next(due, monitor, now);
        } else if self.config.hedge {
            self.hedge(monitor, now);
        }
        self.orders.pop_front()
    }

    /// When [`poll`](Self::poll) has to be asked again at the latest.
    pub fn timeout(&self) -> Seconds {
        let mut at = self.jobs.iter().filter_map(|j| j.waits).fold(Seconds::INFINITY, Seconds::min);
        if self.config.hedge {
            let alone = self.jobs.iter().filter(|j| j.flights.len() == 1 && j.chunk.replicas.len() > 1);
            at = alone.map(|j| j.next_look.max(j.flights[0].began + YOUNGEST_HEDGED)).fold(at, Seconds::min);
        }
        at
    }

    /// Begins the next try of a job: on its node, or on the best of those not yet given up.
    fn try_next(&mut self, job: usize, monitor: &NetworkMonitor, now: Seconds) {
        if self.jobs[job].node.is_none() {
            let j = &self.jobs[job];
            let mut left: Vec<usize> =
                j.chunk.replicas.iter().copied().filter(|n| !j.tried.contains(n)).collect();
            if self.config.choice == Choice::RoundRobin && !left.is_empty() {
                // The naive client takes the next in turn, whatever is known of it.
                let turn = self.turn % left.len();
                left = vec![left[turn]];
                self.turn += 1;
            }
            let Some(node) = self.select_best_node(monitor, &self.jobs[job].chunk, &left, now) else {
                self.round_failed(job, now);
                return;
            };
            let j = &mut self.jobs[job];
            (j.node, j.tries) = (Some(node), 0);
        }
        if let Some(node) = self.jobs[job].node {
            self.start(job, node, false, now);
        }
    }

    fn start(&mut self, job: usize, node: usize, hedge: bool, now: Seconds) {
        self.next_id += 1;
        *self.load.entry(node).or_default() += 1;
        let j = &mut self.jobs[job];
        let number = match j.requests.iter_mut().find(|(n, _)| *n == node) {
            Some((_, count)) => {
                *count += 1;
                *count
            }
            None => {
                j.requests.push((node, 1));
                1
            }
        };
        let attempt = Attempt {
            id: self.next_id,
            chunk: j.chunk.id.clone(),
            node,
            number,
            from: if hedge { 0 } else { j.kept },
            timeout: self.config.download_timeout,
            hedge,
        };
        j.waits = None;
        j.flights.push(Flight { attempt: attempt.clone(), began: now, first_byte: None, received: 0 });
        j.next_look = now + YOUNGEST_HEDGED;
        self.orders.push_back(Order::Start(attempt));
    }

    /// The node that a request in flight was made to.
    pub(crate) fn node_of(&self, id: u64) -> Option<usize> {
        let mut flights = self.jobs.iter().flat_map(|j| &j.flights);
        flights.find(|f| f.attempt.id == id).map(|f| f.attempt.node)
    }

    /// A request has received so many bytes in all (its own, not counting what was here before).
    pub fn progressed(&mut self, id: u64, received: u64, now: Seconds) {
        let flights = self.jobs.iter_mut().flat_map(|j| &mut j.flights);
        if let Some(flight) = flights.into_iter().find(|f| f.attempt.id == id) {
            flight.first_byte.get_or_insert(now);
            flight.received = received;
        }
    }

    /// A request ended: with so many bytes of its own, or with a failure and what of the chunk is here and good (0 where it cannot
    /// be used).
    pub fn ended(
        &mut self,
        id: u64,
        outcome: Result<u64, (Failure, u64)>,
        monitor: &mut NetworkMonitor,
        now: Seconds,
    ) {
        let found =
            self.jobs.iter().enumerate().find_map(|(i, j)| {
                j.flights.iter().position(|f| f.attempt.id == id).map(|flight| (i, flight))
            });
        let Some((job, flight)) = found else { return };
        let flight = self.jobs[job].flights.remove(flight);
        let node = flight.attempt.node;
        self.landed(node);
        match outcome {
            Ok(bytes) => {
                let first = flight.first_byte.map_or(Seconds::ZERO, |at| at - flight.began);
                monitor.downloaded(node, bytes, first, now - flight.began, now);
                self.succeeded(job, node, monitor, now);
            }
            Err((_, kept)) => {
                monitor.download_failed(node, flight.received, now - flight.began);
                self.wasted += (flight.received + flight.attempt.from).saturating_sub(kept);
                self.failed(job, &flight, kept, monitor, now);
            }
        }
    }

    fn succeeded(&mut self, job: usize, node: usize, monitor: &mut NetworkMonitor, now: Seconds) {
        let job = self.jobs.remove(job);
        for loser in job.flights {
            self.landed(loser.attempt.node);
            self.wasted += loser.received;
            monitor.slow(loser.attempt.node, loser.received, now - loser.began);
            self.orders.push_back(Order::Cancel(loser.attempt.id));
        }
        self.counts[DONE] += 1;
        *self.per_node.entry(node).or_default() += 1;
        self.source.insert(job.chunk.id.clone(), node);
        self.orders.push_back(Order::Done { chunk: job.chunk.id, node: Some(node) });
    }

    fn failed(&mut self, job: usize, flight: &Flight, kept: u64, monitor: &NetworkMonitor, now: Seconds) {
        let most = self.config.max_retries;
        let j = &mut self.jobs[job];
        if flight.attempt.hedge || !j.flights.is_empty() {
            // The other one still runs. A hedge that outlives the first takes its place.
            j.tried.push(flight.attempt.node);
            if let Some(other) = j.flights.first_mut() {
                other.attempt.hedge = false;
                (j.node, j.tries) = (Some(other.attempt.node), 0);
                return;
            }
            j.node = None;
        }
        j.kept = kept;
        j.tries += 1;
        if j.node.is_some() && j.tries < most {
            self.counts[RETRIES] += 1;
            j.waits = Some(now + BACKOFF * f64::from(2u32.saturating_pow(j.tries - 1)));
            return;
        }
        j.tried.push(flight.attempt.node);
        j.node = None;
        let last = j.chunk.replicas.iter().all(|n| j.tried.contains(n));
        if !last || self.config.behaviour.last_failover_counts {
            self.counts[FAILOVERS] += 1;
        }
        self.try_next(job, monitor, now);
    }

    fn landed(&mut self, node: usize) {
        if let Some(load) = self.load.get_mut(&node) {
            *load = load.saturating_sub(1);
        }
    }

    /// No replica gave the chunk.
    fn round_failed(&mut self, job: usize, now: Seconds) {
        self.counts[FAILED] += 1;
        if self.config.behaviour.skips_gaps {
            let job = self.jobs.remove(job);
            self.orders.push_back(Order::Done { chunk: job.chunk.id, node: None });
            return;
        }
        let j = &mut self.jobs[job];
        j.tried.clear();
        (j.node, j.waits) = (None, Some(now + ROUND_PAUSE));
    }

    /// A second request for a chunk that is about to be late, if another node is expected to be sooner.
    fn hedge(&mut self, monitor: &NetworkMonitor, now: Seconds) {
        if self.slots() >= self.config.max_concurrent_downloads {
            self.look_later(now);
            return;
        }
        for job in 0..self.jobs.len() {
            let j = &self.jobs[job];
            let [flight] = j.flights.as_slice() else { continue };
            if now < j.next_look.max(flight.began + YOUNGEST_HEDGED) {
                continue;
            }
            let remaining = self.remaining(j, flight, monitor, now);
            let late = now + remaining > j.chunk.deadline;
            let left: Vec<usize> = j
                .chunk
                .replicas
                .iter()
                .copied()
                .filter(|n| *n != flight.attempt.node && !j.tried.contains(n) && monitor.healthy(*n, now))
                .collect();
            let rival = self.select_best_node(monitor, &j.chunk, &left, now).filter(|&rival| {
                let bytes = j.chunk.size.unwrap_or(2 << 20);
                monitor.forecast(rival, bytes, self.load_of(rival), Seconds::INFINITY).expected < remaining
            });
            match rival.filter(|_| late) {
                Some(rival) => {
                    self.counts[HEDGES] += 1;
                    self.start(job, rival, true, now);
                    return;
                }
                None => self.jobs[job].next_look = now + YOUNGEST_HEDGED,
            }
        }
    }

    fn look_later(&mut self, now: Seconds) {
        for job in &mut self.jobs {
            job.next_look = job.next_look.max(now + YOUNGEST_HEDGED);
        }
    }

    /// How long a request will still take: at its pace so far; while nothing comes, as long again as it has waited.
    fn remaining(&self, job: &Job, flight: &Flight, monitor: &NetworkMonitor, now: Seconds) -> Seconds {
        let elapsed = now - flight.began;
        let size = job.chunk.size.unwrap_or(2 << 20).saturating_sub(flight.attempt.from);
        if flight.received == 0 {
            let others = self.load_of(flight.attempt.node).saturating_sub(1);
            let f = monitor.forecast(flight.attempt.node, size, others, Seconds::INFINITY);
            return elapsed.max(f.expected - elapsed);
        }
        elapsed * (size.saturating_sub(flight.received) as f64 / flight.received as f64)
    }

    /// The node that a chunk came from.
    pub fn chunk_source<'m>(&self, monitor: &'m NetworkMonitor, chunk: &str) -> Option<&'m str> {
        self.source.get(chunk).map(|&n| monitor.url(n))
    }

    /// The node that every chunk came from, by the chunk's name.
    pub fn chunk_sources(&self) -> &BTreeMap<String, usize> {
        &self.source
    }

    /// Gives a chunk up.
    pub fn cancel_chunk(&mut self, id: &str, monitor: &mut NetworkMonitor, now: Seconds) {
        self.queue.retain(|c| c.id != id);
        let Some(at) = self.jobs.iter().position(|j| j.chunk.id == id) else { return };
        for flight in self.jobs.remove(at).flights {
            self.landed(flight.attempt.node);
            self.wasted += flight.received;
            monitor.slow(flight.attempt.node, flight.received, now - flight.began);
            self.orders.push_back(Order::Cancel(flight.attempt.id));
        }
    }

    /// Gives everything up.
    pub fn stop(&mut self) {
        self.queue.clear();
        self.orders.clear();
        let jobs = std::mem::take(&mut self.jobs);
        for flight in jobs.into_iter().flat_map(|j| j.flights) {
            self.landed(flight.attempt.node);
            self.wasted += flight.received;
            self.orders.push_back(Order::Cancel(flight.attempt.id));
        }
    }

    /// The counts for people and dashboards.
    pub fn statistics(&self, monitor: &NetworkMonitor) -> SchedulerStatistics {
        let (done, failed) = (self.counts[DONE], self.counts[FAILED]);
        let success_rate = match (self.config.behaviour.odd_success_rate, done + failed) {
            (true, _) => (done as f64 - failed as f64) / done.max(1) as f64,
            (false, 0) => 1.0,
            (false, all) => done as f64 / all as f64,
        };
        let named = |list: &BTreeMap<usize, usize>| -> BTreeMap<String, usize> {
            list.iter().map(|(node, n)| (monitor.url(*node).to_string(), *n)).collect()
        };
        SchedulerStatistics {
            total_downloads: done,
            failed_downloads: failed,
            failover_count: self.counts[FAILOVERS],
            success_rate,
            active_downloads: self.in_flight(),
            node_load: named(&self.load),
            downloads_per_node: named(&self.per_node),
            retries: self.counts[RETRIES],
            hedges: self.counts[HEDGES],
            wasted_bytes: self.wasted,
        }
    }
}
