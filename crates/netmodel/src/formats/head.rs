//! The beginning of an input, by which its format is recognised.

use super::split::{fields, separator};
use super::text::text;
use crate::NetworkError;

/// The beginning of an input, for recognising it.
pub(crate) struct Head<'a> {
    /// Its first lines that are not empty, without surrounding blanks; a line that the head cuts is left out.
    pub(crate) lines: Vec<&'a str>,
    /// The beginning of the line that the head cuts; empty if it cuts none.
    pub(crate) cut: &'a str,
}

impl<'a> Head<'a> {
    pub(super) const BYTES: usize = 4096;
    const LINES: usize = 16;

    pub(super) fn of(bytes: &'a [u8]) -> Result<Head<'a>, NetworkError> {
        let cut = bytes.len() > Head::BYTES;
        let head = &bytes[..bytes.len().min(Head::BYTES)];
        if head.iter().all(u8::is_ascii_whitespace) {
            let found = if bytes.is_empty() { "empty" } else { "blank" };
            return Err(NetworkError::input(0, "the input", found, "a network trace"));
        }
        // A head may be cut in the middle of a character: what is valid of it is enough.
        let head = match text(head) {
            Ok(head) => head,
            Err(_) if cut => std::str::from_utf8(head).unwrap_or_else(|e| valid_part(head, &e)),
            Err(e) => return Err(e.into()),
        };
        Ok(Head::new(head, cut))
    }

    /// The head of an input: all of it, or what is `cut` off.
    pub(super) fn new(text: &'a str, cut: bool) -> Head<'a> {
        // A file of one endless line (JSON) is recognised by what is seen of it.
        let (whole, rest) = match text.rsplit_once('\n') {
            Some(parts) if cut => parts,
            _ => (text, ""),
        };
        let lines = whole.lines().map(str::trim).filter(|l| !l.is_empty()).take(Head::LINES).collect();
        Head { lines, cut: rest.trim() }
    }

    /// Whether what is seen begins so.
    pub(crate) fn starts_with(&self, sign: char) -> bool {
        self.lines.first().is_some_and(|l| l.starts_with(sign))
    }

    /// Whether some line, as far as it is seen, has this in it.
    pub(crate) fn contains(&self, text: &str) -> bool {
        self.lines.iter().any(|l| l.contains(text)) || self.cut.contains(text)
    }

    /// Whether the first line is a header of names, all of these among them.
    pub(crate) fn has_columns(&self, names: &[&str]) -> bool {
        let header = self.lines.first().copied().unwrap_or_default();
        let columns = fields(header, separator(header));
        names.iter().all(|name| columns.contains(name))
    }

    /// Whether there are lines and all of them satisfy `rule`.
    pub(crate) fn all(&self, rule: impl Fn(&str) -> bool) -> bool {
        !self.lines.is_empty() && self.lines.iter().all(|l| rule(l))
    }
}

fn valid_part<'a>(bytes: &'a [u8], error: &std::str::Utf8Error) -> &'a str {
    std::str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default()
}
