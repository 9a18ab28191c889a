//! How well one number follows another: the measures by which models are compared with people.

use super::{check, mean, ranks, sample};
use crate::QoeError;

fn pairs(statistic: &'static str, x: &[f64], y: &[f64]) -> Result<(), QoeError> {
    if x.len() != y.len() {
        return Err(sample(statistic, "as many values of one as of the other", y.len()));
    }
    check(statistic, x, 2)?;
    check(statistic, y, 2)
}

/// Pearson's linear correlation (PLCC).
///
/// # Errors
/// [`QoeError::Sample`] for fewer than two pairs, lists of unequal length, a value that is not finite, or a constant list.
pub fn pearson(x: &[f64], y: &[f64]) -> Result<f64, QoeError> {
    pairs("a correlation", x, y)?;
    let (mx, my) = (mean(x), mean(y));
    let (mut xy, mut xx, mut yy) = (0.0, 0.0, 0.0);
    for (x, y) in x.iter().zip(y) {
        let (x, y) = (x - mx, y - my);
        (xy, xx, yy) = (xy + x * y, xx + x * x, yy + y * y);
    }
    if xx <= 0.0 || yy <= 0.0 {
        return Err(sample("a correlation", "values that differ", "a constant list"));
    }
    Ok((xy / (libm::sqrt(xx) * libm::sqrt(yy))).clamp(-1.0, 1.0))
}

/// Spearman's rank correlation (SROCC): that of the ranks.
///
/// # Errors
/// As [`pearson`].
pub fn spearman(x: &[f64], y: &[f64]) -> Result<f64, QoeError> {
    pairs("a correlation", x, y)?;
    pearson(&ranks(x).0, &ranks(y).0)
}

/// Kendall's rank correlation tau-b, which allows for ties.
///
/// # Errors
/// As [`pearson`].
pub fn kendall_tau_b(x: &[f64], y: &[f64]) -> Result<f64, QoeError> {
    pairs("a correlation", x, y)?;
    let (mut agree, mut xs, mut ys) = (0.0, 0.0, 0.0);
    let sign = |a: f64, b: f64| f64::from(u8::from(a > b)) - f64::from(u8::from(a < b));
    for i in 1..x.len() {
        for j in 0..i {
            let (a, b) = (sign(x[i], x[j]), sign(y[i], y[j]));
            (agree, xs, ys) = (agree + a * b, xs + a * a, ys + b * b);
        }
    }
    if xs <= 0.0 || ys <= 0.0 {
        return Err(sample("a correlation", "values that differ", "a constant list"));
    }
    Ok(agree / libm::sqrt(xs * ys))
}

/// The root of the mean squared difference.
///
/// # Errors
/// [`QoeError::Sample`] for fewer than two pairs, lists of unequal length, or a value that is not finite.
pub fn rmse(x: &[f64], y: &[f64]) -> Result<f64, QoeError> {
    pairs("a root mean square", x, y)?;
    Ok(libm::sqrt(x.iter().zip(y).map(|(x, y)| (x - y) * (x - y)).sum::<f64>() / x.len() as f64))
}
