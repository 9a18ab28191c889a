//! What a stored file is: a session record, the input of P.1203 software, or something else.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use qoe::{SESSION_SCHEMA, Session};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;
use units::Seconds;

/// Larger files are no session.
const LARGEST: u64 = 1 << 30;

/// What a file holds.
pub(super) enum Record {
    /// A session, whose numbers are such as the engine writes.
    Session(Box<Session>),
    /// The input of P.1203 software, as text.
    Itu(String),
    /// JSON of another kind; why it cannot be scored.
    Other(String),
}

/// Enough to know what a file is.
#[derive(Deserialize)]
struct Probe {
    schema: Option<Value>,
    #[serde(rename = "I13")]
    video: Option<IgnoredAny>,
    #[serde(rename = "O22")]
    quality: Option<IgnoredAny>,
}

impl Record {
    /// Reads a file; the error does not name it.
    pub(super) fn read(path: &Path) -> Result<Record, String> {
        let bytes = read(path).map_err(|e| format!("cannot read: {e}"))?;
        let probe: Probe = serde_json::from_slice(&bytes).map_err(|e| {
            format!("{}, expected a session record (segue run --log FILE.json) or P.1203 input", place(&e))
        })?;
        match probe.schema {
            Some(Value::String(schema)) if schema == SESSION_SCHEMA => {
                let session: Session = serde_json::from_slice(&bytes).map_err(|e| place(&e))?;
                check(&session)?;
                Ok(Record::Session(Box::new(session)))
            }
            None if probe.video.is_some() || probe.quality.is_some() => {
                String::from_utf8(bytes).map(Record::Itu).map_err(|e| e.to_string())
            }
            Some(Value::String(schema)) => Ok(Record::Other(format!(
                "schema is \"{schema}\", expected \"{SESSION_SCHEMA}\" (segue run --log FILE.json)"
            ))),
            _ => Ok(Record::Other(format!(
                "no session: expected \"schema\": \"{SESSION_SCHEMA}\", or P.1203 input (I13)"
            ))),
        }
    }
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(LARGEST + 1).read_to_end(&mut bytes)?;
    match bytes.len() as u64 > LARGEST {
        true => Err(io::Error::other(format!("larger than {LARGEST} bytes"))),
        false => Ok(bytes),
    }
}

/// Where JSON is wrong, and why.
fn place(error: &serde_json::Error) -> String {
    let message = error.to_string();
    let why = message.split(" at line ").next().unwrap_or_default();
    format!("line {}: {why}", error.line())
}

/// A record that the engine cannot have written is not scored.
fn check(session: &Session) -> Result<(), String> {
    let time = |what: &dyn Fn() -> String, t: Seconds| match t >= Seconds::ZERO && t.is_finite() {
        true => Ok(()),
        false => Err(format!("{} is {}, expected a time of at least 0", what(), t.get())),
    };
    for (name, t) in [
        ("startup_delay_s", session.startup_delay_s),
        ("played_s", session.played_s),
        ("paused_s", session.paused_s),
        ("wall_s", session.wall_s),
    ] {
        time(&|| name.to_string(), t)?;
    }
    for (i, s) in session.stalls.iter().enumerate() {
        for (name, t) in [("start_s", s.start_s), ("duration_s", s.duration_s), ("media_s", s.media_s)] {
            time(&|| format!("stalls[{i}].{name}"), t)?;
        }
    }
    for (i, d) in session.downloads.iter().enumerate() {
        for (name, t) in [
            ("duration_s", d.duration_s),
            ("request_s", d.request_s),
            ("finish_s", d.finish_s),
            ("buffer_before_s", d.buffer_before_s),
            ("buffer_after_s", d.buffer_after_s),
            ("stall_s", d.stall_s),
        ] {
            time(&|| format!("downloads[{i}].{name}"), t)?;
        }
        let kbps = d.bitrate_kbps.kbps();
        if !(kbps > 0.0 && kbps.is_finite()) {
            return Err(format!("downloads[{i}].bitrate_kbps is {kbps}, expected a number above 0"));
        }
    }
    Ok(())
}
