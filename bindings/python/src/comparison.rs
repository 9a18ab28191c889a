//! Every rule on every trace, and the offline optimum.

use abr::RuleSource;
use plot::Format;
use pyo3::exceptions::PyKeyError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyString, PyTuple};
use segue_cli::{Models, Plan, Played};

use crate::inputs::{frame, trace_of, traces_of, video_of};
use crate::rules::AnyRule;
use crate::session::{profile_of, specs};
use crate::values::{Columns, failed, picture, plain, wrong};

/// Every rule on every trace, and what may be said of it.
#[pyclass(frozen, module = "segue")]
pub(crate) struct Comparison {
    inner: segue_cli::Comparison,
}

#[pymethods]
impl Comparison {
    /// The rules.
    #[getter]
    fn abr(&self) -> Vec<String> {
        self.inner.rules.clone()
    }

    /// The rule that the others are compared with.
    #[getter]
    fn baseline(&self) -> &str {
        &self.inner.rules[self.inner.baseline]
    }

    /// The names of the traces.
    #[getter]
    fn traces(&self) -> Vec<String> {
        self.inner.traces.clone()
    }

    /// The QoE models; charts and findings are about the first.
    #[getter]
    fn models(&self) -> Vec<String> {
        self.inner.models.clone()
    }

    /// What is and what is not supported about the first model, one sentence per rule but the baseline.
    #[getter]
    fn findings(&self) -> Vec<String> {
        self.inner.findings.clone()
    }

