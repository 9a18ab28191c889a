//! Rules written in Python: told the same things as a rule in Rust.

use std::sync::{Arc, Mutex};

use abr::{
    AbrStrategy, Attention, BoxedRule, Decision, Ending, Estimate, PlayerEvent, PlayerView, Progress,
    RuleSource, Verdict,
};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyString, PyTuple};
use units::{BitRate, Seconds};

use crate::inputs::Video;

/// What a player shows its rule before every decision.
#[pyclass(frozen, get_all, module = "segue")]
pub(crate) struct View {
    /// The session's clock, in s.
    now_s: f64,
    /// What is played: ladder and sizes.
    video: Py<Video>,
    /// The segment that will be requested next.
    segment: usize,
    /// One behind the last segment that will be played.
    end: usize,
    /// Media that is buffered and not yet played, in s.
    buffer_s: f64,
    /// The most media the buffer takes, in s.
    capacity_s: f64,
    /// The rung of the last request; None before the first.
    last_level: Option<usize>,
    /// Whether media is being shown.
    playing: bool,
    /// Media seconds played per second.
    rate: f64,
    /// How many requests are in flight.
    in_flight: u32,
    /// How far the viewer is behind the live edge, in s; None on demand.
    live_latency_s: Option<f64>,
    /// The bitrates of the ladder, ascending, in kbit/s.
    ladder_kbps: Py<PyTuple>,
}

#[pymethods]
impl View {
    /// The sizes of the next segment on every rung, in bit.
    #[getter]
    fn sizes_bits(&self, py: Python<'_>) -> Vec<f64> {
        let video = &self.video.bind(py).get().inner;
        let segment = self.segment.min(video.segments() - 1);
        video.sizes(segment).iter().map(|s| s.get()).collect()
    }

    fn __repr__(&self) -> String {
        format!("<View segment {} at {:.3} s, buffer {:.3} s>", self.segment, self.now_s, self.buffer_s)
    }
}

/// What happened to the player. Kinds other than `ended` have values only in `kind`, `segment`, `level` and `time_s`.
#[pyclass(frozen, get_all, module = "segue")]
#[derive(Default)]
pub(crate) struct Event {
    /// ended, loaded, first-byte, progress, appended, discarded, frames, waited-for-room, stalled, seeked or
    /// rate-changed.
    kind: &'static str,
    /// Which segment.
    segment: Option<usize>,
    /// On which level.
    level: Option<usize>,
    /// The size of the whole segment, in bit.
    size_bits: Option<f64>,
    /// What had arrived, in bit.
    received_bits: Option<f64>,
    /// Since the request, in s.
    elapsed_s: Option<f64>,
    /// From the request to the first bit, in s.
    latency_s: Option<f64>,
    /// How a request ended: appended, replaced, abandoned, replacement-abandoned, cancelled, failed or loaded.
    ending: Option<&'static str>,
    /// Of an abandoned request: the level the rule wants instead.
    to: Option<usize>,
    /// How long the player held back, or how much media was appended, in s.
    time_s: Option<f64>,
}

#[pymethods]
impl Event {
    fn __repr__(&self) -> String {
        format!("<Event {}>", self.kind)
    }
}

/// How far a request in flight has come.
#[pyclass(frozen, get_all, module = "segue")]
pub(crate) struct Flight {
    /// The segment it fetches.
    segment: usize,
    /// On which level.
    level: usize,
    /// The size of the whole segment, in bit.
    size_bits: f64,
    /// What has arrived, in bit.
    received_bits: f64,
    /// Since the request, in s.
    elapsed_s: f64,
    /// From the request to the first bit, in s.
    latency_s: f64,
    /// The buffer level now, in s.
    buffer_s: f64,
}

/// The first exception of a rule; the session goes on without asking the rule again.
type Fault = Arc<Mutex<Option<PyErr>>>;

/// A rule as `run` and `compare` are given it.
pub(crate) struct AnyRule {
    name: String,
    /// None: the name is a specification.
    object: Option<Py<PyAny>>,
    /// Sessions of a comparison run side by side: each has a copy of the object.
    copies: bool,
    fault: Fault,
}

impl AnyRule {
    /// A rule from a specification, or from an object with `decide`. With `copies`, every session gets a copy of the object.
    pub(crate) fn of(given: &Bound<'_, PyAny>, copies: bool) -> PyResult<AnyRule> {
        let fault = Fault::default();
        if let Ok(text) = given.cast::<PyString>() {
            let name = text.to_str()?.trim().to_string();
            return Ok(AnyRule { name, object: None, copies, fault });
        }
        if !given.hasattr("decide")? {
            let kind = given.get_type().name()?;
            let problem = format!("expected a rule's name or an object with decide(view), found {kind}");
            return Err(PyTypeError::new_err(problem));
        }
        let name = match given.getattr_opt("name")?.map(|n| n.extract::<String>()) {
            Some(Ok(name)) => name,
            _ => given.get_type().name()?.to_string(),
        };
        Ok(AnyRule { name, object: Some(given.clone().unbind()), copies, fault })
    }

