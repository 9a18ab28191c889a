//! What is wrong with a file that a user gave.

use std::fmt;
use std::path::{Path, PathBuf};

/// Where an input is wrong, what stands there, and what should.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BadInput {
    /// The file, where the input came from one.
    pub file: Option<PathBuf>,
    /// The line, from 1; 0 when the fault is of the whole input.
    pub line: u64,
    /// Which value of the line, by the name its format gives it, with its unit; empty for the line itself.
    pub field: String,
    pub found: String,
    /// What was expected; empty where `found` says so itself.
    pub expected: String,
}

impl fmt::Display for BadInput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(file) = &self.file {
            write!(f, "{}: ", file.display())?;
        }
        if self.line > 0 {
            write!(f, "line {}: ", self.line)?;
        }
        if !self.field.is_empty() {
            write!(f, "{} is ", self.field)?;
        }
        f.write_str(&self.found)?;
        if self.expected.is_empty() { Ok(()) } else { write!(f, ", expected {}", self.expected) }
    }
}

impl BadInput {
    /// A fault of an input, without the file it came from.
    pub fn new(
        line: usize,
        field: impl Into<String>,
        found: impl Into<String>,
        expected: impl Into<String>,
    ) -> BadInput {
        BadInput {
            file: None,
            line: line as u64,
            field: field.into(),
            found: found.into(),
            expected: expected.into(),
        }
    }

    /// A fault of JSON on a line: `error` is what serde_json says, `expected` what stands for a text that is no JSON at all.
    pub fn json(line: usize, error: &impl fmt::Display, expected: &str) -> BadInput {
        let problem = json_problem(error);
        match problem.split_once(", expected ") {
            Some((found, expected)) => BadInput::new(line, "", found, expected),
            None => BadInput::new(line, "", format!("no JSON ({problem})"), expected),
        }
    }

    /// The same fault, said of a file; a file that is named already lies in this folder or archive.
    #[must_use]
    pub fn in_file(mut self, path: &Path) -> BadInput {
        self.file = Some(self.file.map_or_else(|| path.to_path_buf(), |inner| path.join(inner)));
        self
    }

    /// The same fault, said of a part of the input.
    #[must_use]
    pub fn within(mut self, part: &str) -> BadInput {
        self.field = match self.field.as_str() {
            "" => part.to_string(),
            field => format!("{part}: {field}"),
        };
        self
    }

    /// The same fault, said of a line, unless it says already which.
    #[must_use]
    pub fn at_line(mut self, line: usize) -> BadInput {
        if self.line == 0 {
            self.line = line as u64;
        }
        self
    }
}

/// What serde_json says, without the place that it repeats at the end.
pub fn json_problem(error: &impl fmt::Display) -> String {
    error.to_string().split(" at line ").next().unwrap_or_default().to_string()
}

/// What the system says of a fault, without the number that it has for it.
pub fn system_problem(error: &impl fmt::Display) -> String {
    error.to_string().split(" (os error").next().unwrap_or_default().to_string()
}

/// A found value, short and printable enough for one line of a message.
pub fn excerpt(text: &str) -> String {
    let mut short: String =
        text.chars().take(40).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
    if text.chars().nth(40).is_some() {
        short.push('…');
    }
    short
}

/// An [`excerpt`] in quotes.
pub fn quoted(text: &str) -> String {
    format!("`{}`", excerpt(text))
}

/// The bytes of a file as text, without a byte-order mark.
///
/// # Errors
/// The line and the first byte that is no UTF-8.
pub fn text(bytes: &[u8]) -> Result<&str, BadInput> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(text.strip_prefix('\u{feff}').unwrap_or(text)),
        Err(e) => {
            let line = 1 + bytes[..e.valid_up_to()].iter().filter(|b| **b == b'\n').count();
            let byte = bytes.get(e.valid_up_to()).copied().unwrap_or_default();
            Err(BadInput::new(line, "", format!("byte 0x{byte:02x}"), "text in UTF-8"))
        }
    }
}

/// The bytes of a text as UTF-8 without a byte order mark. UTF-16 is known by its mark or, as in XML, by a first `<`; what is
/// no text in it becomes U+FFFD. All other bytes are left as they are.
///
/// ```
/// assert_eq!(spec::utf8(b"\xef\xbb\xbf{}".to_vec()), b"{}");
/// assert_eq!(spec::utf8(b"\xff\xfe{\0}\0".to_vec()), b"{}");
/// assert_eq!(spec::utf8(b"{}".to_vec()), b"{}");
/// ```
pub fn utf8(mut bytes: Vec<u8>) -> Vec<u8> {
    let unit: fn([u8; 2]) -> u16 = match bytes.as_slice() {
        [0xef, 0xbb, 0xbf, ..] => {
            bytes.drain(..3);
            return bytes;
        }
        [0xff, 0xfe, ..] | [b'<', 0, ..] => u16::from_le_bytes,
        [0xfe, 0xff, ..] | [0, b'<', ..] => u16::from_be_bytes,
        _ => return bytes,
    };
    let units = bytes.as_chunks().0.iter().map(|pair| unit(*pair));
    let text: String = char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
    text.strip_prefix('\u{feff}').unwrap_or(&text).as_bytes().to_vec()
}
