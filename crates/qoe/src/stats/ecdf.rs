//! The empirical distribution, step by step.

use super::{check, sorted};
use crate::QoeError;

/// The empirical distribution function of a sample: exact steps, no bins.
#[derive(Clone, Debug, PartialEq)]
pub struct Ecdf {
    sorted: Vec<f64>,
}

impl Ecdf {
    /// Of a sample.
    ///
    /// # Errors
    /// [`QoeError::Sample`] for no values, or one that is not finite.
    pub fn of(values: &[f64]) -> Result<Ecdf, QoeError> {
        check("an ECDF", values, 1)?;
        Ok(Ecdf { sorted: sorted(values) })
    }

    /// The share of values that are at most `x`.
    pub fn at(&self, x: f64) -> f64 {
        self.sorted.partition_point(|v| *v <= x) as f64 / self.sorted.len() as f64
    }

    /// Every jump as (value, share of values at most this): ascending, each value once.
    pub fn steps(&self) -> Vec<(f64, f64)> {
        let n = self.sorted.len() as f64;
        let last = |i: &usize| self.sorted.get(i + 1).is_none_or(|next| *next != self.sorted[*i]);
        (0..self.sorted.len()).filter(last).map(|i| (self.sorted[i], (i + 1) as f64 / n)).collect()
    }

    /// The quantile of a share from 0 to 1, linear between the values (type 7 of Hyndman and Fan, the default of R and
    /// numpy).
    pub fn quantile(&self, q: f64) -> f64 {
        let k = (self.sorted.len() - 1) as f64 * q.clamp(0.0, 1.0);
        let low = k as usize;
        let high = (low + 1).min(self.sorted.len() - 1);
        self.sorted[low] + (self.sorted[high] - self.sorted[low]) * (k - low as f64)
    }

    /// The values, ascending.
    pub fn values(&self) -> &[f64] {
        &self.sorted
    }
}
