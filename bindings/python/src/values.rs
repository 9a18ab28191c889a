//! Errors and values on their way to Python.

use numpy::IntoPyArray;
use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};
use serde::Serialize;

/// What the crates say is wrong with what they were given is a `ValueError`.
pub(crate) fn wrong(error: impl std::fmt::Display) -> PyErr {
    PyValueError::new_err(error.to_string())
}

/// What the command's library says: wrong input is a `ValueError`, work that failed a `RuntimeError`.
pub(crate) fn failed(error: segue_cli::Error) -> PyErr {
    match error.code() {
        2 => wrong(error),
        _ => PyRuntimeError::new_err(error.to_string()),
    }
}

/// A value as dicts, lists, numbers and strings.
pub(crate) fn plain<'py>(py: Python<'py>, value: &impl Serialize) -> PyResult<Bound<'py, PyAny>> {
    Ok(pythonize::pythonize(py, value)?)
}

/// Columns under their names, in order. Numbers are NumPy arrays that own what was computed, without a copy.
pub(crate) struct Columns<'py>(Bound<'py, PyDict>);

impl<'py> Columns<'py> {
    pub(crate) fn new(py: Python<'py>) -> Columns<'py> {
        Columns(PyDict::new(py))
    }

    pub(crate) fn numbers(&self, name: &str, values: impl Iterator<Item = f64>) -> PyResult<()> {
        self.0.set_item(name, values.collect::<Vec<f64>>().into_pyarray(self.0.py()))
    }

    pub(crate) fn whole(&self, name: &str, values: impl Iterator<Item = usize>) -> PyResult<()> {
        let values: Vec<i64> = values.map(|v| i64::try_from(v).unwrap_or(i64::MAX)).collect();
        self.0.set_item(name, values.into_pyarray(self.0.py()))
    }

    pub(crate) fn flags(&self, name: &str, values: impl Iterator<Item = bool>) -> PyResult<()> {
        self.0.set_item(name, values.collect::<Vec<bool>>().into_pyarray(self.0.py()))
    }

    pub(crate) fn words<S: AsRef<str>>(&self, name: &str, values: impl Iterator<Item = S>) -> PyResult<()> {
        let values: Vec<String> = values.map(|v| v.as_ref().to_string()).collect();
        self.0.set_item(name, PyList::new(self.0.py(), values)?)
    }

    pub(crate) fn done(self) -> Bound<'py, PyDict> {
        self.0
    }
}

/// A picture of a chart: the bytes of a PNG or the text of an SVG.
pub(crate) fn picture(chart: &plot::Chart, format: plot::Format) -> PyResult<Vec<u8>> {
    plot::render(chart, format, None).map_err(|e| PyRuntimeError::new_err(e.to_string()))
}
