//! Logs of sessions: one row per request, or the complete record.

use std::path::Path;

use media::Ladder;
use qoe::{Download, Outcome, Record, Session};
use serde::Serialize;
use units::{BitRate, Bits, Seconds};

use crate::Error;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LogFormat {
    /// One row per line.
    JsonLines,
    /// The complete record, as `segue qoe` reads it.
    Json,
    /// Rows under a header.
    Csv,
}

impl LogFormat {
    /// By the ending of a file's name.
    pub(crate) fn of(path: &Path) -> Result<LogFormat, Error> {
        match path.extension().and_then(|e| e.to_str()).map(str::to_ascii_lowercase).as_deref() {
            Some("jsonl") => Ok(LogFormat::JsonLines),
            Some("json") => Ok(LogFormat::Json),
            Some("csv") => Ok(LogFormat::Csv),
            _ => Err(Error::input(path.display(), "no log ends like this: expected .jsonl, .json or .csv")),
        }
    }
}

#[derive(Serialize)]
struct Row {
    index: usize,
    level: usize,
    bitrate_kbps: BitRate,
    size_bits: Bits,
    request_s: Seconds,
    first_byte_s: Seconds,
    finish_s: Seconds,
    buffer_before_s: Seconds,
    buffer_after_s: Seconds,
    wait_s: Seconds,
    stall_s: Seconds,
    outcome: Outcome,
}

impl From<&Download> for Row {
    fn from(d: &Download) -> Row {
        Row {
            index: d.index,
            level: d.level,
            bitrate_kbps: d.bitrate_kbps,
            size_bits: d.size_bits,
            request_s: d.request_s,
            first_byte_s: d.first_byte_s,
            finish_s: d.finish_s,
            buffer_before_s: d.buffer_before_s,
            buffer_after_s: d.buffer_after_s,
            wait_s: d.wait_s,
            stall_s: d.stall_s,
            outcome: d.outcome,
        }
    }
}

/// The bytes of a log. The complete record holds what is known of the rungs, too.
pub(crate) fn render(session: &Session, ladder: &Ladder, format: LogFormat) -> Result<Vec<u8>, Error> {
    let failed = |e: serde_json::Error| Error::Failed(format!("log: {e}"));
    let rows = session.downloads.iter().map(Row::from);
    match format {
        LogFormat::Json => {
            let record = Record::new(session.clone(), ladder);
            let mut bytes = serde_json::to_vec(&record).map_err(failed)?;
            bytes.push(b'\n');
            Ok(bytes)
        }
        LogFormat::JsonLines => {
            let mut bytes = Vec::new();
            for row in rows {
                serde_json::to_writer(&mut bytes, &row).map_err(failed)?;
                bytes.push(b'\n');
            }
            Ok(bytes)
        }
        LogFormat::Csv => csv_of(rows),
    }
}

/// Rows under a header of their fields' names.
pub(crate) fn csv_of<R: Serialize>(rows: impl Iterator<Item = R>) -> Result<Vec<u8>, Error> {
    let mut csv = csv::Writer::from_writer(Vec::new());
    for row in rows {
        csv.serialize(row).map_err(|e| Error::Failed(format!("CSV: {e}")))?;
    }
    csv.into_inner().map_err(|e| Error::Failed(format!("CSV: {e}")))
}
