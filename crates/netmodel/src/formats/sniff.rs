//! Which format an input is in, by its first lines.

use super::csv;
use super::format::Format;
use super::head::Head;
use super::registry::FORMATS;
use crate::NetworkError;
use spec::excerpt;

/// A recognised format.
#[derive(Clone, Copy, Debug)]
pub struct Sniffed {
    pub format: &'static Format,
    pub reason: &'static str,
}

/// Recognises a format by the beginning of an input.
///
/// # Errors
/// [`NetworkError::Input`] when no format or more than one fits.
pub fn sniff(bytes: &[u8]) -> Result<Sniffed, NetworkError> {
    // Two bytes a character, and the mark.
    let most = bytes.len().min(2 * Head::BYTES + 4);
    let utf8 = is_utf16(bytes).then(|| spec::utf8(bytes[..most].to_vec()));
    let head = Head::of(utf8.as_deref().unwrap_or(bytes))?;
    let matches = |f: &&'static Format| (f.detect)(&head).map(|reason| Sniffed { format: f, reason });
    let found: Vec<Sniffed> = FORMATS.iter().filter_map(matches).collect();
    match found.as_slice() {
        [one] => Ok(*one),
        [] => {
            // A table that nobody knows may say itself what it is.
            if let Some(reason) = csv::detect_table(&head) {
                return Ok(Sniffed { format: &csv::FORMAT, reason });
            }
            if let Some(lacks) = csv::lacking(&head) {
                return Err(NetworkError::input(0, "", lacks, ""));
            }
            let first = head.lines.first().map_or_else(String::new, |l| excerpt(l));
            let expected = format!("the beginning of a trace in one of the {} known formats", FORMATS.len());
            Err(NetworkError::input(1, "", format!("`{first}`"), expected))
        }
        several => {
            let names: Vec<&str> = several.iter().map(|s| s.format.name()).collect();
            let found = format!("readable as {}", names.join(" and as "));
            Err(NetworkError::input(0, "the input", found, "the name of the format, given explicitly"))
        }
    }
}

/// Whether an input is marked as UTF-16, as spreadsheets save "Unicode text".
pub(super) fn is_utf16(bytes: &[u8]) -> bool {
    bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff")
}

/// What every format makes of the beginning of an input: why it looks like this format, or None.
///
/// ```
/// use netmodel::formats;
///
/// let log = b"1300000000 1000 59.90 10.70 250000 1000\n";
/// let seen: Vec<_> = formats::explain(log)?.into_iter().filter_map(|(f, why)| Some((f.name(), why?))).collect();
/// assert_eq!(seen, [("rawlog", "six numbers per line, the first a time of 10 digits (seconds, HSDPA)")]);
/// # Ok::<(), netmodel::NetworkError>(())
/// ```
///
/// # Errors
/// [`NetworkError::Input`] for an input that is empty, or no text.
pub fn explain(bytes: &[u8]) -> Result<Vec<(&'static Format, Option<&'static str>)>, NetworkError> {
    let head = Head::of(bytes)?;
    Ok(FORMATS.iter().map(|f| (*f, (f.detect)(&head))).collect())
}
