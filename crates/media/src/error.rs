//! What can be wrong with a video description, a file that should hold one, or the name of a preset.

use std::path::{Path, PathBuf};

use spec::BadInput;
pub(crate) use spec::quoted;

/// Why a video could not be described.
#[derive(Debug, thiserror::Error, Clone, PartialEq)]
#[non_exhaustive]
pub enum MediaError {
    /// No rung, or no segment.
    #[error("the video has no {0}: expected at least one")]
    Empty(&'static str),
    /// Rungs that do not ascend strictly.
    #[error(
        "ladder: rung {index} has {kbps} kbit/s after {before} kbit/s, expected bitrates in strictly ascending order"
    )]
    Unordered {
        /// The rung out of order, from 0.
        index: usize,
        kbps: f64,
        /// The bitrate of the rung before it.
        before: f64,
    },
    /// A number is out of its range.
    #[error("{field} is {value}, expected {expected}")]
    Number {
        /// Where it stands, e.g. `segment 12, rung 3: size_bits`.
        field: String,
        value: f64,
        expected: &'static str,
    },
    /// A table that does not have one size per segment and rung.
    #[error("segment {segment} has {found} sizes, expected one per rung ({expected})")]
    Ragged {
        /// Which segment, from 0.
        segment: usize,
        /// How many sizes it has.
        found: usize,
        /// How many rungs there are.
        expected: usize,
    },
    /// A file, or a text in the place of one, is not what its format says.
    #[error("{0}")]
    Input(Box<BadInput>),
    /// The name or the options of a format or preset are not in its registry.
    #[error(transparent)]
    Spec(#[from] spec::SpecError),
    /// A file could not be opened or read, or an output not written.
    #[error("{}: {message}", path.display())]
    Io {
        /// Which file; empty for a stream without a name.
        path: PathBuf,
        /// What the system said.
        message: String,
    },
}

impl MediaError {
    /// A fault of an input, without the file it came from.
    pub(crate) fn input(
        line: usize,
        field: impl Into<String>,
        found: impl Into<String>,
        expected: impl Into<String>,
    ) -> MediaError {
        BadInput::new(line, field, found, expected).into()
    }

    /// Whether it says already which file is at fault.
    pub(crate) fn names_file(&self) -> bool {
        match self {
            MediaError::Input(bad) => bad.file.is_some(),
            MediaError::Io { path, .. } => path.components().next().is_some(),
            _ => false,
        }
    }

    /// The same fault, said of a file.
    pub(crate) fn in_file(self, path: &Path) -> MediaError {
        match self {
            MediaError::Input(bad) => bad.in_file(path).into(),
            MediaError::Spec(_) => self,
            MediaError::Io { path: inner, message } => MediaError::Io { path: path.join(inner), message },
            other => MediaError::input(0, "", other.to_string(), "").in_file(path),
        }
    }

    /// The same fault, said of a part of the input.
    #[cfg(feature = "manifests")]
    pub(crate) fn within(self, part: &str) -> MediaError {
        match self {
            MediaError::Input(bad) => bad.within(part).into(),
            other => other,
        }
    }

    /// The same fault, said of a line, unless it says already which.
    #[cfg(feature = "manifests")]
    pub(crate) fn at_line(self, line: usize) -> MediaError {
        match self {
            MediaError::Input(bad) => bad.at_line(line).into(),
            other => other,
        }
    }

    /// A fault of JSON: where serde_json stopped, and why.
    pub(crate) fn json(error: &serde_json::Error, expected: &str) -> MediaError {
        BadInput::json(error.line(), error, expected).into()
    }
}

/// A fault of the system, of a file that is named later.
pub(crate) fn io(e: std::io::Error) -> MediaError {
    MediaError::Io { path: PathBuf::new(), message: e.to_string() }
}

impl From<BadInput> for MediaError {
    fn from(bad: BadInput) -> MediaError {
        MediaError::Input(Box::new(bad))
    }
}
