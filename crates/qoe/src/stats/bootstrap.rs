//! Confidence intervals by resampling, seeded.

use units::SimRng;

use super::describe::check_level;
use super::{Interval, check, mean, sample};
use crate::QoeError;

/// The interval between the percentiles of many realisations.
pub(super) fn percentile_interval(mut realisations: Vec<f64>, level: f64) -> Interval {
    realisations.sort_by(f64::total_cmp);
    let at = |q: f64| {
        let k = (realisations.len() - 1) as f64 * q;
        let (low, part) = (k as usize, k.fract());
        let high = (low + 1).min(realisations.len() - 1);
        realisations[low] + (realisations[high] - realisations[low]) * part
    };
    Interval { low: at((1.0 - level) / 2.0), high: at((1.0 + level) / 2.0), level }
}

/// A confidence interval of the mean by the percentile bootstrap: sessions are drawn again with replacement.
///
/// # Errors
/// [`QoeError::Sample`] for fewer than two values, one that is not finite, no realisation, or a level outside (0, 1).
pub fn bootstrap_mean(
    values: &[f64],
    level: f64,
    realisations: usize,
    seed: u64,
) -> Result<Interval, QoeError> {
    check("a bootstrap", values, 2)?;
    cluster_bootstrap(&values.iter().map(|v| vec![*v]).collect::<Vec<_>>(), level, realisations, seed)
}

/// A confidence interval of the mean over clusters (traces) of values that belong together, such as several videos on one
/// trace: whole clusters are drawn again with replacement.
///
/// # Errors
/// [`QoeError::Sample`] for fewer than two clusters, an empty one, a value that is not finite, no realisation, or a level
/// outside (0, 1).
pub fn cluster_bootstrap(
    clusters: &[Vec<f64>],
    level: f64,
    realisations: usize,
    seed: u64,
) -> Result<Interval, QoeError> {
    if clusters.len() < 2 {
        return Err(sample("a cluster bootstrap", "at least two clusters", clusters.len()));
    }
    if realisations == 0 {
        return Err(sample("a bootstrap", "at least one realisation", 0));
    }
    check_level(level)?;
    for c in clusters {
        check("a cluster bootstrap", c, 1)?;
    }
    let sums: Vec<(f64, f64)> = clusters.iter().map(|c| (mean(c) * c.len() as f64, c.len() as f64)).collect();
    let mut rng = SimRng::new(seed, 0);
    let means = (0..realisations)
        .map(|_| {
            let (mut sum, mut count) = (0.0, 0.0);
            for _ in 0..sums.len() {
                let (s, n) = sums[rng.below(sums.len())];
                sum += s;
                count += n;
            }
            sum / count
        })
        .collect();
    Ok(percentile_interval(means, level))
}
