//! A link that swings, and from time to time is congested: the nonlinear congestion model of a streaming simulator.
//!
//! With the congestion `c` between 0 and 1, a noise factor `n` and a phase drawn per trace:
//!
//! | | |
//! |---|---|
//! | rate | `rate * (1 + swing * sin(2 pi frequency t + phase)) * n * (1 - c)` |
//! | latency | `latency * (1 + 3 c^2)`: fourfold in full congestion |
//! | loss | `P + 0.1 c^3`; a trace has none, see below |
//!
//! | | `congestion` | `congestion-published` |
//! |---|---|---|
//! | source | the forms of the document of `twitch-streaming-model`; it has no values, the defaults are ours | the code of its pull request 1 (2415619), `src/network.py` |
//! | noise | `exp(N(-sd^2/2, sd))`, of mean 1 | `exp(N(0, sd))`, of mean `exp(sd^2/2)` |
//! | a spike | with the probability `spikes * step`: c grows by a uniform number from `spike_low` to `spike_high`, to 1 at most | with the probability `spikes` per step: c grows by `severity`, to 1 at most |
//! | recovery | otherwise exponential: `c exp(-step / recovery)` | otherwise linear: `c - recovery`, not below 0 |
//! | rate | may be 0 | at least 0.1 Mbit/s |
//! | step | `step` s | 1 s, whatever else is asked of the original |
//!
//! c changes before it counts. In the original the first second already has had its chance of a spike; so here. Without
//! noise and spikes the mean over whole swings is `rate`; the mean of c, as long as it does not reach 1, is
//! `p m / (1 - (1 - p) k - p)` with the probability p of a spike, its mean m, and `k = exp(-step / recovery)`.
//!
//! Deviations: whole kbit/s. Loss is left to an impairment of the link. The original draws numpy's numbers; ours are others
//! of the same distributions (the recurrences agree with its recorded draws to 1e-9).

use spec::{Entry, Options, opt};
use units::{BitRate, Seconds, SimRng};

use super::process::{lognormal, steps, whole_kbps};
use super::{MAX_PERIODS, Preset, keys, rate, seconds};
use crate::{NetworkError, Period};

pub(super) static PRESETS: [Preset; 2] = [
    Preset {
        entry: Entry {
            name: "congestion",
            about: "a swinging rate with spikes of congestion that fade exponentially",
            options: &[
                opt("rate", "10", "rate without swing, noise and congestion in Mbit/s"),
                opt("swing", "0.2", "amplitude of the swing, as a share of the rate"),
                opt("frequency", "0.0167", "frequency of the swing in Hz"),
                opt("sd", "0.15", "standard deviation of ln(noise)"),
                opt("spikes", "0.02", "spikes of congestion per second"),
                opt("spike_low", "0.3", "smallest spike"),
                opt("spike_high", "0.9", "largest spike"),
                opt("recovery", "10", "time constant of the recovery in s"),
                opt("step", "1", "length of a step in s"),
                keys::DURATION,
                keys::LATENCY,
                keys::SEED,
            ],
        },
        measures: super::Measurement::Capacity,
        make: corrected,
    },
    Preset {
        entry: Entry {
            name: "congestion-published",
            about: "the same as the published code has it: linear recovery",
            options: &[
                opt("rate", "10", "rate without swing, noise and congestion in Mbit/s"),
                opt("swing", "0.3", "amplitude of the swing, as a share of the rate"),
                opt("frequency", "0.05", "frequency of the swing in Hz"),
                opt("sd", "0.1", "standard deviation of ln(noise)"),
                opt("spikes", "0.02", "probability of a spike per second"),
                opt("severity", "0.6", "height of a spike"),
                opt("recovery", "0.15", "recovery per second"),
                opt("duration", "300", "length in s; the trace loops"),
                keys::LATENCY,
                keys::SEED,
            ],
        },
        measures: super::Measurement::Capacity,
        make: published,
    },
];

const PHASE_STREAM: u64 = 0x0063_6f6e_6700; // "cong"
const NOISE_STREAM: u64 = PHASE_STREAM + 1;
const SPIKE_STREAM: u64 = PHASE_STREAM + 2;

const FLOOR_MBPS: f64 = 0.1;

/// The laws of rate, latency and loss that both forms share.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Laws {
    /// Rate without swing, noise and congestion.
    pub rate: BitRate,
    /// Amplitude of the swing, as a share of the rate.
    pub swing: f64,
    /// Frequency of the swing in Hz.
    pub frequency: f64,
    /// Latency without congestion.
    pub latency: Seconds,
    /// Loss without congestion.
    pub loss: f64,
}

impl Laws {
    fn new(options: &Options) -> Result<Laws, NetworkError> {
        Ok(Laws {
            rate: rate(options, "rate")?,
            swing: options.number("swing", 0.0..=1.0)?,
            frequency: options.number("frequency", 0.0..=1e3)?,
            latency: seconds(options, "latency", 0.0, 3600.0)?,
            loss: 0.0,
        })
    }

    /// The rate; the phase in radians.
    pub fn rate(&self, time: Seconds, phase: f64, noise: f64, congestion: f64) -> BitRate {
        let angle = std::f64::consts::TAU * self.frequency * time.get() + phase;
        BitRate::from_mbps(
            self.rate.mbps() * (1.0 + self.swing * libm::sin(angle)) * noise * (1.0 - congestion),
        )
    }

    /// The latency of a request.
    pub fn latency(&self, congestion: f64) -> Seconds {
        self.latency * (1.0 + 3.0 * congestion * congestion)
    }

