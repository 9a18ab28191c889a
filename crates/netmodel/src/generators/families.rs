//! Measured networks: 14 families of traces, each as a random process with the family's statistics.
//!
//! # The model
//!
//! In steps of `step` (1 s; 5 s where the measurement has no finer one):
//!
//! - a normal score `z = sqrt(between) * L + sqrt(1 - between) * (sqrt(slow) * s + sqrt(1 - slow) * f)`, where `L` is drawn
//!   once per trace, and `s` and `f` are first-order autoregressions with the time constants `tau_slow` and `tau_fast`, all of
//!   unit variance: two time scales, for where one lets the autocorrelation vanish before the measured one does;
//! - the rate is the family's own quantile at `Phi(z)` (a Gaussian copula): linear between the given quantiles, so that
//!   it is bounded by the lowest and highest rate of the family and has its distribution whatever the other numbers are;
//! - independent of it, the link is out in the share `outage` of the time, in outages of `outage_len` seconds in the mean:
//!   on and off by turns, each for a geometric number of steps (an exponential time rounded up), or a lognormal one where
//!   the family's outages and the times between them are far more unequal than that (`hsdpa-3g`).
//!
//! A measured family is a lognormal process only in the middle of its distribution. Its ends are bounded: a lognormal with
//! the family's mean and variance of ln(rate) has a 95 % quantile of 82 Mbit/s for `belgium-4g`, measured 59.
//!
//! # The constants
//!
//! | preset | traces, hours | source |
//! |---|---|---|
//! | `hsdpa-3g` (`3g`) | 86, 31 | Riiser, Vigmostad, Griwodz, Halvorsen, MMSys 2013: Telenor, Oslo, 2010-11 |
//! | `belgium-4g` (`4g`) | 40, 5.0 | van der Hooft et al., IEEE Communications Letters 20(11), 2016: Ghent |
//! | `nyu-lte` | 7, 5.3 | Mei et al., PAM 2019 and Computer Networks 182, 2020: NYU-METS, New York |
//! | `nyc-lte` | 15, 1.1 | Abbasloo, Yen, Chao (Orca), SIGCOMM 2020: New York |
//! | `mahimahi-lte` | 5, 0.5 | Winstein, Sivaraman, Balakrishnan, NSDI 2013; Netravali et al., USENIX ATC 2015: downlinks |
//! | `us-4g-walking`, `us-4g-driving` | 110, 24; 50, 3.4 | Narayanan et al., SIGCOMM 2021 |
//! | `irish-5g` (`5g`) | 21, 12 | Raca et al., MMSys 2020: the download logs |
//! | `midband-5g` | 4, 0.3 | Fezeu et al., SIGCOMM 2024: physical layer, 100 ms samples |
//! | `mmwave-walking`, `mmwave-driving` | 75, 17; 33, 2.2 | Narayanan et al. (Lumos5G), IMC 2020; SIGCOMM 2021 |
//! | `fcc-sd`, `fcc-hd` | 1000, 50 each | FCC, Measuring Broadband America, as in Sabre (MMSys 2018): `sd_fs`, `hd_fs` |
//! | `oboe` | 428, 21 | Akhtar et al. (Oboe), SIGCOMM 2018: observed throughput of video sessions |
//!
//! `outage` and `outage_len` are the family's. The quantiles start from those of its traces that are at hand, moved as
//! little and as smoothly as possible in ln(rate) until, together with the outages, the mean, the coefficient of variation,
//! the 5, 50 and 95 % quantiles and the mean and standard deviation of ln(rate) are those of the whole family (least squares
//! with these as constraints; without the mean of ln for `hsdpa-3g` and both for `midband-5g`, whose numbers, of 1-s bins and
//! of samples, exclude each other). The highest is the highest measured, of `nyc-lte` scaled with the mean. `between`,
//! `slow` and the time constants are the best in simulation (Nelder-Mead over 400 traces of the family's mean length) for
//! the autocorrelations of the rate at 1, 5 and 20 s, and with less weight for the standard deviations of ln(rate) between and
//! within traces and its regression on the second before. The spreads of HSDPA's outages (1.2) and of the times between (1.85) are
//! the standard deviations of their logarithms in the 27 logs at hand. Latencies are the usual ones: 100 ms for 3G, 35 ms for LTE,
//! 20 ms for 5G and fixed lines.
//!
//! What a family of generated traces then has in common with the measured one, and within which bounds, is in
//! `docs/generators.md`, and tested over 200 traces each (`tests/generators_families.rs`).
//!
//! # Known deviations
//!
//! - Real outages prefer low rates; here they are independent. Where outages are many and short this costs autocorrelation:
//!   `irish-5g` has 0.75 at 1 s, measured 0.83.
//! - In an outage nothing comes through; measured ones have up to 0.1 Mbit/s. There are no handovers.
//! - All 62 traces at hand of the 2000 of `fcc-sd` and `fcc-hd` are 60 s of a slow link followed by 120 s of a fast one: two
//!   measurements in a row, not one line. So are these presets (`slow_start`), since the published statistics are of that.
//! - Outages of `belgium-4g` and `midband-5g` are shorter than the bins in which their length was measured, so that share
//!   and length exclude the measured frequency: it comes out twice and 1.4 times as high.
//! - Statistics hold at the family's mean length, which is the default one but for `hsdpa-3g` (1307 s), `belgium-4g` (451 s)
//!   and `irish-5g` (2058 s), whose default is 600 s. At another length the distribution of the rates stays, and what is
//!   taken about the mean of each trace changes: autocorrelations grow with the length, and so does the variation
//!   within traces at the cost of that between. `fcc-sd` and `fcc-hd` have the distribution in whole cycles of 180 s only.

