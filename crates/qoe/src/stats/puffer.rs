//! The statistics of Puffer, for streams of very different length.
//!
//! Source: repository StanfordSNR/puffer-statistics (stream_to_scheme_stats); Yan et al., NSDI 2020, appendix B.
//!
//! The stall ratio of a scheme is stalled time over watch time, each summed over its streams. Its interval comes from
//! realisations that redo the experiment: every stream draws its watch time from the streams of all schemes, and then a
//! stall ratio from the scheme's streams of about that length (same power of two).
//!
//! SSIM is the mean over streams weighted by watch time, +- 2 standard errors, and only then in decibels.

use units::{Seconds, SimRng};

use super::bootstrap::percentile_interval;
use super::{Interval, sample};
use crate::QoeError;
use crate::models::fugu::ssim_db;

/// A stream, as it counts for its scheme.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stream {
    /// Watch time after startup: media and stalls.
    pub watch: Seconds,
    /// Stalled time after startup.
    pub stall: Seconds,
}

/// Puffer leaves out streams shorter than this.
pub const SHORTEST: Seconds = Seconds::from_millis(4000.0);

/// The first and the last bin of watch times: powers of two of a second.
const BINS: std::ops::RangeInclusive<usize> = 2..=20;

fn check(statistic: &'static str, streams: &[Stream]) -> Result<(), QoeError> {
    let bad = |s: &&Stream| {
        !(s.watch > Seconds::ZERO && s.watch.is_finite() && s.stall >= Seconds::ZERO && s.stall <= s.watch)
    };
    if streams.is_empty() {
        return Err(sample(statistic, "at least one stream", "none"));
    }
    match streams.iter().find(bad) {
        Some(s) => Err(sample(statistic, "0 <= stall <= watch time", format!("{} of {}", s.stall, s.watch))),
        None => Ok(()),
    }
}

/// Stalled time over watch time, each summed.
///
/// # Errors
/// [`QoeError::Sample`] without streams, or for one that stalled for longer than it was watched.
pub fn stall_ratio(streams: &[Stream]) -> Result<f64, QoeError> {
    check("a stall ratio", streams)?;
    Ok(streams.iter().map(|s| s.stall).sum::<Seconds>() / streams.iter().map(|s| s.watch).sum::<Seconds>())
}

/// Realisations of an experiment: their mean and the interval between their percentiles.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Realised {
    /// The mean of the realisations.
    pub mean: f64,
    pub interval: Interval,
}

/// A 95 % interval of the stall ratio by drawing whole streams again.
///
/// # Errors
/// As [`stall_ratio`]; also for no realisation.
pub fn stall_ratio_by_stream(
    streams: &[Stream],
    realisations: usize,
    seed: u64,
) -> Result<Realised, QoeError> {
    check("a stall ratio", streams)?;
    realise(realisations, seed, streams.len(), |rng| {
        let s = streams[rng.below(streams.len())];
        (s.watch.get(), s.stall.get())
    })
}

/// A 95 % interval of the stall ratio as Puffer makes it: watch times are drawn from `pool`, the watch times of the streams
/// of all schemes; a power of two that the scheme has no stream in borrows from the nearest that it has.
///
/// # Errors
/// As [`stall_ratio`]; also for no realisation or an empty pool.
pub fn stall_ratio_binned(
    streams: &[Stream],
    pool: &[Seconds],
    realisations: usize,
    seed: u64,
) -> Result<Realised, QoeError> {
    check("a stall ratio", streams)?;
    if pool.is_empty() || pool.iter().any(|w| !(*w > Seconds::ZERO && w.is_finite())) {
        return Err(sample("a stall ratio", "watch times above 0", "an empty pool, or another number"));
    }
    let bin = |watch: Seconds| {
        (libm::log2(watch.get()).floor().max(0.0) as usize).clamp(*BINS.start(), *BINS.end())
    };
    let mut bins: Vec<Vec<f64>> = vec![Vec::new(); BINS.end() + 1];
    for s in streams {
        bins[bin(s.watch)].push(s.stall / s.watch);
    }
    let filled: Vec<Vec<f64>> = (0..bins.len())
        .map(|b| {
            let near = (0..bins.len()).find_map(|away| {
                let below = b.checked_sub(away).map_or(&[][..], |k| &bins[k]);
                let above = if away > 0 { bins.get(b + away).map_or(&[][..], Vec::as_slice) } else { &[] };
                let both = [below, above].concat();
                (!both.is_empty()).then_some(both)
            });
            near.unwrap_or_default()
        })
        .collect();
    realise(realisations, seed, streams.len(), |rng| {
        let watch = pool[rng.below(pool.len())];
        let ratios = &filled[bin(watch)];
        (watch.get(), ratios[rng.below(ratios.len())] * watch.get())
    })
}

fn realise(
    realisations: usize,
    seed: u64,
    streams: usize,
    mut draw: impl FnMut(&mut SimRng) -> (f64, f64),
) -> Result<Realised, QoeError> {
    if realisations == 0 {
        return Err(sample("a bootstrap", "at least one realisation", 0));
    }
    let mut rng = SimRng::new(seed, 0);
    let ratios: Vec<f64> = (0..realisations)
        .map(|_| {
            let (mut watch, mut stall) = (0.0, 0.0);
            for _ in 0..streams {
                let (w, s) = draw(&mut rng);
                (watch, stall) = (watch + w, stall + s);
            }
            stall / watch
        })
        .collect();
    let mean = super::mean(&ratios);
    Ok(Realised { mean, interval: percentile_interval(ratios, 0.95) })
}

/// The SSIM of a scheme, weighted by watch time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WeightedSsim {
    /// Weighted mean of SSIM (not in dB).
    pub mean: f64,
    /// Weighted standard deviation.
    pub deviation: f64,
    pub standard_error: f64,
    pub mean_db: f64,
    /// Mean - 2 and + 2 standard errors in dB.
    pub low_db: f64,
    /// See `low_db`.
    pub high_db: f64,
}

/// The SSIM of a scheme from (watch time, mean SSIM) of its streams.
///
/// # Errors
/// [`QoeError::Sample`] for fewer than two streams, a watch time that is not above 0, or an SSIM outside 0..1.
pub fn weighted_ssim(streams: &[(Seconds, f64)]) -> Result<WeightedSsim, QoeError> {
    let statistic = "a weighted SSIM";
    if streams.len() < 2 {
        return Err(sample(statistic, "at least two streams", streams.len()));
    }
    let bad = |(w, x): &&(Seconds, f64)| !(*w > Seconds::ZERO && w.is_finite() && (0.0..1.0).contains(x));
    if let Some((w, x)) = streams.iter().find(bad) {
        return Err(sample(statistic, "a watch time above 0 and an SSIM in 0..1", format!("{w}, {x}")));
    }
    let weight = |(w, _): &(Seconds, f64)| w.get();
    let sum: f64 = streams.iter().map(weight).sum();
    let squares: f64 = streams.iter().map(|s| weight(s) * weight(s)).sum();
    let mean = streams.iter().map(|s| weight(s) * s.1).sum::<f64>() / sum;
    let variance = streams.iter().map(|s| weight(s) * (s.1 - mean) * (s.1 - mean)).sum::<f64>() / sum;
    let deviation = libm::sqrt(variance);
    let standard_error = deviation * libm::sqrt(squares) / sum;
    let (low, high) = (mean - 2.0 * standard_error, mean + 2.0 * standard_error);
    let (low_db, mean_db, high_db) = (ssim_db(low), ssim_db(mean), ssim_db(high));
    Ok(WeightedSsim { mean, deviation, standard_error, mean_db, low_db, high_db })
}
