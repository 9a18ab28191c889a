//! What is known of the nodes: pings, measurements, scores, health.
//!
//! Pure: time comes in, and the driver sends the pings that [`NetworkMonitor::poll`] asks for.

use std::collections::VecDeque;

use units::{BitRate, Seconds};

use crate::config::{Average, Config};

/// What is assumed of a node whose bandwidth nobody has measured, in Mbit/s (V-Stack's constant).
const ASSUMED_MBPS: f64 = 50.0;

/// What is assumed of a node that has not answered yet, in milliseconds.
const ASSUMED_LATENCY_MS: f64 = 50.0;

/// Pings that decide on health.
const LAST_PINGS: usize = 5;

/// Two times closer than this are one.
const SAME: Seconds = Seconds::new(1e-7);

/// Measurements of one kind: the last of them, and their average.
#[derive(Clone, Debug)]
struct Series {
    last: VecDeque<f64>,
    most: usize,
    average: Average,
    weighted: f64,
}

impl Series {
    fn new(most: usize, average: Average) -> Series {
        Series { last: VecDeque::with_capacity(most), most: most.max(1), average, weighted: 0.0 }
    }

    fn push(&mut self, x: f64) {
        if let Average::Ewma(alpha) = self.average {
            self.weighted = if self.last.is_empty() { x } else { alpha * x + (1.0 - alpha) * self.weighted };
        }
        if self.last.len() == self.most {
            self.last.pop_front();
        }
        self.last.push_back(x);
    }

    fn value(&self) -> Option<f64> {
        let n = self.last.len();
        match self.average {
            _ if n == 0 => None,
            Average::Mean => Some(self.last.iter().sum::<f64>() / n as f64),
            Average::Ewma(_) => Some(self.weighted),
        }
    }

    /// The measurement below which a share of them lies, interpolated.
    fn quantile(&self, share: f64) -> Option<f64> {
        let mut sorted: Vec<f64> = self.last.iter().copied().collect();
        sorted.sort_by(f64::total_cmp);
        let top = sorted.len().checked_sub(1)?;
        let at = share.clamp(0.0, 1.0) * top as f64;
        let below = at.floor() as usize;
        let above = (below + 1).min(top);
        Some(sorted[below] + (sorted[above] - sorted[below]) * (at - below as f64))
    }
}

#[derive(Clone, Debug)]
struct Node {
    url: String,
    latency_ms: Series,
    bandwidth: Series,
    success: Series,
    /// Of downloads: milliseconds to the first byte, and Mbit/s from there on.
    first_byte_ms: Series,
    rate: Series,
    last_good: Option<Seconds>,
    /// When the next ping is due; none while one is out.
    next_ping: Option<Seconds>,
    asked: Seconds,
    /// Until when it is left alone, since it said that it is under duress.
    duress: Seconds,
}

/// A number's course: the latest, and over the history.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Spread {
    /// The latest measurement.
    pub current: f64,
    pub average: f64,
    pub min: f64,
    pub max: f64,
}

/// The latest measurement and the average; null before the first.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Level {
    /// The latest measurement.
    pub current: Option<f64>,
    pub average: Option<f64>,
}

/// What is known of one node, under V-Stack's names.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct NodeStats {
    pub node_url: String,
    /// Round trips.
    pub latency_ms: Spread,
    /// Throughput of downloads.
    pub bandwidth_mbps: Level,
    /// Share of what was asked of it that it did.
    pub success_rate: f64,
    pub score: f64,
    /// When it last answered, in seconds (on the session's clock; unix time over HTTP).
    pub last_update: f64,
    /// Latencies in the history.
    pub measurements_count: usize,
}

/// What was measured of a node before, oldest first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct History {
    /// Round trips in milliseconds.
    pub latency_ms: Vec<f64>,
    /// Throughput of downloads in Mbit/s.
    pub bandwidth_mbps: Vec<f64>,
    /// 1 for what it did, 0 for what it did not.
    pub success: Vec<f64>,
    /// When it last answered.
    pub last_good: Option<Seconds>,
}

