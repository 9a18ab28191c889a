//! What can be wrong with a trace.

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
        /// Which of its numbers.
        field: &'static str,
        /// What it is, in the unit of `field`.
        value: f64,
        /// What it may be.
        expected: &'static str,
    },
    /// A looping trace that never carries anything would hang every session.
    #[error("the trace never carries a bit (all its rates are zero), so looping it would never end")]
    AllZero,
    /// An option of the link is out of its range.
    #[error("link option {option} is {value}, expected {expected}")]
    Option {
        /// Which option.
        option: &'static str,
        /// What it is.
        value: f64,
        /// What it may be.
        expected: &'static str,
    },
}
