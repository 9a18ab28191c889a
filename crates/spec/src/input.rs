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
