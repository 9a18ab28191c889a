//! What players and browsers logged, as session records: what real viewers saw can be scored like what was simulated.
//!
//! | source | format | what tells of the playback |
//! |---|---|---|
//! | HAR 1.2 with CMCD (CTA-5004) | har | nothing: it follows from arrivals |
//! | access logs of servers, with CMCD | access | nothing: it follows from arrivals |
//! | dash.js metrics | dashjs | `PlayList` |
//! | hls.js demo's event log | hlsjs | `video` |
//! | Shaka `getStats()` | shaka | `stateHistory` |
//! | CMCD version 2, event mode | cmcd_events | `sta` |
//! | events as in CTA-2066 | cta2066 | its events |
//! | Puffer `client_buffer` with `video_sent` | [`puffer()`] | its events |
//!
//! In all of them, what was downloaded counts as played, and times count from the first request (of what tells of states: the first state).

mod access;
mod cmcd;
mod cmcd_events;
mod cta2066;
mod dashjs;
mod har;
mod hlsjs;
mod objects;
mod puffer;
mod requests;
mod shaka;
mod states;
mod timeline;

use serde::Deserialize;
use serde::de::IgnoredAny;

pub use cmcd::Cmcd;
pub use puffer::{is_client_buffer, puffer};

use crate::{QoeError, Record};

/// The sessions of a log, and what it cannot tell of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Log {
    pub source: &'static str,
    /// Its sessions, each with its name in the log; the name of the only one may be empty.
    pub sessions: Vec<(String, Record)>,
    /// What was inferred, or left out.
    pub notes: Vec<String>,
    /// Whether sizes are bitrates times durations, since the log has none.
    pub nominal: bool,
}

/// Enough to know whose log a JSON text is.
#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct Probe {
    // What names its schema, or is input of P.1203, is nobody's log.
    schema: Option<IgnoredAny>,
    #[serde(rename = "I13")]
    itu: Option<IgnoredAny>,
    log: Option<IgnoredAny>,
    #[serde(rename = "HttpList")]
    requests: Option<IgnoredAny>,
    #[serde(rename = "stateHistory")]
    states: Option<IgnoredAny>,
    load: Option<IgnoredAny>,
    bitrate: Option<IgnoredAny>,
    video: Option<IgnoredAny>,
}

/// Whether the beginning of a file looks like a log that [`log`] or [`puffer()`] reads: whoever reads formats of other kinds asks before.
pub fn is_log(head: &[u8]) -> bool {
    let text = String::from_utf8_lossy(head);
    let text = text.trim_start_matches('\u{feff}').trim_start();
    if access::is(text) || is_client_buffer(text) || cmcd_events::is(text) || cta2066::is(text) {
        return true;
    }
    let has = |names: &[&str]| names.iter().all(|name| text.contains(&format!("\"{name}\"")));
    text.starts_with('{')
        && (has(&["log", "creator"])
            || has(&["log", "entries"])
            || ["HttpList", "TcpList", "PlayList", "stateHistory", "switchHistory"].iter().any(|n| has(&[n]))
            || has(&["t0", "load"])
            || has(&["t0", "buffer"]))
}

/// Reads the log of a player, a browser or a server; None for a text that is none. `file` is the name that errors give.
///
/// # Errors
/// [`QoeError::File`] with the field at fault: one that is missing or no number, or a log that does not tell enough for a session.
pub fn log(file: &str, text: &str) -> Option<Result<Log, QoeError>> {
    let begin = text.trim_start_matches('\u{feff}').trim_start();
    let of_lines: Option<Reader> = match begin {
        text if access::is(text) => Some(access::read),
        text if cmcd_events::is(text) => Some(cmcd_events::read),
        text if cta2066::is(text) => Some(cta2066::read),
        _ => None,
    };
    let read = match of_lines {
        Some(read) => return Some(read(begin).map_err(|fault| fault.of(file))),
        None => match serde_json::from_str(text).ok()? {
            Probe { schema: Some(_), .. } | Probe { itu: Some(_), .. } => return None,
            Probe { log: Some(_), .. } => har::read,
            Probe { states: Some(_), .. } => shaka::read,
            Probe { load: Some(_), bitrate: Some(_), .. } => hlsjs::read,
            Probe { requests: Some(_), .. } => dashjs::read,
            Probe { video: Some(_), .. } => dashjs::read_of_media,
            _ => return None,
        },
    };
    Some(read(text).map_err(|fault| fault.of(file)))
}

/// Reads a text as the log of one source.
type Reader = fn(&str) -> Result<Log, Fault>;

/// What is wrong with a log, without its name.
#[derive(Debug)]
struct Fault {
    field: String,
    problem: String,
}

impl Fault {
    fn new(field: impl Into<String>, problem: impl Into<String>) -> Fault {
        Fault { field: field.into(), problem: problem.into() }
    }

    fn of(self, file: &str) -> QoeError {
        QoeError::File { file: file.to_string(), field: self.field, problem: self.problem }
    }
}

/// Parses a log that is one JSON value.
fn parse<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, Fault> {
    serde_json::from_str(text)
        .map_err(|e| Fault::new(format!("line {}, column {}", e.line(), e.column()), spec::json_problem(&e)))
}

/// Seconds since 1970 of a date such as `2024-05-01T12:00:00.250Z`.
fn instant(field: &str, text: &str) -> Result<f64, Fault> {
    let at: jiff::Timestamp = text.parse().map_err(|_| {
        let shown: String = text.chars().take(40).collect();
        Fault::new(field, format!("is '{shown}', expected a date such as 2024-05-01T12:00:00.250Z"))
    })?;
    Ok(at.as_nanosecond() as f64 / 1e9)
}
