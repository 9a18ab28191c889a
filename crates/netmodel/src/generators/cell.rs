//! A cell that is shared with others, who come and go with the hour of the day.
//!
//! | | |
//! |---|---|
//! | rate | `rate / (1 + N)`: the cell's rate in equal shares, ours among N others |
//! | N | birth and death: others arrive in a Poisson process and each stays for an exponential time, `stay` in the mean (M/M/inf) |
//! | load | `users * (1 + swing * cos(2 pi (h - peak) / 24))` others are looked for in the mean at the hour h; arrivals are that over `stay` |
//! | start | at the hour `start`, with a Poisson number of others of that hour's mean |
//!
//! With `swing=0` N is Poisson with the mean `users` at any moment, its autocorrelation is `exp(-t / stay)`, and the mean share
//! of the cell is `(1 - exp(-users)) / users`. With a swing the mean of N follows the load with a delay of `stay`. The process is
//! exact (arrivals are thinned from a constant rate); the rate changes when somebody comes or goes, not in steps, and at whole
//! milliseconds, to whole kbit/s.
//!
//! Load, not signal, makes most of the variance of measured mobile rates: the medians of the Irish 5G measurements (Raca et al.,
//! MMSys 2020) hardly depend on the signal's quality. The birth-death cell is a common model of it (Bonald, Proutiere, *Wireless
//! Downlink Data Channels*, MobiCom 2003, with flows in place of users); the defaults are examples, not measurements.

use spec::{Entry, Options, opt};
use units::{Seconds, SimRng};

use super::process::{whole_kbps, whole_ms};
use super::{MAX_PERIODS, Preset, keys, rate, seconds};
use crate::{NetworkError, Period};

pub(super) static PRESETS: [Preset; 1] = [Preset {
    entry: Entry {
        name: "cell",
        about: "an equal share of a cell whose users come and go with the hour",
        options: &[
            opt("rate", "50", "rate of the whole cell in Mbit/s"),
            opt("users", "4", "mean number of others over the day"),
            opt("swing", "0.6", "how far their number follows the hour, as a share"),
            opt("peak", "21", "hour of the highest load"),
            opt("start", "12", "hour of the day at which the trace begins"),
            opt("stay", "60", "mean time that a user stays in s"),
            keys::DURATION,
            keys::LATENCY,
            keys::SEED,
        ],
    },
    measures: super::Measurement::Capacity,
    make,
}];

const STREAM: u64 = 0x6365_6c6c; // "cell"
const HOUR_S: f64 = 3600.0;

fn make(options: &Options, seed: u64) -> Result<Vec<Period>, NetworkError> {
    let whole = rate(options, "rate")?.mbps();
    let duration = seconds(options, "duration", 1e-3, 1e9)?;
    let latency = seconds(options, "latency", 0.0, 3600.0)?;
    let stay = options.number("stay", 1e-3..=1e9)?;
    let load = Load {
        users: options.number("users", 0.0..=1e4)?,
        swing: options.number("swing", 0.0..=1.0)?,
        peak: options.number("peak", 0.0..=24.0)?,
        start: options.number("start", 0.0..=24.0)?,
    };
    if 2.0 * load.highest() / stay * duration.get() > MAX_PERIODS / 2.0 {
        return Err(options
            .wrong("duration", format!("at most {:e} arrivals and departures", MAX_PERIODS / 2.0))
            .into());
    }
    let mut rng = SimRng::new(seed, STREAM);
    let mut others = poisson(load.at(0.0), &mut rng);
    let mut periods: Vec<Period> = Vec::new();
    let (mut now, mut begun) = (Seconds::ZERO, Seconds::ZERO);
    while now < duration {
        let before = others;
        let mut time = Seconds::ZERO;
        while others == before && now + time < duration {
            let (arrivals, departures) = (load.highest() / stay, others / stay);
            if arrivals + departures <= 0.0 {
                time = duration - now;
                break;
            }
            time += Seconds::new(rng.exponential(1.0 / (arrivals + departures)));
            let event = rng.uniform() * (arrivals + departures);
            if event >= arrivals {
                others -= 1.0;
            } else if event < load.at((now + time).get()) / stay {
                others += 1.0;
            }
        }
        let end = whole_ms((now + time).get()).min(duration);
        if end > begun {
            periods.push(Period { duration: end - begun, rate: whole_kbps(whole / (1.0 + before)), latency });
        }
        begun = end;
        now += time;
    }
    Ok(periods)
}

/// How many others are looked for, by the time of the trace.
struct Load {
    users: f64,
    swing: f64,
    peak: f64,
    start: f64,
}

impl Load {
    fn at(&self, time_s: f64) -> f64 {
        let hours = self.start + time_s / HOUR_S - self.peak;
        self.users * (1.0 + self.swing * libm::cos(std::f64::consts::TAU * hours / 24.0))
    }

    fn highest(&self) -> f64 {
        self.users * (1.0 + self.swing)
    }
}

/// A Poisson number: how many exponential times of mean 1 fit into `mean`.
fn poisson(mean: f64, rng: &mut SimRng) -> f64 {
    let (mut number, mut time) = (0.0, rng.exponential(1.0));
    while time < mean {
        number += 1.0;
        time += rng.exponential(1.0);
    }
    number
}
