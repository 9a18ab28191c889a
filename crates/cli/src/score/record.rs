//! What a stored file is: a session record, the input of P.1203 software, or something else.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use qoe::{QoeError, SESSION_SCHEMA, SESSION_SCHEMA_1};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

/// Larger files are no session.
const LARGEST: u64 = 256 << 20;

/// What a file holds.
pub(super) enum Record {
    /// A session, whose numbers are such as the engine writes.
    Session(Box<qoe::Record>),
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
        let text =
            String::from_utf8(spec::utf8(bytes)).map_err(|e| format!("no text ({})", e.utf8_error()))?;
        // What begins like the engine's own records is read once; the rest must first be looked into.
        let beginning = ["{\"schema\":\"", SESSION_SCHEMA, "\""].concat();
        if text.starts_with(&beginning) {
            return session(&text);
        }
        let probe: Probe = serde_json::from_str(&text).map_err(|e| {
            let expected = "expected a session record (segue run --log FILE.json) or P.1203 input";
            match e.is_data() {
                true => format!("no JSON object, {expected}"),
                false => format!("{}, {expected}", place(&e)),
            }
        })?;
        match probe.schema {
            Some(Value::String(schema)) if schema == SESSION_SCHEMA || schema == SESSION_SCHEMA_1 => {
                session(&text)
            }
            None if probe.video.is_some() || probe.quality.is_some() => Ok(Record::Itu(text)),
            Some(Value::String(schema)) => Ok(Record::Other(format!(
                "schema is \"{schema}\", expected \"{SESSION_SCHEMA}\" (segue run --log FILE.json)"
            ))),
            _ => Ok(Record::Other(format!(
                "no session: expected \"schema\": \"{SESSION_SCHEMA}\", or P.1203 input (I13)"
            ))),
        }
    }
}

/// A record of the engine; one that it cannot have written is not scored.
fn session(text: &str) -> Result<Record, String> {
    let record = qoe::Record::parse("", text).map_err(|e| match e {
        // The file is named by whoever prints.
        QoeError::File { field, problem, .. } if field.starts_with("line ") => format!("{field}: {problem}"),
        QoeError::File { field, problem, .. } => format!("{field} {problem}"),
        other => other.to_string(),
    })?;
    Ok(Record::Session(Box::new(record)))
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
    let why: String = message.split(" at line ").next().unwrap_or_default().chars().take(160).collect();
    format!("line {}: {why}", error.line())
}
