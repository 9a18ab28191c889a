//! What a trace format is.

use std::io::Write;

use spec::Entry;

use super::head::Head;
use super::lines::Lines;
use super::options::{ReadOptions, WriteOptions};
use crate::recording::{Content, Measurement, Recording, Samples};
use crate::{NetworkError, Trace};

/// A trace format: what it is, and the functions that recognise, read and write it.
#[non_exhaustive]
pub struct Format {
    /// Its name, what it is in one line, and the options it heeds when reading and writing; it ignores the other fields
    /// of [`ReadOptions`] and [`WriteOptions`].
    pub entry: Entry,
    pub unit: &'static str,
    pub time_base: &'static str,
    /// Which interval a value holds on.
    pub hold: &'static str,
    /// What follows the end of a file where the format comes from.
    pub end: &'static str,
    /// What its rates measure, unless a file or the caller says otherwise.
    pub measures: Measurement,
    /// Why the beginning of an input looks like this format, if it does.
    pub(crate) detect: fn(&Head<'_>) -> Option<&'static str>,
    pub(crate) read: Reader,
    pub(crate) write: Option<Writer>,
}

/// Reads what an input holds.
pub(crate) enum Reader {
    /// Line by line, for a format whose inputs hold one trace each and may be large: nothing but the trace is kept.
    Lines(fn(&mut Lines<'_>, &ReadOptions) -> Result<Recording, NetworkError>),
    /// As a whole, for a format whose inputs hold one trace each.
    One(fn(&[u8], &ReadOptions) -> Result<Recording, NetworkError>),
    /// As a whole, for a format whose inputs may hold several traces, or none.
    Many(fn(&[u8], &ReadOptions) -> Result<Vec<Content>, NetworkError>),
}

/// Writes a trace and says what the format could not hold.
pub(crate) type Writer = fn(&Trace, &WriteOptions, &mut dyn Write) -> Result<Vec<String>, NetworkError>;

impl Format {
    /// Its name.
    pub fn name(&self) -> &'static str {
        self.entry.name
    }

    /// What a reader of this format found, of which nothing else is known yet.
    pub(crate) fn recording(&self, trace: Trace, samples: Samples) -> Recording {
        Recording {
            trace,
            format: self.entry.name,
            part: None,
            measures: self.measures,
            facts: serde_json::Map::new(),
            columns: vec![],
            notes: vec![],
            samples,
        }
    }

    /// Whether Segue can write it.
    pub fn can_write(&self) -> bool {
        self.write.is_some()
    }
}

impl std::fmt::Debug for Format {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Format").field("name", &self.entry.name).finish_non_exhaustive()
    }
}