use spec::{Entry, Opt, Options, opt};
use units::{BitRate, Seconds, SimRng};

use super::process::{Alternation, Length, Wander, steps, whole_kbps};
use super::{MAX_PERIODS, Preset, given, keys};
use crate::formats::Measurement;
use crate::{NetworkError, Period};

/// The options of every family; `auto` is the family's own value, or the caller's seed.
static OPTIONS: [Opt; 11] = [
    opt("duration", "auto", "length in s; auto: the family's mean, 600 for 3g, 4g, 5g; the trace loops"),
    keys::SEED,
    opt(
        "mean",
        "auto",
        "mean of the family outside outages in Mbit/s, about which draws lie; scales all rates",
    ),
    opt("cap", "auto", "highest rate in Mbit/s, applied after the mean"),
    opt("between", "auto", "share of the variance of the normal score from trace to trace"),
    opt("slow", "auto", "share of the variance within a trace that changes slowly"),
    opt("tau_slow", "auto", "time constant of the slow changes in s"),
    opt("tau_fast", "auto", "time constant of the fast changes in s"),
    opt("outage", "auto", "share of the time without any rate"),
    opt("outage_len", "auto", "mean length of an outage in s"),
    opt("latency", "auto", "latency of every request in s"),
];

struct Family {
    /// Probabilities from 0 to 1.
    grid: &'static [f64],
    /// The rates outside outages that have them, in Mbit/s.
    rates: &'static [f64],
    between: f64,
    slow: f64,
    tau_slow: f64,
    tau_fast: f64,
    outage: f64,
    outage_len: f64,
    /// Standard deviation of the logarithm of the times between outages, and of outages; 0: exponential.
    outage_spread: [f64; 2],
    /// In s.
    step: f64,
    slow_start: Option<SlowStart>,
    latency: f64,
    /// Default length in s: see the deviations.
    duration: f64,
}

/// The lowest rates come first: the share `share` of every `cycle` seconds takes the lowest `share` of the rates.
#[derive(Clone, Copy)]
struct SlowStart {
    cycle: f64,
    share: f64,
}

const GRID: [f64; 15] = [0.0, 0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 1.0];
const THIRD: f64 = 1.0 / 3.0;
const GRID_OF_THIRDS: [f64; 17] =
    [0.0, 0.01, 0.05, 0.1, 0.2, 0.3, THIRD, THIRD, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 1.0];
const SABRE_FCC: SlowStart = SlowStart { cycle: 180.0, share: THIRD };

