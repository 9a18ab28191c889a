//! One session: `run` and its record.

use std::sync::Arc;

use plot::Format;
use pyo3::exceptions::PyKeyError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyString};
use qoe::{Outcome, StallCause};
use segue_cli::{Models, Run};
use sim::Profile;

use crate::inputs::{frame, trace_of, video_of};
use crate::rules::AnyRule;
use crate::values::{Columns, failed, picture, plain, wrong};

/// What happened in one session: every request, stall and score. Arrays are read from it by name: session["level"].
#[pyclass(frozen, module = "segue")]
pub(crate) struct Session {
    pub(crate) run: Run,
    trace: Arc<netmodel::Trace>,
    video: Arc<media::Video>,
    profile: Profile,
    columns: PyOnceLock<Py<PyDict>>,
}

#[pymethods]
impl Session {
    /// The rule, with its options.
    #[getter]
    fn abr(&self) -> &str {
        &self.run.session.abr
    }

    /// The name of the trace.
    #[getter]
    fn trace(&self) -> &str {
        &self.run.session.trace
    }

    /// The name of the video.
    #[getter]
    fn video(&self) -> &str {
        &self.run.session.video
    }

    /// The player profile.
    #[getter]
    fn profile(&self) -> &str {
        &self.run.session.profile
    }

    /// The seed of everything random.
    #[getter]
    fn seed(&self) -> u64 {
        self.run.session.seed
    }

