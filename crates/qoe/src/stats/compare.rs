//! What may be claimed about schemes that ran on the same traces, in words.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use super::distribution::z_quantile;
use super::{Paired, holm, sample};
use crate::QoeError;

/// A scheme and its scores: (trace, score). Several scores on one trace (videos, seeds) are averaged first.
#[derive(Clone, Debug, PartialEq)]
pub struct Scheme {
    pub name: String,
    /// The number of a trace, and a score on it; larger is better.
    pub scores: Vec<(usize, f64)>,
}

/// What two schemes come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    First,
    Second,
    /// Nothing is shown. That is not: they are equal.
    Open,
}

/// One pair of schemes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Comparison {
    pub first: String,
    pub second: String,
    /// What the differences first - second say, one per trace.
    pub paired: Paired,
    /// p of the mean difference (Student's t), adjusted by Holm for all pairs of the comparison.
    pub p: f64,
    /// The probability of a false claim that was allowed.
    pub alpha: f64,
    /// What a pair is, in the plural: traces.
    pub unit: String,
    /// What may be claimed.
    pub outcome: Outcome,
    /// How many pairs a difference of the size found would need to be shown with probability 0.8; `None` where there is
    /// no difference at all.
    pub pairs_needed: Option<f64>,
}

/// How many pairs a mean difference of effect size `dz` (mean over standard deviation of the differences) needs to be found
/// at `alpha`, two-sided, with probability `power`, by the normal approximation. Infinite for `dz` = 0.
pub fn pairs_needed(dz: f64, alpha: f64, power: f64) -> f64 {
    let z = z_quantile(alpha / 2.0) + z_quantile(1.0 - power);
    (z / dz) * (z / dz)
}

/// The power that [`Comparison::pairs_needed`] is for.
const POWER: f64 = 0.8;

/// Compares all pairs of schemes on the traces that both have. `unit` says what they are, in the plural.
///
/// # Errors
/// [`QoeError::Sample`] for fewer than two schemes, an alpha outside (0, 1), fewer than two traces in common, or a score
/// that is not finite.
pub fn compare(schemes: &[Scheme], unit: &str, alpha: f64) -> Result<Vec<Comparison>, QoeError> {
    if schemes.len() < 2 {
        return Err(sample("a comparison", "at least two schemes", schemes.len()));
    }
    if !(alpha > 0.0 && alpha < 1.0) {
        return Err(sample("a comparison", "an alpha between 0 and 1", alpha));
    }
    let means: Vec<BTreeMap<usize, f64>> = schemes.iter().map(per_trace).collect();
    let mut found = Vec::new();
    for i in 0..schemes.len() {
        for j in i + 1..schemes.len() {
            let differences: Vec<f64> =
                means[i].iter().filter_map(|(trace, a)| means[j].get(trace).map(|b| a - b)).collect();
            found.push((i, j, Paired::of_differences(&differences)?));
        }
    }
    let adjusted = holm(&found.iter().map(|(_, _, p)| p.t_p).collect::<Vec<_>>());
    let comparisons = found.into_iter().zip(adjusted).map(|((i, j, paired), p)| Comparison {
        first: schemes[i].name.clone(),
        second: schemes[j].name.clone(),
        paired,
        p,
        alpha,
        unit: unit.to_string(),
        outcome: match p < alpha {
            true if paired.mean > 0.0 => Outcome::First,
            true => Outcome::Second,
            false => Outcome::Open,
        },
        pairs_needed: (paired.mean != 0.0).then(|| pairs_needed(paired.dz, alpha, POWER)),
    });
    Ok(comparisons.collect())
}

fn per_trace(scheme: &Scheme) -> BTreeMap<usize, f64> {
    let mut sums: BTreeMap<usize, (f64, f64)> = BTreeMap::new();
    for (trace, score) in &scheme.scores {
        let sum = sums.entry(*trace).or_default();
        *sum = (sum.0 + score, sum.1 + 1.0);
    }
    sums.into_iter().map(|(trace, (sum, n))| (trace, sum / n)).collect()
}

/// As many decimals as an interval deserves: up to the first digit of its half-width.
fn digits(half_width: f64) -> usize {
    if !(half_width > 0.0 && half_width.is_finite()) {
        return 3;
    }
    (-libm::log10(half_width).floor()).clamp(0.0, 9.0) as usize
}

/// A p-value as people print it.
fn p_value(p: f64) -> String {
    match p {
        p if p < 1e-15 => "p < 1e-15".to_string(),
        p if p < 0.001 => format!("p = {p:.0e}"),
        p => format!("p = {p:.3}"),
    }
}

/// A round number of pairs.
fn about(n: f64) -> String {
    if n > 1e6 {
        return "more than a million".to_string();
    }
    let unit = libm::pow(10.0, (libm::log10(n).floor() - 1.0).max(0.0));
    format!("about {}", (n / unit).ceil() * unit)
}

impl fmt::Display for Comparison {
    /// What is and what is not supported, in one sentence without a full stop.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (paired, half) = (&self.paired, self.paired.ci95.half_width());
        let places = digits(half);
        let size = format!("{:.places$} +- {half:.places$}", paired.mean.abs());
        let (p, n, unit) = (p_value(self.p), paired.n, &self.unit);
        match self.outcome {
            Outcome::First => {
                write!(f, "{} beats {} by {size}, {p}, n = {n} {unit}", self.first, self.second)
            }
            Outcome::Second => {
                write!(f, "{} beats {} by {size}, {p}, n = {n} {unit}", self.second, self.first)
            }
            Outcome::Open => {
                let (a, b) = (&self.first, &self.second);
                let signed = format!("{:+.places$} +- {half:.places$}", paired.mean);
                write!(f, "{a} vs {b}: no difference shown ({signed}, {p}, n = {n} {unit})")?;
                match self.pairs_needed {
                    Some(needed) if needed > n as f64 => {
                        write!(f, ", {} {unit} would be needed", about(needed))
                    }
                    // Lost to the correction for many comparisons.
                    Some(_) => write!(f, ", more {unit} would be needed"),
                    None => Ok(()),
                }
            }
        }
    }
}
