//! From a trace to a file.

use std::io::Write;

use super::format::Format;
use super::options::WriteOptions;
use super::registry::FORMATS;
use crate::{NetworkError, Trace};

/// Writes a trace and returns what the format could not hold, one sentence each; empty when nothing is lost.
///
/// # Errors
/// [`NetworkError::Input`] for a format that cannot be written, or a trace that it cannot hold at all;
/// [`NetworkError::Io`] from the output.
pub fn write(
    trace: &Trace,
    format: &Format,
    out: &mut dyn Write,
    options: &WriteOptions,
) -> Result<Vec<String>, NetworkError> {
    match format.write {
        Some(writer) => writer(trace, options, out),
        None => {
            let can: Vec<&str> = FORMATS.iter().filter(|f| f.can_write()).map(|f| f.name()).collect();
            let expected = format!("one that can be written: {}", can.join(", "));
            Err(NetworkError::input(0, "the format", format.name(), expected))
        }
    }
}