    /// The numbers that every table starts from, by the names of `segue run --json`: segments, mean_bitrate_kbps,
    /// startup_delay_s, stall_count, stall_s, stall_ratio, switch_count, mean_switch_kbps, mean_buffer_s, played_s, wall_s.
    #[getter]
    fn summary<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        plain(py, &self.run.summary)
    }

    /// How far sound and picture were apart: mean_ms, max_ms, and for how long and for which share of time the drift was
    /// noticed (out_of_sync_s, out_of_sync_ratio).
    #[getter]
    fn av_sync<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        plain(py, &self.run.av_sync())
    }

    /// The score of each QoE model that was asked for, by its specification.
    #[getter]
    fn qoe<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let scores = PyDict::new(py);
        for (name, score) in &self.run.scores {
            scores.set_item(name, score.value)?;
        }
        Ok(scores)
    }

    /// What Sabre prints, under its names; None under any profile but Sabre's.
    #[getter]
    fn sabre<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyDict>>> {
        let Some(printed) = &self.run.sabre else { return Ok(None) };
        let numbers = PyDict::new(py);
        for (name, value) in printed {
            numbers.set_item(name, value)?;
        }
        Ok(Some(numbers))
    }

    /// Whether the link ended for good before everything was fetched.
    #[getter]
    fn link_ended(&self) -> bool {
        self.run.link_ended
    }

    /// The requests, one row each, as NumPy arrays under the names of `segue run --log`: index, level, bitrate_kbps,
    /// size_bits, request_s, first_byte_s, finish_s, buffer_before_s, buffer_after_s, wait_s, stall_s, and outcome as a
    /// list of words. Times are on the session's clock.
    #[getter]
    fn columns<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        self.table(py)?.copy()
    }

    fn __getitem__<'py>(&self, py: Python<'py>, name: &Bound<'py, PyString>) -> PyResult<Bound<'py, PyAny>> {
        let found = self.table(py)?.get_item(name)?;
        found.ok_or_else(|| {
            PyKeyError::new_err(format!("{name}: no column of a session, see session.columns"))
        })
    }

    fn __len__(&self) -> usize {
        self.run.session.downloads.len()
    }

    /// The stalls, one row each: start_s, duration_s, media_s (media time reached), cause (rebuffer or seek).
    #[getter]
    fn stalls<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let stalls = || self.run.session.stalls.iter();
        let columns = Columns::new(py);
        columns.numbers("start_s", stalls().map(|s| s.start_s.get()))?;
        columns.numbers("duration_s", stalls().map(|s| s.duration_s.get()))?;
        columns.numbers("media_s", stalls().map(|s| s.media_s.get()))?;
        columns.words(
            "cause",
            stalls().map(|s| if s.cause == StallCause::Seek { "seek" } else { "rebuffer" }),
        )?;
        Ok(columns.done())
    }

    /// The buffer level over time as corners of a line: time_s, level_s.
    #[getter]
    fn buffer<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let corners = self.run.session.buffer_levels();
        let columns = Columns::new(py);
        columns.numbers("time_s", corners.iter().map(|c| c.0.get()))?;
        columns.numbers("level_s", corners.iter().map(|c| c.1.get()))?;
        Ok(columns.done())
    }

    /// What the link carries, for charts: each rate (Mbit/s) from its time (s) on.
    #[getter]
    fn link<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let steps = netmodel::capacity(&self.trace, &self.profile.link, self.run.session.wall_s);
        let columns = Columns::new(py);
        columns.numbers("time_s", steps.iter().map(|s| s.0.get()))?;
        columns.numbers("rate_mbps", steps.iter().map(|s| s.1.mbps()))?;
        Ok(columns.done())
    }

    /// The requests as a pandas data frame with the columns of `segue run --log`.
    fn to_pandas<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        frame(py, "to_pandas", self.table(py)?.clone())
    }

    /// The requests as a polars data frame (needs polars).
    fn to_polars<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        frame(py, "to_polars", self.table(py)?.clone())
    }

    /// The requests as an Arrow table (needs pyarrow).
    fn to_arrow<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        frame(py, "to_arrow", self.table(py)?.clone())
    }

    /// The requests through the Arrow PyCapsule interface, for every library that reads it (needs pyarrow).
    #[pyo3(signature = (requested_schema=None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.to_arrow(py)?.call_method1("__arrow_c_stream__", (requested_schema,))
    }

    /// The summary as the JSON text of `segue run --json`.
    fn to_json(&self) -> PyResult<String> {
        self.run.to_json().map_err(failed)
    }

    /// The complete record as JSON text, schema segue.session/2, as `segue run --log FILE.json` writes it and
    /// `segue qoe` reads it.
    fn record(&self) -> PyResult<String> {
        let record = qoe::Record::new(self.run.session.clone(), self.video.ladder());
        serde_json::to_string(&record).map_err(wrong)
    }

    /// Segue's own chart as SVG text.
    fn svg(&self) -> PyResult<String> {
        String::from_utf8(picture(&self.chart(), Format::Svg)?).map_err(wrong)
    }

    /// Segue's own chart as the bytes of a PNG.
    fn png(&self) -> PyResult<Vec<u8>> {
        picture(&self.chart(), Format::Png)
    }

    /// The session as a matplotlib figure; see segue.plot.session.
    #[pyo3(signature = (ax=None))]
    fn plot<'py>(slf: Bound<'py, Self>, ax: Option<Bound<'py, PyAny>>) -> PyResult<Bound<'py, PyAny>> {
        slf.py().import("segue.plot")?.call_method1("session", (&slf, ax))
    }

    fn _repr_png_(&self) -> PyResult<Vec<u8>> {
        self.png()
    }

    fn _repr_html_(slf: Bound<'_, Self>) -> PyResult<Bound<'_, PyAny>> {
        slf.py().import("segue._frames")?.call_method1("session_html", (&slf,))
    }

    fn __repr__(&self) -> String {
        let (s, k) = (&self.run.session, &self.run.summary);
        format!(
            "<Session {} on {}: {} segments, {:.0} kbit/s, {} stalls of {:.2} s, startup {:.2} s>",
            s.abr,
            s.trace,
            k.segments,
            k.mean_bitrate_kbps.kbps(),
            k.stall_count,
            k.stall_s.get(),
            k.startup_delay_s.get()
        )
    }

    /// The summary for people, as `segue run` prints it.
    fn __str__(&self) -> String {
        self.run.to_text()
    }
}

impl Session {
    pub(crate) fn ladder(&self) -> &media::Ladder {
        self.video.ladder()
    }

    fn chart(&self) -> plot::Chart {
        self.run.chart(&self.trace, &self.profile)
    }

