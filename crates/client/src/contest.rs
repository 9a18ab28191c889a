//! The smart client against the naive one.
//!
//! The naive client takes one replica after the other. [`demo`] is V-Stack's own demonstration (`demo/smart_vs_naive_demo.py`), whose
//! smart client is given an advantage by hand: packets are lost three times less often, and a loss costs it less.

use units::{BitRate, Bits, Seconds, SimRng};

use crate::config::{Choice, Config};
use crate::monitor::NodeStats;
use crate::nodes::{Phase, VirtualNodes, simulate};
use crate::session::{Piece, SmartSession};
use crate::status::Naive;

/// A node of the demonstration.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DemoNode {
    pub latency_ms: f64,
    pub bandwidth_mbps: f64,
    /// Share of packets that are lost.
    pub loss: f64,
}

impl DemoNode {
    /// Its score: bandwidth x (1 - loss) / (1 + 0.1 x latency).
    pub fn score(&self) -> f64 {
        self.bandwidth_mbps * (1.0 - self.loss) / (1.0 + 0.1 * self.latency_ms)
    }
}

/// What the demonstration says of one client.
#[derive(Clone, Debug, PartialEq)]
pub struct DemoResult {
    /// The node of every chunk.
    pub nodes: Vec<usize>,
    /// A tenth of the first three download times: the demonstration sleeps ten times faster.
    pub startup_s: f64,
    pub failovers: usize,
    /// Bits over the time of all downloads.
    pub throughput_mbps: f64,
    pub mean_download_ms: f64,
}

/// Runs the demonstration over nodes and chunks of so many megabytes. `draw` gives a number in [0, 1) for every chunk after the
/// first three.
pub fn demo(
    nodes: &[DemoNode],
    chunks: usize,
    megabytes: f64,
    smart: bool,
    draw: &mut dyn FnMut() -> f64,
) -> DemoResult {
    let mut best = 0;
    for (i, node) in nodes.iter().enumerate() {
        if node.score() > nodes[best].score() {
            best = i;
        }
    }
    let (risk, slower) = if smart { (0.3, 1.5) } else { (1.0, 2.0) };
    let megabits = megabytes * 8.0;
    let mut result = DemoResult {
        nodes: Vec::with_capacity(chunks),
        startup_s: 0.0,
        failovers: 0,
        throughput_mbps: 0.0,
        mean_download_ms: 0.0,
    };
    if nodes.is_empty() || chunks == 0 {
        return result;
    }
    let mut total = 0.0;
    for k in 0..chunks {
        let i = if smart { best } else { k % nodes.len() };
        let node = nodes[i];
        let mut time = megabits / node.bandwidth_mbps + node.latency_ms / 1000.0;
        if k < 3 {
            result.startup_s += 0.1 * time;
        } else if draw() < node.loss * risk {
            time *= slower;
            result.failovers += 1;
        }
        total += time;
        result.nodes.push(i);
    }
    result.throughput_mbps = chunks as f64 * megabits / total;
    result.mean_download_ms = total / chunks as f64 * 1000.0;
    result
}

/// What a node of V-Stack's emulator does, by name: latency and its variation in milliseconds, Mbit/s, share of losses, share of
/// failures. The bandwidth of a request is within a tenth of what is given.
const EMULATED: [(&str, [f64; 5]); 7] = [
    ("normal", [20.0, 5.0, 50.0, 0.0, 0.0]),
    ("high_latency", [150.0, 50.0, 50.0, 0.05, 0.0]),
    ("low_bandwidth", [20.0, 5.0, 10.0, 0.0, 0.0]),
    ("packet_loss", [30.0, 10.0, 40.0, 0.15, 0.0]),
    ("node_failure", [0.0, 0.0, 0.0, 1.0, 1.0]),
    ("degraded", [100.0, 30.0, 20.0, 0.1, 0.05]),
    ("recovery", [50.0, 20.0, 35.0, 0.02, 0.0]),
];

/// A node of V-Stack's emulator. A lost packet makes its request take twice as long, whoever asked.
pub fn emulated(name: &str) -> Option<Phase> {
    let (_, [latency, variation, mbps, loss, fail]) = EMULATED.iter().find(|(n, _)| *n == name)?;
    if *fail >= 1.0 {
        return Some(Phase::down());
    }
    Some(Phase {
        jitter: Seconds::from_millis(*variation),
        spread: 0.1,
        loss: *loss,
        fail: *fail,
        ..Phase::steady(Seconds::from_millis(*latency), BitRate::from_mbps(*mbps))
    })
}

