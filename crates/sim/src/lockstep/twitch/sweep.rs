//! How QoE responds when parameters of a scenario vary: what this model was made to study.

use rayon::prelude::*;
use spec::SpecError;

use super::{Scenario, published, report};
use crate::SimError;

/// Which of the two models runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Model {
    /// [`super::run`].
    Corrected,
    /// [`super::published()`].
    Published,
}

/// A number of a scenario that can be varied.
#[derive(Clone, Copy, Debug)]
pub struct Parameter {
    pub name: &'static str,
    /// What it is, with its unit, as it stands along an axis.
    pub label: &'static str,
    /// Where it is varied if nothing else is said.
    pub range: (f64, f64),
    place: fn(&mut Scenario) -> Place<'_>,
}

/// Where a number lies.
enum Place<'a> {
    Number(&'a mut f64),
    Count(&'a mut u32),
}

macro_rules! parameter {
    ($($part:ident).+, $name:ident, $label:literal, $low:literal, $high:literal) => {
        Parameter {
            name: stringify!($name),
            label: $label,
            range: ($low, $high),
            place: |s| Place::Number(&mut s.$($part).+),
        }
    };
}

/// Every number that can be varied: those of a scenario but the target level, which neither model uses, and the weights of the scores,
/// which sum to 1.
pub static PARAMETERS: [Parameter; 20] = [
    parameter!(network.base_bandwidth_mbps, base_bandwidth_mbps, "bandwidth in Mbit/s", 0.5, 20.0),
    parameter!(network.oscillation_amplitude, oscillation_amplitude, "amplitude of the swing", 0.0, 1.0),
    parameter!(network.oscillation_freq_hz, oscillation_freq_hz, "frequency of the swing in Hz", 0.0, 0.2),
    parameter!(network.noise_sigma, noise_sigma, "noise, standard deviation of its logarithm", 0.0, 1.0),
    parameter!(
        network.congestion_probability,
        congestion_probability,
        "probability of congestion per second",
        0.0,
        0.3
    ),
    parameter!(network.congestion_severity, congestion_severity, "severity of congestion", 0.0, 1.0),
    parameter!(
        network.congestion_recovery_rate,
        congestion_recovery_rate,
        "recovery from congestion per second",
        0.02,
        0.5
    ),
    parameter!(network.base_latency_ms, base_latency_ms, "latency in ms", 0.0, 800.0),
    parameter!(network.base_packet_loss, base_packet_loss, "packet loss", 0.0, 0.1),
    parameter!(buffer.max_level_s, max_level_s, "buffer size in s", 6.0, 60.0),
    parameter!(buffer.initial_level_s, initial_level_s, "initial buffer in s", 0.0, 20.0),
    parameter!(buffer.rebuffer_threshold_s, rebuffer_threshold_s, "resume threshold in s", 0.0, 10.0),
    parameter!(buffer.drain_rate_s_per_s, drain_rate_s_per_s, "playback rate", 0.9, 1.1),
    parameter!(encoder.safety_factor, safety_factor, "safety factor of the encoder", 0.4, 1.2),
    Parameter {
        name: "upgrade_hysteresis",
        label: "steps before a higher level is taken",
        range: (0.0, 30.0),
        place: |s| Place::Count(&mut s.encoder.upgrade_hysteresis),
    },
    parameter!(encoder.av_sync_decay, av_sync_decay, "drift that is left per second", 0.5, 0.999),
    parameter!(encoder.av_sync_noise, av_sync_noise, "disturbance of the drift in ms", 0.0, 20.0),
    parameter!(quality.av_sync_threshold_ms, av_sync_threshold_ms, "drift that is noticed in ms", 5.0, 100.0),
    parameter!(duration_s, duration_s, "length in s", 60.0, 600.0),
    parameter!(dt, dt, "step in s", 0.1, 4.0),
];

/// A parameter and its values.
#[derive(Clone, Copy, Debug)]
pub struct Axis {
    pub parameter: &'static Parameter,
    low: f64,
    high: f64,
    points: usize,
}

impl Axis {
    /// `NAME` or `NAME=LOW:HIGH`, at so many values.
    ///
    /// # Errors
    /// [`SimError::Spec`] for an unknown name, or a range that is none.
    pub fn parse(text: &str, points: usize) -> Result<Axis, SimError> {
        let (name, range) = text.split_once('=').map_or((text, None), |(n, r)| (n.trim(), Some(r)));
        let wrong = |value: &str, expected: String| {
            let (name, key, value) = ("the sweep".to_string(), name.to_string(), value.to_string());
            SimError::Spec(SpecError::Value { name, key, value, expected })
        };
        let Some(parameter) = PARAMETERS.iter().find(|p| p.name == name) else {
            let known: Vec<&str> = PARAMETERS.iter().map(|p| p.name).collect();
            return Err(wrong(name, format!("one of {}", known.join(", "))));
        };
        let (low, high) = match range {
            None => parameter.range,
            Some(range) => {
                let ends = range
                    .split_once(':')
                    .and_then(|(a, b)| Some((a.trim().parse().ok()?, b.trim().parse().ok()?)));
                let sensible = |(a, b): &(f64, f64)| a.is_finite() && b.is_finite() && a < b;
                let ends = ends
                    .filter(sensible)
                    .ok_or_else(|| wrong(range, "LOW:HIGH, two numbers, ascending".to_string()))?;
                let counts = matches!((parameter.place)(&mut Scenario::default()), Place::Count(_));
                if counts && !(ends.0 >= 0.0 && ends.1 <= f64::from(u32::MAX)) {
                    return Err(wrong(range, format!("whole numbers from 0 to {}", u32::MAX)));
                }
                ends
            }
        };
        Ok(Axis { parameter, low, high, points: points.max(2) })
    }

    /// The values, equally far apart.
    pub fn values(&self) -> Vec<f64> {
        let gap = (self.high - self.low) / (self.points - 1) as f64;
        let value = |i: usize| if i + 1 == self.points { self.high } else { self.low + gap * i as f64 };
        let exact = (0..self.points).map(value);
        match (self.parameter.place)(&mut Scenario::default()) {
            Place::Number(_) => exact.collect(),
            // Whole numbers, each once.
            Place::Count(_) => {
                let mut whole: Vec<f64> = exact.map(f64::round).collect();
                whole.dedup();
                whole
            }
        }
    }

    /// Gives a scenario a value.
    fn set(&self, scenario: &mut Scenario, value: f64) {
        match (self.parameter.place)(scenario) {
            Place::Number(place) => *place = value,
            Place::Count(place) => *place = value as u32,
        }
    }
}

/// The scenario of a point, when all of its values are set: levels above the size of the buffer become its size, and where the step
/// varies, the length becomes whole steps.
fn settled(mut scenario: Scenario, base: &Scenario) -> Scenario {
    if scenario.dt != base.dt {
        let steps = (scenario.duration_s / scenario.dt).ceil().max(1.0);
        scenario.duration_s = steps * scenario.dt * (1.0 + 1e-12);
    }
    let b = &mut scenario.buffer;
    b.initial_level_s = b.initial_level_s.min(b.max_level_s);
    b.rebuffer_threshold_s = b.rebuffer_threshold_s.min(b.max_level_s);
    scenario
}

/// What a run came to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Outcome {
    /// The overall score, 0 to 10.
    pub qoe: f64,
    /// Stalls that began.
    pub stalls: usize,
    pub stalled_s: f64,
}