    /// The statistics of every measure and rule: measures[measure][rule], each mean, mean_ci95, median, p5, p95 and, of all
    /// but the baseline, vs_baseline (paired tests, p adjusted by Holm).
    #[getter]
    fn measures<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let all = PyDict::new(py);
        for measure in &self.inner.measures {
            let of = PyDict::new(py);
            for (rule, statistics) in self.inner.rules.iter().zip(&measure.rules) {
                of.set_item(rule, plain(py, statistics)?)?;
            }
            all.set_item(&measure.name, of)?;
        }
        Ok(all)
    }

    /// The sessions, one row each, as arrays under the names of sessions.csv: trace, abr, segments, mean_bitrate_kbps,
    /// startup_delay_s, stall_count, stall_s, stall_ratio, switch_count, mean_switch_kbps, mean_buffer_s, played_s, wall_s,
    /// av_sync_mean_ms, av_sync_max_ms, and qoe_MODEL for every model.
    #[getter]
    fn columns<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let c = &self.inner;
        let rows = || c.sessions.iter();
        let columns = Columns::new(py);
        columns.words("trace", rows().map(|s| &c.traces[s.trace]))?;
        columns.words("abr", rows().map(|s| &c.rules[s.rule]))?;
        columns.whole("segments", rows().map(|s| s.summary.segments))?;
        let number = |name: &str, of: fn(&Played) -> f64| columns.numbers(name, rows().map(of));
        number("mean_bitrate_kbps", |s| s.summary.mean_bitrate_kbps.kbps())?;
        number("startup_delay_s", |s| s.summary.startup_delay_s.get())?;
        columns.whole("stall_count", rows().map(|s| s.summary.stall_count))?;
        number("stall_s", |s| s.summary.stall_s.get())?;
        number("stall_ratio", |s| s.summary.stall_ratio)?;
        columns.whole("switch_count", rows().map(|s| s.summary.switch_count))?;
        number("mean_switch_kbps", |s| s.summary.mean_switch_kbps.kbps())?;
        number("mean_buffer_s", |s| s.summary.mean_buffer_s.get())?;
        number("played_s", |s| s.summary.played_s.get())?;
        number("wall_s", |s| s.summary.wall_s.get())?;
        number("av_sync_mean_ms", |s| s.av_sync.mean_ms)?;
        number("av_sync_max_ms", |s| s.av_sync.max_ms)?;
        for (m, model) in c.models.iter().enumerate() {
            columns.numbers(&format!("qoe_{model}"), rows().map(|s| s.scores[m].value))?;
        }
        if !c.optima.is_empty() {
            columns.numbers("optimum", rows().map(|s| c.optima[s.trace].value))?;
            columns.numbers("optimum_bound", rows().map(|s| c.optima[s.trace].bound))?;
            columns.numbers("regret", rows().map(|s| c.optima[s.trace].regret(s.scores[0].value)))?;
        }
        Ok(columns.done())
    }

    fn __getitem__<'py>(&self, py: Python<'py>, name: &Bound<'py, PyString>) -> PyResult<Bound<'py, PyAny>> {
        let found = self.columns(py)?.get_item(name)?;
        found.ok_or_else(|| PyKeyError::new_err(format!("{name}: no column, see comparison.columns")))
    }

    /// How many sessions there are.
    fn __len__(&self) -> usize {
        self.inner.sessions.len()
    }

    /// The sessions as a pandas data frame, one row each.
    fn to_pandas<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        frame(py, "to_pandas", self.columns(py)?)
    }

    /// The sessions as a polars data frame (needs polars).
    fn to_polars<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        frame(py, "to_polars", self.columns(py)?)
    }

    /// The sessions as an Arrow table (needs pyarrow).
    fn to_arrow<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        frame(py, "to_arrow", self.columns(py)?)
    }

    /// The sessions through the Arrow PyCapsule interface (needs pyarrow).
    #[pyo3(signature = (requested_schema=None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.to_arrow(py)?.call_method1("__arrow_c_stream__", (requested_schema,))
    }

    /// The comparison as the JSON text of `segue compare --json`.
    fn to_json(&self) -> PyResult<String> {
        self.inner.to_json().map_err(failed)
    }

    /// Writes charts (PNG, SVG, CSV), sessions.csv and summary.json into a folder.
    fn write(&self, py: Python<'_>, folder: std::path::PathBuf) -> PyResult<()> {
        py.detach(|| self.inner.write(&folder, &|| ())).map_err(failed)
    }

    /// The names of Segue's own charts.
    #[getter]
    fn charts(&self) -> Vec<&'static str> {
        self.inner.charts().into_iter().map(|(name, _)| name).collect()
    }

    /// One of Segue's own charts as SVG text.
    fn svg(&self, chart: &str) -> PyResult<String> {
        String::from_utf8(picture(&self.chart(chart)?, Format::Svg)?).map_err(wrong)
    }

    /// One of Segue's own charts as the bytes of a PNG.
    fn png(&self, chart: &str) -> PyResult<Vec<u8>> {
        picture(&self.chart(chart)?, Format::Png)
    }

    /// The distribution of the first model per rule as a matplotlib figure; see segue.plot.ecdf.
    #[pyo3(signature = (ax=None))]
    fn plot<'py>(slf: Bound<'py, Self>, ax: Option<Bound<'py, PyAny>>) -> PyResult<Bound<'py, PyAny>> {
        let first: Option<&str> = None;
        slf.py().import("segue.plot")?.call_method1("ecdf", (&slf, first, ax))
    }

    fn _repr_png_(&self) -> PyResult<Vec<u8>> {
        self.png("qoe-ecdf")
    }

    fn _repr_html_(slf: Bound<'_, Self>) -> PyResult<Bound<'_, PyAny>> {
        slf.py().import("segue._frames")?.call_method1("comparison_html", (&slf,))
    }

    fn __repr__(&self) -> String {
        let c = &self.inner;
        format!("<Comparison of {} on {} traces>", c.rules.join(", "), c.traces.len())
    }

    /// The comparison for people, as `segue compare` prints it.
    fn __str__(&self) -> String {
        self.inner.to_text()
    }
}

impl Comparison {
    fn chart(&self, name: &str) -> PyResult<plot::Chart> {
        let charts = self.inner.charts();
        let names: Vec<&str> = charts.iter().map(|(name, _)| *name).collect();
        let problem = format!("{name}: no such chart, expected one of {}", names.join(", "));
        charts.into_iter().find(|(n, _)| *n == name).map(|(_, chart)| chart).ok_or_else(|| wrong(problem))
    }
}

