//! What a stored file is: a session record, the log of a player, the input of P.1203 software, or something else.

use std::path::Path;

use qoe::{SESSION_SCHEMA, SESSION_SCHEMA_1};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

use crate::player_logs::{self, plain};

/// What a file holds.
pub(super) enum Record {
    /// A session, whose numbers are such as the engine writes.
    Session(Box<qoe::Record>),
    /// The input of P.1203 software, as text.
    Itu(String),
    /// The log of a player or browser.
    Log(qoe::logs::Log),
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
        let text = player_logs::text(path)?;
        // What begins like the engine's own records is read once; the rest must first be looked into.
        let beginning = ["{\"schema\":\"", SESSION_SCHEMA, "\""].concat();
        if text.starts_with(&beginning) {
            return session(&text);
        }
        if let Some(log) = player_logs::log(path, &text) {
            return log.map(Record::Log);
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
                "no session: expected \"schema\": \"{SESSION_SCHEMA}\", P.1203 input (I13), or a player's log"
            ))),
        }
    }
}

/// A record of the engine; one that it cannot have written is not scored.
fn session(text: &str) -> Result<Record, String> {
    let record = qoe::Record::parse("", text).map_err(plain)?;
    Ok(Record::Session(Box::new(record)))
}

/// Where JSON is wrong, and why.
fn place(error: &serde_json::Error) -> String {
    let why: String = spec::json_problem(error).chars().take(160).collect();
    format!("line {}: {why}", error.line())
}
