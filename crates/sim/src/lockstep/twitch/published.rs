//! The Twitch model as it was published, with its defects.
//!
//! Source: dev1lfreak/twitch-streaming-model, pull request 1 (2415619), `src/`. Per step: network, encoder (with the bandwidth of
//! this step, and whether the *previous* one stalled), buffer, record.
//!
//! Known defects, kept: the network knows no step but one second; congestion recovers linearly; latency and loss change nothing; the
//! encoder sees the bandwidth of the step that it is about to send, and not the buffer; a run begins at the resume threshold, not at
//! the initial level; stalled time is a count of steps, and the rate of switches takes them for seconds.

use netmodel::generators::congestion::{Conditions, Laws, Spike};
use units::{BitRate, Seconds};

use super::numpy::Numpy;
use super::{BufferConfig, EncoderConfig, LADDER, NetworkConfig, Row, Scenario};
use crate::lockstep::System;

/// Where the random numbers come from.
pub trait Draws {
    /// The phase of the swing, in radians.
    fn phase(&mut self) -> f64;
    /// The noise of a step: `exp(N(0, sigma))`.
    fn noise(&mut self, sigma: f64) -> f64;
    /// A uniform number on [0, 1), once per step after the noise.
    fn uniform(&mut self) -> f64;
    /// The disturbance of the drift: `N(0, sd)` in ms.
    fn drift(&mut self, sd: f64) -> f64;
}

/// The original's own: two generators of numpy with the same seed, one for the network, one for the encoder.
#[derive(Clone, Debug)]
pub struct NumpyDraws {
    network: Numpy,
    encoder: Numpy,
}

impl NumpyDraws {
    /// The generators of a seed.
    pub fn new(seed: u64) -> NumpyDraws {
        NumpyDraws { network: Numpy::new(seed), encoder: Numpy::new(seed) }
    }
}

impl Draws for NumpyDraws {
    /// The second of two: the constructor's is thrown away before the run.
    fn phase(&mut self) -> f64 {
        self.network.uniform();
        self.network.range(0.0, std::f64::consts::TAU)
    }

    fn noise(&mut self, sigma: f64) -> f64 {
        libm::exp(sigma * self.network.normal())
    }

    fn uniform(&mut self) -> f64 {
        self.network.uniform()
    }

    fn drift(&mut self, sd: f64) -> f64 {
        sd * self.encoder.normal()
    }
}

/// The network.
#[derive(Clone, Debug)]
pub struct Network {
    laws: Laws,
    spike: Spike,
    sigma: f64,
    phase: f64,
    congestion: f64,
    steps: u64,
}

impl Network {
    /// A network before its first step.
    pub fn new(config: &NetworkConfig, phase: f64) -> Network {
        Network {
            laws: config.laws(),
            spike: Spike {
                chance: config.congestion_probability,
                severity: config.congestion_severity,
                recovery: config.congestion_recovery_rate,
            },
            sigma: config.noise_sigma,
            phase,
            congestion: 0.0,
            steps: 0,
        }
    }

    /// The next second.
    pub fn step(&mut self, draws: &mut impl Draws) -> Conditions {
        let noise = draws.noise(self.sigma);
        self.congestion = self.spike.next(self.congestion, draws.uniform());
        let now = self.laws.published(self.steps as f64, self.phase, noise, self.congestion);
        self.steps += 1;
        now
    }
}

/// What a step did to the buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BufferStep {
    pub stall: bool,
    /// A stall ended.
    pub resume: bool,
    /// The buffer was full.
    pub overflow: bool,
}

/// The buffer: a level with hysteresis.
#[derive(Clone, Debug)]
pub struct Buffer {
    config: BufferConfig,
    dt: f64,
    /// Seconds of media.
    pub level_s: f64,
    /// Whether playback stands still.
    pub stalled: bool,
    /// Stalls that began.
    pub stall_count: usize,
    /// Time in stalls, the step that ends one included.
    pub stall_s: f64,
}

impl Buffer {
    /// A buffer at a level, for steps of so many seconds.
    pub fn new(config: BufferConfig, level_s: f64, dt: f64) -> Buffer {
        Buffer { config, dt, level_s, stalled: false, stall_count: 0, stall_s: 0.0 }
    }