/// What a family has unless it says otherwise: outages without spread, steps of a second, no slow start.
const PLAIN: Family = Family {
    grid: &GRID,
    rates: &[],
    between: 0.0,
    slow: 0.0,
    tau_slow: 0.0,
    tau_fast: 0.0,
    outage: 0.0,
    outage_len: 0.0,
    outage_spread: [0.0, 0.0],
    step: 1.0,
    slow_start: None,
    latency: 0.0,
    duration: 0.0,
};

const HSDPA_3G: Family = Family {
    rates: &[
        0.1, 0.1001, 0.1581, 0.2534, 0.4504, 0.6727, 0.8821, 1.048, 1.256, 1.546, 1.918, 2.538, 3.137, 3.911,
        6.978,
    ],
    between: 0.169,
    slow: 0.968,
    tau_slow: 121.0,
    tau_fast: 0.48,
    outage: 0.2095,
    outage_len: 11.58,
    outage_spread: [1.85, 1.2],
    latency: 0.1,
    duration: 600.0,
    ..PLAIN
};

const BELGIUM_4G: Family = Family {
    rates: &[
        0.1, 2.021, 6.53, 8.766, 14.58, 21.52, 26.84, 28.93, 35.64, 39.9, 43.04, 49.91, 58.95, 66.28, 111.0,
    ],
    between: 0.111,
    slow: 0.853,
    tau_slow: 39.2,
    tau_fast: 0.121,
    outage: 0.01419,
    outage_len: 2.583,
    latency: 0.035,
    duration: 600.0,
    ..PLAIN
};

const NYU_LTE: Family = Family {
    rates: &[
        0.1, 0.1796, 0.7987, 1.37, 2.157, 2.753, 3.422, 4.307, 5.561, 7.744, 10.88, 14.57, 17.48, 20.95, 28.4,
    ],
    between: 0.17,
    slow: 0.845,
    tau_slow: 39.0,
    tau_fast: 1.37,
    outage: 0.02576,
    outage_len: 2.62,
    latency: 0.035,
    duration: 2718.0,
    ..PLAIN
};

const NYC_LTE: Family = Family {
    rates: &[
        0.1043, 1.308, 2.723, 3.792, 5.657, 7.529, 9.177, 9.89, 10.87, 12.17, 16.48, 18.31, 20.13, 22.41,
        26.44,
    ],
    between: 0.326,
    slow: 0.517,
    tau_slow: 21.2,
    tau_fast: 1.55,
    outage: 0.003873,
    outage_len: 1.5,
    latency: 0.035,
    duration: 258.0,
    ..PLAIN
};

const MAHIMAHI_LTE: Family = Family {
    rates: &[
        0.1684, 0.4681, 1.321, 2.141, 3.449, 4.11, 4.62, 6.47, 7.134, 8.369, 11.19, 18.3, 23.89, 35.68, 59.11,
    ],
    between: 0.339,
    slow: 0.415,
    tau_slow: 24.6,
    tau_fast: 3.62,
    outage: 0.01808,
    outage_len: 4.286,
    latency: 0.035,
    duration: 332.0,
    ..PLAIN
};

const US_4G_WALKING: Family = Family {
    rates: &[
        0.5, 1.668, 3.311, 5.969, 10.66, 14.91, 21.44, 30.36, 41.0, 53.18, 66.36, 84.47, 110.2, 149.1, 232.5,
    ],
    between: 0.098,
    slow: 0.938,
    tau_slow: 59.6,
    tau_fast: 0.982,
    outage: 0.0079,
    outage_len: 2.6,
    latency: 0.035,
    duration: 793.0,
    ..PLAIN
};

const US_4G_DRIVING: Family = Family {
    rates: &[
        0.5, 0.8764, 5.045, 7.404, 13.75, 21.2, 28.04, 34.69, 41.2, 49.32, 62.81, 93.86, 115.4, 186.7, 230.0,
    ],
    between: 0.091,
    slow: 0.436,
    tau_slow: 116.0,
    tau_fast: 8.49,
    outage: 0.02024,
    outage_len: 3.26,
    latency: 0.035,
    duration: 248.0,
    ..PLAIN
};

