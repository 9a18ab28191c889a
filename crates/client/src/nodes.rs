//! Nodes in virtual time, and the smart client driven over them.
//!
//! A request lasts its latency and then its size over the bandwidth, as they are when it begins. Alone, or sharing the node's
//! bandwidth equally with the other requests to it.

use units::{BitRate, Bits, Seconds, SimRng};

use crate::scheduler::{Attempt, Failure};
use crate::session::{Command, SmartSession};

/// What a node does from a time on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Phase {
    pub from: Seconds,
    /// Whether it refuses everything.
    pub down: bool,
    /// To the first byte, give or take `jitter`.
    pub latency: Seconds,
    /// The latency is uniform within so much on both sides.
    pub jitter: Seconds,
    pub bandwidth: BitRate,
    /// The bandwidth of a request is uniform within this share on both sides.
    pub spread: f64,
    /// Share of requests that lose packets and take twice as long.
    pub loss: f64,
    /// Share of requests that fail after their latency.
    pub fail: f64,
}

impl Phase {
    /// A node that always does the same.
    pub fn steady(latency: Seconds, bandwidth: BitRate) -> Phase {
        Phase {
            from: Seconds::ZERO,
            down: false,
            latency,
            jitter: Seconds::ZERO,
            bandwidth,
            spread: 0.0,
            loss: 0.0,
            fail: 0.0,
        }
    }

    /// A node that refuses.
    pub fn down() -> Phase {
        Phase { down: true, ..Phase::steady(Seconds::from_millis(1.0), BitRate::ZERO) }
    }

    /// The same, from a time on.
    pub fn from(self, from: Seconds) -> Phase {
        Phase { from, ..self }
    }
}

/// What a request is about.
#[derive(Clone, Debug)]
enum What {
    Ping,
    Chunk(Attempt, u64),
}

#[derive(Clone, Debug)]
struct Flow {
    node: usize,
    what: What,
    began: Seconds,
    /// Its first byte, or its failure.
    first: Seconds,
    fails: Option<Failure>,
    rate: BitRate,
    left: Bits,
    /// Known beforehand where nothing is shared.
    ends: Option<Seconds>,
    gives_up: Seconds,
}

#[derive(Clone, Debug)]
pub(crate) enum News {
    Pong { node: usize, latency_ms: Option<f64> },
    Whole { attempt: Attempt, bytes: u64, first: Seconds },
    Failed { attempt: Attempt, failure: Failure },
}

/// The nodes of a simulation.
#[derive(Debug)]
pub struct VirtualNodes {
    plans: Vec<(String, Vec<Phase>)>,
    sizes: Vec<(String, u64)>,
    shared: bool,
    ping_timeout: Seconds,
    random: SimRng,
    flows: Vec<Flow>,
    now: Seconds,
}

impl VirtualNodes {
    /// These nodes, each with its phases in the order of time, and the sizes of the chunks in bytes by name.
    pub fn new(
        plans: Vec<(String, Vec<Phase>)>,
        sizes: Vec<(String, u64)>,
        shared: bool,
        ping_timeout: Seconds,
        seed: u64,
    ) -> VirtualNodes {
        VirtualNodes {
            plans,
            sizes,
            shared,
            ping_timeout,
            random: SimRng::new(seed, 0),
            flows: Vec::new(),
            now: Seconds::ZERO,
        }
    }

    fn phase(&self, url: &str, now: Seconds) -> Phase {
        let phases = self.plans.iter().find(|(name, _)| name == url).map_or(&[][..], |(_, p)| p);
        phases.iter().rev().find(|p| p.from <= now).copied().unwrap_or(Phase::down())
    }

    fn uniform(&mut self, half: f64) -> f64 {
        if half > 0.0 { self.random.range(-half, half) } else { 0.0 }
    }

    fn happens(&mut self, share: f64) -> bool {
        share > 0.0 && self.random.uniform() < share
    }

