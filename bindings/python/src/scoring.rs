//! QoE models on their own: on sessions, on stored records, on columns of somebody else.

use pyo3::prelude::*;
use pyo3::types::PyDict;
use qoe::{BoxedModel, Meta, QoeModel, Segment, Viewing};
use units::{BitRate, Seconds};

use crate::inputs::kbps as rates;
use crate::session::Session;
use crate::values::{plain, wrong};

/// How it felt, in one number.
#[pyclass(frozen, module = "segue")]
pub(crate) struct Score {
    inner: qoe::Score,
}

#[pymethods]
impl Score {
    /// The number.
    #[getter]
    fn value(&self) -> f64 {
        self.inner.value
    }

    /// What it means: unbounded, 1..5, 0..100 or 0..10.
    #[getter]
    fn scale(&self) -> String {
        self.inner.scale.to_string()
    }

    /// What it is made of, signed: quality, switching, stall, startup, latency, speed. Of additive models they sum to it.
    #[getter]
    fn parts<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let parts = PyDict::new(py);
        for (name, value) in self.inner.parts.named() {
            parts.set_item(name, value)?;
        }
        Ok(parts)
    }

    /// How many segments were scored.
    #[getter]
    fn segments(&self) -> usize {
        self.inner.segments
    }

    /// What everybody who reads the number must know, if anything.
    #[getter]
    fn label(&self) -> Option<&'static str> {
        self.inner.label
    }

    fn __float__(&self) -> f64 {
        self.inner.value
    }

    fn __repr__(&self) -> String {
        format!("<Score {} ({})>", self.inner.value, self.inner.scale)
    }
}

/// A QoE model by its specification, such as `pensieve-lin` or `yin:preset=avoid-rebuffering`.
///
/// >>> segue.Model("pensieve-lin").score_segments(kbps=[1000, 3000], stall_s=[0, 0.5], startup_s=1.0).value
/// -4.449999999999999
#[pyclass(frozen, module = "segue")]
pub(crate) struct Model {
    /// Its specification.
    #[pyo3(get)]
    name: String,
    inner: BoxedModel,
}

#[pymethods]
impl Model {
    #[new]
    fn new(name: &str) -> PyResult<Model> {
        Ok(Model { name: name.trim().to_string(), inner: qoe::model(name).map_err(wrong)? })
    }

    /// What its numbers mean: unbounded, 1..5, 0..100 or 0..10.
    #[getter]
    fn scale(&self) -> String {
        self.inner.about().scale.to_string()
    }

    /// What it cannot do without, beyond durations and bitrates.
    #[getter]
    fn needs(&self) -> Vec<&'static str> {
        self.inner.about().needs.iter().map(|n| n.words()).collect()
    }

    /// The score of a session of `run`.
    fn score(&self, session: &Session) -> PyResult<Score> {
        self.of(&Viewing::of(&session.run.session).describe(session.ladder()))
    }

    /// The score of a stored record: the JSON text of Session.record or of `segue run --log FILE.json`.
    fn score_record(&self, text: &str) -> PyResult<Score> {
        self.of(&qoe::Record::parse("record", text).map_err(wrong)?.viewing())
    }

    /// The score of segments of one's own: bitrates (kbit/s), the time that the viewer waited before each (s), and what else
    /// a model needs per segment; segment_s is how long each plays (s), startup_s the startup delay (s).
    #[pyo3(signature = (kbps, stall_s=None, segment_s=4.0, startup_s=0.0, ladder_kbps=None, ssim=None, vmaf=None, latency_s=None, speed=None, skipped_s=None))]
    #[allow(clippy::too_many_arguments, reason = "the parameters of a Python function have names")]
    fn score_segments(
        &self,
        kbps: Vec<f64>,
        stall_s: Option<Vec<f64>>,
        segment_s: f64,
        startup_s: f64,
        ladder_kbps: Option<Vec<f64>>,
        ssim: Option<Vec<f64>>,
        vmaf: Option<Vec<f64>>,
        latency_s: Option<Vec<f64>>,
        speed: Option<Vec<f64>>,
        skipped_s: Option<Vec<f64>>,
    ) -> PyResult<Score> {
        let columns = [
            ("stall_s", &stall_s),
            ("ssim", &ssim),
            ("vmaf", &vmaf),
            ("latency_s", &latency_s),
            ("speed", &speed),
            ("skipped_s", &skipped_s),
        ];
        for (name, column) in columns {
            if let Some(values) = column
                && values.len() != kbps.len()
            {
                let (n, m) = (values.len(), kbps.len());
                return Err(wrong(format!("{name}: {n} values, expected {m}, one per segment")));
            }
        }
        let numbers = [segment_s, startup_s];
        if !numbers.iter().chain(&kbps).chain(stall_s.iter().flatten()).all(|x| x.is_finite() && *x >= 0.0) {
            return Err(wrong("expected finite bitrates and times, at least 0"));
        }
        let at = |column: &Option<Vec<f64>>, i: usize| column.as_ref().map(|c| c[i]);
        let meta = Meta { ladder: rates(&ladder_kbps.unwrap_or_default()), ..Meta::default() };
        let mut viewing = Viewing::new(meta).startup(Seconds::new(startup_s));
        for (i, rate) in kbps.iter().enumerate() {
            let segment = Segment {
                ssim: at(&ssim, i),
                vmaf: at(&vmaf, i),
                latency: at(&latency_s, i).map(Seconds::new),
                speed: at(&speed, i).unwrap_or(1.0),
                skipped: Seconds::new(at(&skipped_s, i).unwrap_or(0.0)),
                ..Segment::new(Seconds::new(segment_s), BitRate::from_kbps(*rate))
            };
            viewing.push(segment, Seconds::new(at(&stall_s, i).unwrap_or(0.0)));
        }
        self.of(&viewing)
    }

    fn __repr__(&self) -> String {
        format!("<Model {}>", self.name)
    }
}

impl Model {
    fn of(&self, viewing: &Viewing) -> PyResult<Score> {
        Ok(Score { inner: self.inner.score(viewing).map_err(wrong)? })
    }
}

/// The indicators of CTA-2066 and others of a session: startup_s, stall_count, rebuffering_ratio and so on.
#[pyfunction]
pub(crate) fn indicators<'py>(py: Python<'py>, session: &Session) -> PyResult<Bound<'py, PyAny>> {
    let viewing = Viewing::of(&session.run.session);
    plain(py, &qoe::kpi::Kpi::of(&viewing).map_err(wrong)?)
}