    /// The probability that a packet is lost; not bounded by 1.
    pub fn loss(&self, congestion: f64) -> f64 {
        self.loss + 0.1 * congestion * congestion * congestion
    }
}

/// What a link is like during a step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Conditions {
    pub rate: BitRate,
    /// What a request waits.
    pub latency: Seconds,
    /// The probability that a packet is lost.
    pub loss: f64,
    /// The congestion, 0 to 1.
    pub congestion: f64,
}

/// The preset `congestion` as numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CongestionOptions {
    pub laws: Laws,
    /// Standard deviation of ln(noise).
    pub sd: f64,
    /// Probability of a spike per step.
    pub chance: f64,
    /// Smallest and largest spike.
    pub spike: (f64, f64),
    /// Time constant of the recovery.
    pub recovery: Seconds,
    pub step: Seconds,
}

/// A link that swings and is congested, step by step, for ever: the preset `congestion` without its rounding to whole kbit/s.
#[derive(Clone, Debug)]
pub struct Congestion {
    options: CongestionOptions,
    keep: f64,
    phase: f64,
    noises: SimRng,
    spikes: SimRng,
    congestion: f64,
    steps: u64,
}

impl Congestion {
    /// A link before its first step.
    pub fn new(options: CongestionOptions, seed: u64) -> Congestion {
        let [noises, spikes] = [NOISE_STREAM, SPIKE_STREAM].map(|stream| SimRng::new(seed, stream));
        let keep = libm::exp(-(options.step / options.recovery));
        Congestion { options, keep, phase: phase(seed), noises, spikes, congestion: 0.0, steps: 0 }
    }
}

impl Iterator for Congestion {
    type Item = Conditions;

    fn next(&mut self) -> Option<Conditions> {
        let (o, laws) = (&self.options, &self.options.laws);
        let (drawn, height) = (self.spikes.uniform(), self.spikes.range(o.spike.0, o.spike.1));
        self.congestion = match drawn < o.chance {
            true => (self.congestion + height).min(1.0),
            false => self.congestion * self.keep,
        };
        let (c, noise) = (self.congestion, lognormal(1.0, o.sd, &mut self.noises));
        let rate = laws.rate(o.step * self.steps as f64, self.phase, noise, c);
        self.steps += 1;
        Some(Conditions { rate, latency: laws.latency(c), loss: laws.loss(c), congestion: c })
    }
}

fn phase(seed: u64) -> f64 {
    SimRng::new(seed, PHASE_STREAM).range(0.0, std::f64::consts::TAU)
}

fn corrected(options: &Options, seed: u64) -> Result<Vec<Period>, NetworkError> {
    let laws = Laws::new(options)?;
    let sd = options.number("sd", 0.0..=5.0)?;
    let step = options.number("step", 1e-3..=3600.0)?;
    let chance = options.number("spikes", 0.0..=1e3)? * step;
    if chance > 1.0 {
        return Err(options.wrong("spikes", format!("at most one in a step of {step} s")).into());
    }
    let spike = (options.number("spike_low", 0.0..=1.0)?, options.number("spike_high", 0.0..=1.0)?);
    let recovery = Seconds::new(options.number("recovery", 1e-6..=1e9)?);
    let duration = seconds(options, "duration", 1e-3, MAX_PERIODS * step)?;
    let step = Seconds::new(step);
    let mut link = Congestion::new(CongestionOptions { laws, sd, chance, spike, recovery, step }, seed);
    steps(options, duration, step, |_| {
        let now = link.next();
        now.map_or((BitRate::ZERO, Seconds::ZERO), |n| (whole_kbps(n.rate.mbps()), n.latency))
    })
}

fn published(options: &Options, seed: u64) -> Result<Vec<Period>, NetworkError> {
    let (laws, phase) = (Laws::new(options)?, phase(seed));
    let sd = options.number("sd", 0.0..=5.0)?;
    let spike = Spike {
        chance: options.number("spikes", 0.0..=1.0)?,
        severity: options.number("severity", 0.0..=1.0)?,
        recovery: options.number("recovery", 0.0..=1.0)?,
    };
    let duration = seconds(options, "duration", 1e-3, MAX_PERIODS)?;
    let [mut noises, mut spikes] = [NOISE_STREAM, SPIKE_STREAM].map(|stream| SimRng::new(seed, stream));
    let mut congestion = 0.0;
    steps(options, duration, Seconds::new(1.0), |k| {
        congestion = spike.next(congestion, spikes.uniform());
        let noise = libm::exp(sd * noises.normal());
        let now = laws.published(k as f64, phase, noise, congestion);
        (whole_kbps(now.rate.mbps()), now.latency)
    })
}

impl Laws {
    /// The conditions of a step as the published code has them: it carries 0.1 Mbit/s at least. The step is a second long,
    /// whatever else is asked of the original.
    pub fn published(&self, step: f64, phase: f64, noise: f64, congestion: f64) -> Conditions {
        let rate = self.rate(Seconds::new(step), phase, noise, congestion);
        Conditions {
            rate: rate.max(BitRate::from_mbps(FLOOR_MBPS)),
            latency: self.latency(congestion),
            loss: self.loss(congestion),
            congestion,
        }
    }
}

/// Congestion as the published code has it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spike {
    /// The probability of a spike in a step.
    pub chance: f64,
    /// Its height.
    pub severity: f64,
    /// What goes in a step without one.
    pub recovery: f64,
}

impl Spike {
    /// The congestion after a step, from that before and a uniform number.
    pub fn next(&self, congestion: f64, drawn: f64) -> f64 {
        match drawn < self.chance {
            true => (congestion + self.severity).min(1.0),
            false => (congestion - self.recovery).max(0.0),
        }
    }
}