    /// A step with so many seconds of media per second.
    pub fn step(&mut self, inflow: f64) -> BufferStep {
        let c = &self.config;
        let mut step = BufferStep { stall: false, resume: false, overflow: false };
        if self.stalled {
            self.level_s = (self.level_s + inflow * self.dt).min(c.max_level_s);
            self.stall_s += self.dt;
            if self.level_s >= c.rebuffer_threshold_s {
                (self.stalled, step.resume) = (false, true);
            }
            return step;
        }
        let level = self.level_s + (inflow - c.drain_rate_s_per_s) * self.dt;
        self.level_s = if level >= c.max_level_s {
            step.overflow = true;
            c.max_level_s
        } else if level <= 0.0 {
            (self.stalled, step.stall) = (true, true);
            self.stall_count += 1;
            self.stall_s += self.dt;
            0.0
        } else {
            level
        };
        step
    }
}

/// What the encoder does in a step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EncoderStep {
    pub level: usize,
    /// Seconds of media per second.
    pub inflow: f64,
    /// Sound against picture, in ms.
    pub drift_ms: f64,
    /// The level changed.
    pub switched: bool,
    /// Frames were dropped.
    pub dropped: bool,
}

/// The encoder: the highest level that fits, down at once, up after some steps.
#[derive(Clone, Debug)]
pub struct Encoder {
    config: EncoderConfig,
    level: usize,
    better: u32,
    drift_ms: f64,
}

/// Seconds of media per second, at most; the second while playback stands still.
const MOST_INFLOW: [f64; 2] = [2.0, 3.0];

impl Encoder {
    /// An encoder on the lowest level.
    pub fn new(config: EncoderConfig) -> Encoder {
        Encoder { config, level: 0, better: 0, drift_ms: 0.0 }
    }

    /// A step with this bandwidth. `disturbance` is that of the drift, in ms.
    pub fn step(&mut self, bandwidth_mbps: f64, was_stalled: bool, disturbance: f64) -> EncoderStep {
        let (c, before) = (&self.config, self.level);
        let safe = bandwidth_mbps * c.safety_factor;
        let target = LADDER.iter().rposition(|l| safe >= l.min_mbps).unwrap_or(0);
        self.better = if target > before { self.better + 1 } else { 0 };
        let switched = target < before || target > before && self.better >= c.upgrade_hysteresis;
        if switched {
            (self.level, self.better) = (target, 0);
        }
        let most = MOST_INFLOW[usize::from(was_stalled)];
        let inflow = (safe / LADDER[self.level].total_mbps).min(most);
        let stall = if was_stalled { 5.0 } else { 0.0 };
        let jump = 2.0 * self.level.abs_diff(before) as f64;
        self.drift_ms = self.drift_ms * c.av_sync_decay + disturbance + stall + jump;
        EncoderStep {
            level: self.level,
            inflow,
            drift_ms: self.drift_ms,
            switched,
            dropped: inflow < 1.0 || was_stalled,
        }
    }
}

pub(super) struct Model<D> {
    dt: f64,
    draws: D,
    disturbance_ms: f64,
    network: Network,
    encoder: Encoder,
    buffer: Buffer,
}

impl<D: Draws> Model<D> {
    pub(super) fn new(scenario: &Scenario, mut draws: D) -> Model<D> {
        let phase = draws.phase();
        Model {
            dt: scenario.dt,
            draws,
            disturbance_ms: scenario.encoder.av_sync_noise,
            network: Network::new(&scenario.network, phase),
            encoder: Encoder::new(scenario.encoder),
            buffer: Buffer::new(scenario.buffer, scenario.buffer.rebuffer_threshold_s, scenario.dt),
        }
    }
}

impl<D: Draws> System for Model<D> {
    type Row = Row;

    fn step(&mut self, number: usize) -> Option<Row> {
        let now = self.network.step(&mut self.draws);
        let mbps = BitRate::mbps(now.rate);
        let disturbance = self.draws.drift(self.disturbance_ms);
        let sent = self.encoder.step(mbps, self.buffer.stalled, disturbance);
        let step = self.buffer.step(sent.inflow);
        Some(Row {
            t: number as f64 * self.dt,
            bandwidth_mbps: mbps,
            latency_ms: Seconds::millis(now.latency),
            packet_loss: now.loss,
            congestion_level: now.congestion,
            buffer_level_s: self.buffer.level_s,
            is_stalled: self.buffer.stalled,
            stall_event: step.stall,
            level: sent.level,
            av_sync_drift_ms: sent.drift_ms,
            inflow_rate_s_per_s: sent.inflow,
            dropped_frames: sent.dropped,
            switched: sent.switched,
            stalled_s: if self.buffer.stalled { self.dt } else { 0.0 },
        })
    }
}