/// Plays every rule on every trace, on all cores. A rule that is an object is copied (copy.deepcopy) for every session.
///
/// trace is one source or a list of them (a folder, a pattern or an archive stands for the traces in it), abr a list of
/// rules, baseline the rule that the others are compared with (the first). With optimum, each trace is also solved offline.
///
/// >>> comparison = segue.compare(["preset:3g,seed=1", "preset:3g,seed=2"], "preset:cbr,duration=60", ["bola", "bba"])
/// >>> len(comparison)
/// 4
#[pyfunction]
#[pyo3(signature = (trace, video, abr, profile="default", qoe=None, impair=None, seed=0, baseline=None, optimum=false, jobs=None))]
#[allow(clippy::too_many_arguments, reason = "the parameters of a Python function have names")]
pub(crate) fn compare(
    py: Python<'_>,
    trace: &Bound<'_, PyAny>,
    video: &Bound<'_, PyAny>,
    abr: &Bound<'_, PyAny>,
    profile: &str,
    qoe: Option<&Bound<'_, PyAny>>,
    impair: Option<&Bound<'_, PyAny>>,
    seed: u64,
    baseline: Option<&str>,
    optimum: bool,
    jobs: Option<usize>,
) -> PyResult<Comparison> {
    let models = Models::new(&specs(qoe)?).map_err(failed)?;
    let profile = profile_of(profile, impair)?;
    let given: Vec<Bound<'_, PyAny>> = match abr.cast::<PyList>().is_ok() || abr.cast::<PyTuple>().is_ok() {
        true => abr.extract()?,
        false => vec![abr.clone()],
    };
    let mut rules = given.iter().map(|r| AnyRule::of(r, true)).collect::<PyResult<Vec<_>>>()?;
    let position = |rules: &[AnyRule], name: &str| rules.iter().position(|r| r.name() == name);
    if let Some(baseline) = baseline.map(str::trim)
        && position(&rules, baseline).is_none()
    {
        rules.insert(0, AnyRule::of(PyString::new(py, baseline).as_any(), true)?);
    }
    let baseline = baseline.and_then(|b| position(&rules, b.trim())).unwrap_or(0);
    let video = video_of(video, seed)?;
    let (traces, classes) = traces_of(trace, seed)?;
    let plan = Plan {
        traces: &traces,
        video: &video,
        rules: &rules,
        baseline,
        profile: &profile,
        seed,
        models: &models,
    };
    let work = || -> Result<segue_cli::Comparison, segue_cli::Error> {
        let comparison = segue_cli::compare(&plan, &|| ())?.in_classes(&classes);
        match optimum {
            true => Ok(comparison.against(segue_cli::optima(&plan, &|| ())?)),
            false => Ok(comparison),
        }
    };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(jobs.unwrap_or(0)).build().map_err(wrong)?;
    let inner = py.detach(|| pool.install(work));
    if let Some(error) = rules.iter().find_map(AnyRule::raised) {
        return Err(error);
    }
    let inner = inner.map_err(failed)?;
    Ok(Comparison { inner })
}

/// The best that could have been done on a trace, by a QoE model.
#[pyclass(frozen, get_all, module = "segue")]
pub(crate) struct Optimum {
    /// The best score that is known.
    value: f64,
    /// What no rule can exceed.
    bound: f64,
    /// How far the two are apart, relative to the value.
    gap: f64,
    /// Whether they are within half a percent of each other.
    proven: bool,
}

#[pymethods]
impl Optimum {
    fn __repr__(&self) -> String {
        format!("<Optimum {} (at most {})>", self.value, self.bound)
    }
}

/// The offline optimum of a trace by one of pensieve-lin, pensieve-log, pensieve-hd, yin or bola.
#[pyfunction]
#[pyo3(signature = (trace, video, qoe="pensieve-lin", profile="default", seed=0))]
pub(crate) fn optimum(
    py: Python<'_>,
    trace: &Bound<'_, PyAny>,
    video: &Bound<'_, PyAny>,
    qoe: &str,
    profile: &str,
    seed: u64,
) -> PyResult<Optimum> {
    let models = Models::new(&[qoe]).map_err(failed)?;
    let profile = profile_of(profile, None)?;
    let (trace, video) = (trace_of(trace, seed)?, video_of(video, seed)?);
    let plan = Plan {
        traces: &[trace],
        video: &video,
        rules: &["buffer".to_string()],
        baseline: 0,
        profile: &profile,
        seed,
        models: &models,
    };
    let found = py.detach(|| segue_cli::optima(&plan, &|| ())).map_err(failed)?;
    let best = found.first().ok_or_else(|| wrong("no trace was given"))?;
    Ok(Optimum { value: best.value, bound: best.bound, gap: best.gap(), proven: best.is_proven() })
}