    /// What the rule raised, if it did.
    pub(crate) fn raised(&self) -> Option<PyErr> {
        self.fault.lock().map_or(None, |mut fault| fault.take())
    }
}

impl RuleSource for AnyRule {
    fn name(&self) -> &str {
        &self.name
    }

    fn build(&self) -> Result<BoxedRule, spec::SpecError> {
        let Some(object) = &self.object else { return abr::rule(&self.name) };
        let made = Python::attach(|py| -> PyResult<PyRule> {
            let object = object.bind(py);
            let object = match self.copies {
                true => py.import("copy")?.call_method1("deepcopy", (object,))?,
                false => object.clone(),
            };
            let has = |name: &str| object.hasattr(name);
            let verbs = Verbs {
                begin: has("begin")?,
                event: has("event")?,
                progress: has("progress")?,
                estimate: has("estimate")?,
            };
            Ok(PyRule { object: object.unbind(), verbs, shown: None, fault: self.fault.clone() })
        });
        Ok(Box::new(made.unwrap_or_else(|error| {
            note(&self.fault, error);
            Python::attach(|py| PyRule {
                object: py.None(),
                verbs: Verbs::default(),
                shown: None,
                fault: self.fault.clone(),
            })
        })))
    }

    fn spec(&self) -> Option<&str> {
        self.object.is_none().then_some(self.name.as_str())
    }
}

fn note(fault: &Fault, error: PyErr) {
    if let Ok(mut slot) = fault.lock() {
        slot.get_or_insert(error);
    }
}

/// What an object has beside `decide`.
#[derive(Clone, Copy, Default)]
struct Verbs {
    begin: bool,
    event: bool,
    progress: bool,
    estimate: bool,
}

/// A rule in Python, in one session.
struct PyRule {
    object: Py<PyAny>,
    verbs: Verbs,
    /// The video and its ladder, as Python sees them: made once per session.
    shown: Option<(Py<Video>, Py<PyTuple>)>,
    fault: Fault,
}

impl PyRule {
    /// Asks the object something; `otherwise` once it has raised an exception.
    fn ask<T>(&self, otherwise: T, question: impl FnOnce(Python<'_>) -> PyResult<T>) -> T {
        if self.fault.lock().is_ok_and(|fault| fault.is_some()) {
            return otherwise;
        }
        Python::attach(|py| {
            question(py).unwrap_or_else(|error| {
                note(&self.fault, error);
                otherwise
            })
        })
    }

    fn view<'py>(&self, py: Python<'py>, view: &PlayerView<'_>) -> PyResult<Bound<'py, View>> {
        let (video, ladder) = match &self.shown {
            Some((video, ladder)) => (video.clone_ref(py), ladder.clone_ref(py)),
            None => show(py, view.video)?,
        };
        Bound::new(
            py,
            View {
                now_s: view.now.get(),
                video,
                segment: view.segment,
                end: view.end,
                buffer_s: view.buffer.get(),
                capacity_s: view.capacity.get(),
                last_level: view.last_level,
                playing: view.playing,
                rate: view.rate,
                in_flight: view.in_flight,
                live_latency_s: view.live.map(|l| l.latency.get()),
                ladder_kbps: ladder,
            },
        )
    }
}

fn show(py: Python<'_>, video: &media::Video) -> PyResult<(Py<Video>, Py<PyTuple>)> {
    let rates: Vec<f64> = video.ladder().bitrates().iter().map(|b| b.kbps()).collect();
    let shown = Video { inner: Arc::new(video.clone()) };
    Ok((Py::new(py, shown)?, PyTuple::new(py, rates)?.unbind()))
}

/// What `decide` may return: a level, None for no opinion, ("wait", seconds), or ("fetch", level, seconds).
fn decision(answer: &Bound<'_, PyAny>) -> PyResult<Decision> {
    let wrong = || {
        let shown = answer.repr().map_or_else(|_| "?".to_string(), |r| r.to_string());
        let expected = "a level, None, ('wait', seconds) or ('fetch', level, seconds)";
        PyValueError::new_err(format!("decide returned {shown}, expected {expected}"))
    };
    if answer.is_none() {
        return Ok(Decision::Keep);
    }
    if let Ok(tuple) = answer.cast::<PyTuple>() {
        let seconds = |i: usize| -> PyResult<Seconds> {
            let time: f64 = tuple.get_item(i)?.extract().map_err(|_| wrong())?;
            if time >= 0.0 && time.is_finite() { Ok(Seconds::new(time)) } else { Err(wrong()) }
        };
        let word: String = tuple.get_item(0).and_then(|w| w.extract()).map_err(|_| wrong())?;
        return match (word.as_str(), tuple.len()) {
            ("wait", 2) => Ok(Decision::Wait(seconds(1)?)),
            ("fetch", 3) => {
                let level = tuple.get_item(1)?.extract().map_err(|_| wrong())?;
                Ok(Decision::Fetch { level, after: seconds(2)? })
            }
            _ => Err(wrong()),
        };
    }
    answer.extract().map(Decision::fetch).map_err(|_| wrong())
}

fn event_of(event: &PlayerEvent) -> Event {
    match *event {
        PlayerEvent::Ended { segment, level, size, received, elapsed, latency, ending } => Event {
            kind: "ended",
            segment: Some(segment),
            level: Some(level),
            size_bits: Some(size.get()),
            received_bits: Some(received.get()),
            elapsed_s: Some(elapsed.get()),
            latency_s: Some(latency.get()),
            ending: Some(match ending {
                Ending::Appended => "appended",
                Ending::Replaced => "replaced",
                Ending::Abandoned { .. } => "abandoned",
                Ending::ReplacementAbandoned => "replacement-abandoned",
                Ending::Cancelled => "cancelled",
                Ending::Failed => "failed",
                Ending::Loaded => "loaded",
            }),
            to: match ending {
                Ending::Abandoned { to } => Some(to),
                _ => None,
            },
            time_s: None,
        },
        PlayerEvent::Loaded { level, elapsed } => {
            Event { kind: "loaded", level: Some(level), elapsed_s: Some(elapsed.get()), ..Event::default() }
        }
        PlayerEvent::FirstByte { segment, level, elapsed } => Event {
            kind: "first-byte",
            segment: Some(segment),
            level: Some(level),
            elapsed_s: Some(elapsed.get()),
            ..Event::default()
        },
        PlayerEvent::Progress(p) => Event {
            kind: "progress",
            segment: Some(p.segment),
            level: Some(p.level),
            size_bits: Some(p.size.get()),
            received_bits: Some(p.received.get()),
            elapsed_s: Some(p.elapsed.get()),
            latency_s: Some(p.latency.get()),
            ..Event::default()
        },
        PlayerEvent::Appended { segment, level, media } => Event {
            kind: "appended",
            segment: Some(segment),
            level: Some(level),
            time_s: Some(media.get()),
            ..Event::default()
        },
        PlayerEvent::Discarded { from, .. } => {
            Event { kind: "discarded", segment: Some(from), ..Event::default() }
        }
        PlayerEvent::Frames { .. } => Event { kind: "frames", ..Event::default() },
        PlayerEvent::WaitedForRoom(time) => {
            Event { kind: "waited-for-room", time_s: Some(time.get()), ..Event::default() }
        }
        PlayerEvent::Stalled => Event { kind: "stalled", ..Event::default() },
        PlayerEvent::Seeked => Event { kind: "seeked", ..Event::default() },
        PlayerEvent::RateChanged => Event { kind: "rate-changed", ..Event::default() },
    }
}

impl AbrStrategy for PyRule {
    fn begin(&mut self, view: &PlayerView<'_>) {
        self.shown = self.ask(None, |py| show(py, view.video).map(Some));
        if self.verbs.begin {
            self.ask((), |py| {
                let view = self.view(py, view)?;
                self.object.bind(py).call_method1(intern!(py, "begin"), (view,)).map(|_| ())
            });
        }
    }

