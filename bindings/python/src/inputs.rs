//! Traces and videos: by specification, path or object.

use std::path::PathBuf;
use std::sync::Arc;

use media::Ladder;
use numpy::{IntoPyArray, PyArray1, PyArray2, PyArrayMethods};
use plot::Format;
use pyo3::exceptions::{PyIndexError, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyString, PyTuple};
use units::{BitRate, Bits, Seconds};

use crate::values::{Columns, failed, picture, plain, wrong};

/// The rate and latency of a network over time.
///
/// >>> trace = segue.Trace("dip", duration_s=[40.0, 20.0, 60.0], rate_mbps=[4.0, 0.5, 4.0], latency_s=0.05)
/// >>> round(trace.mean_mbps, 6)
/// 3.416667
#[pyclass(frozen, module = "segue")]
pub(crate) struct Trace {
    pub(crate) inner: Arc<netmodel::Trace>,
    /// What the reader had to say about the file.
    #[pyo3(get)]
    notes: Vec<String>,
}

#[pymethods]
impl Trace {
    /// Periods of constant rate: each lasts duration_s (s) at rate_mbps (Mbit/s); every request waits latency_s (s).
    #[new]
    #[pyo3(signature = (name, duration_s, rate_mbps, latency_s=0.0))]
    fn new(name: &str, duration_s: Vec<f64>, rate_mbps: Vec<f64>, latency_s: f64) -> PyResult<Trace> {
        if duration_s.len() != rate_mbps.len() {
            let (n, m) = (duration_s.len(), rate_mbps.len());
            return Err(wrong(format!("{n} durations and {m} rates, expected as many of each")));
        }
        let steps: Vec<(f64, f64)> = duration_s.into_iter().zip(rate_mbps).collect();
        let inner = netmodel::Trace::steps(name, &steps, Seconds::new(latency_s)).map_err(wrong)?;
        Ok(Trace { inner: Arc::new(inner), notes: vec![] })
    }

    /// Its name.
    #[getter]
    fn name(&self) -> &str {
        self.inner.name()
    }

    /// How long it is before it repeats, in s.
    #[getter]
    fn duration_s(&self) -> f64 {
        self.inner.duration().get()
    }

    /// The mean rate over its time, in Mbit/s.
    #[getter]
    fn mean_mbps(&self) -> f64 {
        self.inner.mean_rate().mbps()
    }

    /// How many periods of constant rate it has.
    fn __len__(&self) -> usize {
        self.inner.periods().len()
    }

    /// Its periods as arrays: start_s, duration_s (s), rate_mbps (Mbit/s), latency_s (s).
    #[getter]
    fn columns<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let periods = || self.inner.periods().iter();
        let columns = Columns::new(py);
        columns.numbers("start_s", (0..periods().len()).map(|i| self.inner.start_of(i).get()))?;
        columns.numbers("duration_s", periods().map(|p| p.duration.get()))?;
        columns.numbers("rate_mbps", periods().map(|p| p.rate.mbps()))?;
        columns.numbers("latency_s", periods().map(|p| p.latency.get()))?;
        Ok(columns.done())
    }

    /// The numbers of `segue trace info --json`: duration_s, mean_mbps, quantiles, outages and so on.
    fn statistics<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        plain(py, &netmodel::stats::of_trace(&self.inner))
    }

    /// The bits that cross the link between two times (s), in bit.
    fn bits_between(&self, from_s: f64, to_s: f64) -> f64 {
        self.inner.bits_between(Seconds::new(from_s), Seconds::new(to_s)).get()
    }

    /// Its periods as a pandas data frame.
    fn to_pandas<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        frame(py, "to_pandas", self.columns(py)?)
    }

    /// Its periods as a polars data frame.
    fn to_polars<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        frame(py, "to_polars", self.columns(py)?)
    }

    /// Its periods as an Arrow table (needs pyarrow).
    fn to_arrow<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        frame(py, "to_arrow", self.columns(py)?)
    }

    /// Segue's own chart as SVG text.
    fn svg(&self) -> PyResult<String> {
        String::from_utf8(picture(&self.chart(), Format::Svg)?).map_err(wrong)
    }

    /// Segue's own chart as the bytes of a PNG.
    fn png(&self) -> PyResult<Vec<u8>> {
        picture(&self.chart(), Format::Png)
    }

    fn _repr_png_(&self) -> PyResult<Vec<u8>> {
        self.png()
    }

    fn __repr__(&self) -> String {
        let t = &self.inner;
        let (name, n) = (t.name(), t.periods().len());
        format!(
            "<Trace {name}: {n} periods, {:.1} s, mean {:.3} Mbit/s>",
            t.duration().get(),
            t.mean_rate().mbps()
        )
    }
}

impl Trace {
    fn chart(&self) -> plot::Chart {
        segue_cli::trace_chart(&self.inner)
    }
}

