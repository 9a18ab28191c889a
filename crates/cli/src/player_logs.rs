//! The logs of players and servers: what viewers saw, for scores, and what the network gave them, for traces.

use std::path::Path;

use netmodel::formats::{self, Content, Delivery};
use qoe::QoeError;
use qoe::logs::Log;
use units::Seconds;

use crate::Error;

/// The text of a file; the error does not name it.
pub(crate) fn text(path: &Path) -> Result<String, String> {
    let bytes = spec::file::read(path).map_err(|e| format!("cannot read: {e}"))?;
    decoded(bytes)
}

fn decoded(bytes: Vec<u8>) -> Result<String, String> {
    String::from_utf8(spec::utf8(bytes)).map_err(|e| format!("no text ({})", e.utf8_error()))
}

/// The sessions of a log, whose other files lie beside it; None for what is none. The error does not name the file.
pub(crate) fn log(path: &Path, text: &str) -> Option<Result<Log, String>> {
    if qoe::logs::is_client_buffer(text) {
        return Some(puffer(path, text));
    }
    qoe::logs::log("", text).map(|log| log.map_err(plain))
}

/// A day of Puffer: its other tables lie beside the `client_buffer`, under the same name but for that word.
fn puffer(path: &Path, buffer: &str) -> Result<qoe::logs::Log, String> {
    const OWN: &str = "client_buffer";
    let name = path.file_name().and_then(|n| n.to_str()).unwrap_or_default();
    let beside = |table: &str| path.with_file_name(name.replacen(OWN, table, 1));
    let text = |table: &str| {
        let file = beside(table);
        text(&file).map_err(|e| format!("{}: {e}", file.display()))
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

/// An error without its file, which is named by whoever prints.
pub(crate) fn plain(e: QoeError) -> String {
    match e {
        QoeError::File { field, problem, .. } if field.starts_with("line ") => format!("{field}: {problem}"),
        QoeError::File { field, problem, .. } => format!("{field} {problem}"),
        other => other.to_string(),
    }
}

/// The network that a log shows: of every session an observed trace, a period per download. `bytes` are the file's where they
/// were read already.
pub(crate) fn network(path: &Path, bytes: Option<&[u8]>) -> Result<Vec<Content>, Error> {
    let wrong = |e: String| Error::input(path.display(), e);
    let text = match bytes {
        Some(bytes) => decoded(bytes.to_vec()),
        None => text(path),
    };
    let text = text.map_err(wrong)?;
    let log = log(path, &text).ok_or_else(|| wrong("looks like a player's log, and is none".into()))?;
    let log = log.map_err(wrong)?;
    let several = log.sessions.len() > 1;
    let stem = formats::stem(path);
    let mut contents = Vec::new();
    for (part, record) in &log.sessions {
        let name = if several { format!("{stem}#{part}") } else { stem.clone() };
        let nanoseconds = |t: Seconds| (t.millis() * 1e6).round() as i64;
        let delivery = |(i, d): (usize, &qoe::Download)| {
            let begin_ns = nanoseconds(d.request_s);
            let took_ns = nanoseconds(d.finish_s) - begin_ns;
            Delivery { line: i + 1, begin_ns, took_ns, size: d.received_bits }
        };
        let downloads: Vec<Delivery> = record.session.downloads.iter().enumerate().map(delivery).collect();
        let seen = formats::observed(&name, log.source, Seconds::ZERO, &downloads);
        let Some(mut seen) = seen.map_err(|e| wrong(e.to_string()))? else { continue };
        if log.nominal {
            seen.notes.push("sizes are bitrates times durations: the log has none".into());
        }
        seen.part = several.then(|| part.clone());
        contents.push(Content::from(seen));
    }
    match contents.is_empty() {
        true => Err(wrong(format!(
            "a {} log that does not tell how long downloads took, expected one that does (docs/logs.md)",
            log.source
        ))),
        false => Ok(contents),
    }
}
