//! What is wrong with a file that a user gave.

use std::fmt;
use std::path::PathBuf;

/// Where an input is wrong, what stands there, and what should.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BadInput {
    /// The file, where the input came from one.
    pub file: Option<PathBuf>,
    /// The line, from 1; 0 when the fault is of the whole input.
    pub line: u64,
    /// Which value of the line, by the name its format gives it, with its unit; empty for the line itself.
    pub field: String,
    /// What was found.
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
