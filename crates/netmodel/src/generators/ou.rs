//! The Ornstein-Uhlenbeck process, of the rate or of its logarithm.
//!
//! | | |
//! |---|---|
//! | source | Uhlenbeck, Ornstein, Physical Review 36, 1930; exact steps: Gillespie, Physical Review E 54, 1996 |
//! | form | `dx = (m - x) / tau dt + s dW`, exact in steps: `x' = m + (x - m) k + sd sqrt(1 - k^2) N(0, 1)`, `k = exp(-step / tau)` |
//! | stationary | normal with the mean m and `sd = s sqrt(tau / 2)`; autocorrelation `exp(-t / tau)` |
//! | `log=true` | x is ln(rate), with `sd^2 = ln(1 + cv^2)` and `m = ln(rate) - sd^2 / 2`: a lognormal rate with the mean `rate` and the coefficient of variation `cv` |
//! | `log=false` | x is the rate, with `sd = cv * rate`; below 0 it counts as 0 |
//!
//! Deviations: rates are whole kbit/s. With `log=false` the cut at 0 raises the mean, by 0.04 % at a `cv` of 0.4.

use spec::{Entry, Options, opt};
use units::{Seconds, SimRng};

use super::process::{Wander, steps, whole_kbps};
use super::{MAX_PERIODS, Preset, keys, rate, seconds};
use crate::{NetworkError, Period};

pub(super) static PRESETS: [Preset; 1] = [Preset {
    entry: Entry {
        name: "ou",
        about: "Ornstein-Uhlenbeck process of the rate or its logarithm",
        options: &[
            opt("rate", "3", "mean rate in Mbit/s"),
            opt("cv", "0.4", "standard deviation divided by the mean"),
            opt("tau", "10", "time constant in s"),
            opt("log", "true", "of the logarithm: rates are lognormal; false: normal, not below 0"),
            opt("step", "1", "length of a step in s"),
            keys::DURATION,
            keys::LATENCY,
            keys::SEED,
        ],
    },
    measures: super::Measurement::Capacity,
    make,
}];

const STREAM: u64 = 0x6f75; // "ou"

fn make(options: &Options, seed: u64) -> Result<Vec<Period>, NetworkError> {
    let step = options.number("step", 1e-3..=3600.0)?;
    let mut wander = Wander::new(options.number("tau", 1e-6..=1e9)?, step, SimRng::new(seed, STREAM));
    let (mean, cv) = (rate(options, "rate")?.mbps(), options.number("cv", 0.0..=10.0)?);
    let latency = seconds(options, "latency", 0.0, 3600.0)?;
    let log = options.flag("log")?;
    let sd = if log { libm::sqrt(libm::log1p(cv * cv)) } else { cv * mean };
    steps(options, seconds(options, "duration", 1e-3, MAX_PERIODS * step)?, Seconds::new(step), |_| {
        let x = sd * wander.next();
        let mbps = if log { mean * libm::exp(x - sd * sd / 2.0) } else { (mean + x).max(0.0) };
        (whole_kbps(mbps), latency)
    })
}
