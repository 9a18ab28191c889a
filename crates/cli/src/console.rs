//! The one place that prints. Colour only where a terminal shows it; `NO_COLOR` is heeded.

use std::io::Write;

use anstyle::{AnsiColor, Style};
use serde::Serialize;

use crate::Error;
use crate::text::{brief, printable};

const ERROR: Style = AnsiColor::Red.on_default().bold();
const NOTE: Style = AnsiColor::Yellow.on_default();

/// Prints a text on standard output.
pub(crate) fn print(text: &str) -> Result<(), Error> {
    let mut out = anstream::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(|e| Error::stdout(&e))
}

/// Standard output for bytes that are no text.
pub(crate) fn bytes() -> client::Writer {
    Box::new(tokio::io::stdout())
}

/// Prints one JSON document on standard output.
pub(crate) fn json(value: &impl Serialize) -> Result<(), Error> {
    print(&pretty(value)?)
}

/// A JSON document as text with a line's end.
pub(crate) fn pretty(value: &impl Serialize) -> Result<String, Error> {
    let mut text = serde_json::to_string_pretty(value).map_err(|e| Error::Failed(format!("JSON: {e}")))?;
    text.push('\n');
    Ok(text)
}

/// Tells of an error on standard error, in one line.
pub(crate) fn error(message: &str) {
    line("error", ERROR, message);
}

/// Tells of something that is no error, on standard error, in one line.
pub(crate) fn note(message: &str) {
    line("note", NOTE, message);
}

/// A line of a log, on standard error.
pub(crate) fn log(line: &str) {
    // There is nowhere to say that standard error is closed.
    let _ = writeln!(anstream::stderr().lock(), "{line}");
}

fn line(kind: &str, style: Style, message: &str) {
    // There is nowhere to say that standard error is closed.
    let message = printable(&brief(message.trim()));
    let _ = writeln!(anstream::stderr().lock(), "segue: {style}{kind}:{style:#} {message}");
}

/// Says something on standard error, where standard output is taken.
pub(crate) fn aside(text: &str) {
    // There is nowhere to say that standard error is closed.
    let _ = anstream::stderr().lock().write_all(text.as_bytes());
}

/// Becomes ready when the user or the system ends the command: SIGINT, SIGTERM. Within a runtime.
pub(crate) fn interrupted() -> Result<impl Future<Output = ()>, Error> {
    use tokio::signal::unix::{SignalKind, signal};
    let failed = |e: std::io::Error| Error::Failed(format!("signals are not told: {e}"));
    let mut interrupt = signal(SignalKind::interrupt()).map_err(failed)?;
    let mut terminate = signal(SignalKind::terminate()).map_err(failed)?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}
