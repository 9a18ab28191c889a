//! Two schemes on the same traces: the differences.

use serde::Serialize;

use super::distribution::{binomial_cdf, t_two_sided, z_two_sided};
use super::{Interval, check, deviation, mean, mean_interval, ranks, sample, tie_sum};
use crate::QoeError;

/// What the differences a - b of pairs say.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Paired {
    /// How many pairs.
    pub n: usize,
    pub mean: f64,
    /// Its 95 % interval.
    pub ci95: Interval,
    /// Student's t of the mean; infinite where all differences are equal and not 0, 0 where all are 0.
    pub t: f64,
    /// Its two-sided p.
    pub t_p: f64,
    /// Effect size: mean over standard deviation of the differences. Infinite or 0 as t.
    pub dz: f64,
    /// Wilcoxon's signed-rank test; `None` where no difference is other than 0.
    pub wilcoxon: Option<Wilcoxon>,
    /// Two-sided p of the sign test (ties left out).
    pub sign_p: f64,
    /// Share of pairs that a wins, being greater (or smaller, see [`Paired::where_less_is_better`]); a tie is half won.
    pub win_rate: f64,
}

impl Paired {
    /// Compares pairs (a, b).
    ///
    /// # Errors
    /// [`QoeError::Sample`] for fewer than two pairs, lists of unequal length, or a value that is not finite.
    pub fn of(a: &[f64], b: &[f64]) -> Result<Paired, QoeError> {
        if a.len() != b.len() {
            return Err(sample("a paired test", "as many values of one as of the other", b.len()));
        }
        let d: Vec<f64> = a.iter().zip(b).map(|(a, b)| a - b).collect();
        Paired::of_differences(&d)
    }

    /// The same of a number of which less is better: a pair is won where a is smaller.
    #[must_use]
    pub fn where_less_is_better(self) -> Paired {
        Paired { win_rate: 1.0 - self.win_rate, ..self }
    }

    /// Of differences.
    ///
    /// # Errors
    /// [`QoeError::Sample`] for fewer than two, or one that is not finite.
    pub fn of_differences(d: &[f64]) -> Result<Paired, QoeError> {
        check("a paired test", d, 2)?;
        let n = d.len() as f64;
        let (m, s) = (mean(d), deviation(d));
        // 0 / 0: no difference at all.
        let dz = if m == 0.0 { 0.0 } else { m / s };
        let t = dz * libm::sqrt(n);
        let (wins, losses) = (d.iter().filter(|x| **x > 0.0).count(), d.iter().filter(|x| **x < 0.0).count());
        let rarer = binomial_cdf(wins.min(losses) as i64, wins + losses, 0.5);
        Ok(Paired {
            n: d.len(),
            mean: m,
            ci95: mean_interval(d, 0.95)?,
            t,
            t_p: t_two_sided(t, n - 1.0),
            dz,
            wilcoxon: if wins + losses > 0 { Some(wilcoxon(d)?) } else { None },
            sign_p: (2.0 * rarer).min(1.0),
            win_rate: (wins as f64 + 0.5 * (d.len() - wins - losses) as f64) / n,
        })
    }
}

/// Wilcoxon's signed-rank test, two-sided.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Wilcoxon {
    /// The smaller of the two rank sums.
    pub w: f64,
    /// p by the normal approximation, corrected for ties, without continuity correction.
    pub p_normal: f64,
    /// The exact p; only for up to 50 differences, no two equal in size and none 0.
    pub p_exact: Option<f64>,
}

impl Wilcoxon {
    /// The exact p where there is one, else the approximate.
    pub fn p(&self) -> f64 {
        self.p_exact.unwrap_or(self.p_normal)
    }
}

/// More differences than this are not tested exactly.
const EXACT_UP_TO: usize = 50;

/// Wilcoxon's signed-rank test of differences. Zeros are left out first (Wilcoxon's own treatment), equal sizes share
/// their mean rank.
///
/// # Errors
/// [`QoeError::Sample`] if no difference is other than 0, or one is not finite.
pub fn wilcoxon(differences: &[f64]) -> Result<Wilcoxon, QoeError> {
    check("Wilcoxon's test", differences, 1)?;
    let d: Vec<f64> = differences.iter().copied().filter(|x| *x != 0.0).collect();
    if d.is_empty() {
        return Err(sample("Wilcoxon's test", "a difference other than 0", "only zeros"));
    }
    let n = d.len() as f64;
    let (ranks, groups) = ranks(&d.iter().map(|x| x.abs()).collect::<Vec<_>>());
    let up: f64 = ranks.iter().zip(&d).filter(|(_, x)| **x > 0.0).map(|(r, _)| r).sum();
    let w = up.min(n * (n + 1.0) / 2.0 - up);
    let ties = tie_sum(&groups);
    let variance = (n * (n + 1.0) * (2.0 * n + 1.0) - ties / 2.0) / 24.0;
    let p_normal = z_two_sided((w - n * (n + 1.0) / 4.0) / libm::sqrt(variance));
    let plain = d.len() == differences.len() && ties == 0.0 && d.len() <= EXACT_UP_TO;
    Ok(Wilcoxon { w, p_normal, p_exact: plain.then(|| exact(d.len(), w as usize)) })
}

/// Twice the probability that the ranks of a random half of 1..=n sum to at most w.
fn exact(n: usize, w: usize) -> f64 {
    // Probability of every sum, one rank after the other.
    let mut p = vec![0.0; n * (n + 1) / 2 + 1];
    p[0] = 1.0;
    for rank in 1..=n {
        for sum in (0..p.len()).rev() {
            let with = if sum >= rank { p[sum - rank] } else { 0.0 };
            p[sum] = 0.5 * (p[sum] + with);
        }
    }
    (2.0 * p[..=w].iter().sum::<f64>()).min(1.0)
}
