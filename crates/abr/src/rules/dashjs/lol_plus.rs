//! LoL+: a self-organising map with a neuron per level, whose weights are searched for by the QoE that they promise.
//!
//! Source: dash.js 5.2.1, `LoLPRule`, `LearningAbrController`, `LoLpWeightSelector`, `LoLpQoEEvaluator`; Bentaleb, Akcay, Lim,
//! Begen, Zimmermann, "Catching the moment with LoL+ in Twitch-like low-latency live streaming platforms", IEEE TMM 2022.
//!
//! | constant | value |
//! |---|---|
//! | weights that are tried | 0.2, 0.4, 0.6, 0.8, 1 for throughput, latency, stalls, switches |
//! | least buffer that a level may leave | 0.3 s |
//! | learning rate, width of the neighbourhood | 0.01, 0.1 |
//! | penalty of latency | 0.05 of the lowest bitrate up to 1.1 s, a tenth of the highest above |
//! | throughput that a level may lack before it is out of question | 10 kbit/s |
//!
//! The QoE of the original adds bit/s and kbit/s, and its weight of latency is never bound by a constraint. So here.

use units::{BitRate, Seconds};

const TRIED: [f64; 5] = [0.2, 0.4, 0.6, 0.8, 1.0];
const LEAST_BUFFER: f64 = 0.3;
const LEARNING_RATE: f64 = 0.01;
const WIDTH: f64 = 0.1;
const LATENCY_THRESHOLD: f64 = 1.1;
const SLACK_BPS: f64 = 10_000.0;
const OUT_OF_QUESTION: f64 = 100.0;

/// Throughput, latency, stall, switch: a neuron, or its weights.
type Point = [f64; 4];

/// What it is shown.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LolPlusView {
    /// The level of now.
    pub current: usize,
    /// Media ahead.
    pub buffer: Seconds,
    /// How far the viewer is behind.
    pub latency: Seconds,
    /// Media seconds played per second.
    pub rate: f64,
}

/// The rule. See the module page.
#[derive(Clone, Debug)]
pub struct LolPlus {
    bps: Vec<f64>,
    duration: f64,
    norm: f64,
    neurons: Vec<Point>,
    weights: Point,
}

impl LolPlus {
    /// A rule for these bitrates, ascending, and segments of this duration. `draw` is uniform in 0..1: the first weights are
    /// those of a k-means++ seeding.
    pub fn new(bitrates: &[BitRate], duration: Seconds, draw: impl FnMut() -> f64) -> LolPlus {
        let bps: Vec<f64> = bitrates.iter().map(|b| b.bps()).collect();
        let norm = libm::sqrt(bps.iter().map(|b| b * b).sum());
        let neurons: Vec<Point> = bps.iter().map(|b| [b / norm, 0.0, 0.0, 0.0]).collect();
        let scale = neurons.iter().map(|n| n[0]).fold(0.0, f64::max);
        let weights = first_weights(bps.len(), scale, draw);
        LolPlus { bps, duration: duration.get(), norm, neurons, weights }
    }

    /// The level of the next request; `safe` is the throughput that is relied on.
    pub fn decide(&mut self, view: &LolPlusView, safe: Option<BitRate>) -> Option<usize> {
        let throughput = safe?.bps();
        let (current, buffer) = (view.current.min(self.bps.len() - 1), view.buffer.get());
        let mut x = throughput / self.norm;
        if x > 1.0 {
            x = self.neurons.iter().map(|n| n[0]).fold(f64::NEG_INFINITY, f64::max);
        }
        let took = self.bps[current] * self.duration / throughput;
        if buffer - took < LEAST_BUFFER {
            let below =
                (0..current).rev().find(|k| self.bps[*k] < throughput && self.bps[*k] < self.bps[current]);
            return Some(below.unwrap_or(current));
        }
        if let Some(found) = self.search(buffer, throughput, view.rate) {
            self.weights = found;
        }
        let level = self.nearest(x, buffer, throughput);
        let switch = (self.bps[current] - self.bps[level]).abs() / self.norm;
        let stall = (took - buffer).max(0.0);
        self.pull(current, [x, view.latency.get() / 100.0, stall, switch]);
        self.pull(level, [x, 0.0, 0.0, switch]);
        Some(level)
    }

    /// The buffer after a download that took so long.
    fn after(&self, buffer: f64, took: f64) -> f64 {
        if took > self.duration { buffer - self.duration } else { buffer + self.duration - took }
    }

