//! What a stored file is: a session record, the log of a player, the input of P.1203 software, or something else.

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
        let bytes = read(path).map_err(|e| format!("cannot read: {e}"))?;
        let text =
            String::from_utf8(spec::utf8(bytes)).map_err(|e| format!("no text ({})", e.utf8_error()))?;
        // What begins like the engine's own records is read once; the rest must first be looked into.
        let beginning = ["{\"schema\":\"", SESSION_SCHEMA, "\""].concat();
        if text.starts_with(&beginning) {
            return session(&text);
        }
        if text
            .lines()
            .next()
            .is_some_and(|header| header.contains("session_id") && header.contains("cum_rebuf"))
        {
            return puffer(path, &text).map(Record::Log);
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
            None if let Some(log) = qoe::logs::log("", &text) => log.map(Record::Log).map_err(plain),
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

/// An error without its file, which is named by whoever prints.
fn plain(e: QoeError) -> String {
    match e {
        QoeError::File { field, problem, .. } if field.starts_with("line ") => format!("{field}: {problem}"),
        QoeError::File { field, problem, .. } => format!("{field} {problem}"),
        other => other.to_string(),
    }
}

/// A day of Puffer: its other tables lie beside the `client_buffer`, under the same name but for that word.
fn puffer(path: &Path, buffer: &str) -> Result<qoe::logs::Log, String> {
    const OWN: &str = "client_buffer";
    let name = path.file_name().and_then(|n| n.to_str()).unwrap_or_default();
    let beside = |table: &str| path.with_file_name(name.replacen(OWN, table, 1));
    let text = |table: &str| -> Result<String, String> {
        let file = beside(table);
        let bytes = read(&file).map_err(|e| format!("cannot read {}: {e}", file.display()))?;
        String::from_utf8(spec::utf8(bytes))
            .map_err(|e| format!("{}: no text ({})", file.display(), e.utf8_error()))
    };
    if !name.contains(OWN) || !beside("video_sent").is_file() {
        let sent =
            if name.contains(OWN) { beside("video_sent").display().to_string() } else { "video_sent".into() };
        return Err(format!(
            "Puffer's events of the player, without bitrates: expected {sent} beside a file named client_buffer"
        ));
    }
    let acked = beside("video_acked").is_file().then(|| text("video_acked")).transpose()?;
    qoe::logs::puffer("", buffer, &text("video_sent")?, acked.as_deref()).map_err(plain)
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