    pub(crate) fn ping(&mut self, node: usize, url: &str, now: Seconds) {
        let gives_up = now + self.ping_timeout;
        self.open(node, url, What::Ping, gives_up, now);
    }

    pub(crate) fn fetch(&mut self, attempt: Attempt, url: &str, now: Seconds) {
        let size = self.sizes.iter().find(|(name, _)| *name == attempt.chunk).map_or(0, |(_, size)| *size);
        let (node, gives_up) = (attempt.node, now + attempt.timeout);
        let bytes = size.saturating_sub(attempt.from);
        self.open(node, url, What::Chunk(attempt, bytes), gives_up, now);
    }

    fn open(&mut self, node: usize, url: &str, what: What, gives_up: Seconds, now: Seconds) {
        self.advance(now);
        let phase = self.phase(url, now);
        let jitter = self.uniform(phase.jitter.get());
        let first = now + (phase.latency + Seconds::new(jitter)).max(Seconds::ZERO);
        let failed = phase.down || self.happens(phase.fail);
        let fails = failed.then_some(if phase.down { Failure::Refused } else { Failure::Status(503) });
        let mut rate = phase.bandwidth * (1.0 + self.uniform(phase.spread));
        if self.happens(phase.loss) {
            rate = rate * 0.5;
        }
        let left = match &what {
            What::Ping => Bits::ZERO,
            What::Chunk(_, bytes) => Bits::from_bytes(*bytes as f64),
        };
        let ends = match (fails, &what) {
            (Some(_), _) | (None, What::Ping) => Some(first),
            _ if self.shared => None,
            _ => Some(first + left / rate),
        };
        self.flows.push(Flow { node, what, began: now, first, fails, rate, left, ends, gives_up });
    }

    /// Gives a request up.
    pub(crate) fn cancel(&mut self, id: u64, now: Seconds) {
        self.advance(now);
        self.flows.retain(|f| !matches!(&f.what, What::Chunk(a, _) if a.id == id));
    }

    /// How many requests share the node of this flow, itself included.
    fn rivals(&self, flow: &Flow, now: Seconds) -> f64 {
        let same = |f: &&Flow| f.node == flow.node && f.ends.is_none() && f.first <= now;
        self.flows.iter().filter(same).count().max(1) as f64
    }

    fn advance(&mut self, to: Seconds) {
        while self.now < to {
            // Shares change whenever a flow begins to deliver.
            let begins = self.flows.iter().filter(|f| f.ends.is_none() && f.first > self.now);
            let until = begins.map(|f| f.first).fold(to, Seconds::min);
            let time = until - self.now;
            for i in 0..self.flows.len() {
                let f = &self.flows[i];
                if f.ends.is_none() && f.first <= self.now {
                    let share = f.rate * (1.0 / self.rivals(f, self.now));
                    let left = (f.left - share * time).max(Bits::ZERO);
                    // Less than a thousandth of a bit is rounding.
                    self.flows[i].left = if left < Bits::new(1e-3) { Bits::ZERO } else { left };
                }
            }
            self.now = until;
        }
    }

    fn end_of(&self, f: &Flow) -> Seconds {
        let end = match f.ends {
            Some(at) => at,
            None if f.first > self.now => f.first,
            None if f.left <= Bits::ZERO => self.now,
            None => self.now + f.left / (f.rate * (1.0 / self.rivals(f, self.now))),
        };
        end.min(f.gives_up)
    }

    /// When there is news next.
    pub(crate) fn next(&self) -> Seconds {
        self.flows.iter().map(|f| self.end_of(f)).fold(Seconds::INFINITY, Seconds::min)
    }

