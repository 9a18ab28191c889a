//! Two independent samples, where pairing is not possible.

use serde::Serialize;

use super::distribution::{t_two_sided, z_two_sided};
use super::{check, deviation, mean, ranks, sorted, tie_sum};
use crate::QoeError;

/// What two independent samples say.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Unpaired {
    /// Welch's t of the difference of means.
    pub welch_t: f64,
    /// Its two-sided p.
    pub welch_p: f64,
    /// Mann and Whitney's U of the first sample.
    pub mann_whitney_u: f64,
    /// Its two-sided p by the normal approximation, with corrections for ties and continuity.
    pub mann_whitney_p: f64,
    /// Its exact two-sided p; only where one sample has at most 8 values and no two are equal.
    pub mann_whitney_p_exact: Option<f64>,
    /// Kolmogorov and Smirnov's largest distance of the two distributions.
    pub ks_d: f64,
    /// Cliff's delta: P(a > b) - P(a < b).
    pub cliffs_delta: f64,
}

/// Where both samples have more values, U is not tested exactly.
const EXACT_UP_TO: usize = 8;

/// Compares two independent samples.
///
/// # Errors
/// [`QoeError::Sample`] for fewer than two values in one, or a value that is not finite.
pub fn unpaired(a: &[f64], b: &[f64]) -> Result<Unpaired, QoeError> {
    check("an unpaired test", a, 2)?;
    check("an unpaired test", b, 2)?;
    let (n, m) = (a.len() as f64, b.len() as f64);
    let (sa, sb) = (deviation(a), deviation(b));
    let (va, vb) = (sa * sa / n, sb * sb / m);
    let difference = mean(a) - mean(b);
    let welch_t = if difference == 0.0 { 0.0 } else { difference / libm::sqrt(va + vb) };
    let df = (va + vb) * (va + vb) / (va * va / (n - 1.0) + vb * vb / (m - 1.0));

    let (ranks, groups) = ranks(&[a, b].concat());
    let u = ranks[..a.len()].iter().sum::<f64>() - n * (n + 1.0) / 2.0;
    let larger = u.max(n * m - u);
    let ties = tie_sum(&groups);
    let all = n + m;
    let variance = n * m / 12.0 * (all + 1.0 - ties / (all * (all - 1.0)));
    let z = (larger - n * m / 2.0 - 0.5) / libm::sqrt(variance);
    let mann_whitney_p = if variance > 0.0 { z_two_sided(z.max(0.0)) } else { 1.0 };
    let small = a.len().min(b.len()) <= EXACT_UP_TO && a.len().max(b.len()) <= 1000 && ties == 0.0;
    let mann_whitney_p_exact = small.then(|| exact(a.len(), b.len(), (n * m - larger) as usize));
    Ok(Unpaired {
        welch_t,
        welch_p: if welch_t == 0.0 { 1.0 } else { t_two_sided(welch_t, df) },
        mann_whitney_u: u,
        mann_whitney_p,
        mann_whitney_p_exact,
        ks_d: ks(a, b),
        cliffs_delta: 2.0 * u / (n * m) - 1.0,
    })
}

/// Twice the probability that U is at most `u` when all orders are equally likely.
fn exact(n: usize, m: usize, u: usize) -> f64 {
    // p[i][s]: probability of U = s for i and j values. The largest of them belongs to the first sample with probability
    // i / (i + j), and then stands above the j others.
    let size = n * m + 1;
    let mut p = vec![vec![0.0; size]; n + 1];
    for row in &mut p {
        row[0] = 1.0;
    }
    for j in 1..=m {
        for i in 1..=n {
            let first = i as f64 / (i + j) as f64;
            for s in (0..size).rev() {
                let above = if s >= j { p[i - 1][s - j] } else { 0.0 };
                p[i][s] = (1.0 - first) * p[i][s] + first * above;
            }
        }
    }
    (2.0 * p[n][..=u].iter().sum::<f64>()).min(1.0)
}

fn ks(a: &[f64], b: &[f64]) -> f64 {
    let (a, b) = (sorted(a), sorted(b));
    let share = |v: &[f64], x: f64| v.partition_point(|y| *y <= x) as f64 / v.len() as f64;
    a.iter().chain(&b).map(|x| (share(&a, *x) - share(&b, *x)).abs()).fold(0.0, f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_samples_are_counted_out() {
        // Of the 20 orders of 3 + 3 values one has U = 0 and one U = 9: p = 2 / 20.
        let u = unpaired(&[1.0, 2.0, 3.0], &[4.0, 5.0, 6.0]).expect("six values");
        assert_eq!(u.mann_whitney_u, 0.0);
        assert!((u.mann_whitney_p_exact.expect("small") - 0.1).abs() < 1e-15);
        assert_eq!((u.cliffs_delta, u.ks_d), (-1.0, 1.0));
        // U = 1 in one more order each.
        let u = unpaired(&[1.0, 2.0, 4.0], &[3.0, 5.0, 6.0]).expect("six values");
        assert!((u.mann_whitney_p_exact.expect("small") - 0.2).abs() < 1e-15);
    }
}
