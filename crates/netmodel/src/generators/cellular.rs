//! Mobile links: a lognormal rate with two time scales, interrupted by outages; fitted to three measured families.
//!
//! # The model
//!
//! In steps of one second, with `m` drawn once per trace from N(`mu`, `between`):
//!
//! - `x = m + within * (sqrt(slow) * s + sqrt(1 - slow) * f)`, where `s` and `f` are first-order autoregressions of unit
//!   variance with the time constants `tau_slow` and `tau_fast`: at a lag of k seconds the autocorrelation of x about m is
//!   `slow * exp(-k/tau_slow) + (1 - slow) * exp(-k/tau_fast)`;
//! - the rate is `exp(x)` Mbit/s, not below 0.1 (what the fit counted as an outage) nor above `cap`, in whole kbit/s;
//! - independent of it, the link is out in the share `outage` of the time: on and off by turns, each for an exponential
//!   time rounded up to whole seconds, outages of `outage_len` seconds in the mean.
//!
//! # The constants
//!
//! | preset | family | source of the measurements |
//! |---|---|---|
//! | `3g` | HSDPA in Norway, 86 logs, 31 h | Riiser et al., MMSys 2013 |
//! | `4g` | LTE in Ghent, Belgium, 40 logs, 5 h | van der Hooft et al., IEEE Communications Letters 20(11), 2016 |
//! | `5g` | 5G in Ireland, the 21 download logs, 12 h | Raca et al., MMSys 2020 |
//!
//! `mu`, `between`, `within`, `outage` and `outage_len` are the values fitted to the 1-s means of the whole family, as is
//! the autocorrelation at 1 s (0.913, 0.760, 0.806). One time constant would let it vanish where the measurements do not
//! (at 20 s the rates still correlate with 0.52, 0.32 and 0.17), so `slow`, `tau_slow` and `tau_fast` are chosen to meet the
//! 1-s value to 0.002 and the rates' 5-s and 20-s values nearly: 0.71 and 0.50, 0.59 and 0.32, 0.40 and 0.17, against
//! measured 0.74 and 0.52, 0.62 and 0.32, 0.32 and 0.17. `cap` is the highest rate that was measured.
//!
//! Of the measured 5G families the Irish one was chosen because it is long, measures what an application gets, and has
//! the coverage holes of a young network; the mid-band set of SIGCOMM 2024 is a quarter of an hour of physical-layer
//! throughput near one base station.
//!
//! Latencies: 100 ms for 3G, 35 and 20 ms for 4G and 5G (of the usual 20 to 50 and 15 to 30 ms).
//!
//! # Known deviations
//!
//! Real outages prefer low rates, and handovers cut rates for a second or two; here outages are independent and there are
//! no handovers. The upper tail of the 4G rates is shorter than a lognormal's; `cap` cuts it, but does not bend it.

use spec::{Entry, Opt, Options, opt};
use units::{BitRate, Seconds, SimRng};

use super::{MAX_PERIODS, Preset, seconds};
use crate::{NetworkError, Period};

/// Below this rate the fit counted a second as an outage.
const FLOOR_MBPS: f64 = 0.1;

