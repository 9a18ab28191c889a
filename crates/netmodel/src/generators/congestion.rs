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
use units::{Seconds, SimRng};

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
        random: true,
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
        random: true,
        measures: super::Measurement::Capacity,
        make: published,
    },
];

const PHASE_STREAM: u64 = 0x0063_6f6e_6700; // "cong"
const NOISE_STREAM: u64 = PHASE_STREAM + 1;
const SPIKE_STREAM: u64 = PHASE_STREAM + 2;

const FLOOR_MBPS: f64 = 0.1;

/// What both forms share.
struct Link {
    mbps: f64,
    swing: f64,
    frequency: f64,
    phase: f64,
    latency: Seconds,
}

impl Link {
    fn new(options: &Options, seed: u64) -> Result<Link, NetworkError> {
        Ok(Link {
            mbps: rate(options, "rate")?.mbps(),
            swing: options.number("swing", 0.0..=1.0)?,
            frequency: options.number("frequency", 0.0..=1e3)?,
            phase: SimRng::new(seed, PHASE_STREAM).range(0.0, std::f64::consts::TAU),
            latency: seconds(options, "latency", 0.0, 3600.0)?,
        })
    }

    fn mbps(&self, time: f64, noise: f64, congestion: f64) -> f64 {
        let angle = std::f64::consts::TAU * self.frequency * time + self.phase;
        self.mbps * (1.0 + self.swing * libm::sin(angle)) * noise * (1.0 - congestion)
    }

    fn latency(&self, congestion: f64) -> Seconds {
        self.latency * (1.0 + 3.0 * congestion * congestion)
    }
}

fn corrected(options: &Options, seed: u64) -> Result<Vec<Period>, NetworkError> {
    let link = Link::new(options, seed)?;
    let sd = options.number("sd", 0.0..=5.0)?;
    let step = options.number("step", 1e-3..=3600.0)?;
    let chance = options.number("spikes", 0.0..=1e3)? * step;
    if chance > 1.0 {
        return Err(options.wrong("spikes", format!("at most one in a step of {step} s")).into());
    }
    let (low, high) = (options.number("spike_low", 0.0..=1.0)?, options.number("spike_high", 0.0..=1.0)?);
    let keep = libm::exp(-step / options.number("recovery", 1e-6..=1e9)?);
    let duration = seconds(options, "duration", 1e-3, MAX_PERIODS * step)?;
    let [mut noises, mut spikes] = [NOISE_STREAM, SPIKE_STREAM].map(|stream| SimRng::new(seed, stream));
    let mut congestion: f64 = 0.0;
    steps(options, duration, Seconds::new(step), |k| {
        let (drawn, height) = (spikes.uniform(), spikes.range(low, high));
        congestion = if drawn < chance { (congestion + height).min(1.0) } else { congestion * keep };
        let noise = lognormal(1.0, sd, &mut noises);
        (whole_kbps(link.mbps(k as f64 * step, noise, congestion)), link.latency(congestion))
    })
}

fn published(options: &Options, seed: u64) -> Result<Vec<Period>, NetworkError> {
    let link = Link::new(options, seed)?;
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
        (whole_kbps(link.mbps(k as f64, noise, congestion).max(FLOOR_MBPS)), link.latency(congestion))
    })
}

/// Congestion as the published code has it.
struct Spike {
    chance: f64,
    severity: f64,
    recovery: f64,
}

impl Spike {
    fn next(&self, congestion: f64, drawn: f64) -> f64 {
        match drawn < self.chance {
            true => (congestion + self.severity).min(1.0),
            false => (congestion - self.recovery).max(0.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_recurrences_are_those_of_the_recorded_runs() {
        let place = "golden/seeds/twitch_deterministic.json";
        let Some(path) = fixtures::shared("the_recurrences_are_those_of_the_recorded_runs", place) else {
            return;
        };
        let text = std::fs::read_to_string(path).expect("readable");
        let golden: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        let list = |v: &serde_json::Value| -> Vec<f64> {
            v.as_array().expect("a list").iter().map(|x| x.as_f64().expect("a number")).collect()
        };
        let (mut cases, mut numbers) = (0, 0);
        for case in golden["network"].as_array().expect("cases") {
            let (input, output) = (&case["input"], &case["output"]);
            let number = |key: &str| input["params"][key].as_f64().expect("a number");
            let link = Link {
                mbps: number("base_bandwidth_mbps"),
                swing: number("oscillation_amplitude"),
                frequency: number("oscillation_freq_hz"),
                phase: input["phase_rad"].as_f64().expect("a phase"),
                latency: Seconds::from_millis(number("base_latency_ms")),
            };
            let spike = Spike {
                chance: number("congestion_probability"),
                severity: number("congestion_severity"),
                recovery: number("congestion_recovery_rate"),
            };
            let draws = list(&input["congestion_uniform"]).into_iter().zip(list(&input["noise_multiplier"]));
            let [rates, latencies, levels] =
                ["bandwidth_mbps", "latency_ms", "congestion_level"].map(|key| list(&output[key]));
            let mut congestion = 0.0;
            for (k, (drawn, noise)) in draws.enumerate() {
                congestion = spike.next(congestion, drawn);
                let mbps = link.mbps(k as f64, noise, congestion).max(FLOOR_MBPS);
                let latency = link.latency(congestion).millis();
                for (got, want) in [(mbps, rates[k]), (latency, latencies[k]), (congestion, levels[k])] {
                    assert!(
                        (got - want).abs() <= 1e-9 * want.abs(),
                        "{}, step {k}: {got}, {want}",
                        case["label"]
                    );
                    numbers += 1;
                }
            }
            cases += 1;
        }
        assert!(cases > 0);
        println!("twitch_deterministic network: {cases} cases, {numbers} numbers, 0 mismatches");
    }
}