const IRISH_5G: Family = Family {
    rates: &[
        0.1334, 0.211, 0.9512, 1.909, 4.452, 7.736, 11.18, 13.83, 17.95, 37.98, 77.66, 163.1, 215.1, 216.4,
        533.0,
    ],
    between: 0.303,
    slow: 0.348,
    tau_slow: 218.0,
    tau_fast: 5.56,
    outage: 0.1174,
    outage_len: 2.305,
    latency: 0.02,
    duration: 600.0,
    ..PLAIN
};

const MIDBAND_5G: Family = Family {
    rates: &[
        0.1, 53.86, 117.8, 208.0, 372.3, 498.4, 582.8, 630.5, 709.9, 761.0, 801.3, 849.0, 895.8, 943.0,
        1073.0,
    ],
    between: 0.0,
    slow: 0.926,
    tau_slow: 129.0,
    tau_fast: 0.102,
    outage: 0.01896,
    outage_len: 4.333,
    latency: 0.02,
    duration: 235.0,
    ..PLAIN
};

const MMWAVE_WALKING: Family = Family {
    rates: &[
        1.0, 3.22, 16.15, 76.25, 96.0, 142.0, 277.3, 539.8, 614.8, 838.9, 1084.0, 1262.0, 1424.0, 1475.0,
        1870.0,
    ],
    between: 0.0,
    slow: 0.877,
    tau_slow: 26.7,
    tau_fast: 8.34,
    outage: 0.02586,
    outage_len: 2.243,
    latency: 0.02,
    duration: 796.0,
    ..PLAIN
};

const MMWAVE_DRIVING: Family = Family {
    rates: &[
        1.0, 3.963, 22.92, 50.91, 98.41, 114.8, 124.0, 125.1, 259.9, 430.3, 642.0, 912.2, 1155.0, 1464.0,
        1840.0,
    ],
    between: 0.0,
    slow: 0.749,
    tau_slow: 12.7,
    tau_fast: 8.81,
    outage: 0.02156,
    outage_len: 1.737,
    latency: 0.02,
    duration: 242.0,
    ..PLAIN
};

const FCC_SD: Family = Family {
    grid: &GRID_OF_THIRDS,
    rates: &[
        0.1, 0.2534, 0.3076, 0.4423, 0.6754, 0.8985, 1.066, 3.473, 7.332, 7.705, 8.538, 9.077, 9.622, 10.49,
        11.14, 12.31, 14.65,
    ],
    between: 0.057,
    slow: 0.59,
    tau_slow: 60.2,
    tau_fast: 0.175,
    outage: 0.00125,
    outage_len: 5.921,
    step: 5.0,
    slow_start: Some(SABRE_FCC),
    latency: 0.02,
    duration: 180.0,
    ..PLAIN
};

const FCC_HD: Family = Family {
    grid: &GRID_OF_THIRDS,
    rates: &[
        0.1098, 0.9433, 1.066, 1.329, 1.752, 2.027, 2.276, 9.738, 16.63, 20.11, 22.79, 25.85, 27.7, 30.31,
        36.27, 42.34, 60.35,
    ],
    between: 0.0,
    slow: 0.744,
    tau_slow: 50.1,
    tau_fast: 0.126,
    outage: 0.0007778,
    outage_len: 5.6,
    step: 5.0,
    slow_start: Some(SABRE_FCC),
    latency: 0.02,
    duration: 180.0,
    ..PLAIN
};

const OBOE: Family = Family {
    rates: &[
        0.1, 0.3849, 0.5373, 0.8744, 1.11, 1.467, 2.199, 2.659, 3.166, 3.576, 4.041, 4.691, 5.156, 6.522,
        7.863,
    ],
    between: 0.796,
    slow: 0.479,
    tau_slow: 29.0,
    tau_fast: 7.53,
    outage: 0.0,
    outage_len: 1.0,
    latency: 0.02,
    duration: 177.0,
    ..PLAIN
};

const fn preset(name: &'static str, about: &'static str, make: super::Make) -> Preset {
    let entry = Entry { name, about, options: &OPTIONS };
    Preset { entry, measures: Measurement::Capacity, make }
}