/// How long a chunk would take from a node.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Forecast {
    /// The mean over what may happen.
    pub expected: Seconds,
    /// The share of cases in which the deadline is missed.
    pub risk: f64,
}

/// The monitor of all nodes. A node is named by its URL, and inside by its number in the order of first mention.
#[derive(Clone, Debug)]
pub struct NetworkMonitor {
    config: Config,
    nodes: Vec<Node>,
    monitoring: bool,
}

impl NetworkMonitor {
    /// A monitor that knows no node.
    pub fn new(config: Config) -> NetworkMonitor {
        NetworkMonitor { config, nodes: Vec::new(), monitoring: false }
    }

    /// The number of a node, which is made known by this.
    pub fn node(&mut self, url: &str) -> usize {
        self.number_of(url).unwrap_or_else(|| {
            let (n, average) = (self.config.history_size, self.config.behaviour.average);
            self.nodes.push(Node {
                url: url.to_string(),
                latency_ms: Series::new(n, average),
                bandwidth: Series::new(n, average),
                success: Series::new(2 * n, average),
                first_byte_ms: Series::new(n, average),
                rate: Series::new(n, average),
                last_good: None,
                next_ping: self.monitoring.then_some(Seconds::ZERO),
                asked: Seconds::ZERO,
                duress: Seconds::ZERO,
            });
            self.nodes.len() - 1
        })
    }

    /// The number of a node that is known.
    pub fn number_of(&self, url: &str) -> Option<usize> {
        self.nodes.iter().position(|n| n.url == url)
    }

    /// Begins with what was measured of a node before.
    pub fn recall(&mut self, url: &str, history: &History) {
        let node = self.node(url);
        let n = &mut self.nodes[node];
        history.latency_ms.iter().for_each(|x| n.latency_ms.push(*x));
        history.bandwidth_mbps.iter().for_each(|x| n.bandwidth.push(*x));
        history.success.iter().for_each(|x| n.success.push(*x));
        n.last_good = history.last_good.or(n.last_good);
    }

    /// How many nodes are known.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether no node is known.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// The URL of a node.
    pub fn url(&self, node: usize) -> &str {
        self.nodes.get(node).map_or("", |n| &n.url)
    }

    /// From now on every node is pinged once an interval.
    pub fn start_monitoring(&mut self, now: Seconds) {
        self.monitoring = true;
        for node in &mut self.nodes {
            node.next_ping = Some(now);
        }
    }

    /// No ping is sent any more.
    pub fn stop_monitoring(&mut self) {
        self.monitoring = false;
        for node in &mut self.nodes {
            node.next_ping = None;
        }
    }

    /// The next node to ping now, if there is one; the driver tells of the answer by [`pinged`](Self::pinged).
    pub fn poll(&mut self, now: Seconds) -> Option<usize> {
        if !self.monitoring {
            return None;
        }
        let due = self.nodes.iter().position(|n| n.next_ping.is_some_and(|at| at <= now))?;
        self.nodes[due].next_ping = None;
        self.nodes[due].asked = now;
        Some(due)
    }

    /// When the next ping is due.
    pub fn timeout(&self) -> Seconds {
        let due = self.nodes.iter().filter_map(|n| n.next_ping);
        due.fold(Seconds::INFINITY, Seconds::min)
    }

    /// A ping was answered after so many milliseconds, or was not.
    pub fn pinged(&mut self, node: usize, latency_ms: Option<f64>, now: Seconds) {
        let behaviour = self.config.behaviour;
        let Some(n) = self.nodes.get_mut(node) else { return };
        match latency_ms {
            Some(ms) => {
                n.latency_ms.push(ms);
                n.success.push(1.0);
                n.last_good = Some(now);
                if behaviour.assumption_is_sample && n.bandwidth.last.is_empty() {
                    n.bandwidth.push(ASSUMED_MBPS);
                }
            }
            None => n.success.push(0.0),
        }
        if !self.monitoring {
            return;
        }
        if behaviour.ping_in_rounds {
            n.next_ping = Some(Seconds::INFINITY);
            if self.nodes.iter().all(|n| n.next_ping == Some(Seconds::INFINITY)) {
                let next = now + self.config.ping_interval;
                self.nodes.iter_mut().for_each(|n| n.next_ping = Some(next));
            }
        } else {
            n.next_ping = Some((n.asked + self.config.ping_interval).max(now));
        }
    }

