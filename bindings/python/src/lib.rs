//! The extension module of the Python package `segue`: thin shells around the crates. Everything is computed by them; what is
//! here turns arguments into their types and answers into NumPy arrays.
//!
//! No unsafe code: pyo3 and numpy have it.

#![forbid(unsafe_code)]

mod comparison;
mod environment;
mod inputs;
mod lockstep;
mod rules;
mod scoring;
mod session;
mod stats;
mod values;

use pyo3::prelude::*;

/// The compiled part of `segue`.
#[pymodule]
mod _segue {
    #[pymodule_export]
    use super::comparison::{Comparison, Optimum, compare, optimum};
    #[pymodule_export]
    use super::environment::Environments;
    #[pymodule_export]
    use super::inputs::{Trace, Video, generate, read_trace, read_traces, read_video};
    #[pymodule_export]
    use super::lockstep::qoe_core;
    #[pymodule_export]
    use super::rules::{Event, Flight, View};
    #[pymodule_export]
    use super::scoring::{Model, Score, indicators};
    #[pymodule_export]
    use super::session::{Session, run};
    #[pymodule_export]
    use super::stats::{
        benjamini_hochberg, bonferroni, bootstrap_mean, compare_schemes, describe, holm, kendall_tau_b,
        mean_interval, paired, pareto_front, pearson, quantile_interval, rmse, spearman, unpaired, wilcoxon,
    };
    #[pymodule_export]
    use super::{command, registry};
}

/// Runs the `segue` command with these arguments (without the program's name) and returns its exit code.
#[pyfunction]
fn command(py: Python<'_>, args: Vec<String>) -> u8 {
    let args = std::iter::once("segue".to_string()).chain(args);
    let done = py.detach(|| segue_cli::main_with(args));
    // An exit code is only known by what it equals.
    (0..=u8::MAX).find(|code| std::process::ExitCode::from(*code) == done).unwrap_or(1)
}

/// The names that can be asked for, with what they are: of `abr`, `qoe`, `profiles`, `impairments`, `traces` or `videos`.
#[pyfunction]
fn registry(of: &str) -> PyResult<Vec<(&'static str, &'static str)>> {
    let entry = |e: &'static spec::Entry| (e.name, e.about);
    Ok(match of {
        "abr" => abr::entries().map(entry).collect(),
        "qoe" => qoe::models().iter().map(|m| (m.entry.name, m.entry.about)).collect(),
        "profiles" => sim::profiles().map(entry).collect(),
        "impairments" => netmodel::impair::all().map(entry).collect(),
        "traces" => netmodel::generators::all().map(entry).collect(),
        "videos" => media::presets::all().iter().map(entry).collect(),
        _ => {
            let problem =
                format!("'{of}' is no registry, expected abr, qoe, profiles, impairments, traces or videos");
            return Err(pyo3::exceptions::PyValueError::new_err(problem));
        }
    })
}
