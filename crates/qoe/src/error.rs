//! Why a session cannot be scored.

/// What a model, a statistic or a record was missing.
#[derive(Debug, thiserror::Error, Clone, PartialEq)]
#[non_exhaustive]
pub enum QoeError {
    /// The session played nothing.
    #[error("the session played no segment, so there is nothing to score")]
    NothingPlayed,
    /// The model needs something that the session does not carry.
    #[error("{model} needs {input}, which this session does not have")]
    MissingInput {
        /// The model's id.
        model: &'static str,
        /// What it needs.
        input: &'static str,
    },
}
