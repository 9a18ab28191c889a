//! What can be wrong with a trace, a file that should hold one, or the name of a preset.

use std::path::{Path, PathBuf};

use spec::BadInput;

/// Why a trace could not be read, built or used.
#[derive(Debug, thiserror::Error, Clone, PartialEq)]
#[non_exhaustive]
pub enum NetworkError {
    /// The trace has no period.
    #[error("the trace is empty: expected at least one period of positive duration")]
    Empty,
    /// A number of a period is out of its range.
    #[error("period {index}: {field} is {value}, expected {expected}")]
    Period {
        /// Which period, from 0.
        index: usize,
        field: &'static str,
        /// What it is, in the unit of `field`.
        value: f64,
        expected: &'static str,
    },
    /// A looping trace that never carries anything would hang every session.
    #[error("the trace never carries a bit (all its rates are zero), so looping it would never end")]
    AllZero,
    /// An option (of a link, a radio network, a change of a trace) is out of its range.
    #[error("{option} is {value}, expected {expected}")]
    Option { option: &'static str, value: f64, expected: &'static str },
    /// An impairment stands outside of one that takes from it.
    #[error(
        "impairment '{outer}' comes after '{inner}', which takes its round trips and connections from the inside: give '{outer}' first"
    )]
    Order {
        /// The one that came after.
        outer: String,
        /// The one that came before.
        inner: String,
    },
    /// A file, or a text in the place of one, is not what its format says.
    #[error("{0}")]
    Input(Box<BadInput>),
    /// The name or the options of a format or preset are not in its registry.
    #[error(transparent)]
    Spec(#[from] spec::SpecError),
    /// A file could not be opened or read, or an output not written.
    #[error("{}: {}", path.display(), spec::system_problem(message))]
    Io {
        /// Which file; empty for a stream without a name.
        path: PathBuf,
        /// What the system said.
        message: String,
    },
}

impl NetworkError {
    /// A fault of an input, without the file it came from.
    pub(crate) fn input(
        line: usize,
        field: impl Into<String>,
        found: impl Into<String>,
        expected: impl Into<String>,
    ) -> NetworkError {
        BadInput::new(line, field, found, expected).into()
    }

    /// The same fault, said of a file.
    pub(crate) fn in_file(self, path: &Path) -> NetworkError {
        match self {
            NetworkError::Input(bad) => bad.in_file(path).into(),
            NetworkError::Io { message, .. } => NetworkError::Io { path: path.to_path_buf(), message },
            NetworkError::Empty | NetworkError::Period { .. } | NetworkError::AllZero => {
                NetworkError::input(0, "", self.to_string(), "").in_file(path)
            }
            other => other,
        }
    }
}

impl From<BadInput> for NetworkError {
    fn from(bad: BadInput) -> NetworkError {
        NetworkError::Input(Box::new(bad))
    }
}
