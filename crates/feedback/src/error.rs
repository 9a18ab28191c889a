//! What can go wrong.

use spec::BadInput;

/// Why something cannot be done.
#[derive(Debug, thiserror::Error, Clone, PartialEq)]
#[non_exhaustive]
pub enum FeedbackError {
    /// Nothing has this name.
    #[error("unknown {what} '{name}'{hint} Known: {known}")]
    Unknown {
        what: &'static str,
        name: String,
        /// The end of the sentence: what was perhaps meant.
        hint: String,
        known: String,
    },
    /// A value is not what it should be.
    #[error("{field}: found {found}, expected {expected}")]
    Value { field: String, found: String, expected: String },
    /// A file or a line is not what it should be.
    #[error("{0}")]
    Input(Box<BadInput>),
    /// A simulation cannot be run.
    #[error(transparent)]
    Sim(#[from] sim::SimError),
    /// A network cannot be made.
    #[error(transparent)]
    Network(#[from] netmodel::NetworkError),
    /// A model or a program beside this one fails.
    #[error("{what}: {problem}")]
    Backend {
        what: String,
        /// What it says, and what to do.
        problem: String,
    },
}

impl FeedbackError {
    /// An unknown name.
    pub fn unknown<'a>(
        what: &'static str,
        name: &str,
        known: impl IntoIterator<Item = &'a str>,
    ) -> FeedbackError {
        let known: Vec<&str> = known.into_iter().collect();
        let lower: Vec<String> = known.iter().map(|k| k.to_lowercase()).collect();
        let near = spec::nearest(name, lower.iter().map(String::as_str));
        let near = near.and_then(|n| lower.iter().position(|l| l == n)).map(|i| known[i]);
        let hint = near.map_or(".".to_string(), |n| format!(", did you mean '{n}'?"));
        FeedbackError::Unknown { what, name: name.to_string(), hint, known: known.join(", ") }
    }

    /// A value out of place.
    pub fn value(
        field: impl Into<String>,
        found: impl std::fmt::Display,
        expected: impl Into<String>,
    ) -> FeedbackError {
        FeedbackError::Value { field: field.into(), found: found.to_string(), expected: expected.into() }
    }
}
