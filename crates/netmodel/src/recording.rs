//! What a reader finds: a trace with what was measured beside it, or a table without one.

use units::Seconds;

use crate::Trace;
use crate::values::Values;

/// What the rates of a trace are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Measurement {
    /// What the link could carry: a sender that never paused took all of it.
    #[default]
    Capacity,
    /// What an application got, an effect of its own choices (small objects and pauses show low rates). Replayed as a
    /// capacity, it biases every "what if" (CausalSim, NSDI 2023; Veritas, SIGCOMM 2023).
    Observed,
}

/// What a reader found.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Recording {
    pub trace: Trace,
    pub format: &'static str,
    /// Which of the traces of its input it is, where there may be several.
    pub part: Option<String>,
    pub measures: Measurement,
    /// What else the file says, under the names that [`stats`](crate::stats) reports it by.
    pub facts: serde_json::Map<String, serde_json::Value>,
    /// What was measured beside the rate, one value per sample.
    pub columns: Vec<Column>,
    /// What a user should know about how the file was read.
    pub notes: Vec<String>,
    pub(crate) samples: Samples,
}

impl Recording {
    /// Whether a whole microsecond passes in it, so that statistics can say something about it.
    pub(crate) fn is_countable(&self) -> bool {
        let origin_ms = match self.samples {
            Samples::Periods { origin, .. } => origin.millis(),
            Samples::Packets { .. } => 0.0,
        };
        micros(origin_ms, self.trace.duration()) > micros(origin_ms, Seconds::ZERO)
    }

    /// Adds what the file says.
    pub(crate) fn fact(mut self, name: &str, value: impl Into<serde_json::Value>) -> Recording {
        self.facts.insert(name.to_string(), value.into());
        self
    }
}

/// A column of measurements.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    pub name: String,
    /// Its values in the unit of the file.
    pub values: Values,
}

/// A table of a data set that is no time series: nothing to replay, but numbers to describe.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct TableFile {
    pub name: String,
    pub format: &'static str,
    /// What it says, under the names that [`stats`](crate::stats) reports it by.
    pub facts: serde_json::Map<String, serde_json::Value>,
    pub columns: Vec<Column>,
    /// What a user should know about how the file was read.
    pub notes: Vec<String>,
}

/// What an input holds.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Content {
    Trace(Box<Recording>),
    Table(Box<TableFile>),
}

/// What statistics are taken over.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Samples {
    /// The periods of the trace. `origin` is the file's time at the trace's time 0; `dropped` samples had no duration.
    Periods { origin: Seconds, dropped: usize },
    /// The packets of the trace, of which `at_zero` are of lines `0`.
    Packets { at_zero: u32 },
}

impl From<Recording> for Content {
    fn from(recording: Recording) -> Content {
        Content::Trace(Box::new(recording))
    }
}

/// The whole microsecond of a file's clock at which a trace is, whose time 0 is the file's `origin_ms`.
pub(crate) fn micros(origin_ms: f64, at: Seconds) -> i64 {
    ((origin_ms + at.millis()) * 1e3).round_ties_even() as i64
}