/// The runs of one point, a seed each, from 0 on.
#[derive(Clone, Debug, PartialEq)]
pub struct Cell {
    /// In the order of their seeds.
    pub runs: Vec<Outcome>,
}

impl Cell {
    /// The mean score.
    pub fn mean(&self) -> f64 {
        self.runs.iter().map(|r| r.qoe).sum::<f64>() / self.runs.len().max(1) as f64
    }

    /// The scores that a tenth of the runs are below and above.
    pub fn spread(&self) -> (f64, f64) {
        let mut scores: Vec<f64> = self.runs.iter().map(|r| r.qoe).collect();
        scores.sort_by(f64::total_cmp);
        let Some(last) = scores.len().checked_sub(1) else { return (f64::NAN, f64::NAN) };
        let at = |share: f64| {
            let place = share * last as f64;
            let (below, rest) = (place.floor() as usize, place.fract());
            scores[below] + rest * (scores[(below + 1).min(last)] - scores[below])
        };
        (at(0.1), at(0.9))
    }
}

fn cell(model: Model, scenario: &Scenario, seeds: u64) -> Result<Cell, SimError> {
    let outcome = |seed: u64| {
        let r = match model {
            Model::Corrected => report(scenario, seed)?,
            Model::Published => published(scenario, seed)?.report,
        };
        Ok(Outcome { qoe: r.scores.overall, stalls: r.stall_count, stalled_s: r.total_stall_time_s })
    };
    Ok(Cell { runs: (0..seeds).map(outcome).collect::<Result<_, SimError>>()? })
}

/// Runs the points of one parameter, on all threads of the pool.
///
/// # Errors
/// [`SimError::Spec`] for a value that no scenario can have.
pub fn line(model: Model, base: &Scenario, x: &Axis, seeds: u64) -> Result<Vec<Cell>, SimError> {
    row(model, base, base, x, seeds)
}

/// The same around `varied`, which `base` became by another parameter's value.
fn row(
    model: Model,
    base: &Scenario,
    varied: &Scenario,
    x: &Axis,
    seeds: u64,
) -> Result<Vec<Cell>, SimError> {
    let at = |value: &f64| {
        let mut scenario = varied.clone();
        x.set(&mut scenario, *value);
        cell(model, &settled(scenario, base), seeds)
    };
    x.values().par_iter().map(at).collect()
}

/// Runs the points of two: a row per value of `y`.
///
/// # Errors
/// As [`line()`].
pub fn grid(
    model: Model,
    base: &Scenario,
    x: &Axis,
    y: &Axis,
    seeds: u64,
) -> Result<Vec<Vec<Cell>>, SimError> {
    let at = |value: &f64| {
        let mut varied = base.clone();
        y.set(&mut varied, *value);
        row(model, base, &varied, x, seeds)
    };
    y.values().par_iter().map(at).collect()
}