/// What can be fetched: a ladder of bitrates and the size of every segment on every rung.
///
/// >>> video = segue.Video("talk", ladder_kbps=[300, 1200, 4300], segment_s=4.0, duration_s=120.0)
/// >>> video.segments, video.sizes_bits.shape
/// (30, (30, 3))
#[pyclass(frozen, module = "segue")]
pub(crate) struct Video {
    pub(crate) inner: Arc<media::Video>,
}

#[pymethods]
impl Video {
    /// A video of constant bitrate, duration_s long in segments of segment_s (s); or, with sizes_bits, one whose segment i
    /// has sizes_bits[i][rung] bits and lasts segment_s.
    #[new]
    #[pyo3(signature = (name, ladder_kbps, segment_s=4.0, duration_s=None, sizes_bits=None))]
    fn new(
        name: &str,
        ladder_kbps: Vec<f64>,
        segment_s: f64,
        duration_s: Option<f64>,
        sizes_bits: Option<Vec<Vec<f64>>>,
    ) -> PyResult<Video> {
        let ladder = Ladder::from_kbps(&ladder_kbps).map_err(wrong)?;
        let segment = Seconds::new(segment_s);
        let inner = match (duration_s, sizes_bits) {
            (Some(duration), None) => {
                media::Video::constant_bitrate(name, ladder, segment, Seconds::new(duration))
            }
            (None, Some(sizes)) => {
                let rows: Vec<Vec<Bits>> =
                    sizes.into_iter().map(|row| row.into_iter().map(Bits::new).collect()).collect();
                media::Video::new(name, ladder, vec![segment; rows.len()], &rows)
            }
            _ => return Err(wrong("expected duration_s or sizes_bits, and not both")),
        };
        Ok(Video { inner: Arc::new(inner.map_err(wrong)?) })
    }

    /// Its name.
    #[getter]
    fn name(&self) -> &str {
        self.inner.name()
    }

    /// How many segments it has.
    #[getter]
    fn segments(&self) -> usize {
        self.inner.segments()
    }

    /// How long it plays, in s.
    #[getter]
    fn duration_s(&self) -> f64 {
        self.inner.total_duration().get()
    }

    /// The nominal bitrates of the rungs, ascending, in kbit/s.
    #[getter]
    fn ladder_kbps<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f64>> {
        let rates: Vec<f64> = self.inner.ladder().bitrates().iter().map(|b| b.kbps()).collect();
        rates.into_pyarray(py)
    }

    /// How long each segment plays, in s.
    #[getter]
    fn durations_s<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f64>> {
        let times: Vec<f64> = (0..self.inner.segments()).map(|i| self.inner.duration(i).get()).collect();
        times.into_pyarray(py)
    }

    /// The sizes in bit, one row per segment, one column per rung.
    #[getter]
    fn sizes_bits<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyArray2<f64>>> {
        let v = &self.inner;
        let sizes: Vec<f64> = (0..v.segments()).flat_map(|i| v.sizes(i)).map(|s| s.get()).collect();
        sizes.into_pyarray(py).reshape([v.segments(), v.ladder().len()])
    }

    /// The size of one segment on one rung, in bit.
    fn size_bits(&self, segment: usize, level: usize) -> PyResult<f64> {
        if segment >= self.inner.segments() || level >= self.inner.ladder().len() {
            return Err(PyIndexError::new_err(format!("segment {segment}, level {level}: there is none")));
        }
        Ok(self.inner.size(segment, level).get())
    }

    fn __len__(&self) -> usize {
        self.inner.segments()
    }

    fn __repr__(&self) -> String {
        let v = &self.inner;
        let rates: Vec<String> = v.ladder().bitrates().iter().map(|b| format!("{:.0}", b.kbps())).collect();
        format!("<Video {}: {} segments, {} kbit/s>", v.name(), v.segments(), rates.join("/"))
    }
}

/// A frame of columns by the helpers of the package.
pub(crate) fn frame<'py>(
    py: Python<'py>,
    kind: &str,
    columns: Bound<'py, PyDict>,
) -> PyResult<Bound<'py, PyAny>> {
    py.import("segue._frames")?.call_method1(kind, (columns,))
}

/// The text of a specification, or of a path.
fn text(source: &Bound<'_, PyAny>, what: &str) -> PyResult<String> {
    if let Ok(text) = source.cast::<PyString>() {
        return Ok(text.to_string());
    }
    match source.extract::<PathBuf>() {
        Ok(path) => Ok(path.to_string_lossy().into_owned()),
        Err(_) => {
            let kind = source.get_type().name()?;
            Err(PyTypeError::new_err(format!("expected a {what}, a path or preset:NAME, found {kind}")))
        }
    }
}

/// The trace of an argument: an object, a specification or a path.
pub(crate) fn trace_of(source: &Bound<'_, PyAny>, seed: u64) -> PyResult<Arc<netmodel::Trace>> {
    if let Ok(trace) = source.cast::<Trace>() {
        return Ok(trace.get().inner.clone());
    }
    let found = found(source, None, seed)?;
    match found.traces.as_slice() {
        [one] => Ok(one.clone()),
        several => Err(wrong(format!("{source} holds {} traces, expected one", several.len()))),
    }
}

