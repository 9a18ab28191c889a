//! The synthetic traces that Genet trains with: uniform rates between drawn limits.
//!
//! | | |
//! |---|---|
//! | source | Xia et al.: *Genet: Automatic Curriculum Generation for Learning Adaptation in Networking*, SIGCOMM 2022; `src/simulator/abr_simulator/abr_trace.py`, `config/abr/udr{1,2,3}.json` |
//! | drawn per trace | `min` and `interval` uniformly, `max` uniformly in its logarithm, then `max` again uniformly from `max(max - 50, 1)` to itself, in whole Mbit/s; with probability 1/2 `min` again from itself to 0.6 `max` |
//! | per step | a step takes 0.1 to 3.5 s; the rate is uniform from `min` to `max`, in steps of 0.01 Mbit/s, and held for k steps, k uniform on 1, ..., `interval` |
//! | length | 330 s |
//!
//! | range | `min` Mbit/s | `max` Mbit/s | `interval` | RTT ms |
//! |---|---|---|---|---|
//! | `udr1` | 0-3.5 | 1-5 | 1-4 | 20-30 |
//! | `udr2` | 0-5 | 1-20 | 0-20 | 20-220 |
//! | `udr3` | 0-10 | 1-100 | 0-100 | 20-1000 |
//!
//! The published code does two things that it does not mean, each an option:
//!
//! - `inert_interval=true`: a reversed condition makes every step draw a new rate, whatever the interval;
//! - `inert_coin=true`: the coin that decides about the second draw of `min` is `randint(0, 1)`, which is always 0.
//!
//! Deviations: the last step is cut at the duration (Genet's traces end up to 3.5 s later); as the files say it, a rate holds for
//! the step that ends at its time, and so does the first, which readers of cooked traces drop. Genet also draws the player's
//! buffer (5-10, 5-105, 5-500 s): that is no matter of the network and left to the player's options.

use spec::{Entry, Options, opt};
use units::{BitRate, Seconds, SimRng};

use super::process::whole_kbps;
use super::{MAX_PERIODS, Preset, drawn, given, keys, seconds};
use crate::{NetworkError, Period};

pub(super) static PRESETS: [Preset; 1] = [Preset {
    entry: Entry {
        name: "genet",
        about: "Genet's synthetic traces: uniform between drawn limits",
        options: &[
            opt("range", "udr1", "what limits are drawn from: udr1, udr2 or udr3"),
            opt("min", "auto", "lower limit in Mbit/s; auto: drawn"),
            opt("max", "auto", "upper limit in Mbit/s; auto: drawn"),
            opt("interval", "auto", "most steps that a rate is held for; auto: drawn"),
            opt("latency", "auto", "latency of every request in s; auto: drawn"),
            opt("inert_interval", "false", "as published: every step has a new rate"),
            opt("inert_coin", "false", "as published: min is never drawn again"),
            opt("duration", "330", "length in s; the trace loops"),
            keys::SEED,
        ],
    },
    measures: super::Measurement::Capacity,
    make,
}];

const STREAM: u64 = 0x0067_656e_6574; // "genet"

/// Limits of what is drawn per trace.
#[derive(Clone, Copy)]
struct Range {
    min: [f64; 2],
    max: [f64; 2],
    interval: [f64; 2],
    rtt_s: [f64; 2],
}

const RANGES: [(&str, Range); 3] = [
    ("udr1", Range { min: [0.0, 3.5], max: [1.0, 5.0], interval: [1.0, 4.0], rtt_s: [0.02, 0.03] }),
    ("udr2", Range { min: [0.0, 5.0], max: [1.0, 20.0], interval: [0.0, 20.0], rtt_s: [0.02, 0.22] }),
    ("udr3", Range { min: [0.0, 10.0], max: [1.0, 100.0], interval: [0.0, 100.0], rtt_s: [0.02, 1.0] }),
];
const STEP_S: [f64; 2] = [0.1, 3.5];

fn make(options: &Options, seed: u64) -> Result<Vec<Period>, NetworkError> {
    let range = options.choice("range", &RANGES)?;
    let duration = seconds(options, "duration", 1e-3, MAX_PERIODS * STEP_S[0])?;
    let (inert_interval, inert_coin) = (options.flag("inert_interval")?, options.flag("inert_coin")?);
    let mut rng = SimRng::new(seed, STREAM);
    let interval = drawn(options, "interval", 0.0..=1e6, range.interval, &mut rng)?;
    let mut min = drawn(options, "min", 0.0..=1e6, range.min, &mut rng)?;
    let max = libm::exp(rng.range(libm::log(range.max[0]), libm::log(range.max[1])));
    let max = libm::round(rng.range((max - 50.0).max(1.0), max));
    let max = given(options, "max", 0.0..=1e6, max)?;
    let latency = Seconds::new(drawn(options, "latency", 0.0..=3600.0, range.rtt_s, &mut rng)?);
    let (coin, again) = (rng.uniform(), rng.uniform());
    if !inert_coin && options.text("min") == "auto" && coin < 0.5 {
        min = hundredths(min + (0.6 * max - min) * again);
    }

    let mut periods = Vec::new();
    // Times are in whole hundredths of a second, as Genet rounds them.
    let (mut now, end) = (0.0, duration.get() * 100.0);
    let (mut held, mut rate) = (0, BitRate::ZERO);
    while now < end {
        if held == 0 {
            rate = whole_kbps(hundredths(rng.range(min, max)));
            // At most 10^6, so that nothing is lost.
            held = if inert_interval { 1 } else { 1 + rng.below((interval as usize).max(1)) };
        }
        held -= 1;
        let next = libm::round(now + 100.0 * rng.range(STEP_S[0], STEP_S[1])).min(end);
        periods.push(Period { duration: Seconds::from_millis((next - now) * 10.0), rate, latency });
        now = next;
    }
    Ok(periods)
}

fn hundredths(x: f64) -> f64 {
    libm::round(x * 100.0) / 100.0
}