/// The options, in the order of the model's description, with a family's values as defaults.
const fn options(values: [&'static str; 10]) -> [Opt; 13] {
    let [mu, between, within, slow, tau_slow, tau_fast, cap, outage, outage_len, latency] = values;
    [
        opt("duration", "600", "length in s; the trace loops"),
        opt("seed", "auto", "whole number; auto: the caller's"),
        opt("mean", "auto", "mean rate outside outages and without cap, in Mbit/s; auto: as mu says"),
        opt("mu", mu, "mean of ln(rate in Mbit/s) over all traces"),
        opt("between", between, "standard deviation of ln(rate) from trace to trace"),
        opt("within", within, "standard deviation of ln(rate) within a trace"),
        opt("slow", slow, "share of the variance within that changes slowly"),
        opt("tau_slow", tau_slow, "time constant of the slow changes in s"),
        opt("tau_fast", tau_fast, "time constant of the fast changes in s"),
        opt("cap", cap, "highest rate in Mbit/s"),
        opt("outage", outage, "share of the time without any rate"),
        opt("outage_len", outage_len, "mean length of an outage in s"),
        opt("latency", latency, "latency of every request in s"),
    ]
}

static OPTIONS_3G: [Opt; 13] =
    options(["-0.0949", "0.491", "0.747", "0.7", "60", "3.45", "7", "0.2095", "11.58", "0.1"]);
static OPTIONS_4G: [Opt; 13] =
    options(["3.2171", "0.3586", "0.6366", "0.72", "25", "0.706", "111", "0.0142", "2.583", "0.035"]);
static OPTIONS_5G: [Opt; 13] =
    options(["2.7671", "0.9422", "1.4115", "0.25", "50", "3.46", "533", "0.1174", "2.305", "0.02"]);

pub(super) static THREE_G: Preset = Preset {
    entry: Entry {
        name: "3g",
        about: "HSDPA on the move: 1 Mbit/s in the mean, long outages",
        options: &OPTIONS_3G,
    },
    random: true,
    make,
};

pub(super) static FOUR_G: Preset = Preset {
    entry: Entry {
        name: "4g",
        about: "LTE on the move: 30 Mbit/s in the mean, few outages",
        options: &OPTIONS_4G,
    },
    random: true,
    make,
};

pub(super) static FIVE_G: Preset = Preset {
    entry: Entry {
        name: "5g",
        about: "5G on the move: 40 Mbit/s in the mean, widely spread",
        options: &OPTIONS_5G,
    },
    random: true,
    make,
};

/// Streams of one seed, so that an option of one part leaves the draws of the others as they are.
const LEVEL_STREAM: u64 = 0x6c65_7665_6c00; // "level"
const FAST_STREAM: u64 = LEVEL_STREAM + 1;
const SLOW_STREAM: u64 = LEVEL_STREAM + 2;
const OUTAGE_STREAM: u64 = LEVEL_STREAM + 3;

fn make(options: &Options, seed: u64) -> Result<Vec<Period>, NetworkError> {
    let duration = seconds(options, "duration", 1e-3, MAX_PERIODS)?;
    let latency = seconds(options, "latency", 0.0, 3600.0)?;
    let between = options.number("between", 0.0..=10.0)?;
    let within = options.number("within", 0.0..=10.0)?;
    let mu = match options.text("mean") {
        "auto" => options.number("mu", -20.0..=20.0)?,
        // The mean of a lognormal variable is exp(mu + variance / 2).
        _ => libm::log(options.number("mean", 1e-6..=1e6)?) - (between * between + within * within) / 2.0,
    };
    let cap = options.number("cap", FLOOR_MBPS..=1e6)?;
    let slow_share = options.number("slow", 0.0..=1.0)?;
    let mut slow = Wander::new(options.number("tau_slow", 1e-3..=1e9)?, SimRng::new(seed, SLOW_STREAM));
    let mut fast = Wander::new(options.number("tau_fast", 1e-3..=1e9)?, SimRng::new(seed, FAST_STREAM));
    let share = options.number("outage", 0.0..=0.99)?;
    let mut outages =
        Outages::new(share, options.number("outage_len", 1.0..=1e6)?, SimRng::new(seed, OUTAGE_STREAM));
    let level = mu + between * SimRng::new(seed, LEVEL_STREAM).normal();

    let step = Seconds::new(1.0);
    let steps = (duration / step).ceil() as usize;
    let mut periods = Vec::with_capacity(steps);
    for k in 0..steps {
        let wander = libm::sqrt(slow_share) * slow.next() + libm::sqrt(1.0 - slow_share) * fast.next();
        // Clamped before exp, so that no option makes it overflow.
        let log = (level + within * wander).clamp(libm::log(FLOOR_MBPS), libm::log(cap));
        let rate = match outages.next() {
            true => BitRate::ZERO,
            false => BitRate::from_kbps(libm::round(libm::exp(log) * 1e3)),
        };
        periods.push(Period { duration: step.min(duration - step * k as f64), rate, latency });
    }
    Ok(periods)
}

/// A stationary first-order autoregression of unit variance.
struct Wander {
    now: f64,
    keep: f64,
    rng: SimRng,
}

impl Wander {
    fn new(tau: f64, mut rng: SimRng) -> Wander {
        Wander { now: rng.normal(), keep: libm::exp(-1.0 / tau), rng }
    }

    fn next(&mut self) -> f64 {
        let now = self.now;
        self.now = self.keep * now + libm::sqrt(1.0 - self.keep * self.keep) * self.rng.normal();
        now
    }
}

/// Outages of whole steps, by turns with times without.
struct Outages {
    out: bool,
    left: f64,
    /// Mean lengths, without and in an outage.
    means: [f64; 2],
    rng: SimRng,
}

impl Outages {
    fn new(share: f64, mean: f64, mut rng: SimRng) -> Outages {
        // The mean time between outages that gives the share; a time can be no shorter than a step.
        let on = if share > 0.0 { (mean * (1.0 - share) / share).max(1.0) } else { f64::INFINITY };
        let out = rng.uniform() < share;
        let mut outages = Outages { out, left: 0.0, means: [on, mean], rng };
        outages.left = outages.length();
        outages
    }

    /// An exponential time rounded up to whole steps, of the mean of the present state.
    fn length(&mut self) -> f64 {
        let mean = self.means[usize::from(self.out)];
        if mean == f64::INFINITY {
            return mean;
        }
        // Rounded up it is geometric, with the mean 1 / (1 - exp(-1/e)) for an exponential of mean e.
        let exponential = -1.0 / libm::log1p(-1.0 / mean);
        self.rng.exponential(exponential).ceil().max(1.0)
    }

    /// Whether the next step is out.
    fn next(&mut self) -> bool {
        if self.left <= 0.0 {
            self.out = !self.out;
            self.left = self.length();
        }
        self.left -= 1.0;
        self.out
    }
}