pub(super) static PRESETS: [Preset; 17] = [
    preset("hsdpa-3g", "HSDPA in Oslo, on the move: 1 Mbit/s, long outages", |o, s| HSDPA_3G.make(o, s)),
    preset("belgium-4g", "LTE in Ghent, on the move: 30 Mbit/s", |o, s| BELGIUM_4G.make(o, s)),
    preset("nyu-lte", "LTE in New York, trains and buses: 6 Mbit/s", |o, s| NYU_LTE.make(o, s)),
    preset("nyc-lte", "LTE in New York (Orca): 11 Mbit/s", |o, s| NYC_LTE.make(o, s)),
    preset("mahimahi-lte", "the LTE downlinks of Mahimahi: 8 Mbit/s", |o, s| MAHIMAHI_LTE.make(o, s)),
    preset("us-4g-walking", "4G in the USA, walking: 40 Mbit/s", |o, s| US_4G_WALKING.make(o, s)),
    preset("us-4g-driving", "4G in the USA, driving: 43 Mbit/s", |o, s| US_4G_DRIVING.make(o, s)),
    preset("irish-5g", "5G in Ireland: 42 Mbit/s, widely spread", |o, s| IRISH_5G.make(o, s)),
    preset("midband-5g", "mid-band 5G, physical layer: 580 Mbit/s", |o, s| MIDBAND_5G.make(o, s)),
    preset("mmwave-walking", "mmWave 5G, walking: 556 Mbit/s", |o, s| MMWAVE_WALKING.make(o, s)),
    preset("mmwave-driving", "mmWave 5G, driving: 343 Mbit/s", |o, s| MMWAVE_DRIVING.make(o, s)),
    preset("fcc-sd", "US fixed lines, Sabre's sd_fs: 60 s slow, 120 s fast", |o, s| FCC_SD.make(o, s)),
    preset("fcc-hd", "US fixed lines, Sabre's hd_fs: 60 s slow, 120 s fast", |o, s| FCC_HD.make(o, s)),
    Preset {
        measures: Measurement::Observed,
        ..preset("oboe", "observed by video sessions of Oboe: 2.7 Mbit/s, no outage", |o, s| OBOE.make(o, s))
    },
    preset("3g", "short for hsdpa-3g", |o, s| HSDPA_3G.make(o, s)),
    preset("4g", "short for belgium-4g", |o, s| BELGIUM_4G.make(o, s)),
    preset("5g", "short for irish-5g", |o, s| IRISH_5G.make(o, s)),
];

/// Streams of one seed, so that an option of one part leaves the draws of the others as they are.
const LEVEL_STREAM: u64 = 0x6c65_7665_6c00; // "level"
const FAST_STREAM: u64 = LEVEL_STREAM + 1;
const SLOW_STREAM: u64 = LEVEL_STREAM + 2;
const OUTAGE_STREAM: u64 = LEVEL_STREAM + 3;

impl Family {
    fn make(&self, options: &Options, seed: u64) -> Result<Vec<Period>, NetworkError> {
        let own = |key, range, own| given(options, key, range, own);
        let duration = Seconds::new(own("duration", 1e-3..=MAX_PERIODS, self.duration)?);
        let latency = Seconds::new(own("latency", 0.0..=3600.0, self.latency)?);
        let scale = own("mean", 1e-6..=1e6, self.mean())? / self.mean();
        let cap = own("cap", 1e-3..=1e6, f64::INFINITY)?;
        let between = own("between", 0.0..=1.0, self.between)?;
        let slow_share = own("slow", 0.0..=1.0, self.slow)?;
        let wander = |tau, stream| Wander::new(tau, self.step, SimRng::new(seed, stream));
        let mut slow = wander(own("tau_slow", 1e-3..=1e9, self.tau_slow)?, SLOW_STREAM);
        let mut fast = wander(own("tau_fast", 1e-3..=1e9, self.tau_fast)?, FAST_STREAM);
        let [gap_spread, spread] = self.outage_spread;
        let length =
            Length { mean: (own("outage_len", 1.0..=1e6, self.outage_len)? / self.step).max(1.0), spread };
        let share = own("outage", 0.0..=0.99, self.outage)?;
        let mut outages = Alternation::new(share, length, gap_spread, SimRng::new(seed, OUTAGE_STREAM));
        let level = libm::sqrt(between) * SimRng::new(seed, LEVEL_STREAM).normal();
        let within = 1.0 - between;
        let [slow_sd, fast_sd] = [within * slow_share, within * (1.0 - slow_share)].map(libm::sqrt);

        steps(options, duration, Seconds::new(self.step), |k| {
            let z = level + slow_sd * slow.next() + fast_sd * fast.next();
            let u =
                self.in_turn(libm::erfc(-z * std::f64::consts::FRAC_1_SQRT_2) / 2.0, k as f64 * self.step);
            let rate = match outages.next() {
                true => BitRate::ZERO,
                false => whole_kbps((self.quantile(u) * scale).min(cap)),
            };
            (rate, latency)
        })
    }

