//! Why something could not be scored.

/// What a model, a statistic or a record was missing.
#[derive(Debug, thiserror::Error, Clone, PartialEq)]
#[non_exhaustive]
pub enum QoeError {
    #[error("the session played no segment, so there is nothing to score")]
    NothingPlayed,
    /// The model needs something that the session does not carry.
    #[error("{model} needs {input}, which this session does not have")]
    MissingInput { model: &'static str, input: &'static str },
    /// The session carries something that the model is not made for.
    #[error("{model} does not cover {input} {found:?}, expected {expected}")]
    Unsupported {
        model: &'static str,
        /// Which input, e.g. `video codec`.
        input: &'static str,
        found: String,
        expected: &'static str,
    },
    /// A model or option that there is not, or a value that an option does not take.
    #[error(transparent)]
    Spec(#[from] spec::SpecError),
    /// The model is no sum over segments, so it cannot be used segment by segment.
    #[error("{model} is not a sum over segments; the models that are: {additive}")]
    NotAdditive {
        model: &'static str,
        /// The names of those that are, separated by commas.
        additive: String,
    },
    /// A file that a model needs (a forest, a table, an input) is not what it should be.
    #[error("{file}: {field}: {problem}")]
    File {
        file: String,
        field: String,
        /// What is wrong, and what was expected.
        problem: String,
    },
    /// A statistic cannot be computed from so little, or from such numbers.
    #[error("{statistic} needs {expected}, found {found}")]
    Sample { statistic: &'static str, expected: &'static str, found: String },
}