    /// A download came to this throughput, latency included.
    pub fn update_bandwidth(&mut self, url: &str, bandwidth: BitRate) {
        let node = self.node(url);
        self.nodes[node].bandwidth.push(bandwidth.mbps());
    }

    /// A download of so many bytes took so long in all, and so long to its first byte.
    pub(crate) fn downloaded(
        &mut self,
        node: usize,
        bytes: u64,
        first_byte: Seconds,
        total: Seconds,
        now: Seconds,
    ) {
        let only_pings = self.config.behaviour.only_pings_count;
        let Some(n) = self.nodes.get_mut(node) else { return };
        let megabits = bytes as f64 * 8.0 / 1e6;
        if total > Seconds::ZERO {
            n.bandwidth.push(megabits / total.get());
        }
        n.first_byte_ms.push(first_byte.millis());
        // What comes at one instant says nothing about the rate.
        if total - first_byte > Seconds::from_millis(0.01) {
            n.rate.push(megabits / (total - first_byte).get());
        }
        if !only_pings {
            n.success.push(1.0);
            n.last_good = Some(now);
        }
    }

    /// A download failed, or was beaten by another after this much.
    pub(crate) fn download_failed(&mut self, node: usize, bytes: u64, time: Seconds) {
        if self.config.behaviour.only_pings_count {
            return;
        }
        let Some(n) = self.nodes.get_mut(node) else { return };
        n.success.push(0.0);
        self.slow(node, bytes, time);
    }

    /// A download did not end, but what came of it says how fast the node is.
    pub(crate) fn slow(&mut self, node: usize, bytes: u64, time: Seconds) {
        // A refusal at once says nothing about the bandwidth.
        let Some(n) = self.nodes.get_mut(node) else { return };
        if time >= Seconds::new(0.5) {
            let mbps = bytes as f64 * 8.0 / 1e6 / time.get();
            n.bandwidth.push(mbps);
            n.rate.push(mbps);
        }
    }

    /// The score of a node: bandwidth x reliability / (1 + 0.1 x latency in ms).
    pub fn node_score(&self, url: &str) -> f64 {
        self.number_of(url).map_or(0.0, |n| self.score(n))
    }

    /// The score of every node, in the order of first mention.
    pub fn all_node_scores(&self) -> Vec<(String, f64)> {
        (0..self.nodes.len()).map(|i| (self.nodes[i].url.clone(), self.score(i))).collect()
    }

    pub(crate) fn score(&self, node: usize) -> f64 {
        let strict = self.config.behaviour.strict_health;
        let Some(n) = self.nodes.get(node) else { return 0.0 };
        let latency = match n.latency_ms.value() {
            Some(ms) => ms,
            None if strict => return 0.0,
            None => ASSUMED_LATENCY_MS,
        };
        let bandwidth = n.bandwidth.value().unwrap_or(ASSUMED_MBPS);
        let success = n.success.value().unwrap_or(if strict { 0.0 } else { 1.0 });
        bandwidth * success / (1.0 + 0.1 * latency)
    }

    /// Whether a node has answered lately, and most of the last pings.
    pub fn is_node_healthy(&self, url: &str, now: Seconds) -> bool {
        self.number_of(url).is_some_and(|n| self.healthy(n, now))
    }

    /// A node says that it is under duress: it is left alone for a while, where others are healthy.
    pub(crate) fn under_duress(&mut self, node: usize, now: Seconds) {
        let until = now + self.config.node_health_timeout;
        if let Some(n) = self.nodes.get_mut(node) {
            n.duress = n.duress.max(until);
        }
    }