    /// The weights that promise the best QoE of all that leave enough in the buffer.
    fn search(&self, buffer: f64, throughput: f64, rate: f64) -> Option<Point> {
        let (low, high) = (self.bps[0] / 1000.0, self.bps[self.bps.len() - 1] / 1000.0);
        let mut best = f64::NEG_INFINITY;
        let mut found = None;
        for (b, neuron) in self.bps.iter().zip(&self.neurons) {
            let took = b * self.duration / throughput;
            let next = self.after(buffer, took);
            if next < LEAST_BUFFER {
                continue;
            }
            let stall = (took - next).max(1e-5);
            for weights in combinations() {
                let latency = (1.0 / weights[1]) * neuron[1];
                let cost = (1.0 / weights[2]) * stall;
                let penalty = if latency <= LATENCY_THRESHOLD { low * 0.05 } else { high * 0.1 };
                let qoe = self.duration * b - high * cost - penalty * latency - low * (1.0 - rate).abs();
                if found.is_none() || qoe > best {
                    (best, found) = (qoe, Some(weights));
                }
            }
        }
        found
    }

    /// The neuron nearest to a throughput without latency, stalls and switches.
    fn nearest(&self, x: f64, buffer: f64, throughput: f64) -> usize {
        let (mut level, mut least) = (0, f64::INFINITY);
        for (i, (b, neuron)) in self.bps.iter().zip(&self.neurons).enumerate() {
            let low = self.after(buffer, b * self.duration / throughput) < LEAST_BUFFER;
            let mut weights = self.weights;
            if (*b > throughput - SLACK_BPS || low) && *b != self.bps[0] {
                weights[0] = OUT_OF_QUESTION;
            }
            let far = distance(neuron, &[x, 0.0, 0.0, 0.0], &weights);
            if far < least {
                (level, least) = (i, far);
            }
        }
        level
    }

    /// Pulls all neurons towards a goal, the nearer to this one the more. It moves itself in its turn.
    fn pull(&mut self, centre: usize, goal: Point) {
        for i in 0..self.neurons.len() {
            let far = distance(&self.neurons[i], &self.neurons[centre], &[1.0; 4]);
            let by = LEARNING_RATE * libm::exp(-(far * far) / (2.0 * WIDTH * WIDTH));
            self.neurons[i].iter_mut().zip(goal).for_each(|(v, g)| *v += (g - *v) * by);
        }
    }
}

/// All weights, in lexicographic order.
fn combinations() -> impl Iterator<Item = Point> {
    (0..625usize).map(|n| [n / 125, n / 25 % 5, n / 5 % 5, n % 5].map(|i| TRIED[i]))
}

fn distance(a: &Point, b: &Point, weights: &Point) -> f64 {
    libm::sqrt((0..4).map(|i| weights[i] * (a[i] - b[i]) * (a[i] - b[i])).sum())
}

/// k-means++: one point per level, chosen among uniform points so that they lie far apart. The answer is the end of a chain: it
/// begins at the point that is farthest from all others, and each step goes to the point farthest from those before.
fn first_weights(levels: usize, scale: f64, mut draw: impl FnMut() -> f64) -> Point {
    let far = |a: &Point, b: &Point| distance(a, b, &[1.0; 4]);
    let points: Vec<Point> = (0..levels * levels).map(|_| [draw() * scale, draw(), draw(), draw()]).collect();
    let mut centres = vec![points[0]];
    while centres.len() < levels {
        let nearest = |p: &Point| centres.iter().map(|c| far(p, c)).fold(f64::INFINITY, f64::min);
        centres.push(points[first_greatest(&points, nearest)]);
    }
    let lonely = |c: &Point| centres.iter().filter(|o| *o != c).map(|o| far(c, o)).sum();
    let first = centres[first_greatest(&centres, lonely)];
    // The chain takes what is nearest to its beginning first: its end is the farthest (the last of equals).
    let mut end = first;
    let mut least = f64::NEG_INFINITY;
    for centre in centres.iter().filter(|c| **c != first) {
        if far(&first, centre) >= least {
            (end, least) = (*centre, far(&first, centre));
        }
    }
    end
}

fn first_greatest(points: &[Point], value: impl Fn(&Point) -> f64) -> usize {
    let (mut at, mut most) = (0, f64::NEG_INFINITY);
    for (i, point) in points.iter().enumerate() {
        if value(point) > most {
            (at, most) = (i, value(point));
        }
    }
    at
}