/// How a client did in one simulated session.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Showing {
    /// Whether the video was played to its end.
    pub finished: bool,
    /// From the wish to the first frame.
    pub startup: Seconds,
    pub rebufferings: usize,
    /// How long they lasted in all.
    pub rebuffered: Seconds,
    /// The video's bits over the time with a request in flight.
    pub throughput: BitRate,
    /// The buffer's mean level from the first frame on.
    pub mean_level: Seconds,
    /// Requests in flight at a time, at most.
    pub most_in_flight: usize,
    /// The longest time between two pings of a node.
    pub ping_gap: Seconds,
}

/// A client plays `chunks` chunks of 2 MiB and 10 s from these nodes, whose bandwidth is shared by the requests to them.
pub fn showing(config: Config, nodes: &[Phase], chunks: usize, seed: u64) -> Showing {
    shown(config, nodes, chunks, 2 << 20, seed)
}

/// The same with chunks of any size.
fn shown(config: Config, nodes: &[Phase], chunks: usize, bytes: u64, seed: u64) -> Showing {
    let limit = config.chunk_duration_sec * (20 * chunks + 600) as f64;
    let urls: Vec<String> = (1..=nodes.len()).map(|i| format!("http://node{i}:8081")).collect();
    let pieces: Vec<Piece> = (0..chunks)
        .map(|i| Piece { id: format!("chunk-{i:03}"), replicas: urls.clone(), bytes: Some(bytes) })
        .collect();
    let sizes = pieces.iter().map(|p| (p.id.clone(), bytes)).collect();
    let plans = urls.into_iter().zip(nodes).map(|(url, phase)| (url, vec![*phase])).collect();
    let mut world = VirtualNodes::new(plans, sizes, true, config.ping_timeout, seed);
    let manifest = Seconds::new(0.01);
    let mut session = SmartSession::new(config, pieces, Seconds::ZERO, manifest);
    let log = simulate(&mut session, &mut world, manifest, limit);
    let buffer = session.buffer.statistics(log.ended);
    let came = session.scheduler.statistics(&session.monitor).total_downloads;
    Showing {
        finished: log.finished,
        startup: session.startup_latency().unwrap_or(limit),
        rebufferings: buffer.rebuffering_events,
        rebuffered: buffer.rebuffering.iter().map(|r| r.duration_s).sum(),
        throughput: match log.busy > Seconds::ZERO {
            true => Bits::from_bytes(bytes as f64 * came as f64) / log.busy,
            false => BitRate::ZERO,
        },
        mean_level: session.mean_level(log.ended),
        most_in_flight: log.most_in_flight,
        ping_gap: log.ping_gap,
    }
}

/// What the naive client would do with nodes as they were measured: simulated, not run.
pub(crate) fn naive_twin(config: &Config, nodes: &[NodeStats], chunks: usize, bytes: u64) -> Option<Naive> {
    let phases: Vec<Phase> = nodes
        .iter()
        .filter_map(|n| {
            let rate = n.bandwidth_mbps.average.filter(|r| *r > 0.0)?;
            let latency = Seconds::from_millis(n.latency_ms.average);
            let fail = (1.0 - n.success_rate).clamp(0.0, 0.95);
            Some(Phase { fail, ..Phase::steady(latency, BitRate::from_mbps(rate)) })
        })
        .collect();
    if phases.is_empty() || chunks == 0 {
        return None;
    }
    let naive = Config {
        choice: Choice::RoundRobin,
        hedge: false,
        behaviour: crate::config::Behaviour::DEFAULT,
        ..config.clone()
    };
    let s = shown(naive, &phases, chunks.min(200), bytes, 0);
    Some(Naive {
        kind: "simulated over the nodes as they were measured",
        startup_latency: Some(s.startup.get()),
        rebuffering_events: s.rebufferings,
        rebuffering_sec: s.rebuffered.get(),
        throughput_mbps: Some(s.throughput.mbps()),
        mean_buffer_sec: Some(s.mean_level.get()),
    })
}

/// Three nodes of the emulator, drawn independently; at least one of them serves.
pub fn drawn_nodes(random: &mut SimRng) -> [Phase; 3] {
    loop {
        let nodes =
            [0; 3].map(|_| emulated(EMULATED[random.below(EMULATED.len())].0).unwrap_or(Phase::down()));
        if nodes.iter().any(|n| !n.down) {
            return nodes;
        }
    }
}
