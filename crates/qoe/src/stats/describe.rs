//! One sample: mean, median, tails, and how sure they are.

use serde::Serialize;

use super::distribution::{binomial_cdf, t_quantile};
use super::{Ecdf, check, deviation, mean, sample};
use crate::QoeError;

/// An interval that covers the true value with a probability.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Interval {
    /// Its lower end.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
    /// With which probability it covers, under its method's assumptions.
    pub level: f64,
}

impl Interval {
    /// Half of its width.
    pub fn half_width(&self) -> f64 {
        (self.high - self.low) / 2.0
    }

    /// Whether it holds a value.
    pub fn contains(&self, x: f64) -> bool {
        self.low <= x && x <= self.high
    }
}

/// A confidence interval of the mean: mean +- t standard errors.
///
/// # Errors
/// [`QoeError::Sample`] for fewer than two values, one that is not finite, or a level outside (0, 1).
pub fn mean_interval(values: &[f64], level: f64) -> Result<Interval, QoeError> {
    check("a confidence interval of the mean", values, 2)?;
    check_level(level)?;
    let n = values.len() as f64;
    let (m, error) = (mean(values), deviation(values) / libm::sqrt(n));
    let half = error * t_quantile((1.0 - level) / 2.0, n - 1.0);
    Ok(Interval { low: m - half, high: m + half, level })
}

/// A confidence interval of a quantile (0.5: the median) from order statistics: no assumption on the distribution.
///
/// It is the one that covers with at least `level` and is no wider than it must be; `level` of the result is what it covers
/// exactly. Few values cannot bound a tail: then the extreme value is the end, and `level` is less than was asked for.
///
/// # Errors
/// [`QoeError::Sample`] for no values, one that is not finite, or a level or quantile outside (0, 1).
pub fn quantile_interval(values: &[f64], quantile: f64, level: f64) -> Result<Interval, QoeError> {
    check("a confidence interval of a quantile", values, 1)?;
    check_level(level)?;
    if !(quantile > 0.0 && quantile < 1.0) {
        return Err(sample("a confidence interval of a quantile", "a quantile between 0 and 1", quantile));
    }
    let (n, ecdf) = (values.len(), Ecdf::of(values)?);
    // The true quantile lies between the values of ranks l and u (from 1) if l to u - 1 of the sample lie below it.
    let below = |k: usize| binomial_cdf(k as i64 - 1, n, quantile);
    let covers = |l: usize, u: usize| below(u) - below(l);
    let side = (1.0 - level) / 2.0;
    let mut low = partition(1, n, |r| below(r) <= side).max(2) - 1;
    let mut high = partition(1, n, |r| below(r) < 1.0 - side).min(n);
    // Both sides together may leave room for one to give way.
    loop {
        let (left, right) = (covers(low + 1, high), covers(low, high.saturating_sub(1)));
        if low + 1 < high && left >= level && left >= right {
            low += 1;
        } else if low + 1 < high && right >= level {
            high -= 1;
        } else {
            break;
        }
    }
    let sorted = ecdf.values();
    Ok(Interval { low: sorted[low - 1], high: sorted[high - 1], level: covers(low, high) })
}

/// The first number in from..=to for which `f` is false; `to + 1` if none.
fn partition(from: usize, to: usize, f: impl Fn(usize) -> bool) -> usize {
    let (mut low, mut high) = (from, to + 1);
    while low < high {
        let middle = low + (high - low) / 2;
        if f(middle) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    low
}

pub(super) fn check_level(level: f64) -> Result<(), QoeError> {
    match level > 0.0 && level < 1.0 {
        true => Ok(()),
        false => Err(sample("a confidence interval", "a level between 0 and 1", level)),
    }
}

/// What should always be told of a sample.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Summary {
    /// How many values.
    pub n: usize,
    pub mean: f64,
    /// Its 95 % interval; `None` for one value.
    pub mean_ci95: Option<Interval>,
    /// Standard deviation of the sample; `None` for one value.
    pub deviation: Option<f64>,
    /// Standard error of the mean; `None` for one value.
    pub standard_error: Option<f64>,
    pub median: f64,
    pub median_ci95: Interval,
    /// The 5th percentile: the tail of bad sessions.
    pub p5: f64,
    pub p5_ci95: Interval,
    /// The 95th percentile: for numbers where more is worse.
    pub p95: f64,
    /// Its 95 % interval.
    pub p95_ci95: Interval,
}

impl Summary {
    /// Of a sample.
    ///
    /// # Errors
    /// [`QoeError::Sample`] for no values, or one that is not finite.
    pub fn of(values: &[f64]) -> Result<Summary, QoeError> {
        let ecdf = Ecdf::of(values)?;
        let n = values.len();
        let deviation = (n > 1).then(|| deviation(values));
        Ok(Summary {
            n,
            mean: mean(values),
            mean_ci95: (n > 1).then(|| mean_interval(values, 0.95)).transpose()?,
            deviation,
            standard_error: deviation.map(|s| s / libm::sqrt(n as f64)),
            median: ecdf.quantile(0.5),
            median_ci95: quantile_interval(values, 0.5, 0.95)?,
            p5: ecdf.quantile(0.05),
            p5_ci95: quantile_interval(values, 0.05, 0.95)?,
            p95: ecdf.quantile(0.95),
            p95_ci95: quantile_interval(values, 0.95, 0.95)?,
        })
    }
}