    /// The news of now, one at a time, the request that began first at first.
    pub(crate) fn news(&mut self, now: Seconds) -> Option<News> {
        self.advance(now);
        let over = |f: &Flow| match f.ends {
            _ if f.gives_up <= now => true,
            Some(at) => at <= now,
            None => f.first <= now && f.left <= Bits::ZERO,
        };
        let i = self.flows.iter().position(over)?;
        let f = self.flows.remove(i);
        let late = f.gives_up <= now && f.ends.is_none_or(|at| at > now) && f.left > Bits::ZERO
            || f.gives_up < f.first;
        let failure = if late { Some(Failure::TimedOut) } else { f.fails };
        Some(match (f.what, failure) {
            (What::Ping, failure) => {
                let latency_ms = failure.is_none().then(|| (now - f.began).millis());
                News::Pong { node: f.node, latency_ms }
            }
            (What::Chunk(attempt, _), Some(failure)) => News::Failed { attempt, failure },
            (What::Chunk(attempt, bytes), None) => News::Whole { attempt, bytes, first: f.first },
        })
    }
}

/// What a simulated session did.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Log {
    /// Chunk, when it began to play, and the buffer's level afterwards.
    pub plays: Vec<(usize, Seconds, Seconds)>,
    /// Chunk, node, begin, and end or none where it failed or was given up, in the order of their ends.
    pub requests: Vec<(String, usize, Seconds, Option<Seconds>)>,
    /// When it was over, or was stopped.
    pub ended: Seconds,
    /// Whether everything was played.
    pub finished: bool,
    /// Requests in flight at a time, at most.
    pub most_in_flight: usize,
    /// Time with a request in flight.
    pub busy: Seconds,
    /// The longest time between two pings of one node that had both been answered.
    pub ping_gap: Seconds,
}

/// Drives a session over virtual nodes to its end, or to `limit`.
pub fn simulate(
    session: &mut SmartSession<()>,
    nodes: &mut VirtualNodes,
    from: Seconds,
    limit: Seconds,
) -> Log {
    let mut now = from;
    let mut log = Log::default();
    let mut began: Vec<(u64, Seconds)> = Vec::new();
    let mut pings: Vec<Option<Seconds>> = Vec::new();
    loop {
        while let Some(command) = session.poll(now) {
            match command {
                Command::Ping(node) => {
                    pings.resize(pings.len().max(node + 1), None);
                    if let Some(last) = pings[node].replace(now) {
                        log.ping_gap = log.ping_gap.max(now - last);
                    }
                    nodes.ping(node, session.monitor.url(node), now);
                }
                Command::Fetch(attempt) => {
                    began.push((attempt.id, now));
                    let url = session.monitor.url(attempt.node);
                    nodes.fetch(attempt, url, now);
                }
                Command::Cancel(id) => {
                    began.retain(|(flight, _)| *flight != id);
                    nodes.cancel(id, now);
                }
                Command::Play(p) => log.plays.push((p.sequence, now, session.buffer.level(now))),
                Command::End => {
                    (log.ended, log.finished) = (now, true);
                    return log;
                }
            }
            log.most_in_flight = log.most_in_flight.max(session.scheduler.in_flight());
        }
        let next = session.timeout().min(nodes.next()).max(now);
        if next >= limit || next == Seconds::INFINITY {
            log.ended = limit;
            return log;
        }
        log.busy += if began.is_empty() { Seconds::ZERO } else { next - now };
        now = next;
        let Some(news) = nodes.news(now) else { continue };
        match news {
            News::Pong { node, latency_ms } => session.pinged(node, latency_ms, now),
            News::Whole { attempt, bytes, first } => {
                let since = take(&mut began, attempt.id, now);
                log.requests.push((attempt.chunk.clone(), attempt.node, since, Some(now)));
                session.progressed(attempt.id, bytes, first);
                session.completed(&attempt, bytes, (), now);
            }
            News::Failed { attempt, failure } => {
                let since = take(&mut began, attempt.id, now);
                log.requests.push((attempt.chunk.clone(), attempt.node, since, None));
                session.failed(attempt.id, failure, 0, now);
            }
        }
    }
}

fn take(began: &mut Vec<(u64, Seconds)>, id: u64, now: Seconds) -> Seconds {
    let found = began.iter().position(|(flight, _)| *flight == id);
    found.map_or(now, |i| began.remove(i).1)
}