    /// Made once, on demand.
    fn table<'py>(&self, py: Python<'py>) -> PyResult<&Bound<'py, PyDict>> {
        let made = self.columns.get_or_try_init(py, || self.make_table(py).map(Bound::unbind))?;
        Ok(made.bind(py))
    }

    fn make_table<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let rows = || self.run.session.downloads.iter();
        let columns = Columns::new(py);
        columns.whole("index", rows().map(|d| d.index))?;
        columns.whole("level", rows().map(|d| d.level))?;
        columns.numbers("bitrate_kbps", rows().map(|d| d.bitrate_kbps.kbps()))?;
        columns.numbers("size_bits", rows().map(|d| d.size_bits.get()))?;
        columns.numbers("request_s", rows().map(|d| d.request_s.get()))?;
        columns.numbers("first_byte_s", rows().map(|d| d.first_byte_s.get()))?;
        columns.numbers("finish_s", rows().map(|d| d.finish_s.get()))?;
        columns.numbers("buffer_before_s", rows().map(|d| d.buffer_before_s.get()))?;
        columns.numbers("buffer_after_s", rows().map(|d| d.buffer_after_s.get()))?;
        columns.numbers("wait_s", rows().map(|d| d.wait_s.get()))?;
        columns.numbers("stall_s", rows().map(|d| d.stall_s.get()))?;
        let outcome = |o: Outcome| match o {
            Outcome::Done => "done",
            Outcome::Abandoned => "abandoned",
            Outcome::Replaced => "replaced",
        };
        columns.words("outcome", rows().map(|d| outcome(d.outcome)))?;
        Ok(columns.done())
    }
}

/// One specification or several.
pub(crate) fn specs(given: Option<&Bound<'_, PyAny>>) -> PyResult<Vec<String>> {
    match given {
        None => Ok(vec![]),
        Some(one) if one.cast::<PyString>().is_ok() => Ok(vec![one.extract()?]),
        Some(several) => several.extract(),
    }
}

/// The profile of an argument, with impairments around its link.
pub(crate) fn profile_of(profile: &str, impair: Option<&Bound<'_, PyAny>>) -> PyResult<Profile> {
    sim::profile(profile).and_then(|p| p.impaired(&specs(impair).unwrap_or_default())).map_err(wrong)
}

/// Plays one video over one trace with one rule.
///
/// trace and video are a specification (`preset:3g,seed=1`), a path or an object; abr is a rule's specification such as
/// `bola-e:gp=8`, or an object with decide(view) (see docs/bindings.md). qoe is one QoE model or several, impair the impairments of the link from the trace outward.
///
/// >>> session = segue.run("preset:constant,rate=3", "preset:cbr,duration=60", "bola")
/// >>> session.summary["segments"], session.summary["stall_count"]
/// (15, 0)
/// >>> session["level"].dtype.name
/// 'int64'
#[pyfunction]
#[pyo3(signature = (trace, video, abr, profile="default", qoe=None, impair=None, seed=0))]
#[allow(clippy::too_many_arguments, reason = "the parameters of a Python function have names")]
pub(crate) fn run(
    py: Python<'_>,
    trace: &Bound<'_, PyAny>,
    video: &Bound<'_, PyAny>,
    abr: &Bound<'_, PyAny>,
    profile: &str,
    qoe: Option<&Bound<'_, PyAny>>,
    impair: Option<&Bound<'_, PyAny>>,
    seed: u64,
) -> PyResult<Session> {
    let models = Models::new(&specs(qoe)?).map_err(failed)?;
    let profile = profile_of(profile, impair)?;
    let rule = AnyRule::of(abr, false)?;
    let (trace, video) = (trace_of(trace, seed)?, video_of(video, seed)?);
    let run = py.detach(|| segue_cli::run(&trace, &video, &rule, &profile, seed, &models));
    if let Some(error) = rule.raised() {
        return Err(error);
    }
    let run = run.map_err(failed)?;
    Ok(Session { run, trace, video, profile, columns: PyOnceLock::new() })
}
