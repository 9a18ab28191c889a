//! Why something could not be scored.

/// What a model, a statistic or a record was missing.
#[derive(Debug, thiserror::Error, Clone, PartialEq)]
#[non_exhaustive]
#[expect(missing_docs, reason = "some fields say what they are by their names")]
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
    /// The session carries something that the model is not made for.
    #[error("{model} does not cover {input} {found:?}, expected {expected}")]
    Unsupported {
        /// The model's id.
        model: &'static str,
        /// Which input, e.g. `video codec`.
        input: &'static str,
        found: String,
        /// What it may be.
        expected: &'static str,
    },
    /// A model or option that there is not, or a value that an option does not take.
    #[error(transparent)]
    Spec(#[from] spec::SpecError),
    /// The model is no sum over segments, so it cannot be used segment by segment.
    #[error("{model} is not a sum over segments; the models that are: {additive}")]
    NotAdditive {
        /// The model's id.
        model: &'static str,
        /// The names of those that are, separated by commas.
        additive: String,
    },
    /// A file that a model needs (a forest, a table, an input) is not what it should be.
    #[error("{file}: {field}: {problem}")]
    File {
        file: String,
        /// Which line or field.
        field: String,
        /// What is wrong, and what was expected.
        problem: String,
    },
    /// A statistic cannot be computed from so little, or from such numbers.
    #[error("{statistic} needs {expected}, found {found}")]
    Sample {
        statistic: &'static str,
        /// What it needs.
        expected: &'static str,
        /// What it got.
        found: String,
    },
}