    fn mean(&self) -> f64 {
        let pieces = self.grid.windows(2).zip(self.rates.windows(2));
        pieces.map(|(p, rate)| (p[1] - p[0]) * (rate[0] + rate[1]) / 2.0).sum()
    }

    /// The rate at the probability `u`, linear between the given ones.
    fn quantile(&self, u: f64) -> f64 {
        let i = self.grid.partition_point(|p| *p < u).clamp(1, self.grid.len() - 1);
        let (p, q, low, high) = (self.grid[i - 1], self.grid[i], self.rates[i - 1], self.rates[i]);
        if q > p { low + (high - low) * ((u - p) / (q - p)).clamp(0.0, 1.0) } else { high }
    }

    /// The probability at which the rate stands that has the probability `u` among those of its turn.
    fn in_turn(&self, u: f64, time: f64) -> f64 {
        match self.slow_start {
            None => u,
            Some(slow) if time % slow.cycle < slow.cycle * slow.share => u * slow.share,
            Some(slow) => slow.share + u * (1.0 - slow.share),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [(&Family, f64); 14] = [
        (&HSDPA_3G, 1.00409),
        (&BELGIUM_4G, 30.2193),
        (&NYU_LTE, 6.20743),
        (&NYC_LTE, 10.5478),
        (&MAHIMAHI_LTE, 8.24965),
        (&US_4G_WALKING, 40.2930),
        (&US_4G_DRIVING, 43.0687),
        (&IRISH_5G, 41.7145),
        (&MIDBAND_5G, 579.594),
        (&MMWAVE_WALKING, 556.066),
        (&MMWAVE_DRIVING, 343.059),
        (&FCC_SD, 6.08129),
        (&FCC_HD, 17.1273),
        (&OBOE, 2.70777),
    ];

    #[test]
    fn quantiles_ascend_and_have_the_mean_of_the_family() {
        for (family, mean) in ALL {
            assert_eq!((family.grid.len(), family.grid[0]), (family.rates.len(), 0.0));
            assert!(family.grid.windows(2).all(|w| w[0] <= w[1]) && family.grid.ends_with(&[1.0]));
            assert!(family.rates.windows(2).all(|w| w[0] < w[1]), "{mean}");
            assert!(family.rates[0] >= 0.1, "below it, the fit counted an outage");
            let got = (1.0 - family.outage) * family.mean();
            assert!((got / mean - 1.0).abs() < 0.002, "{got} instead of {mean}");
        }
    }

    #[test]
    fn the_quantile_function_is_the_table_and_linear_between() {
        let table = Family { grid: &[0.0, 0.5, 0.5, 1.0], rates: &[1.0, 2.0, 4.0, 8.0], ..OBOE };
        for (u, rate) in [(0.0, 1.0), (0.25, 1.5), (0.5, 2.0), (0.500001, 4.000008), (0.75, 6.0), (1.0, 8.0)]
        {
            assert!((table.quantile(u) - rate).abs() < 1e-9, "{u}");
        }
        assert_eq!(table.mean(), 0.5 * 1.5 + 0.5 * 6.0);
    }
}
