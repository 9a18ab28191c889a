//! Statistics over many sessions: what may be claimed, and how surely.
//!
//! Simulations pair: the same traces and seeds for every scheme. [`compare()`] does what an evaluation needs in one call;
//! the parts are there for those who want one. Distributions come from `statrs`.
//!
//! Never: a mean of per-session stall ratios ([`puffer`] has the ratio of sums), an interval over segments (they are not
//! independent), sums of QoE over sessions of different length.
//!
//! ```
//! use qoe::stats::{Scheme, compare};
//!
//! let scheme = |name: &str, shift: f64| Scheme {
//!     name: name.to_string(),
//!     // (trace, score): the same traces for both.
//!     scores: (0..30).map(|i| (i, shift + 0.1 * ((i * 7) % 11) as f64 + 0.1 * shift * (i % 3) as f64)).collect(),
//! };
//! let found = compare(&[scheme("bola-e", 1.5), scheme("bba", 1.0)], "traces", 0.05)?;
//! let text = found[0].to_string();
//! assert!(text.starts_with("bola-e beats bba by 0.55 +- 0.0") && text.ends_with("n = 30 traces"), "{text}");
//! # Ok::<(), qoe::QoeError>(())
//! ```

mod bootstrap;
mod compare;
mod correlation;
mod describe;
mod distribution;
mod ecdf;
mod multiple;
mod paired;
mod pareto;
pub mod puffer;
mod unpaired;

pub use bootstrap::{bootstrap_mean, cluster_bootstrap};
pub use compare::{Comparison, Outcome, Scheme, compare, pairs_needed};
pub use correlation::{kendall_tau_b, pearson, rmse, spearman};
pub use describe::{Interval, Summary, mean_interval, quantile_interval};
pub use ecdf::Ecdf;
pub use multiple::{benjamini_hochberg, bonferroni, holm};
pub use paired::{Paired, Wilcoxon, wilcoxon};
pub use pareto::pareto_front;
pub use unpaired::{Unpaired, unpaired};

use crate::QoeError;

/// The error for a sample that a statistic cannot work with.
fn sample(statistic: &'static str, expected: &'static str, found: impl ToString) -> QoeError {
    QoeError::Sample { statistic, expected, found: found.to_string() }
}

/// At least `n` values, all finite.
fn check(statistic: &'static str, values: &[f64], n: usize) -> Result<(), QoeError> {
    if values.len() < n {
        let expected = match n {
            1 => "at least one value",
            2 => "at least two values",
            _ => "at least three values",
        };
        return Err(sample(statistic, expected, values.len()));
    }
    match values.iter().find(|x| !x.is_finite()) {
        Some(x) => Err(sample(statistic, "finite values", x)),
        None => Ok(()),
    }
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// The standard deviation of a sample (n - 1).
fn deviation(values: &[f64]) -> f64 {
    let m = mean(values);
    let squares: f64 = values.iter().map(|x| (x - m) * (x - m)).sum();
    libm::sqrt(squares / (values.len() - 1) as f64)
}

fn sorted(values: &[f64]) -> Vec<f64> {
    let mut v = values.to_vec();
    v.sort_by(f64::total_cmp);
    v
}

/// Ranks from 1, equal values share the mean of theirs; and the sizes of the groups of equal values.
fn ranks(values: &[f64]) -> (Vec<f64>, Vec<usize>) {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
    let (mut ranks, mut groups) = (vec![0.0; values.len()], Vec::new());
    let mut from = 0;
    while from < order.len() {
        let equal = order[from..].iter().take_while(|i| values[**i] == values[order[from]]).count();
        for i in &order[from..from + equal] {
            ranks[*i] = from as f64 + (equal as f64 + 1.0) / 2.0;
        }
        groups.push(equal);
        from += equal;
    }
    (ranks, groups)
}

/// What groups of equal values take off the variance of rank sums: the sum of g^3 - g.
fn tie_sum(groups: &[usize]) -> f64 {
    let cubes = groups.iter().map(|g| *g as f64).map(|g| g * g * g - g);
    cubes.sum()
}