    fn decide(&mut self, view: &PlayerView<'_>) -> Decision {
        self.ask(Decision::Keep, |py| {
            let view = self.view(py, view)?;
            decision(&self.object.bind(py).call_method1(intern!(py, "decide"), (view,))?)
        })
    }

    fn attention(&self, _: usize) -> Attention {
        if self.verbs.progress { Attention::Looks } else { Attention::Ending }
    }

    fn progress(&mut self, view: &PlayerView<'_>, p: &Progress) -> Verdict {
        if !self.verbs.progress {
            return Verdict::Continue;
        }
        self.ask(Verdict::Continue, |py| {
            let flight = Flight {
                segment: p.segment,
                level: p.level,
                size_bits: p.size.get(),
                received_bits: p.received.get(),
                elapsed_s: p.elapsed.get(),
                latency_s: p.latency.get(),
                buffer_s: p.buffer.get(),
            };
            let view = self.view(py, view)?;
            let answer = self.object.bind(py).call_method1(intern!(py, "progress"), (view, flight))?;
            Ok(match answer.is_none() {
                true => Verdict::Continue,
                false => Verdict::Abandon { to: answer.extract()? },
            })
        })
    }

    fn event(&mut self, view: &PlayerView<'_>, event: &PlayerEvent) {
        if self.verbs.event {
            self.ask((), |py| {
                let view = self.view(py, view)?;
                let arguments = (view, event_of(event));
                self.object.bind(py).call_method1(intern!(py, "event"), arguments).map(|_| ())
            });
        }
    }

    fn estimate(&self) -> Option<Estimate> {
        if !self.verbs.estimate {
            return None;
        }
        self.ask(None, |py| {
            let answer = self.object.bind(py).call_method0(intern!(py, "estimate"))?;
            let Some((kbps, latency)) = answer.extract::<Option<(f64, f64)>>()? else { return Ok(None) };
            let (throughput, latency) = (BitRate::from_kbps(kbps), Seconds::new(latency));
            Ok(Some(Estimate { throughput, latency }))
        })
    }
}