/// The traces of an argument: one of the above, or a list of them. With the class of each.
pub(crate) fn traces_of(
    source: &Bound<'_, PyAny>,
    seed: u64,
) -> PyResult<(Vec<Arc<netmodel::Trace>>, Vec<String>)> {
    let sources: Vec<Bound<'_, PyAny>> =
        match source.cast::<PyList>().is_ok() || source.cast::<PyTuple>().is_ok() {
            true => source.extract()?,
            false => vec![source.clone()],
        };
    let (mut traces, mut classes) = (Vec::new(), Vec::new());
    // Specifications that follow each other are read together, so that names and classes are those of the command.
    let mut waiting: Vec<String> = Vec::new();
    let read = |waiting: &mut Vec<String>, traces: &mut Vec<_>, classes: &mut Vec<_>| -> PyResult<()> {
        if !waiting.is_empty() {
            let all = segue_cli::load_traces(waiting, None, seed).map_err(failed)?;
            traces.extend(all.traces);
            classes.extend(all.classes);
            waiting.clear();
        }
        Ok(())
    };
    for source in sources {
        match source.cast::<Trace>() {
            Ok(trace) => {
                read(&mut waiting, &mut traces, &mut classes)?;
                traces.push(trace.get().inner.clone());
                classes.push("given".to_string());
            }
            Err(_) => waiting.push(text(&source, "Trace")?),
        }
    }
    read(&mut waiting, &mut traces, &mut classes)?;
    Ok((traces, classes))
}

/// The video of an argument: an object, a specification or a path.
pub(crate) fn video_of(source: &Bound<'_, PyAny>, seed: u64) -> PyResult<Arc<media::Video>> {
    if let Ok(video) = source.cast::<Video>() {
        return Ok(video.get().inner.clone());
    }
    let text = text(source, "Video")?;
    source.py().detach(|| segue_cli::load_video(&text, None, seed)).map(Arc::new).map_err(failed)
}

fn found(source: &Bound<'_, PyAny>, format: Option<&str>, seed: u64) -> PyResult<segue_cli::Traces> {
    let text = text(source, "Trace")?;
    source.py().detach(|| segue_cli::load_traces(&[&text], format, seed)).map_err(failed)
}

/// Reads one network trace: a file of any format that Segue knows, or `preset:NAME[,key=value...]`.
///
/// >>> segue.read_trace("preset:constant,rate=3").mean_mbps
/// 3.0
#[pyfunction]
#[pyo3(signature = (source, format=None, seed=0))]
pub(crate) fn read_trace(source: &Bound<'_, PyAny>, format: Option<&str>, seed: u64) -> PyResult<Trace> {
    let mut found = found(source, format, seed)?;
    match found.traces.len() {
        1 => Ok(Trace { inner: found.traces.remove(0), notes: found.notes }),
        n => Err(wrong(format!("{source} holds {n} traces, expected one (segue.read_traces reads all)"))),
    }
}

/// Reads all traces of a file, a folder, an archive or a pattern.
///
/// >>> [t.name for t in segue.read_traces("preset:3g,seed=1,duration=60")]
/// ['3g,seed=1,duration=60']
#[pyfunction]
#[pyo3(signature = (source, format=None, seed=0))]
pub(crate) fn read_traces(
    source: &Bound<'_, PyAny>,
    format: Option<&str>,
    seed: u64,
) -> PyResult<Vec<Trace>> {
    let found = found(source, format, seed)?;
    Ok(found.traces.into_iter().map(|inner| Trace { inner, notes: vec![] }).collect())
}

/// Reads a video: a file, a manifest, a folder of sizes, or `preset:NAME[,key=value...]`.
///
/// >>> segue.read_video("preset:cbr,duration=60,ladder=300/1200").segments
/// 15
#[pyfunction]
#[pyo3(signature = (source, format=None, seed=0))]
pub(crate) fn read_video(source: &Bound<'_, PyAny>, format: Option<&str>, seed: u64) -> PyResult<Video> {
    let text = text(source, "Video")?;
    let video = source.py().detach(|| segue_cli::load_video(&text, format, seed)).map_err(failed)?;
    Ok(Video { inner: Arc::new(video) })
}

/// Generates a trace of a preset; options by keyword.
///
/// >>> segue.generate("3g", seed=7, duration=60).duration_s
/// 60.0
#[pyfunction]
#[pyo3(signature = (preset, seed=0, **options))]
pub(crate) fn generate(preset: &str, seed: u64, options: Option<&Bound<'_, PyDict>>) -> PyResult<Trace> {
    let mut spec = preset.trim().to_string();
    for (key, value) in options.into_iter().flatten() {
        let key = key.extract::<String>()?.replace('_', "-");
        spec.push_str(&format!(",{key}={value}"));
    }
    let inner = netmodel::generators::generate(&spec, seed).map_err(wrong)?;
    Ok(Trace { inner: Arc::new(inner), notes: vec![] })
}

/// Rates for the crates.
pub(crate) fn kbps(values: &[f64]) -> Vec<BitRate> {
    values.iter().copied().map(BitRate::from_kbps).collect()
}
