//! What went wrong, and with which exit code it ends.

use std::fmt;
use std::io;
use std::path::Path;

/// Why a command ends without its result.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// What the user gave is wrong: exit code 2.
    Input(String),
    /// The work itself failed: exit code 1.
    Failed(String),
    /// Part of the work failed, and it is already said how: exit code 1 without another word.
    Reported,
    /// Nothing of what the user gave was of use, and it is already said why: exit code 2 without another word.
    NothingUsable,
    /// Nobody reads standard output any more: a quiet end, as if done.
    Pipe,
}

impl Error {
    /// Something is wrong with a named input.
    pub fn input(what: impl fmt::Display, problem: impl fmt::Display) -> Error {
        Error::Input(format!("{what}: {problem}"))
    }

    /// A file could not be written.
    pub(crate) fn write(path: &Path, problem: impl fmt::Display) -> Error {
        Error::Failed(format!("{}: cannot write: {}", path.display(), spec::system_problem(&problem)))
    }

    /// A file could not be read.
    pub(crate) fn read(what: impl fmt::Display, problem: impl fmt::Display) -> Error {
        Error::input(what, format_args!("cannot read: {}", spec::system_problem(&problem)))
    }

    /// Standard output could not be written.
    pub(crate) fn stdout(error: &io::Error) -> Error {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Error::Pipe,
            _ => Error::Failed(format!("standard output: cannot write: {}", spec::system_problem(&error))),
        }
    }

    /// The exit code.
    pub fn code(&self) -> u8 {
        match self {
            Error::Input(_) | Error::NothingUsable => 2,
            Error::Failed(_) | Error::Reported => 1,
            Error::Pipe => 0,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Input(message) | Error::Failed(message) => f.write_str(message),
            Error::Reported | Error::NothingUsable => f.write_str("see the errors above"),
            Error::Pipe => f.write_str("standard output was closed"),
        }
    }
}

impl std::error::Error for Error {}

/// Libraries speak of what they were given.
macro_rules! input_errors {
    ($($kind:ty),+) => {
        $(impl From<$kind> for Error {
            fn from(error: $kind) -> Error {
                Error::Input(error.to_string())
            }
        })+
    };
}

input_errors!(netmodel::NetworkError, media::MediaError, sim::SimError, qoe::QoeError, spec::SpecError);

impl From<client::ClientError> for Error {
    fn from(error: client::ClientError) -> Error {
        match error {
            client::ClientError::Input { .. } | client::ClientError::Manifest { .. } => {
                Error::Input(error.to_string())
            }
            _ => Error::Failed(error.to_string()),
        }
    }
}

impl From<origin::OriginError> for Error {
    fn from(error: origin::OriginError) -> Error {
        match error {
            // The address may be right, and taken.
            origin::OriginError::Listen { .. } => Error::Failed(error.to_string()),
            _ => Error::Input(error.to_string()),
        }
    }
}

impl From<plot::PlotError> for Error {
    fn from(error: plot::PlotError) -> Error {
        match error {
            plot::PlotError::Format { .. } | plot::PlotError::Size { .. } => Error::Input(error.to_string()),
            _ => Error::Failed(error.to_string()),
        }
    }
}