    pub(crate) fn healthy(&self, node: usize, now: Seconds) -> bool {
        let Some(n) = self.nodes.get(node) else { return false };
        if now < n.duress {
            return false;
        }
        let strict = self.config.behaviour.strict_health;
        let last = n.success.last.iter().rev().take(LAST_PINGS);
        let (count, good) = last.fold((0.0, 0.0), |(count, good), x| (count + 1.0, good + x));
        let answers = count > 0.0 && good / count > 0.5;
        let Some(seen) = n.last_good else {
            // Of a node that was not asked yet nothing bad is known.
            return !strict && count == 0.0;
        };
        // An answer is as fresh as it can be until the next one is due.
        let patience = match strict {
            true => self.config.node_health_timeout,
            false => {
                self.config.node_health_timeout.max(self.config.ping_interval + self.config.ping_timeout)
            }
        };
        answers && now - seen <= patience + SAME
    }

    /// What is known of a node; none before its first answer.
    pub fn stats(&self, node: usize) -> Option<NodeStats> {
        let n = self.nodes.get(node)?;
        let latencies = &n.latency_ms.last;
        let current = *latencies.back()?;
        Some(NodeStats {
            node_url: n.url.clone(),
            latency_ms: Spread {
                current,
                average: n.latency_ms.value()?,
                min: latencies.iter().copied().fold(f64::INFINITY, f64::min),
                max: latencies.iter().copied().fold(f64::NEG_INFINITY, f64::max),
            },
            bandwidth_mbps: Level { current: n.bandwidth.last.back().copied(), average: n.bandwidth.value() },
            success_rate: n.success.value().unwrap_or(0.0),
            score: self.score(node),
            last_update: n.last_good.map_or(0.0, Seconds::get),
            measurements_count: latencies.len(),
        })
    }

    /// The measurements of a node's bandwidth that are kept, in Mbit/s.
    pub fn bandwidth_history(&self, url: &str) -> Vec<f64> {
        self.number_of(url)
            .map(|n| self.nodes[n].bandwidth.last.iter().copied().collect())
            .unwrap_or_default()
    }

    /// How many measurements of latency, bandwidth and success are kept of a node.
    pub fn counts(&self, url: &str) -> [usize; 3] {
        self.number_of(url).map_or([0; 3], |n| {
            let n = &self.nodes[n];
            [&n.latency_ms, &n.bandwidth, &n.success].map(|s| s.last.len())
        })
    }

    /// How long so many bytes would take from a node that serves so many requests already: first byte and rate at five quantiles
    /// each, all pairs equally likely; a failure costs another try.
    pub fn forecast(&self, node: usize, bytes: u64, load: usize, left: Seconds) -> Forecast {
        const SHARES: [f64; 5] = [0.1, 0.3, 0.5, 0.7, 0.9];
        let Some(n) = self.nodes.get(node) else {
            return Forecast { expected: Seconds::INFINITY, risk: 1.0 };
        };
        let assumed = n.bandwidth.value().unwrap_or(ASSUMED_MBPS);
        let megabits = bytes as f64 * 8.0 / 1e6;
        let (mut sum, mut late, mut cases) = (0.0, 0.0, 0.0);
        for first in SHARES {
            let first_byte = n.first_byte_ms.quantile(first).or_else(|| n.latency_ms.quantile(first));
            let first_byte = first_byte.unwrap_or(ASSUMED_LATENCY_MS) / 1e3;
            for share in SHARES {
                let rate = n.rate.quantile(share).unwrap_or(assumed).max(1e-3) / (1.0 + load as f64);
                let time = first_byte + megabits / rate;
                sum += time;
                late += f64::from(time > left.get());
                cases += 1.0;
            }
        }
        let success = n.success.value().unwrap_or(1.0).clamp(0.05, 1.0);
        let expected = sum / cases / success;
        Forecast { expected: Seconds::new(expected), risk: 1.0 - success * (1.0 - late / cases) }
    }
}
