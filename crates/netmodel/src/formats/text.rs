//! What readers share: text, numbers and errors.

use spec::BadInput;
pub(crate) use spec::{quoted, text};

use super::decimal;
use super::options::ReadOptions;
use crate::NetworkError;

/// What is wrong with a JSON text that should be `grammar`.
pub(crate) fn json_error(e: &serde_json::Error, grammar: &str) -> NetworkError {
    BadInput::json(e.line(), e, grammar).into()
}

/// The number of a field whose unit is a thousand of Segue's own (s, Mbit/s), if it is in `[0, max]`.
pub(crate) fn thousands(
    line: usize,
    field: &str,
    text: impl AsRef<[u8]>,
    max: f64,
) -> Result<f64, NetworkError> {
    number(line, field, text.as_ref(), 3, max)
}

/// The number of a field times a power of ten, if the number itself is in `[0, max]`.
pub(crate) fn number(
    line: usize,
    field: &str,
    text: &[u8],
    shift: i32,
    max: f64,
) -> Result<f64, NetworkError> {
    match decimal::parse_shifted(text, shift) {
        Some(value) if value >= 0.0 && value <= max * 10f64.powi(shift) => Ok(value.abs()), // abs: -0 becomes 0
        _ => Err(NetworkError::input(line, field, shown(text), format!("a number from 0 to {max:e}"))),
    }
}

/// The name of a trace that has none.
pub(crate) fn name(options: &ReadOptions) -> String {
    options.name.clone().unwrap_or_else(|| "trace".to_string())
}

/// Turns an output error into ours.
pub(crate) fn io(e: std::io::Error) -> NetworkError {
    NetworkError::Io { path: Default::default(), message: e.to_string() }
}

/// A found line or field as an error shows it: in quotes, or as its first byte that is no text.
pub(crate) fn shown(found: &[u8]) -> String {
    match std::str::from_utf8(found) {
        Ok(text) => quoted(text),
        Err(e) => format!("byte 0x{:02x}", found.get(e.valid_up_to()).copied().unwrap_or_default()),
    }
}
