//! L2A: learning to adapt, by online convex optimisation of a distribution over the levels.
//!
//! Source: dash.js 5.2.1, `L2ARule`; Karagkioules, Mekuria, Griffioen, Wagenaar, "Online learning for low-latency adaptive
//! streaming", MMSys 2020.
//!
//! | constant | value |
//! |---|---|
//! | horizon | 4 segments |
//! | aversion to stalls (`vl`) | 4^0.99 |
//! | buffer from which it learns | 1.5 s |
//! | reaction to a rate that the link does not carry | the backlog is at least doubled |
//!
//! In the update of the backlog and in the test of a step up, the original compares bit/s with kbit/s. So does this.

use units::{BitRate, Seconds};

use super::sustained;

const HORIZON: f64 = 4.0;
const REACT: f64 = 2.0;
const BUFFER: Seconds = Seconds::new(1.5);
/// The least throughput of the last request.
const LEAST: BitRate = BitRate::from_kbps(1.0);

/// What it is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum L2aState {
    /// The throughput decides.
    Startup,
    /// The distribution decides.
    Steady,
}

/// The rule. See the module page.
#[derive(Clone, Debug)]
pub struct L2a {
    bitrates: Vec<BitRate>,
    state: L2aState,
    /// What would be played too much (the Lagrange multiplier).
    backlog: f64,
    /// The distribution over the levels, and the one before.
    weights: Vec<f64>,
    before: Vec<f64>,
    sorted: Vec<f64>,
    current: usize,
    duration: Option<Seconds>,
    /// The request that the last decision rested on.
    request: Option<u64>,
    asked: bool,
}

impl L2a {
    /// A rule for these bitrates, ascending.
    pub fn new(bitrates: &[BitRate]) -> L2a {
        let n = bitrates.len();
        L2a {
            bitrates: bitrates.to_vec(),
            state: L2aState::Startup,
            backlog: 0.0,
            weights: vec![0.0; n],
            before: vec![0.0; n],
            sorted: vec![0.0; n],
            current: 0,
            duration: None,
            request: None,
            asked: false,
        }
    }

    /// What it is doing.
    pub fn state(&self) -> L2aState {
        self.state
    }

    /// A segment was loaded.
    pub fn loaded(&mut self, duration: Seconds, level: usize) {
        if self.asked {
            (self.duration, self.current) = (Some(duration), level);
        }
    }

    /// The viewer jumped.
    pub fn sought(&mut self) {
        if self.asked {
            (self.state, self.duration, self.request) = (L2aState::Startup, None, None);
        }
    }

    /// The level of the next request: `safe` is the throughput that is relied on, `last` that of the last request, whose name is
    /// `request`.
    pub fn decide(
        &mut self,
        buffer: Seconds,
        rate: f64,
        safe: Option<BitRate>,
        last: Option<BitRate>,
        request: Option<u64>,
    ) -> Option<usize> {
        self.asked = true;
        let aversion = libm::pow(HORIZON, 0.99);
        let (state, duration) = (self.state, self.duration);
        let Some(duration) = duration.filter(|_| state == L2aState::Steady) else {
            let level = sustained(&self.bitrates, safe?);
            self.current = level;
            if duration.is_some() && buffer >= BUFFER {
                self.state = L2aState::Steady;
                self.backlog = aversion;
                self.before.fill(0.0);
                self.before[level] = 1.0;
            }
            return Some(level);
        };
        if request.is_some() && request == self.request {
            return Some(self.current);
        }
        self.request = request;
        let last = last.unwrap_or(LEAST).max(LEAST).kbps();
        let level = self.learn(duration.get(), rate, last, aversion);
        self.current = level;
        Some(level)
    }

    fn learn(&mut self, duration: f64, rate: f64, last: f64, aversion: f64) -> usize {
        let alpha = f64::max(HORIZON, aversion * libm::sqrt(HORIZON));
        let mut sign = 1.0;
        for ((w, b), p) in self.weights.iter_mut().zip(&self.bitrates).zip(&self.before) {
            if rate * b.kbps() > last {
                sign = -1.0; // and not back for the levels above
            }
            *w = p + sign
                * (duration / (2.0 * alpha))
                * ((self.backlog + aversion) * (rate * b.kbps() / last));
        }
        self.project();
        let bps = |w: &[f64]| -> f64 { w.iter().zip(&self.bitrates).map(|(w, b)| w * b.bps()).sum() };
        let (now, before) = (bps(&self.weights), bps(&self.before));
        // bit/s over kbit/s.
        let played = duration * rate * ((now + (now - before)) / last);
        self.backlog = (self.backlog - duration + played).max(0.0);
        let far = |b: &BitRate| (b.bps() - now).abs();
        let mut level = 0;
        for (i, b) in self.bitrates.iter().enumerate() {
            if far(b) < far(&self.bitrates[level]) {
                level = i;
            }
        }
        // One level up at a time; bit/s against kbit/s.
        if level > self.current && self.bitrates[self.current + 1].bps() <= last {
            level = self.current + 1;
        }
        if self.bitrates[level].kbps() >= last {
            self.backlog = REACT * aversion.max(self.backlog);
        }
        self.before.copy_from_slice(&self.weights);
        level
    }

    /// The nearest distribution (Euclidean projection on the simplex).
    fn project(&mut self) {
        self.sorted.copy_from_slice(&self.weights);
        self.sorted.sort_by(|a, b| b.total_cmp(a));
        let (mut sum, mut cut) = (0.0, 0.0);
        for (i, value) in self.sorted.iter().enumerate() {
            sum += value;
            cut = (sum - 1.0) / (i + 1) as f64;
            if self.sorted.get(i + 1).is_some_and(|next| cut >= *next) {
                break;
            }
        }
        self.weights.iter_mut().for_each(|w| *w = (*w - cut).max(0.0));
    }
}
