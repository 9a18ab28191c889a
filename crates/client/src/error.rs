//! What can go wrong before and while a video is played.

/// Why a video cannot be played.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClientError {
    /// Something that the user gave is wrong.
    #[error("{what}: {problem}, expected {expected}")]
    Input {
        what: String,
        problem: String,
        /// What would be right.
        expected: String,
    },
    /// A server does not answer as it should.
    #[error("{url}: {problem}")]
    Server { url: String, problem: String },
    /// A manifest cannot be read.
    #[error("{url}: {source}")]
    Manifest { url: String, source: Box<media::MediaError> },
    /// Media cannot be handed on.
    #[error("{to}: cannot write: {problem}")]
    Sink {
        to: String,
        /// Why not.
        problem: String,
    },
}

impl ClientError {
    pub(crate) fn server(url: impl Into<String>, problem: impl std::fmt::Display) -> ClientError {
        ClientError::Server { url: url.into(), problem: problem.to_string() }
    }

    pub(crate) fn input(
        what: impl Into<String>,
        problem: impl Into<String>,
        expected: impl Into<String>,
    ) -> ClientError {
        ClientError::Input { what: what.into(), problem: problem.into(), expected: expected.into() }
    }
}
