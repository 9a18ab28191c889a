//! Statistics over many sessions; see `qoe::stats`.

use pyo3::prelude::*;
use qoe::stats::{self, Scheme};

use crate::values::{plain, wrong};

type Answer<'py> = PyResult<Bound<'py, PyAny>>;

/// What should always be told of a sample: n, mean, mean_ci95, deviation, standard_error, median, p5, p95 with intervals.
#[pyfunction]
pub(crate) fn describe<'py>(py: Python<'py>, values: Vec<f64>) -> Answer<'py> {
    plain(py, &stats::Summary::of(&values).map_err(wrong)?)
}

/// An interval of the mean by Student's t: low, high, level.
#[pyfunction]
#[pyo3(signature = (values, level=0.95))]
pub(crate) fn mean_interval<'py>(py: Python<'py>, values: Vec<f64>, level: f64) -> Answer<'py> {
    plain(py, &stats::mean_interval(&values, level).map_err(wrong)?)
}

/// A distribution-free interval of a quantile: low, high, level.
#[pyfunction]
#[pyo3(signature = (values, quantile, level=0.95))]
pub(crate) fn quantile_interval<'py>(
    py: Python<'py>,
    values: Vec<f64>,
    quantile: f64,
    level: f64,
) -> Answer<'py> {
    plain(py, &stats::quantile_interval(&values, quantile, level).map_err(wrong)?)
}

/// An interval of the mean by the percentile bootstrap, seeded: low, high, level.
#[pyfunction]
#[pyo3(signature = (values, level=0.95, realisations=2000, seed=0))]
pub(crate) fn bootstrap_mean<'py>(
    py: Python<'py>,
    values: Vec<f64>,
    level: f64,
    realisations: usize,
    seed: u64,
) -> Answer<'py> {
    plain(py, &stats::bootstrap_mean(&values, level, realisations, seed).map_err(wrong)?)
}

/// Two schemes on the same traces: mean of the differences a - b, ci95, t, t_p, dz, wilcoxon, sign_p, win_rate.
#[pyfunction]
pub(crate) fn paired<'py>(py: Python<'py>, a: Vec<f64>, b: Vec<f64>) -> Answer<'py> {
    plain(py, &stats::Paired::of(&a, &b).map_err(wrong)?)
}

/// Two independent samples: welch_t, welch_p, mann_whitney_u, mann_whitney_p, ks_d, cliffs_delta.
#[pyfunction]
pub(crate) fn unpaired<'py>(py: Python<'py>, a: Vec<f64>, b: Vec<f64>) -> Answer<'py> {
    plain(py, &stats::unpaired(&a, &b).map_err(wrong)?)
}

/// Wilcoxon's signed-rank test of differences: w, p_normal, p_exact.
#[pyfunction]
pub(crate) fn wilcoxon<'py>(py: Python<'py>, differences: Vec<f64>) -> Answer<'py> {
    plain(py, &stats::wilcoxon(&differences).map_err(wrong)?)
}

/// Compares all pairs of schemes, each a name with one score per trace: a list of dicts with `sentence` among them.
#[pyfunction]
#[pyo3(signature = (schemes, alpha=0.05, unit="traces"))]
pub(crate) fn compare_schemes<'py>(
    py: Python<'py>,
    schemes: Vec<(String, Vec<f64>)>,
    alpha: f64,
    unit: &str,
) -> PyResult<Vec<Bound<'py, PyAny>>> {
    let schemes: Vec<Scheme> = schemes
        .into_iter()
        .map(|(name, scores)| Scheme { name, scores: scores.into_iter().enumerate().collect() })
        .collect();
    let found = stats::compare(&schemes, unit, alpha).map_err(wrong)?;
    let with_words = |c: &stats::Comparison| {
        let answer = plain(py, c)?;
        answer.set_item("sentence", c.to_string())?;
        Ok(answer)
    };
    found.iter().map(with_words).collect()
}

/// p-values adjusted by Holm.
#[pyfunction]
pub(crate) fn holm(p: Vec<f64>) -> Vec<f64> {
    stats::holm(&p)
}

/// p-values adjusted by Benjamini and Hochberg.
#[pyfunction]
pub(crate) fn benjamini_hochberg(p: Vec<f64>) -> Vec<f64> {
    stats::benjamini_hochberg(&p)
}

/// p-values adjusted by Bonferroni.
#[pyfunction]
pub(crate) fn bonferroni(p: Vec<f64>) -> Vec<f64> {
    stats::bonferroni(&p)
}

/// Pearson's linear correlation.
#[pyfunction]
pub(crate) fn pearson(x: Vec<f64>, y: Vec<f64>) -> PyResult<f64> {
    stats::pearson(&x, &y).map_err(wrong)
}

/// Spearman's rank correlation.
#[pyfunction]
pub(crate) fn spearman(x: Vec<f64>, y: Vec<f64>) -> PyResult<f64> {
    stats::spearman(&x, &y).map_err(wrong)
}

/// Kendall's tau-b.
#[pyfunction]
pub(crate) fn kendall_tau_b(x: Vec<f64>, y: Vec<f64>) -> PyResult<f64> {
    stats::kendall_tau_b(&x, &y).map_err(wrong)
}

/// Root mean square error.
#[pyfunction]
pub(crate) fn rmse(x: Vec<f64>, y: Vec<f64>) -> PyResult<f64> {
    stats::rmse(&x, &y).map_err(wrong)
}

/// The points (cost, gain) that no other beats in both: their indices.
#[pyfunction]
pub(crate) fn pareto_front(points: Vec<(f64, f64)>) -> Vec<usize> {
    stats::pareto_front(&points)
}
